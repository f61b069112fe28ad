import * as z from 'zod';
import { EFFECTS, tolerationFaults } from '../../../constructs/core/rules/tolerations';
import * as f from '../formats';

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
    for (const { field, must: message } of tolerationFaults(value))
      issues.push({ code: 'custom', message, input: value[field], path: [field] });
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
