import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ListrTask } from 'listr2';
import { parse } from 'yaml';
import { Kubectl } from '../cluster/kubectl';
import { COMPONENT, isOurs, OURS } from '../cluster/labels';
import { strangersIn } from '../cluster/strangers';
import { authorityOfCluster, meanContext } from '../cluster/which';
import { confirm } from '../confirm';
import { Failure } from '../failure';
import { answer, run } from '../run';
import { load, toolWith } from './image';
import { Project } from './project';
import { prefixOf, releasedCharts } from './releases';
import { type Trace, tracesOf } from './traces';

/** Annotation of the namespace that every cluster has, in one that this made: no other one is ever removed. */
const MADE_BY = 'agent-sandbox.dev/made-by';
/** Namespaces that kind's clusters have. */
const USUAL = /^(kube-.*|default|local-path-storage)$/;
/** The one object in `default` that every cluster has. */
const API = 'Service default/kubernetes';

const clusters = async (): Promise<string[]> =>
  (await answer('kind', ['get', 'clusters'])).split('\n').map((line) => line.trim());

/** @throws Failure - for a part's name that follows on --kind, which is meant as that part */
function expectNoPart(name: string, parts: readonly string[]): void {
  if (!parts.includes(name)) return;
  throw new Failure(
    `--kind ${name} names a cluster, and ${name} is a part of the platform: sandboxctl up ${name} --kind brings that part; to have a cluster of that name, kind create cluster --name ${name} before; nothing is changed`,
  );
}

/**
 * Makes a kind cluster, unless there is one of that name, and makes kubectl and Terraform use it.
 * @param parts names that none is made by
 */
export const clusterTask = (name: string, folder: string, parts: readonly string[] = []): ListrTask => ({
  title: `kind cluster ${name}`,
  task: async (_, task) => {
    const isThere = (await clusters()).includes(name);
    if (!isThere) expectNoPart(name, parts);
    meanContext(`kind-${name}`, `--kind ${name}`);
    const config = join(folder, 'examples/kind/cluster.yaml');
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
    if (isThere) return expectSame(name);
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

/** Has kubectl act on a kind cluster. @throws Failure - where there is none of that name on this machine */
export async function meanCluster(name: string, parts: readonly string[] = []): Promise<void> {
  meanContext(`kind-${name}`, `--kind ${name}`);
  const isThere = (await clusters()).includes(name);
  if (!isThere) expectNoPart(name, parts);
  if (!isThere) throw new Failure(`there is no kind cluster ${name}: nothing is changed`);
  await expectSame(name);
}

/** @throws Failure - where the context that kind's cluster would have is of another one, of another machine perhaps */
async function expectSame(name: string): Promise<void> {
  const { clusters } = parse(await answer('kind', ['get', 'kubeconfig', '--name', name])) ?? {};
  if (clusters?.[0]?.cluster?.['certificate-authority-data'] === (await authorityOfCluster())) return;
  throw new Failure(
    `context kind-${name} is not of the kind cluster ${name} that is on this machine: kind export kubeconfig --name ${name} makes it so, or --kubeconfig names another file`,
  );
}

/**
 * Removes a kind cluster that `up --kind` made, with all that is in it.
 * @returns what stays beside it, and why, a line each
 * @throws Failure - for any other one
 */
export async function removeCluster({ name, folder, deleteWorkspaces, yes }: ClusterRemoval): Promise<string[]> {
  await meanCluster(name);
  const kubectl = new Kubectl();
  const stacks = existsSync(join(folder, 'cdktf.out/manifest.json')) ? new Project(folder).stacks() : [];
  const traces = tracesOf(kubectl, stacks, folder);
  const isHere = (await releasedCharts(kubectl, stacks)).size > 0;
  await expectRemovable(kubectl, { name, deleteWorkspaces, prefix: prefixOf(stacks), traces });
  if (!yes) await confirm(`this removes the kind cluster ${name} with all that is in it`, name);
  await answer('kind', ['delete', 'cluster', '--name', name]);
  return removeFiles(
    traces.filter(({ isFile }) => isFile),
    isHere,
  );
}

/** States in the cluster are gone with it; files here may be of the same platform in another one. */
async function removeFiles(files: readonly Trace[], isHere: boolean): Promise<string[]> {
  const known = await Promise.all(files.map((file) => file.known()));
  const elsewhere = isHere ? [] : files.filter((_, index) => known[index] > 0);
  if (elsewhere.length > 0)
    return files.map(
      ({ name }) => `note: ${name} stays: it is of a platform that Terraform deployed to another cluster`,
    );
  for (const file of files) await file.remove();
  return [];
}

interface Removable extends Pick<ClusterRemoval, 'name' | 'deleteWorkspaces'> {
  /** Of the platform's Helm releases. */
  readonly prefix?: string;
  readonly traces: readonly Trace[];
}

async function expectRemovable(kubectl: Kubectl, { name, deleteWorkspaces, prefix, traces }: Removable): Promise<void> {
  const namespaces = await kubectl.list('namespaces');
  const system = namespaces.find(({ metadata }) => metadata.name === 'kube-system');
  if (system?.metadata.annotations?.[MADE_BY] !== 'sandboxctl')
    throw new Failure(
      `sandboxctl up --kind did not make the kind cluster ${name}: kind delete cluster --name ${name} removes it; nothing is changed`,
    );
  const namespacesOfOthers = namespaces.filter((one) => !USUAL.test(one.metadata.name) && !isOurs(one));
  const own = namespaces.filter(isOurs).map(({ metadata }) => metadata.name);
  const within = await strangersIn(kubectl, ['default', ...own], prefix);
  const others = [
    ...namespacesOfOthers.map(({ metadata }) => `Namespace ${metadata.name}`),
    ...within.filter((one) => one !== API && !traces.some((trace) => trace.name === one)),
  ];
  if (others.length > 0)
    throw new Failure(
      `these are not the platform's, and would go with the kind cluster ${name}; move or delete them first: ${others.join(', ')}`,
    );
  const claims = await kubectl.list('persistentvolumeclaims', { selector: `${OURS},${COMPONENT}=environment` });
  if (claims.length > 0 && !deleteWorkspaces)
    throw new Failure(
      `the kind cluster ${name} holds files of environments in ${claims.length} volumes: sandboxctl backup keeps them, --delete-workspaces lets them go; nothing is changed`,
    );
}
