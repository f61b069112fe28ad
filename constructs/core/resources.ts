import { amount } from './checks';
import { k8s } from './k8s';

/**
 * CPU (cores or `m`), memory and ephemeral storage (bytes, `Mi`, `Gi`) as Kubernetes quantities. Limits may name devices,
 * too, such as `nvidia.com/gpu`: as many are requested, and 0 is none.
 */
export interface Resources {
  readonly requests: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, string>>;
}

/** Requests and limits with room for `memory`, and a small share of the node's disk. */
export function resources(requests: [cpu: string, memory: string], limits: [cpu: string, memory: string]): Resources {
  return {
    requests: { cpu: requests[0], memory: requests[1], 'ephemeral-storage': '64Mi' },
    limits: { cpu: limits[0], memory: limits[1], 'ephemeral-storage': '1Gi' },
  };
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  ...Object.fromEntries(['k', 'M', 'G', 'T', 'P', 'E'].map((unit, index) => [unit, 1000 ** (index + 1)])),
  ...Object.fromEntries(['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((unit, index) => [unit, 1024 ** (index + 1)])),
};

/** A size in bytes; undefined where it is none. */
export function bytesOf(size: string): number | undefined {
  const [, number, unit = ''] = /^(\d*\.?\d+)([kMGTPE]|[KMGTPE]i)?$/.exec(size) ?? [];
  return number === undefined ? undefined : Number(number) * UNITS[unit];
}

export function quantities(values: Readonly<Record<string, string>>): Record<string, k8s.Quantity> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, k8s.Quantity.fromString(amount(key, value))]),
  );
}

/** A quantity such as `500m`, `2Gi`. @throws if it is none */
export const quantity = (value: string): k8s.Quantity => k8s.Quantity.fromString(amount('a size', value));

/** What a node has whole numbers of, and gives to one container alone: devices, and huge pages. */
const isUndivided = (name: string) => name.includes('/') || name.startsWith('hugepages-');

/** @throws if there is no whole number of a device, or another number is requested than is the limit */
function checkDevice(name: string, limit: string | undefined, request = limit): void {
  const refuse = (why: string) => {
    throw new Error(`${name} ${why}`);
  };
  if (limit === undefined) refuse(`is requested without a limit: give limits the same, ${request}`);
  const [most, asked] = [limit, request].map((value) => bytesOf(amount(name, value ?? '')));
  if (!Number.isInteger(most)) refuse(`must be a whole number, got "${limit}"`);
  if (most !== asked) refuse(`is requested ${request} times, and its limit is ${limit}: give limits alone`);
}

/** A quantity as a number, of cores or bytes. */
const amountOf = (value: string) => (/^\d+m$/.test(value) ? Number(value.slice(0, -1)) / 1000 : bytesOf(value));

/** @throws if more is requested than may be used */
function checkResources(container: string, { requests, limits }: Resources): void {
  const size = (amounts: Resources['limits'], kind: string) => amountOf(amounts[kind] ?? '') ?? Number.NaN;
  const kind = Object.keys(requests).find((one) => size(requests, one) > size(limits, one));
  if (kind)
    throw new Error(
      `"${container}" requests ${kind} ${requests[kind]}, more than its limit of ${limits[kind]}: raise this or lower that`,
    );
}

/**
 * A container's resources as Kubernetes takes them: devices are requested as they are limited.
 *
 * @throws if a value is no quantity, more is requested than may be used, or a device is divided or overcommitted
 */
export function requirements(container: string, { requests, limits }: Resources): k8s.ResourceRequirements {
  const names = Object.keys({ ...limits, ...requests }).filter(isUndivided);
  for (const name of names) checkDevice(name, limits[name], requests[name]);
  checkResources(container, { requests, limits });
  const none = names.filter((name) => bytesOf(limits[name]) === 0);
  const without = (amounts: Readonly<Record<string, string>>) =>
    quantities(Object.fromEntries(Object.entries(amounts).filter(([name]) => !none.includes(name))));
  const devices = Object.fromEntries(names.map((name) => [name, limits[name]]));
  return { requests: without({ ...requests, ...devices }), limits: without(limits) };
}
