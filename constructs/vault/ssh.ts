import { Construct } from 'constructs';
import type { VaultSshRole } from '../core/facts';
import { CLUSTER_DOMAIN, hostDomains } from '../core/host-certificates';
import type { SshEnvironment, SshEnvironmentSet } from '../services/ssh-environments';
import { POLICY_PREFIX, type SshMounts } from './setup';
import { SshHostSigner } from './ssh-host-signer';
import type { Vault } from './vault';

/** A certificate authority: the SSH engine that signs, and those that are trusted beside it while one takes over. */
export interface SshAuthority {
  /** Path of the engine. */
  readonly mount: string;
  /** Paths of engines that are trusted, too. @default [] */
  readonly alsoTrusted?: readonly string[];
}

export interface VaultSshProps {
  /** Signs people's keys. @default `ssh` */
  readonly userAuthority?: SshAuthority;
  /** Signs the environments' host keys. @default `ssh-host` */
  readonly hostAuthority?: SshAuthority;
  /** Longest life of a certificate that someone asks for, in seconds: 180 or more. @default 1800 */
  readonly maxTtlSec?: number;
  /** Life of host certificates, in seconds; they are renewed when a third of it is left. @default 90 days */
  readonly hostTtlSec?: number;
}

/** Where the engines are, and what environments are called there. */
interface OfVault {
  readonly vault: Vault;
  /** @default 'cluster.local' */
  readonly clusterDomain?: string;
}

/** Who may have keys signed: a policy in Vault, and a ServiceAccount that logs in with it. */
export interface SshSigner {
  /** Names the policy `platform-ssh.<name>`, which an administrator may give to any login of Vault's. */
  readonly name: string;
  /** A ServiceAccount that has the policy. @default - none: a login of another kind is given it */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
}

/** Life of a certificate whose asker names none: enough to begin a session. */
const TTL_SEC = 180;
const HOST_TTL_SEC = 90 * 24 * 3600;
/** Paths that are other engines'. */
const TAKEN = ['platform', 'secret', 'terraform'];

/** Every engine of an authority, first the one that signs. */
const mountsOf = ({ mount, alsoTrusted = [] }: SshAuthority): string[] => [mount, ...alsoTrusted];

/** The engines of people's and of hosts' certificates. @throws if two share a path */
export function sshMounts({ userAuthority, hostAuthority }: VaultSshProps = {}) {
  const user = mountsOf(userAuthority ?? { mount: 'ssh' });
  const host = mountsOf(hostAuthority ?? { mount: 'ssh-host' });
  const all = [...TAKEN, ...user, ...host];
  const twice = all.find((mount, index) => all.indexOf(mount) !== index);
  if (twice) throw new Error(`the path "${twice}" of Vault is another engine's: each SSH authority needs its own`);
  return { user, host };
}

/** Vault's SSH engines: the authority whose certificates environments accept, and the one that certifies environments. */
export class VaultSsh extends Construct {
  /** ConfigMap and key with the authorities' public keys, in every namespace that `publishTo` names. */
  static readonly CONFIG_MAP = 'ssh-user-ca';
  static readonly KEY = 'user-ca.pub';
  /** ConfigMap and key with the lines for `known_hosts`, in every namespace with host certificates. */
  static readonly HOST_CONFIG_MAP = 'ssh-host-ca';
  static readonly HOST_KEY = 'ssh_known_hosts';
  readonly mount: string;
  private readonly vault: Vault;
  private readonly mounts: SshMounts;
  private readonly maxTtlSec: number;
  private readonly hostTtlSec: number;
  private readonly clusterDomain: string;
  private hostSigner?: SshHostSigner;

  constructor(scope: Construct, id: string, props: VaultSshProps & OfVault) {
    super(scope, id);
    const { vault, maxTtlSec = 1800, hostTtlSec = HOST_TTL_SEC } = props;
    if (maxTtlSec < TTL_SEC)
      throw new Error(`maxTtlSec of SSH certificates must be at least ${TTL_SEC}, got ${maxTtlSec}`);
    this.vault = vault;
    this.mounts = vault.sshMounts;
    this.mount = this.mounts.user[0];
    this.maxTtlSec = maxTtlSec;
    this.hostTtlSec = hostTtlSec;
    this.clusterDomain = props.clusterDomain ?? CLUSTER_DOMAIN;
    // The pods that trust this authority start before any stack has run, so the bootstrap makes it.
    this.makeEngines(this.mounts.user, 'certificates for logging in to environments');
  }

