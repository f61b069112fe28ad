import { z } from 'zod';
import * as f from '../formats';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const;

/** What the API server asks of a toleration, by the key to mend. */
const TOLERATION_RULES = [
  ['value', 'must be left out with the operator Exists, which looks at the key alone'],
  ['key', 'is missing: without a key the operator must be Exists'],
  ['tolerationSeconds', 'must be left out unless effect is NoExecute: other effects end no pod'],
] as const;

const toleration = z
  .strictObject({
    key: f.labelKeyOfCluster.optional().describe("The taint's key (absent: every key, with operator Exists)"),
    operator: z.enum(['Equal', 'Exists']).default('Equal').describe('How the taint is compared'),
    value: f.labelValue.optional().describe("The taint's value, with operator Equal"),
    effect: z.enum(EFFECTS).optional().describe('The effect that is tolerated (absent: every effect)'),
    tolerationSeconds: z
      .int()
      .min(0)
      .optional()
      .describe('Seconds for which NoExecute is tolerated (absent: for ever)'),
  })
  .check(({ value, issues }) => {
    const { key, operator, effect, tolerationSeconds } = value;
    const wrong = {
      value: operator === 'Exists' && Boolean(value.value),
      key: operator === 'Equal' && key === undefined,
      tolerationSeconds: tolerationSeconds !== undefined && effect !== 'NoExecute',
    };
    for (const [field, message] of TOLERATION_RULES)
      if (wrong[field]) issues.push({ code: 'custom', message, input: value[field], path: [field] });
  });

/** Where pods run, as environments and the platform's own have it. */
export const scheduling = {
  nodeSelector: z.record(f.labelKeyOfCluster, f.labelValue).describe('Labels that the node must carry'),
  tolerations: z.array(toleration).describe('Taints of nodes that are tolerated'),
  priorityClass: f.objectName.describe('PriorityClass, which says who goes first (absent: the default priority)'),
};

export const infrastructure = z.strictObject({
  nodeSelector: scheduling.nodeSelector.optional(),
  tolerations: scheduling.tolerations.optional(),
  priorityClass: scheduling.priorityClass.optional(),
});
