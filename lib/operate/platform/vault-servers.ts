import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { COMPONENT, isVault, OURS } from '../cluster/labels';
import { isReady } from '../cluster/pods';
import { SERVERS, VaultLogin } from '../cluster/vault-login';
import { Failure } from '../failure';
import { lastLines } from '../run';
import { until } from '../until';
import { isSame } from './renewal';

/** Servers of Vault whose pods go, because fewer are asked for. */
export interface Departure {
  readonly namespace: string;
  /** Pods of those that stay, and of those that go. */
  readonly staying: readonly string[];
  readonly leaving: readonly string[];
  /** Volumes with what those that go hold of Vault's data. A server that began with it again would not be let in. */
  readonly claims: readonly string[];
}

interface Peer {
  readonly node_id: string;
  readonly leader: boolean;
  readonly voter: boolean;
}

/** Longer than those that stay take to have one that leads. */
const MOST_SEC = 120;

const claimOf = (pod: string): string => `data-${pod}`;

/**
 * What becomes of Vault's servers where another number of them is asked for; changes nothing.
 * @throws Failure - where fewer would not answer on, and where more would begin with data that keeps them out
 */
export async function departureOf(kubectl: Kubectl, objects: readonly KubeObject[]): Promise<Departure | undefined> {
  const wanted = objects.find(isVault);
  if (!wanted) return undefined;
  const standing = (await kubectl.list('statefulsets', { selector: SERVERS })).find(isSame(wanted));
  if (!standing) return undefined;
  const { name, namespace } = wanted.metadata;
  const pods = (first: number, end: number): string[] =>
    Array.from({ length: Math.max(0, end - first) }, (_, index) => `${name}-${first + index}`);
  const [has, gets] = [standing.spec.replicas, wanted.spec.replicas];
  if (has < gets) await expectEmpty(kubectl, namespace, pods(has, gets));
  if (has <= gets) return undefined;
  const departure = {
    namespace,
    staying: pods(0, gets),
    leaving: pods(gets, has),
    claims: pods(gets, has).map(claimOf),
  };
  await expectWell(kubectl, departure);
  return departure;
}

/** @throws Failure - where those that stay could not go on by themselves */
async function expectWell(kubectl: Kubectl, { namespace, staying, leaving }: Departure): Promise<void> {
  const before = staying.length + leaving.length;
  const refused = (why: string) =>
    new Failure(
      `Vault cannot go from ${before} servers to ${staying.length} now: ${why}; vault.replicas: ${before} leaves them as they are, sandboxctl doctor says what is wrong`,
    );
  const pods = await kubectl.list('pods', { namespace, selector: SERVERS });
  const isWell = (name: string) => pods.some((pod) => pod.metadata.name === name && isReady(pod));
  const unready = staying.filter((name) => !isWell(name));
  if (unready.length > 0) throw refused(`${unready.join(', ')} would stay, and is not Ready`);
  const peers = await new Peers(kubectl).list();
  const others = staying.filter((name) => !peers.some(({ node_id, voter }) => voter && node_id === name));
  if (others.length > 0) throw refused(`${others.join(', ')} would stay, and is no voter of its cluster yet`);
}

/** @throws Failure - where volumes are left of servers that Vault's cluster does not have any more */
async function expectEmpty(kubectl: Kubectl, namespace: string, coming: readonly string[]): Promise<void> {
  const claims = await kubectl.list('persistentvolumeclaims', { namespace, selector: SERVERS });
  const left = coming.filter((pod) => claims.some(({ metadata }) => metadata.name === claimOf(pod)));
  if (left.length === 0) return;
  // Where nobody leads, those that come back may be those that are missed.
  const peers = await new Peers(kubectl).list().catch((error) => {
    if (!(error instanceof Failure)) throw error;
    return undefined;
  });
  const stale = left.filter((pod) => peers && !peers.some(({ node_id }) => node_id === pod)).map(claimOf);
  if (stale.length === 0) return;
  throw new Failure(
    `Vault's cluster has no server any more that ${stale.join(', ')} in ${namespace} is of, and lets none in that begins with it: kubectl delete persistentvolumeclaim ${stale.join(' ')} --namespace ${namespace}, then the same again`,
  );
}

