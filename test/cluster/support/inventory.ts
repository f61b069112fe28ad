import { readFileSync } from 'node:fs';
import { kubectl, list } from './kubectl';
import { BEFORE, workFile } from './platform';

/** What comes and goes by itself. */
const PASSING = ['events', 'events.events.k8s.io', 'leases.coordination.k8s.io'];

/** Every object of the cluster, as kind, namespace and name. */
export async function inventory(): Promise<string[]> {
  const kinds = (await kubectl(['api-resources', '--verbs=list,delete', '-o', 'name'])).trim().split('\n');
  const objects = await list(kinds.filter((kind) => !PASSING.includes(kind)).join(','));
  return objects
    .map(({ kind, metadata: { namespace, name } }) => [kind, namespace, name].filter(Boolean).join(' '))
    .sort();
}

/** What a platform that is removed leaves: workspaces, and what every namespace has. */
export const KEPT =
  /^(PersistentVolume pvc-.*|Namespace devenv|PersistentVolumeClaim devenv .*|ServiceAccount devenv default|ConfigMap devenv kube-root-ca.crt)$/;

/** Objects that were not there before, that is before the run's first test unless something else is said. */
export async function added(
  before: readonly string[] = JSON.parse(readFileSync(workFile(BEFORE), 'utf8')),
): Promise<string[]> {
  const known = new Set(before);
  return (await inventory()).filter((object) => !known.has(object));
}
