import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually';
import { apply, type KubeObject, kubectl, list } from './kubectl';
import { objectsIn, ROOT } from './platform';
import { run } from './run';

const CRDS = join(ROOT, '../shared/testbed/crds');
/** Groups of the kinds that some profile uses and that Kubernetes does not bring. */
const GROUPS = ['vault-secrets-operator', 'external-secrets', 'secrets-store-csi', 'gateway-api', 'openshift'];

/** Whose schema cannot be had here: an External Secrets Operator's generator. */
export const isUnknown = ({ apiVersion }: KubeObject) => apiVersion.startsWith('generators.external-secrets.io/');

/** Whether the definitions of other projects' kinds are at hand. */
export const hasKinds = existsSync(CRDS);

const names = async () => (await list('customresourcedefinitions')).map(({ metadata }) => metadata.name);

/** Makes those kinds known that the cluster lacks, and those of more projects. @returns what removes them again */
export async function addKinds(more: readonly string[] = []): Promise<() => Promise<void>> {
  if (!hasKinds) return async () => {};
  const before = await names();
  const files = [...GROUPS, ...more].flatMap((group) =>
    readdirSync(join(CRDS, group)).map((name) => join(CRDS, group, name)),
  );
  const missing = files.filter((file) => objectsIn(file).some(({ metadata }) => !before.includes(metadata.name)));
  const [first, ...others] = missing;
  if (first) await apply(first, ...others.flatMap((file) => ['-f', file]));
  await kubectl(['wait', '--for=condition=Established', '--timeout=60s', 'customresourcedefinitions', '--all']);
  return async () => {
    // Only those that were not there before: deleting a kind deletes every object of it.
    const added = (await names()).filter((name) => !before.includes(name));
    if (added.length === 0) return;
    await kubectl(['delete', 'customresourcedefinitions', ...added, '--wait=false']);
    await eventually(async () => {
      const left = (await names()).filter((name) => added.includes(name));
      // Where it has just begun to serve one, the API server tries again minutes later, or once that changes.
      if (left.length > 0)
        await run('kubectl', ['annotate', 'customresourcedefinitions', ...left, `tried=${Date.now()}`, '--overwrite']);
      expect(left).toEqual([]);
    }, 240);
  };
}
