import { z } from 'zod';
import * as f from '../formats';

/** Annotations of a ServiceAccount, by which a cloud knows pods. */
export const accountAnnotations = z.record(f.annotationKey, z.string());

export const serviceAccountAnnotations = accountAnnotations
  .default({})
  .describe("Annotations of the pods' ServiceAccount, by which the cloud knows them");
