import * as z from 'zod';
import { identityFault } from '../../../constructs/core/rules/clouds';
import * as f from '../formats';

/** Annotations of a ServiceAccount, by which a cloud knows pods. */
export const accountAnnotations = z.record(f.annotationKey, z.string()).check(({ value, issues }) => {
  for (const [key, text] of Object.entries(value)) {
    const message = identityFault(key, text);
    if (message) issues.push({ code: 'custom', message, input: text, path: [key] });
  }
});

export const serviceAccountAnnotations = accountAnnotations
  .default({})
  .describe("Annotations of the pods' ServiceAccount, by which the cloud knows them");
