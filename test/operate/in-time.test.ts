import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kubectl, KubeObject } from '../../lib/operate/cluster/kubectl';
import { Failure } from '../../lib/operate/failure';
import { applyInTime } from '../../lib/operate/platform/in-time';
import type { Terraform } from '../../lib/operate/platform/terraform';

const folder = mkdtempSync(join(tmpdir(), 'in-time-'));
const stack = { name: 'operators', folder, dependencies: [] };
const release = (namespace: string) => ({ name: 'x', namespace, chart: 'x' });
writeFileSync(
  join(folder, 'cdk.tf.json'),
  JSON.stringify({
    resource: { helm_release: { namespaces: release('kube-system'), operator: release('operator-system') } },
  }),
);

const pod = (name: string, waiting?: object): KubeObject => ({
  metadata: { name },
  status: {
    conditions: [{ type: 'Ready', status: waiting ? 'False' : 'True' }],
    containerStatuses: [{ state: { waiting } }],
  },
});
const kubectl = {
  list: async (kinds: string, { namespace }: { namespace: string }) =>
    kinds === 'pods' && namespace === 'operator-system'
      ? [pod('fine-1'), pod('operator-1', { reason: 'ErrImagePull', message: 'no such tag' })]
      : kinds === 'pods'
        ? [pod('others-1', { reason: 'Slow' })]
        : [],
} as unknown as Kubectl;

/** Terraform that ends when it is told to. */
const slow = {
  apply: (signal: AbortSignal) =>
    new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(new Failure('ended')))),
} as unknown as Terraform;

test('an operator that does not start in time ends the step, and says why', async () =>
  expect(applyInTime(slow, stack, kubectl, 0.01)).rejects.toThrow(
    /^not through after 0\.01 s: operator-1: ErrImagePull: no such tag$/,
  ));

test('what fails sooner is said as it is', async () => {
  const failing = { apply: async () => Promise.reject(new Failure('refused')) } as unknown as Terraform;
  await expect(applyInTime(failing, stack, kubectl, 60)).rejects.toThrow(/^refused$/);
});

test('one that is through in time is all that is asked for', async () => {
  const quick = { apply: async () => {} } as unknown as Terraform;
  await expect(applyInTime(quick, stack, kubectl, 60)).resolves.toBe(undefined);
});

test('a stack without charts takes the time that it needs', async () => {
  const place = mkdtempSync(join(tmpdir(), 'in-time-'));
  writeFileSync(join(place, 'cdk.tf.json'), '{}');
  const signals: unknown[] = [];
  const quick = { apply: async (signal?: AbortSignal) => void signals.push(signal) } as unknown as Terraform;
  await applyInTime(quick, { ...stack, folder: place }, kubectl, 0.01);
  expect(signals).toEqual([undefined]);
});
