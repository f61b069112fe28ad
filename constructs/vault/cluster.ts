import type { Construct } from 'constructs';
import type { VaultFacts } from '../core/facts';
import { type Identity, metadataOf, selectorOf } from '../core/identity';
import { k8s } from '../core/k8s';
import { type Address, urlOf } from '../network/endpoint';
import { Exposure } from '../network/exposure';
import { allow, allowKubernetesApi, type PodPeer, podPeer } from '../network/peer';
import type { Bootstrap } from '../services/bootstrap';
import { type CertificateAuthority, subjectNames } from '../services/certificate-authority';
import { reachIssuer } from '../services/issuer-relay';
import { makeVaultBootstrap } from './bootstrap';
import type { VaultClusterProps } from './cluster-props';
import { VaultGrants } from './grants';
import { VaultKv } from './kv';
import { allowMetrics, type MetricsReaders } from './metrics';
import { VaultPeople } from './people';
import { VaultPki } from './pki';
import { allowRegistration, initialised } from './registration';
import { Seal } from './seal';
import { API_PORT, CLUSTER_PORT, makeAccount, makeServices, namesInside, vaultHcl } from './server';
import { makeVaultServers } from './servers';
import { AUDIENCE, TERRAFORM, terraformCloudPolicy } from './setup';
import { sshMounts, VaultSsh } from './ssh';
import { type TerraformCloudProps, VaultTerraformCloud } from './terraform-cloud';
import { VaultTransit } from './transit';
import type { Vault } from './vault';

