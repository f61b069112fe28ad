import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ListrTask } from 'listr2';
import { Kubectl } from '../cluster/kubectl';
import { COMPONENT, isOurs, OURS } from '../cluster/labels';
import { meanContext } from '../cluster/which';
import { confirm } from '../confirm';
import { Failure } from '../failure';
import { answer, run } from '../run';
import { load, toolWith } from './image';
import { Project } from './project';
import { tracesOf } from './traces';

/** Annotation of the namespace that every cluster has, in one that this made: no other one is ever removed. */
const MADE_BY = 'agent-sandbox.dev/made-by';
/** Namespaces that kind's clusters have. */
const USUAL = /^(kube-.*|default|local-path-storage)$/;

/** Makes a kind cluster, unless there is one of that name, and makes kubectl and Terraform use it. */
export const clusterTask = (name: string, folder: string): ListrTask => ({
  title: `kind cluster ${name}`,
  task: async (_, task) => {
    meanContext(`kind-${name}`, `--kind ${name}`);
    const known = (await answer('kind', ['get', 'clusters'])).split('\n').map((line) => line.trim());
    const config = join(folder, 'examples/kind/cluster.yaml');
    const isThere = known.includes(name);
    if (isThere) task.title = `kind cluster ${name}: it is there`;
    // It maps the node ports that people come in by.
    else
      await answer('kind', ['create', 'cluster', '--name', name, ...(existsSync(config) ? ['--config', config] : [])]);
    // kind writes it last.
    const { exitCode } = await run('kubectl', ['config', 'use-context', `kind-${name}`]);
    if (exitCode !== 0)
      throw new Failure(
        `kind cluster ${name} is not in KUBECONFIG: where it works, kind export kubeconfig --name ${name}; where somebody ended what made it, kind delete cluster --name ${name}; then run the same again`,
      );
    if (isThere) return;
    await new Kubectl().answer(['annotate', 'namespace', 'kube-system', `${MADE_BY}=sandboxctl`, '--overwrite']);
  },
});

/** Loads an image into a kind cluster where this machine has it; otherwise its nodes pull it. */
export const imageTask = (cluster: string, image: string, folder: string): ListrTask => ({
  title: `${image} into kind cluster ${cluster}`,
  task: async (_, task) => {
    const tool = await toolWith(image);
    if (tool) return load({ folder, image, tool, cluster, quiet: true });
    task.title = `${image} is not on this machine: nodes pull it`;
  },
});

export interface ClusterRemoval {
  /** As kind names it. */
  readonly name: string;
  readonly folder: string;
  readonly deleteWorkspaces: boolean;
  /** Whether nobody is asked. */
  readonly yes: boolean;
}

/** Removes a kind cluster that `up --kind` made, with all that is in it. @throws Failure - for any other one */
export async function removeCluster({ name, folder, deleteWorkspaces, yes }: ClusterRemoval): Promise<void> {
  meanContext(`kind-${name}`, `--kind ${name}`);
  const known = (await answer('kind', ['get', 'clusters'])).split('\n').map((line) => line.trim());
  if (!known.includes(name)) throw new Failure(`there is no kind cluster ${name}: nothing is changed`);
  const kubectl = new Kubectl();
  await expectRemovable(kubectl, name, deleteWorkspaces);
  if (!yes) await confirm(`this removes the kind cluster ${name} with all that is in it`, name);
  await answer('kind', ['delete', 'cluster', '--name', name]);
  const stacks = new Project(folder).stacks();
  // States in the cluster are gone with it.
  for (const trace of tracesOf(kubectl, stacks, folder)) if (trace.isFile) await trace.remove();
}

async function expectRemovable(kubectl: Kubectl, name: string, deleteWorkspaces: boolean): Promise<void> {
  const namespaces = await kubectl.list('namespaces');
  const system = namespaces.find(({ metadata }) => metadata.name === 'kube-system');
  if (system?.metadata.annotations?.[MADE_BY] !== 'sandboxctl')
    throw new Failure(
      `sandboxctl up --kind did not make the kind cluster ${name}: kind delete cluster --name ${name} removes it; nothing is changed`,
    );
  const others = namespaces.filter((one) => !USUAL.test(one.metadata.name) && !isOurs(one));
  if (others.length > 0)
    throw new Failure(
      `these are not the platform's, and would go with the kind cluster ${name}; move or delete them first: ${others.map(({ metadata }) => `Namespace ${metadata.name}`).join(', ')}`,
    );
  const claims = await kubectl.list('persistentvolumeclaims', { selector: `${OURS},${COMPONENT}=environment` });
  if (claims.length > 0 && !deleteWorkspaces)
    throw new Failure(
      `the kind cluster ${name} holds files of environments in ${claims.length} volumes: sandboxctl backup keeps them, --delete-workspaces lets them go; nothing is changed`,
    );
}
