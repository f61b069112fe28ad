import { type Kubectl, type KubeObject, kubectlCommand } from '../cluster/kubectl';
import { COMPONENT, OURS } from '../cluster/labels';
import { SERVERS, VaultLogin } from '../cluster/vault-login';
import { Failure } from '../failure';
import { lastLines } from '../run';
import { until } from '../until';
import { counted } from './counted';
import type { Repository, Source } from './repository';
import type { Snapshot } from './snapshot';

const START_SEC = 180;
const LONG = 'VAULT_CLIENT_TIMEOUT=1h';
/** What it holds is replaced, keys and logins included. The token comes first. */
const RESTORE = `read -r VAULT_TOKEN; export VAULT_TOKEN ${LONG}
cat | vault operator raft snapshot restore -force /dev/stdin`;

/** All that Vault holds, encrypted by its own keys. */
export class VaultData {
  readonly kind = 'vault';
  readonly name: string;
  readonly namespace: string;
  private readonly where: readonly string[];

  private constructor(
    private readonly kubectl: Kubectl,
    { metadata }: KubeObject,
  ) {
    this.name = metadata.name;
    this.namespace = metadata.namespace;
    this.where = ['--namespace', this.namespace];
  }

  /** Vault as it stands in a cluster, if there is one. */
  static async all(kubectl: Kubectl): Promise<VaultData[]> {
    return (await kubectl.list('statefulsets', { selector: SERVERS })).map((set) => new VaultData(kubectl, set));
  }

  async source(): Promise<Source> {
    const selector = `${OURS},${COMPONENT}=vault-snapshots`;
    const [account] = await this.kubectl.list('serviceaccounts', { selector });
    if (!account) throw new Failure('nobody may take snapshots of Vault yet: sandboxctl up lets you');
    const save = ['env', LONG, 'vault', 'operator', 'raft', 'snapshot', 'save', '/dev/stdout'];
    const { args, login } = await new VaultLogin(this.kubectl, account).command(counted(...save));
    return { command: kubectlCommand(args), input: login };
  }

  /**
   * Puts what was kept in the place of what is there, by a Vault that lives until then. It is sealed afterwards, and
   * opened by the keys that it had when it was kept. Nobody else may be at work in it.
   */
  async restore(repository: Repository, snapshot: Snapshot): Promise<void> {
    await this.empty();
    const token = await this.begin();
    const command = this.exec(['sh', '-c', RESTORE], '--stdin');
    await repository.give(snapshot, kubectlCommand(command), { first: `${token}\n` });
  }

  /** Has one server with nothing in it, whatever an earlier run left. */
  private async empty(): Promise<void> {
    const scale = (replicas: number) =>
      this.kubectl.answer(['scale', 'statefulset', this.name, `--replicas=${replicas}`, ...this.where]);
    await scale(0);
    await until('Vault ends', START_SEC, async () => (await this.ours('pods')).length === 0);
    const claims = (await this.ours('persistentvolumeclaims')).map(({ metadata }) => metadata.name);
    if (claims.length > 0) await this.kubectl.answer(['delete', 'persistentvolumeclaims', ...claims, ...this.where]);
    await scale(1);
  }

  /** Initialises and opens a Vault whose key and token nobody keeps. @returns the token */
  private async begin(): Promise<string> {
    const { recovery_seal } = await until('Vault starts', START_SEC, async () => {
      const { stdout } = await this.run(['vault', 'status', '-format=json']);
      return stdout.startsWith('{') && JSON.parse(stdout);
    });
    const kind = recovery_seal ? 'recovery' : 'key';
    const init = ['vault', 'operator', 'init', `-${kind}-shares=1`, `-${kind}-threshold=1`, '-format=json'];
    const { unseal_keys_b64, root_token } = JSON.parse(await this.said(init));
    if (!recovery_seal) await this.said(['vault', 'write', '-format=json', 'sys/unseal', 'key=-'], unseal_keys_b64[0]);
    await until('Vault leads', START_SEC, async () => {
      const { stdout } = await this.run(['vault', 'read', '-format=json', 'sys/leader']);
      return stdout.startsWith('{') && JSON.parse(stdout).data.is_self;
    });
    return root_token;
  }

  private ours = async (kind: string): Promise<KubeObject[]> =>
    (await this.kubectl.list(kind, { selector: SERVERS })).filter(
      ({ metadata }) => metadata.namespace === this.namespace,
    );

  private exec = (command: readonly string[], ...options: string[]): string[] => [
    ...['exec', ...options, ...this.where, `${this.name}-0`, '--container', 'vault', '--'],
    ...command,
  ];

  private run = (command: readonly string[], input = '') => this.kubectl.run(this.exec(command, '--stdin'), { input });

  private async said(command: readonly string[], input?: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(command, input);
    if (exitCode !== 0) throw new Failure(lastLines(stderr, 3));
    return stdout;
  }
}
