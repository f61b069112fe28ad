import type { KubeObject } from './kubectl';

/** On what reads a client's secret that people bring: the name of its Secret, in the same namespace. */
const READS = 'agent-sandbox.dev/client-secret';

/** A Secret that a part of the platform logs people in with. */
export interface ClientSecret {
  readonly namespace: string;
  readonly name: string;
}

/** Those that objects read and people bring, each once, by their namespaces. */
export function clientSecretsOf(objects: readonly KubeObject[]): ClientSecret[] {
  const all = objects.flatMap(({ metadata }): [string, ClientSecret][] => {
    const name = metadata.annotations?.[READS];
    return name ? [[`${metadata.namespace}/${name}`, { namespace: metadata.namespace, name }]] : [];
  });
  return [...new Map(all.sort(([a], [b]) => (a < b ? -1 : 1))).values()];
}