/** Takes servers out of Vault's cluster, which the others go on without, and deletes their volumes as soon as their pods go. */
export async function takeOut(
  kubectl: Kubectl,
  { namespace, leaving, claims }: Departure,
  { signal, tell }: { signal: AbortSignal; tell: (text: string) => void },
): Promise<void> {
  const cluster = new Peers(kubectl);
  let said = '';
  const end = endOnce(kubectl, namespace);
  const next = async (): Promise<boolean> => {
    const left = (await cluster.list()).filter(({ node_id }) => leaving.includes(node_id));
    said = `${left.map(({ node_id }) => node_id).join(', ') || 'none'} left`;
    for (const pod of leaving) if (!left.some(({ node_id }) => node_id === pod)) await end(pod);
    // One that leads goes last: each time that the lead changes, nobody answers for a moment.
    const one = left.find(({ leader }) => !leader) ?? left[0];
    if (one) {
      await cluster.remove(one.node_id);
      await end(one.node_id);
    }
    return one === undefined;
  };
  await until(
    () => `${leaving.join(', ')} are not out of Vault's cluster after ${MOST_SEC} s: ${said}`,
    MOST_SEC,
    async () => {
      signal.throwIfAborted();
      const isDone = await next().catch((error) => {
        // Until another one leads, nobody does.
        if (!(error instanceof Failure)) throw error;
        said = error.message;
        return false;
      });
      tell(said);
      return isDone;
    },
  );
  const which = [...claims, '--namespace', namespace, '--ignore-not-found', '--wait=false'];
  await kubectl.answer(['delete', 'persistentvolumeclaim', ...which]);
}

/** Ends a server's program, once: clients keep connections to one that left, and are told there that Vault is sealed. */
function endOnce(kubectl: Kubectl, namespace: string): (pod: string) => Promise<void> {
  const ended = new Set<string>();
  return async (pod) => {
    if (ended.has(pod)) return;
    ended.add(pod);
    await kubectl.run(['exec', '--namespace', namespace, pod, '--', 'sh', '-c', 'kill 1']);
  };
}

/** What people have to know of it. */
export const aboutDeparture = ({ staying, leaving, claims }: Departure): string =>
  `Vault goes on with ${staying.join(', ')}: ${leaving.join(', ')} leave its cluster first, and ${claims.join(', ')} go with them; nothing that Vault holds is lost`;

/** The servers that Vault's cluster counts on, by the login that is for that alone. */
class Peers {
  private login?: VaultLogin;

  constructor(private readonly kubectl: Kubectl) {}

  async list(): Promise<Peer[]> {
    return JSON.parse(await this.raft('list-peers', '-format=json')).data.config.servers;
  }

  remove = (name: string): Promise<string> => this.raft('remove-peer', name);

  private raft = (...command: readonly string[]): Promise<string> => this.vault('raft', ...command);

  private async vault(...command: readonly string[]): Promise<string> {
    this.login ??= new VaultLogin(this.kubectl, await this.account());
    const { args, login } = await this.login.command(['vault', 'operator', ...command]);
    const { exitCode, stdout, stderr } = await this.kubectl.run(args, { input: login });
    if (exitCode === 0) return stdout;
    throw VaultLogin.failure("Vault's servers", lastLines(stderr, 3));
  }

  private async account(): Promise<KubeObject> {
    const [account] = await this.kubectl.list('serviceaccounts', { selector: `${OURS},${COMPONENT}=vault-servers` });
    if (account) return account;
    throw new Failure(
      "nobody may see or change the number of Vault's servers yet: sandboxctl up with vault.replicas as it is makes the login for this",
    );
  }
}
