import { Construct } from 'constructs';
import { Bootstrap } from './bootstrap';
import { CertificateAuthority, subjectNames } from './certificate-authority';
import { Exposure } from './exposure';
import type { VaultFacts, VaultKubernetesRole, VaultPolicy, VaultSshRole } from './facts';
import { type Identity, metadataOf, selectorOf } from './identity';
import { k8s } from './k8s';
import { allow, KUBERNETES_API_PORTS, kubernetesApi, type PodPeer, podPeer } from './peer';
import { claimTemplate, port, type Resources } from './pod';
import { Seal } from './seal';
import { VaultKv } from './vault-kv';
import { API_PORT, CLUSTER_PORT, vaultHcl, vaultPodTemplate } from './vault-server';
import { bootstrapSetup, TERRAFORM } from './vault-setup';
import { VaultSsh } from './vault-ssh';
import { type TerraformCloudProps, VaultTerraformCloud } from './vault-terraform-cloud';

export interface VaultClusterProps {
  /** @default 'vault' */
  readonly namespace?: string;
  /** Servers: 1, 3 or 5. @default 1 */
  readonly replicas?: 1 | 3 | 5;
  /** @default 'hashicorp/vault:1.21' */
  readonly image?: string;
  /** Size of each server's volume. @default '1Gi' */
  readonly storage?: string;
  /** @default - the cluster's default class */
  readonly storageClassName?: string;
  /** @default - 100m and 256Mi, at most 1 CPU and 1Gi */
  readonly resources?: Resources;
  /** @default Seal.development() */
  readonly seal?: Seal;
  /** Issues the servers' certificates. */
  readonly authority: CertificateAuthority;
  /** How clients outside the cluster reach it. @default Exposure.internal() */
  readonly exposure?: Exposure;
  /** Names and addresses that outside clients dial besides the exposure's own. @default [] */
  readonly externalNames?: readonly string[];
  /** Namespace of the bootstrap, which also keeps the keys of the development seal. @default 'platform-bootstrap' */
  readonly bootstrapNamespace?: string;
}