/** Vault on integrated storage, initialised, unsealed and set up by a bootstrap in the cluster. */
export class VaultCluster extends VaultGrants implements Vault {
  /** Audience of the ServiceAccount tokens that Vault accepts. */
  static readonly AUDIENCE = AUDIENCE;
  readonly namespace: string;
  readonly peer: PodPeer;
  /** URL inside the cluster. */
  readonly address: string;
  readonly authority: CertificateAuthority;
  /** Sets up what other parts need inside Vault before they can become Ready. */
  readonly bootstrap: Bootstrap;
  private readonly identity: Identity = { name: 'vault', instance: 'vault', component: 'server' };
  private readonly external: Address;
  /** Paths of the SSH engines, whether they are used or not. */
  readonly sshMounts: ReturnType<typeof sshMounts>;
  private kvEngine?: VaultKv;
  private sshEngine?: VaultSsh;
  private terraformCloudEngine?: VaultTerraformCloud;
  private pkiEngine?: VaultPki;
  private readonly transitEngines = new Map<string, VaultTransit>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: VaultClusterProps,
  ) {
    super(scope, id);
    const { replicas = 1 } = props;
    if (![1, 3, 5].includes(replicas)) throw new Error(`replicas of a VaultCluster must be 1, 3 or 5, got ${replicas}`);
    this.namespace = props.namespace ?? 'vault';
    this.sshMounts = sshMounts(props.ssh);
    this.authority = props.authority;
    this.peer = podPeer(this, this.namespace, this.identity);
    this.address = `https://vault.${this.namespace}.svc:${API_PORT}`;
    makeServices(this, this.namespace, this.identity, this.hasMetrics);
    this.makeConfig(replicas);
    this.makeServers(replicas);
    this.external = this.expose();
    this.makeCertificate(this.external.host);
    this.allowTraffic();
    if (props.metrics) this.showMetrics(props.metrics);
    this.bootstrap = makeVaultBootstrap(this, {
      namespace: this.bootstrapNamespace,
      vaultNamespace: this.namespace,
      servers: this.servers,
      address: this.address,
      autoUnseal: this.seal.autoUnseal,
      recovery: props.recovery,
      audience: VaultCluster.AUDIENCE,
      ssh: this.sshMounts,
      authority: this.authority,
    });
    // It alone reaches a server that is not initialised, besides the other servers.
    allow(this.bootstrap.peer, this.peer, [{ port: API_PORT }]);
    // Asked for when the text is written: grants come later.
    this.bootstrap.configure({ grants: { toJSON: () => this.logins } });
    const { bootstrap } = this;
    const externalAddress = urlOf(this.external);
    if (props.identity) new VaultPeople(this, 'people', { bootstrap, externalAddress, identity: props.identity });
  }

  /** The key-value engine at `secret/`, made on first use. */
  get kv(): VaultKv {
    this.kvEngine ??= new VaultKv(this, 'kv', { vault: this });
    return this.kvEngine;
  }

  /** The SSH engines, made on first use. */
  get ssh(): VaultSsh {
    this.sshEngine ??= new VaultSsh(this, 'ssh', {
      ...this.props.ssh,
      vault: this,
      clusterDomain: this.props.clusterDomain,
    });
    return this.sshEngine;
  }

  /** The Terraform Cloud engine at `terraform/`. */
  terraformCloud(props: TerraformCloudProps): VaultTerraformCloud {
    this.terraformCloudEngine ??= new VaultTerraformCloud(this, 'terraform-cloud', { ...props, vault: this });
    this.bootstrap.configure({ policies: [terraformCloudPolicy(this.terraformCloudEngine.host)] });
    return this.terraformCloudEngine;
  }

  /** The PKI engine at `pki/`, made on first use. */
  get pki(): VaultPki {
    this.pkiEngine ??= new VaultPki(this, 'pki', { vault: this });
    return this.pkiEngine;
  }

  /** The transit engine at `mount`, made on first use. @throws if another engine stands there */
  transit(mount = 'transit'): VaultTransit {
    const made = this.transitEngines.get(mount) ?? new VaultTransit(this, `transit-${mount}`, { vault: this, mount });
    this.transitEngines.set(mount, made);
    return made;
  }

  /** Lets pods call Vault's API once Vault is initialised. Says nothing about what Vault answers. */
  allowFrom(peer: PodPeer): void {
    allow(peer, this.initialised, [{ port: API_PORT }]);
  }

  /** What the stack that configures Vault needs to know. */
  get facts(): VaultFacts {
    const namespace = this.bootstrapNamespace;
    return {
      namespace: this.namespace,
      address: this.address,
      externalAddress: urlOf(this.external),
      front: this.external.front,
      terraform: { namespace, serviceAccount: TERRAFORM, role: TERRAFORM, audience: VaultCluster.AUDIENCE },
      podLabels: selectorOf(this.identity),
      terraformCloudHost: this.terraformCloudEngine?.host,
      mounts: [...(this.kvEngine?.mounts ?? []), ...(this.terraformCloudEngine?.mounts ?? [])],
      terraformRoles: this.terraformCloudEngine?.roles ?? [],
      ...this.grantFacts,
    };
  }

  private get initialised(): PodPeer {
    return initialised(this.peer, selectorOf(this.identity));
  }

  private get bootstrapNamespace(): string {
    return this.props.bootstrapNamespace ?? 'platform-bootstrap';
  }

  private get hosts(): string[] {
    const { replicas = 1 } = this.props;
    return Array.from({ length: replicas }, (_, i) => `vault-${i}.vault-internal.${this.namespace}.svc`);
  }

  private get servers(): string[] {
    return this.hosts.map((host) => `https://${host}:${API_PORT}`);
  }

  private makeConfig(replicas: number): void {
    const peers = replicas === 1 ? [] : this.servers;
    new k8s.KubeConfigMap(this, 'config', {
      metadata: metadataOf(this, this.identity, 'vault-config', this.namespace),
      data: { 'vault.hcl': vaultHcl(peers, this.seal, this.hasMetrics) },
    });
  }

  private makeServers(replicas: number): void {
    const { identity: provider } = this.props;
    const { namespace, identity, seal, hasMetrics } = this;
    makeAccount(this, namespace, identity, seal.key?.serviceAccountAnnotations);
    const pods = Array.from({ length: replicas }, (_, index) => `vault-${index}`);
    allowRegistration(this, { namespace, identity, pods });
    const beside = provider && reachIssuer(this.peer, provider);
    makeVaultServers(this, { ...this.props, hasMetrics, namespace, identity, seal, replicas, beside });
  }

  private get hasMetrics(): boolean {
    return this.props.metrics !== undefined;
  }

  private get seal(): Seal {
    return this.props.seal ?? Seal.development();
  }

  private expose() {
    return (this.props.exposure ?? Exposure.internal()).expose({
      pods: this.initialised,
      name: 'vault',
      port: API_PORT,
      targetPort: API_PORT,
      protocol: 'https',
      serviceName: 'vault',
    });
  }

  private makeCertificate(externalHost: string): void {
    const inside = namesInside(this.namespace, this.props.clusterDomain);
    this.authority.issue({
      namespace: this.namespace,
      secretName: 'vault-tls',
      ...subjectNames([...inside, ...this.hosts, 'localhost', externalHost, ...(this.props.externalNames ?? [])]),
    });
  }

  private showMetrics(readers: MetricsReaders): void {
    allowMetrics(this, this.initialised, readers);
    // Who reads them verifies the servers, and takes what it does so by from here.
    this.authority.publish(this.namespace);
  }

  private allowTraffic(): void {
    allow(this.peer, { ...this.peer }, [{ port: API_PORT }, { port: CLUSTER_PORT }]);
    allowKubernetesApi(this.peer);
    this.seal.allowFrom(this.peer);
  }
}
