import { eventually } from './eventually';
import { must, type Outcome, type RunOptions, run } from './run';

/** An object as the API server answers with it. */
export type KubeObject = any;

export const kubectl = (args: readonly string[], options?: RunOptions): Promise<string> =>
  must('kubectl', args, options);

/** Objects of a kind; of every namespace without one. */
export async function list(kind: string, namespace?: string, ...args: string[]): Promise<KubeObject[]> {
  const where = namespace ? ['-n', namespace] : ['-A'];
  return JSON.parse(await kubectl(['get', kind, ...where, ...args, '-o', 'json'])).items;
}

/** One object, or undefined if there is none of that name. */
export async function find(kind: string, namespace: string, name: string): Promise<KubeObject | undefined> {
  const text = await kubectl(['get', kind, name, '-n', namespace, '--ignore-not-found', '-o', 'json']);
  return text.trim() ? JSON.parse(text) : undefined;
}

export interface Place {
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string;
}

/** Runs a command in a container, whatever its end. */
export function exec({ namespace, pod, container }: Place, command: readonly string[], options?: RunOptions) {
  const where = container ? ['-c', container] : [];
  return run('kubectl', ['exec', '-i', '-n', namespace, pod, ...where, '--', ...command], options);
}

/** Applies files or folders on the server's side. Its stderr holds the server's warnings. */
export async function apply(path: string, ...args: string[]): Promise<Outcome> {
  const outcome = await run('kubectl', ['apply', '--server-side', '-f', path, ...args], { seconds: 180 });
  if (outcome.code !== 0) throw new Error(`kubectl apply -f ${path}:\n${outcome.stderr}`);
  return outcome;
}

/** Applies objects as they are here. */
export const applyAll = (...items: readonly object[]): Promise<string> =>
  kubectl(['apply', '--server-side', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });

export const isReady = (pod: KubeObject): boolean =>
  pod.status.phase === 'Succeeded' ||
  (pod.status.conditions ?? []).some((c: KubeObject) => c.type === 'Ready' && c.status === 'True');

export const nameOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`;

/** A pod's address. One that runs already may have none yet in what the API server knows. */
export const podIp = (namespace: string, name: string): Promise<string> =>
  eventually(async () => {
    const address = (await find('pod', namespace, name))?.status.podIP;
    if (!address) throw new Error(`${namespace}/${name} has no address`);
    return address;
  }, 60);

/** An address at which a node's ports are reached. */
export async function nodeAddress(): Promise<string> {
  const [node] = await list('nodes');
  return node.status.addresses.find(({ type }: KubeObject) => type === 'InternalIP').address;
}

/** An address of this machine that pods reach. */
export async function machineAddress(): Promise<string> {
  const [, address] = /src (\S+)/.exec(await must('ip', ['route', 'get', await nodeAddress()])) ?? [];
  return address;
}

/** The annotation whose change hastens a pod. */
export const LOOKED_AT = 'looked-at';

/** Has kubelets look at pods now: files of changed Secrets come up to a minute later otherwise, where nobody measures that. */
export const hasten = (namespace: string, ...pods: string[]): Promise<string> =>
  kubectl(['annotate', 'pod', ...pods, '-n', namespace, `${LOOKED_AT}=${Date.now()}`, '--overwrite']);
