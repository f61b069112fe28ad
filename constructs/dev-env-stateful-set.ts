import { Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { Environment } from './environment';
import { EnvironmentService } from './environment-service';
import { type Identity, metadataOf, selectorOf } from './identity';
import { k8s } from './k8s';
import { type AddressPeer, allow, type PodPeer, podPeer } from './peer';
import { claimTemplate, podTemplate, port, quantities, type Resources, resources, spread } from './pod';
import type { SecretConsumer } from './secret-consumer';
import type { SecretDelivery } from './secret-delivery';
import { settingsOf } from './settings';
import { PREPARE_SCRIPT, SSH_PORT, SSHD_CONFIG, START_SCRIPT, WEB_PORT } from './sshd';
import { VaultSsh } from './vault-ssh';

/** Sizes of the three volumes of an environment. */
export interface EnvironmentStorage {
  /** /workspace. @default '10Gi' */
  readonly workspace?: string;
  /** /commandhistory. @default '1Gi' */
  readonly bashHistory?: string;
  /** /home/node/.claude. @default '1Gi' */
  readonly claudeConfig?: string;
  /** @default - the cluster's default class */
  readonly className?: string;
}

export interface DevEnvStatefulSetProps {
  /** @default 'devenv' */
  readonly namespace?: string;
  /** Name of the StatefulSet. @default 'devenv' */
  readonly name?: string;
  /** Environments, `<name>-0` and up. Scaling down keeps their volumes. @default 1 */
  readonly replicas?: number;
  /** Headless Service that names the pods. @default - one of its own, named like the StatefulSet */
  readonly serviceName?: string;
  /** A user whose only environment this is, named like the StatefulSet. @default - environments are told apart by number */
  readonly user?: string;
  /** Existing claim to adopt as the workspace, such as `workspace-devenv-0`; its two siblings are adopted too. @default - claims of its own */
  readonly claim?: string;
  /** @default 'agent-sandbox/devenv:0.1.0' */
  readonly image?: string;
  /** @default - 500m and 2Gi, at most 2 CPUs and 4Gi */
  readonly resources?: Resources;
  readonly storage?: EnvironmentStorage;
  /** OpenSSH public keys that may log in. @default [] */
  readonly sshKeys?: readonly string[];
  /** Environment variables, seen by every session. No secrets. @default {} */
  readonly env?: Readonly<Record<string, string>>;
  /** Further volumes, each mounted where its mount says. @default [] */
  readonly volumes?: readonly { readonly volume: k8s.Volume; readonly mountPath: string }[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly k8s.Toleration[];
  /** RuntimeClass, such as `gvisor`. @default - the cluster's default runtime */
  readonly runtimeClassName?: string;
  /** Whether the cluster autoscaler may evict an environment. @default false */
  readonly safeToEvict?: boolean;
  /** User id of the pods. @default - 1000, or what the cluster assigns */
  readonly runAsUser?: number;
  /** Brings granted secrets into the namespace. @default - none can be granted */
  readonly secretDelivery?: SecretDelivery;
}

const CLAIMS = [
  { name: 'workspace', mountPath: '/workspace', size: 'workspace', fallback: '10Gi' },
  { name: 'bash-history', mountPath: '/commandhistory', size: 'bashHistory', fallback: '1Gi' },
  { name: 'claude-config', mountPath: '/home/node/.claude', size: 'claudeConfig', fallback: '1Gi' },
] as const;

const DEFAULT_RESOURCES: Resources = {
  requests: { cpu: '500m', memory: '2Gi', 'ephemeral-storage': '1Gi' },
  limits: { cpu: '2', memory: '4Gi', 'ephemeral-storage': '10Gi' },
};

/** Where sessions see the Secrets that were granted: one folder a Secret, one file a key. */
const SECRETS_PATH = '/run/secrets/devenv';

/** Isolated development environments: one pod each, with sshd, its own volumes and no way to its neighbours. */
export class DevEnvStatefulSet extends Construct implements SecretConsumer {
  readonly namespace: string;
  readonly name: string;
  readonly peer: PodPeer;
  readonly secretDelivery?: SecretDelivery;
  /** Every environment of this set. */
  readonly environments: readonly Environment[];
  private readonly serviceName: string;
  private readonly identity: Identity;
  private readonly access: Record<string, string> = {};

  constructor(
    scope: Construct,
    id: string,
    private readonly props: DevEnvStatefulSetProps = {},
  ) {
    super(scope, id);
    this.namespace = props.namespace ?? 'devenv';
    this.name = props.name ?? 'devenv';
    this.secretDelivery = props.secretDelivery;
    this.identity = { name: 'devenv', instance: this.name, component: 'environment' };
    this.peer = podPeer(this, this.namespace, this.identity);
    this.serviceName =
      props.serviceName ?? new EnvironmentService(this, 'service', { namespace: this.namespace, name: this.name }).name;
    this.makeConfigMaps();
    this.makeStatefulSet();
    this.environments = this.makeEnvironments();
  }

  /** The environment of a user, or of a number such as `devenv-0`. @throws if there is none of that name */
  environment(name: string): Environment {
    const found = this.environments.find((environment) => environment.name === name || environment.user === name);
    if (found) return found;
    throw new Error(
      `no environment "${name}" in "${this.name}"; there are ${this.environments.map((e) => e.name).join(', ')}`,
    );
  }

  /** Lets the environments call addresses, such as the internet or a registry. */
  allowTo(peer: AddressPeer, ports: readonly number[]): void {
    allow(
      this.peer,
      peer,
      ports.map((value) => ({ port: value })),
    );
  }

  /** @internal An environment's line of sshd's principals. */
  addPrincipal(pod: string, principal: string): void {
    const key = `${pod}.principals`;
    const before = this.access[key] ?? '';
    if (!before.split('\n').includes(principal)) this.access[key] = `${before}${principal}\n`;
  }

  private get replicas(): number {
    return this.props.replicas ?? 1;
  }

  private get podNames(): string[] {
    return Array.from({ length: Math.max(this.replicas, this.props.user ? 1 : 0) }, (_, i) => `${this.name}-${i}`);
  }

  private makeEnvironments(): Environment[] {
    const { user } = this.props;
    const names = user ? [`${this.name}-0`] : this.podNames;
    return names.map(
      (pod) =>
        new Environment(this, pod, {
          set: this,
          identity: this.identity,
          pod,
          user,
          name: user ? this.name : pod,
        }),
    );
  }

  private makeConfigMaps(): void {
    const { sshKeys = [] } = this.props;
    for (const pod of this.podNames) {
      if (sshKeys.length > 0) this.access[`${pod}.authorized_keys`] = `${sshKeys.join('\n')}\n`;
    }
    new k8s.KubeConfigMap(this, 'sshd', {
      metadata: metadataOf(this, this.identity, `${this.name}-sshd`, this.namespace),
      data: { sshd_config: SSHD_CONFIG, prepare: PREPARE_SCRIPT, start: START_SCRIPT },
    });
    new k8s.KubeConfigMap(this, 'access', {
      metadata: metadataOf(this, this.identity, `${this.name}-access`, this.namespace),
      data: Lazy.any({ produce: () => this.access }),
    });
  }

  private makeStatefulSet(): void {
    const { props } = this;
    const selector = selectorOf(this.identity);
    new k8s.KubeStatefulSet(this, 'stateful-set', {
      metadata: metadataOf(this, this.identity, this.name, this.namespace),
      spec: {
        serviceName: this.serviceName,
        replicas: this.replicas,
        podManagementPolicy: 'Parallel',
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
        selector: { matchLabels: selector },
        template: this.podTemplate(),
        volumeClaimTemplates: props.claim
          ? undefined
          : CLAIMS.map(({ name, size, fallback }) =>
              claimTemplate(this, {
                name,
                identity: this.identity,
                size: props.storage?.[size] ?? fallback,
                storageClassName: props.storage?.className,
              }),
            ),
      },
    });
    new k8s.KubePodDisruptionBudget(this, 'pod-disruption-budget', {
      metadata: metadataOf(this, this.identity, this.name, this.namespace),
      // A drain may move environments, but never all of them at once.
      spec: { maxUnavailable: port(1), selector: { matchLabels: selector } },
    });
  }

  private podTemplate(): k8s.PodTemplateSpec {
    const { props } = this;
    const { podSecurity } = settingsOf(this);
    const image = props.image ?? 'agent-sandbox/devenv:0.1.0';
    return podTemplate(this, {
      identity: this.identity,
      ids: { user: props.runAsUser ?? 1000, group: 0 },
      relaxed: podSecurity === 'relaxed',
      annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': String(props.safeToEvict ?? false) },
      initContainers: [
        {
          name: 'prepare',
          image,
          command: ['/bin/sh', '/etc/devenv/config/prepare'],
          resources: resources(['10m', '32Mi'], ['500m', '128Mi']),
          volumeMounts: [CONFIG_MOUNT, RUN_MOUNT, { name: 'workspace', mountPath: '/workspace' }],
        },
      ],
      containers: [
        {
          name: 'devenv',
          image,
          command: ['/bin/sh', '/etc/devenv/config/start'],
          // People install tools for themselves; what must last stands on the volumes.
          readOnlyRootFilesystem: false,
          env: this.variables(),
          ports: [
            { name: 'ssh', containerPort: SSH_PORT },
            { name: 'http', containerPort: WEB_PORT },
          ],
          readinessProbe: { tcpSocket: { port: port(SSH_PORT) }, periodSeconds: 5, timeoutSeconds: 3 },
          resources: props.resources ?? DEFAULT_RESOURCES,
          volumeMounts: this.mounts(),
        },
      ],
      spec: {
        terminationGracePeriodSeconds: 30,
        nodeSelector: props.nodeSelector && { ...props.nodeSelector },
        tolerations: props.tolerations && [...props.tolerations],
        runtimeClassName: props.runtimeClassName,
        topologySpreadConstraints: spread({ 'app.kubernetes.io/component': 'environment' }),
        volumes: this.volumes(),
      },
    });
  }

  private variables(): k8s.EnvVar[] {
    const own = {
      CLAUDE_CONFIG_DIR: '/home/node/.claude',
      NODE_OPTIONS: '--max-old-space-size=4096',
      DEVENV_SECRETS: SECRETS_PATH,
      ...this.props.env,
    };
    const variables = Object.keys(own).join(' ');
    return [
      { name: 'HOME', value: '/home/node' },
      { name: 'HOSTNAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'DEVENV_VARIABLES', value: variables },
      ...Object.entries(own).map(([name, value]) => ({ name, value })),
    ];
  }

  private mounts(): k8s.VolumeMount[] {
    return [
      CONFIG_MOUNT,
      RUN_MOUNT,
      { name: 'access', mountPath: '/etc/devenv/access', readOnly: true },
      { name: 'ssh-user-ca', mountPath: '/etc/devenv/ca', readOnly: true },
      { name: 'run', mountPath: '/etc/passwd', subPath: 'passwd', readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'secrets', mountPath: SECRETS_PATH, readOnly: true },
      ...CLAIMS.map(({ name, mountPath }) => ({ name, mountPath })),
      ...(this.props.volumes ?? []).map(({ volume, mountPath }) => ({ name: volume.name, mountPath })),
    ];
  }

  private volumes(): k8s.Volume[] {
    const { claim, volumes = [] } = this.props;
    const adopted = claim
      ? CLAIMS.map(({ name }) => ({ name, claimName: `${name}${claim.slice('workspace'.length)}` }))
      : [];
    return [
      { name: 'config', configMap: { name: `${this.name}-sshd` } },
      { name: 'access', configMap: { name: `${this.name}-access` } },
      // Optional, so that an environment starts before Vault has published its authority, or without Vault.
      { name: 'ssh-user-ca', configMap: { name: VaultSsh.CONFIG_MAP, optional: true } },
      { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('4Mi') } },
      { name: 'tmp', emptyDir: { sizeLimit: quantities({ size: '4Gi' }).size } },
      { name: 'secrets', projected: { sources: SECRETS.map((name) => ({ secret: { name, optional: true } })) } },
      ...adopted.map(({ name, claimName }) => ({ name, persistentVolumeClaim: { claimName } })),
      ...volumes.map(({ volume }) => volume),
    ];
  }
}

/** Secrets that reach an environment whichever way they came into its namespace. */
const SECRETS = ['devenv-secrets', 'devenv-vault-secrets', 'tfe-dynamic-token'];
const CONFIG_MOUNT: k8s.VolumeMount = { name: 'config', mountPath: '/etc/devenv/config', readOnly: true };
const RUN_MOUNT: k8s.VolumeMount = { name: 'run', mountPath: '/run/devenv' };
