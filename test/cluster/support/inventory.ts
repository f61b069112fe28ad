import { readFileSync } from 'node:fs';
import { differencesOf, type Inventory, inventoryOf } from '../../helpers/contents';
import { eventually } from './eventually';
import { kubectl, list } from './kubectl';
import { BEFORE, workFile } from './platform';

/** What comes and goes by itself. */
const PASSING = ['events', 'events.events.k8s.io'];

/** Every object of the cluster, with what it says. */
export async function inventory(): Promise<Inventory> {
  const kinds = (await kubectl(['api-resources', '--verbs=list,delete', '-o', 'name'])).trim().split('\n');
  return inventoryOf(await list(kinds.filter((kind) => !PASSING.includes(kind)).join(',')));
}

/** The same before a test begins: once what another one left is gone, that nobody waited for. */
export async function inventoryBefore(): Promise<Inventory> {
  await eventually(async () => {
    const going = (await list('namespaces')).filter(({ metadata }) => metadata.deletionTimestamp);
    if (going.length > 0) throw new Error(going.map(({ metadata }) => `${metadata.name} is being deleted`).join(', '));
  }, 120);
  return inventory();
}

/** What a platform that is removed leaves: workspaces, and what every namespace has. */
export const KEPT =
  /^\+ (PersistentVolume pvc-.*|Namespace devenv|PersistentVolumeClaim devenv .*|ServiceAccount devenv default|ConfigMap devenv kube-root-ca.crt)$/;

/** What is another in the cluster than before, that is before the run's first test unless something else is said. */
export const changed = async (
  before: Inventory = JSON.parse(readFileSync(workFile(BEFORE), 'utf8')),
): Promise<string[]> => differencesOf(before, await inventory());
