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

/** Longer than the lead takes to reach a server that stays, each time that it is handed on. */
const MOST_SEC = 120;
/** Longer than one server takes to hand the lead on. */
const HAND_ON_SEC = 20;

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
  const step = new Leaving(new Peers(kubectl), leaving);
  await until(
    () => `${leaving.join(', ')} are not out of Vault's cluster after ${MOST_SEC} s: ${step.said}`,
    MOST_SEC,
    async () => {
      signal.throwIfAborted();
      const isDone = await step.next();
      tell(step.said);
      return isDone;
    },
  );
  const which = [...claims, '--namespace', namespace, '--ignore-not-found', '--wait=false'];
  await kubectl.answer(['delete', 'persistentvolumeclaim', ...which]);
}

/** Servers on their way out, a step at a time. */
class Leaving {
  /** How far that is. */
  said = '';
  private handedOnMs = 0;

  constructor(
    private readonly cluster: Peers,
    private readonly names: readonly string[],
  ) {}

  /** @returns whether all are out */
  async next(): Promise<boolean> {
    try {
      const left = (await this.cluster.list()).filter(({ node_id }) => this.names.includes(node_id));
      this.said = `${left.map(({ node_id }) => node_id).join(', ') || 'none'} left`;
      // One that leads goes last: by then it can hand the lead on only to one that stays.
      const next = left.find(({ leader }) => !leader);
      if (next) await this.cluster.remove(next.node_id);
      else if (left.length > 0) await this.handOn();
      return left.length === 0;
    } catch (error) {
      // While the lead is handed on, nobody has it.
      if (!(error instanceof Failure)) throw error;
      this.said = error.message;
      return false;
    }
  }

  /** Asked again while it does so, Vault may end up without anybody who leads. */
  private async handOn(): Promise<void> {
    if (Date.now() - this.handedOnMs < HAND_ON_SEC * 1000) return;
    this.handedOnMs = Date.now();
    await this.cluster.stepDown();
  }
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
  stepDown = (): Promise<string> => this.vault('step-down');

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
