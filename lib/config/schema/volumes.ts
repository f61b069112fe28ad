import * as z from 'zod';
import * as f from '../formats';
import { OWN_VOLUMES, plainPath } from '../formats/mounts';
import { repeated } from './lists';

const SOURCES = ['configMap', 'secret', 'persistentVolumeClaim', 'emptyDir'] as const;

const volume = z
  .strictObject({
    name: f.dnsLabel.describe("The volume's name"),
    mountPath: f.mountPath.describe('Where it is mounted: no folder of the platform, nor below or above one'),
    readOnly: z.boolean().default(false).describe('Whether the environment may only read it'),
    configMap: z
      .strictObject({ name: f.objectName.describe("The ConfigMap's name") })
      .optional()
      .describe('Content of a ConfigMap'),
    secret: z
      .strictObject({
        name: f.objectName.describe("The Secret's name"),
        optional: z.boolean().default(false).describe('Whether the environment starts without it'),
      })
      .optional()
      .describe('Content of a Secret'),
    persistentVolumeClaim: z
      .strictObject({ claimName: f.objectName.describe("The claim's name") })
      .optional()
      .describe('An existing claim'),
    emptyDir: z
      .strictObject({
        medium: z
          .literal('Memory')
          .optional()
          .describe("Memory: in the environment's own memory (absent: the node's disk)"),
        sizeLimit: f.memory.optional().describe('Size at which the environment is evicted'),
      })
      .optional()
      .describe('An empty folder that goes with the pod'),
  })
  .check(({ value, issues }) => {
    const given = SOURCES.filter((source) => value[source]);
    if (given.length === 1) return;
    const message = `must have exactly one of ${SOURCES.join(', ')}${given.length ? `, not ${given.join(' and ')}` : ''}`;
    issues.push({ code: 'custom', message, input: value });
  });

export type Volume = z.output<typeof volume>;

export const volumes = z.array(volume).check(({ value, issues }) => {
  issues.push(
    ...repeated(value, (item) => item.name, OWN_VOLUMES, 'name'),
    ...repeated(value, (item) => plainPath(item.mountPath), [], 'mountPath'),
  );
});
