import * as z from 'zod';
import * as f from '../formats';
import { deviceAdvice } from '../formats/names';
import { deviceCountAdvice } from '../formats/quantity';
import { didYouMean } from '../words';

const cpu = f.cpu.describe('Processor time, in cores');
const memory = f.memory.describe('Memory, in bytes with a unit');
const ephemeralStorage = f.memory.describe("The node's disk: layers written, /tmp and logs");

const KINDS = ['cpu', 'memory', 'ephemeralStorage'];
const ALLOWED = `allowed: ${KINDS.join(', ')}, and devices by names such as nvidia.com/gpu`;
/** As editors have it. */
const NAMES = `^(${KINDS.join('|')}|[^/]+/[^/]+)$`;

/** What is wrong with an amount of anything else. */
function advise(key: string, value: string): string | undefined {
  if (key.includes('/')) return deviceAdvice(key) ?? deviceCountAdvice(value);
  const meant = /gpu/i.test(key) ? ': did you mean nvidia.com/gpu?' : didYouMean(key, KINDS);
  return `unknown key${meant} (${ALLOWED})`;
}

/** Amounts of processor time, memory and disk, and of devices that nodes have. */
const amounts = <T extends z.ZodRawShape>(shape: T) =>
  z
    .object(shape)
    .catchall(f.amount)
    .check(({ value, issues }) => {
      for (const [key, input] of Object.entries(value)) {
        const message = KINDS.includes(key) ? undefined : advise(key, String(input));
        if (message) issues.push({ code: 'custom', message, input, path: [key] });
      }
    })
    .meta({ propertyNames: { pattern: NAMES } });

const RESOURCES = "Processor time, memory, the node's disk, and devices such as nvidia.com/gpu: 1";
const REQUESTS = 'What is reserved on the node; of devices as much as limits say';
const LIMITS = 'What may be used at most; devices, too, by names such as nvidia.com/gpu: whole numbers, 0 for none';

const all = (defaults: Readonly<Record<'cpu' | 'memory' | 'ephemeralStorage', string>>) =>
  amounts({
    cpu: cpu.default(defaults.cpu),
    memory: memory.default(defaults.memory),
    ephemeralStorage: ephemeralStorage.default(defaults.ephemeralStorage),
  }).prefault({});

const some = amounts({ cpu: cpu.optional(), memory: memory.optional(), ephemeralStorage: ephemeralStorage.optional() });

/** What environments get of a node. */
export const resources = z
  .strictObject({
    requests: all({ cpu: '50m', memory: '256Mi', ephemeralStorage: '256Mi' }).describe(REQUESTS),
    limits: all({ cpu: '2', memory: '4Gi', ephemeralStorage: '20Gi' }).describe(LIMITS),
  })
  .prefault({})
  .describe(RESOURCES);

/** What one user has otherwise. */
export const ownResources = z
  .strictObject({ requests: some.optional().describe(REQUESTS), limits: some.optional().describe(LIMITS) })
  .optional()
  .describe(RESOURCES);
