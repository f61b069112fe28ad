import { type KubeObject, podsOf } from './objects';
import { type Connection, type Party, type Plugin, passes } from './routes';
import type { Synthesized } from './synth';

type Pod = Extract<Party, { kind: 'pod' }>;
export const node = (address: string): Party => ({ kind: 'node', address });
export const outside = (address: string): Party => ({ kind: 'outside', address });
export const pod = (namespace: string, labels: Record<string, string>, address = '10.244.9.9'): Pod => ({
  kind: 'pod',
  namespace,
  labels,
  address,
});

export const instanceOf = (labels: Record<string, string>) => labels['app.kubernetes.io/instance'];

/** The pods of a platform by their instance, and what passes between them. */
export function world({ objects }: Synthesized, plugin: Plugin, family: 4 | 6 = 4) {
  const pods = podsOf(objects).map(({ namespace, labels }, index) =>
    pod(namespace, { ...labels }, family === 4 ? `10.244.1.${index + 1}` : `fd00:10:244::1:${index + 1}`),
  );
  const named = (name: string) => {
    const found = pods.filter(({ labels }) => instanceOf(labels) === name);
    if (found.length === 0) throw new Error(`no pod of ${name}`);
    return found;
  };
  const open = (way: Connection) => passes(objects as KubeObject[], way, plugin);
  return { pods, named, open };
}