/** Vault on integrated storage, initialised, unsealed and set up by a bootstrap in the cluster. */
export class VaultCluster extends Construct {
  /** Audience of the ServiceAccount tokens that Vault accepts. */
  static readonly AUDIENCE = 'vault';
  readonly namespace: string;
  readonly peer: PodPeer;
  /** URL inside the cluster. */
  readonly address: string;
  readonly authority: CertificateAuthority;
  /** Sets up what other parts need inside Vault before they can become Ready. */
  readonly bootstrap: Bootstrap;
  private readonly identity: Identity = { name: 'vault', instance: 'vault', component: 'server' };
  private readonly externalAddress: string;
  private readonly policies = new Map<string, VaultPolicy>();
  private readonly kubernetesRoles = new Map<string, VaultKubernetesRole>();
  private readonly sshRoles = new Map<string, VaultSshRole>();
  private kvEngine?: VaultKv;
  private sshEngine?: VaultSsh;
  private terraformCloudEngine?: VaultTerraformCloud;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: VaultClusterProps,
  ) {
    super(scope, id);
    const { replicas = 1 } = props;
    if (![1, 3, 5].includes(replicas)) throw new Error(`replicas of a VaultCluster must be 1, 3 or 5, got ${replicas}`);
    this.namespace = props.namespace ?? 'vault';
    this.authority = props.authority;
    this.peer = podPeer(this, this.namespace, this.identity);
    this.address = `https://vault.${this.namespace}.svc:${API_PORT}`;
    this.makeServices();
    this.makeConfig(replicas);
    this.makeStatefulSet(replicas);
    const external = this.expose();
    this.externalAddress = `https://${external.host}:${external.port}`;
    this.makeCertificate(replicas, external.host);
    this.allowTraffic();
    this.bootstrap = this.makeBootstrap(replicas);
  }

  /** The key-value engine at `secret/`, made on first use. */
  get kv(): VaultKv {
    this.kvEngine ??= new VaultKv(this, 'kv', { vault: this });
    return this.kvEngine;
  }

  /** The SSH engine at `ssh/`, made on first use. */
  get ssh(): VaultSsh {
    this.sshEngine ??= new VaultSsh(this, 'ssh', { vault: this });
    return this.sshEngine;
  }

  /** The Terraform Cloud engine at `terraform/`. */
  terraformCloud(props: TerraformCloudProps): VaultTerraformCloud {
    this.terraformCloudEngine ??= new VaultTerraformCloud(this, 'terraform-cloud', { ...props, vault: this });
    return this.terraformCloudEngine;
  }

  /** Lets pods call Vault's API. Says nothing about what Vault answers. */
  allowFrom(peer: PodPeer): void {
    allow(peer, this.peer, [{ port: API_PORT }]);
  }

  /** Adds a policy, or paths to one. Names begin with `platform-`, the prefix that Terraform may write. */
  addPolicy({ name, paths }: VaultPolicy): void {
    this.policies.set(name, { name, paths: { ...this.policies.get(name)?.paths, ...paths } });
  }

  /** Gives policies to a ServiceAccount. One ServiceAccount has one role, however many policies. */
  addKubernetesRole(role: Omit<VaultKubernetesRole, 'audience' | 'tokenPeriodSec'>): void {
    const before = this.kubernetesRoles.get(role.name);
    this.kubernetesRoles.set(role.name, {
      ...role,
      policies: [...new Set([...(before?.policies ?? []), ...role.policies])],
      audience: VaultCluster.AUDIENCE,
      tokenPeriodSec: 3600,
    });
  }

  addSshRole(role: VaultSshRole): void {
    this.sshRoles.set(role.name, role);
  }

  /** What the stack that configures Vault needs to know. */
  get facts(): VaultFacts {
    const { bootstrapNamespace: namespace = 'platform-bootstrap' } = this.props;
    return {
      namespace: this.namespace,
      address: this.address,
      externalAddress: this.externalAddress,
      terraform: { namespace, serviceAccount: TERRAFORM, role: TERRAFORM, audience: VaultCluster.AUDIENCE },
      terraformCloudHost: this.terraformCloudEngine?.host,
      mounts: [...(this.kvEngine?.mounts ?? []), ...(this.terraformCloudEngine?.mounts ?? [])],
      policies: [...this.policies.values()],
      kubernetesRoles: [...this.kubernetesRoles.values()],
      sshRoles: [...this.sshRoles.values()],
      terraformRoles: this.terraformCloudEngine?.roles ?? [],
    };
  }

  private get servers(): string[] {
    return Array.from(
      { length: this.props.replicas ?? 1 },
      (_, i) => `https://vault-${i}.vault-internal.${this.namespace}.svc:${API_PORT}`,
    );
  }

  private makeServices(): void {
    const ports = [
      { name: 'https', port: API_PORT, targetPort: port(API_PORT) },
      { name: 'https-internal', port: CLUSTER_PORT, targetPort: port(CLUSTER_PORT) },
    ];
    const selector = selectorOf(this.identity);
    // Clients find servers that answer; servers find each other sealed, too.
    new k8s.KubeService(this, 'service', {
      metadata: metadataOf(this, this.identity, 'vault', this.namespace),
      spec: { selector, ports: ports.slice(0, 1) },
    });
    new k8s.KubeService(this, 'service-internal', {
      metadata: metadataOf(this, this.identity, 'vault-internal', this.namespace),
      spec: { selector, ports, clusterIp: 'None', publishNotReadyAddresses: true },
    });
  }

  private makeConfig(replicas: number): void {
    const peers = replicas === 1 ? [] : this.servers;
    new k8s.KubeConfigMap(this, 'config', {
      metadata: metadataOf(this, this.identity, 'vault-config', this.namespace),
      data: { 'vault.hcl': vaultHcl(peers, this.seal) },
    });
  }

  private makeStatefulSet(replicas: number): void {
    const { storage = '1Gi', storageClassName } = this.props;
    new k8s.KubeServiceAccount(this, 'service-account', {
      metadata: metadataOf(this, this.identity, 'vault', this.namespace),
      automountServiceAccountToken: false,
    });
    // Vault asks the API server whether the tokens that pods log in with are theirs.
    new k8s.KubeClusterRoleBinding(this, 'token-review', {
      metadata: metadataOf(this, this.identity, `${this.namespace}-token-review`),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
      subjects: [{ kind: 'ServiceAccount', name: 'vault', namespace: this.namespace }],
    });
    new k8s.KubeStatefulSet(this, 'stateful-set', {
      metadata: metadataOf(this, this.identity, 'vault', this.namespace),
      spec: {
        serviceName: 'vault-internal',
        replicas,
        podManagementPolicy: 'Parallel',
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
        selector: { matchLabels: selectorOf(this.identity) },
        template: vaultPodTemplate(this, {
          ...this.props,
          namespace: this.namespace,
          identity: this.identity,
          seal: this.seal,
        }),
        volumeClaimTemplates: [
          claimTemplate(this, { name: 'data', identity: this.identity, size: storage, storageClassName }),
        ],
      },
    });
    new k8s.KubePodDisruptionBudget(this, 'pod-disruption-budget', {
      metadata: metadataOf(this, this.identity, 'vault', this.namespace),
      spec: {
        maxUnavailable: port(Math.max(1, Math.floor((replicas - 1) / 2))),
        selector: { matchLabels: selectorOf(this.identity) },
      },
    });
  }

  private get seal(): Seal {
    return this.props.seal ?? Seal.development();
  }

  private expose() {
    return (this.props.exposure ?? Exposure.internal()).expose({
      pods: this.peer,
      name: 'vault',
      port: API_PORT,
      targetPort: API_PORT,
      protocol: 'https',
      serviceName: 'vault',
    });
  }

  private makeCertificate(replicas: number, externalHost: string): void {
    const inside = [
      'vault',
      `vault.${this.namespace}`,
      `vault.${this.namespace}.svc`,
      `vault.${this.namespace}.svc.cluster.local`,
    ];
    const servers = Array.from({ length: replicas }, (_, i) => `vault-${i}.vault-internal.${this.namespace}.svc`);
    this.authority.issue({
      namespace: this.namespace,
      secretName: 'vault-tls',
      ...subjectNames([...inside, ...servers, 'localhost', externalHost, ...(this.props.externalNames ?? [])]),
    });
  }

  private allowTraffic(): void {
    allow(this.peer, { ...this.peer }, [{ port: API_PORT }, { port: CLUSTER_PORT }]);
    allow(this.peer, kubernetesApi(this), KUBERNETES_API_PORTS);
  }

  private makeBootstrap(replicas: number): Bootstrap {
    const namespace = this.props.bootstrapNamespace ?? 'platform-bootstrap';
    this.authority.publish(namespace);
    const bootstrap = new Bootstrap(this, 'bootstrap', {
      namespace,
      name: 'vault-bootstrap',
      program: 'vault',
      run: 'continuous',
      tokenAudience: VaultCluster.AUDIENCE,
      mounts: [{ name: 'ca', mountPath: '/etc/platform-ca', readOnly: true }],
      volumes: [{ name: 'ca', configMap: { name: CertificateAuthority.BUNDLE } }],
    });
    const keys = { namespace, secretName: 'vault-keys' };
    bootstrap.grantAccess({ namespace, resource: 'secrets', names: [keys.secretName] });
    bootstrap.configure({
      servers: this.servers.slice(0, replicas),
      address: this.address,
      caFile: '/etc/platform-ca/ca.crt',
      keys,
      autoUnseal: this.seal.autoUnseal,
      ...bootstrapSetup(namespace, VaultCluster.AUDIENCE),
    });
    new k8s.KubeServiceAccount(this, 'terraform', {
      metadata: metadataOf(this, { name: TERRAFORM, instance: TERRAFORM, component: 'identity' }, TERRAFORM, namespace),
      automountServiceAccountToken: false,
    });
    this.allowFrom(bootstrap.peer);
    return bootstrap;
  }
}