  /** Keeps the public keys of all trusted authorities in a ConfigMap of a namespace. */
  publishTo(namespace: string): void {
    this.keepPublished(this.mounts.user, '', { namespace, configMap: VaultSsh.CONFIG_MAP, key: VaultSsh.KEY });
  }

  /**
   * Keeps a host certificate of every environment of a set in a Secret, and the lines for `known_hosts` that trust them
   * in the ConfigMap `ssh-host-ca`: whoever has these is not asked about a host key.
   */
  issueHostCertificates(set: SshEnvironmentSet): void {
    const { namespace } = set;
    const [mount] = this.mounts.host;
    const { vault, clusterDomain } = this;
    const domains = hostDomains(namespace, clusterDomain);
    this.makeEngines(this.mounts.host, 'certificates of environments');
    this.hostSigner ??= new SshHostSigner(this, 'host-signer', { vault, mount, clusterDomain });
    this.hostSigner.serve(set);
    this.setUp({ sshHostRoles: [{ mount, name: namespace, domains, ttlSec: this.hostTtlSec }] });
    const patterns = domains.map((domain) => `*.${domain}`).join(',');
    const target = { namespace, configMap: VaultSsh.HOST_CONFIG_MAP, key: VaultSsh.HOST_KEY };
    this.keepPublished(this.mounts.host, `@cert-authority ${patterns} `, target);
  }

  /** Paths of the hosts' authorities, which say their public keys; first the one that signs. */
  get hostAuthorityPaths(): string[] {
    return this.mounts.host.map((mount) => `${mount}/config/ca`);
  }

  /** Whether environments have certificates of their own. */
  get certifiesHosts(): boolean {
    return this.hostSigner !== undefined;
  }

  /**
   * Lets a signer have its own keys signed for an environment (`ssh/sign/<environment>`), which then lets them in. Says
   * nothing about the way there: that is `Environment.allowSshFrom`, or `kubectl port-forward`.
   */
  grantSign({ name, serviceAccount }: SshSigner, environment: SshEnvironment): void {
    const role = { name: environment.name, principals: [environment.name], ttlSec: TTL_SEC };
    this.addRole({ ...role, maxTtlSec: this.maxTtlSec });
    this.publishTo(environment.peer.namespace);
    environment.addPrincipal(environment.name);
    const policy = `${POLICY_PREFIX}ssh.${name}`;
    const paths = this.pathsOf('sign', environment.name).map((path) => [path, ['update']]);
    // `vault ssh` reads the public key of the hosts' authority.
    const hosts = this.hostAuthorityPaths.map((path) => [path, ['read']]);
    this.vault.addPolicy({ name: policy, paths: Object.fromEntries([...hosts, ...paths]) });
    if (!serviceAccount) return;
    const { namespace, name: account } = serviceAccount;
    const accounts = { serviceAccounts: [account], namespaces: [namespace] };
    this.vault.addKubernetesRole({ name: policy, ...accounts, policies: [policy] });
  }

  /**
   * A role that issues a key with its certificate for one session to an environment, named by whoever opens it: who may
   * use it answers for that name, which sshd logs. Returns its paths in every engine that is trusted; first the one to use.
   */
  addSessionRole({ name: environment, agentForwarding }: Pick<SshEnvironment, 'name' | 'agentForwarding'>): string[] {
    const name = `${environment}.session`;
    const life = { ttlSec: TTL_SEC, maxTtlSec: TTL_SEC };
    this.addRole({
      name,
      principals: [environment],
      ...life,
      namesKeys: true,
      ...(agentForwarding && { agentForwarding }),
    });
    return this.pathsOf('issue', name);
  }

  /** In every engine that is trusted, so that one takes over from another without a moment in which neither signs. */
  private addRole(role: Omit<VaultSshRole, 'mount'>): void {
    for (const mount of this.mounts.user) this.vault.addSshRole({ ...role, mount });
  }

  private pathsOf(verb: 'issue' | 'sign', role: string): string[] {
    return this.mounts.user.map((mount) => `${mount}/${verb}/${role}`);
  }

  private makeEngines(paths: readonly string[], description: string): void {
    this.setUp({ mounts: paths.map((path) => ({ path, type: 'ssh', description })) });
  }

  private keepPublished(
    mounts: readonly string[],
    prefix: string,
    publishTo: { namespace: string; configMap: string; key: string },
  ): void {
    this.setUp({ sshAuthorities: [{ mounts, prefix, publishTo }] });
    this.vault.bootstrap.publish(publishTo.namespace, 'configmaps', publishTo.configMap);
  }

  private setUp(values: Record<string, readonly unknown[]>): void {
    this.vault.bootstrap.configure({ ...values });
  }
}
