import { Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { Environment } from './environment';
import { adoptedVolumes, CLAIM_MOUNTS, type EnvironmentStorage, environmentClaims } from './environment-claims';
import { EnvironmentService } from './environment-service';
import { environmentVariables } from './environment-variables';
import { HOST_ANNOTATION, hostCertificateSecrets } from './host-certificates';
import { type Identity, metadataOf, selectorOf } from './identity';
import { k8s } from './k8s';
import { type AddressPeer, allow, type PodPeer, podPeer } from './peer';
import { podTemplate, port, quantities, type Resources, spread } from './pod';
import type { SecretConsumer } from './secret-consumer';
import type { SecretDelivery } from './secret-delivery';
import { settingsOf } from './settings';
import type { SshEnvironmentSet } from './ssh-environments';
import { optionalSecrets, SSH_MOUNTS, sshInitContainers, sshVolumes } from './ssh-pod';
import { SCRIPTS, SSH_PORT, sshdConfig, WEB_PORT } from './sshd';
import { noticeConfigMap } from './working-hours-annotations';

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
  /** Environment variables, seen by every session as they are written: each one line, no references, no secrets. @default {} */
  readonly env?: Readonly<Record<string, string>>;
  /** Further volumes, each mounted where its mount says. @default [] */
  readonly volumes?: readonly { readonly volume: k8s.Volume; readonly mountPath: string }[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly k8s.Toleration[];
  /** RuntimeClass, such as `gvisor`. @default - the cluster's default runtime */
  readonly runtimeClassName?: string;
  /** Whether the cluster autoscaler may evict an environment. @default false */
  readonly safeToEvict?: boolean;
  /** Whether `ssh -A` hands the user's own keys on, to whoever is in the environment as well. @default false */
  readonly agentForwarding?: boolean;
  /** User id of the pods. @default - 1000, or what the cluster assigns */
  readonly runAsUser?: number;
  /** Brings granted secrets into the namespace. @default - none can be granted */
  readonly secretDelivery?: SecretDelivery;
}

const DEFAULT_RESOURCES: Resources = {
  requests: { cpu: '500m', memory: '2Gi', 'ephemeral-storage': '1Gi' },
  limits: { cpu: '2', memory: '4Gi', 'ephemeral-storage': '10Gi' },
};

/** Where environments see the Secrets that were granted: a file for each of their keys. */
const SECRETS_PATH = '/run/secrets/devenv';

/** Isolated development environments: one pod each, with sshd, its own volumes and no way to its neighbours. */
export class DevEnvStatefulSet extends Construct implements SecretConsumer, SshEnvironmentSet {
  readonly namespace: string;
  readonly name: string;
  readonly peer: PodPeer;
  readonly secretDelivery?: SecretDelivery;
  /** Every environment of this set. */
  readonly environments: readonly Environment[];
  private readonly serviceName: string;
  private readonly identity: Identity;
  private readonly access: Record<string, string> = {};
  private readonly statefulSet: k8s.KubeStatefulSet;
  private runsByHours = false;

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
    this.statefulSet = this.makeStatefulSet();
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

  /** @internal The Secrets that host certificates are delivered in, empty until someone fills them. */
  makeHostSecrets(): string[] {
    return this.hostSecrets.map((name) => {
      if (!this.node.tryFindChild(name))
        new k8s.KubeSecret(this, name, { metadata: metadataOf(this, this.identity, name, this.namespace) });
      return name;
    });
  }

  get agentForwarding(): boolean {
    return this.props.agentForwarding ?? false;
  }

  /** @internal An environment's line of sshd's principals. */
  addPrincipal(pod: string, principal: string): void {
    const key = `${pod}.principals`;
    const before = this.access[key] ?? '';
    if (!before.split('\n').includes(principal)) this.access[key] = `${before}${principal}\n`;
  }

  /** @internal Leaves how many run to working hours, which annotations tell. @returns a ConfigMap that people read */
  runByHours(annotations: Readonly<Record<string, string>>): string {
    this.runsByHours = true;
    for (const [key, value] of Object.entries(annotations)) this.statefulSet.metadata.addAnnotation(key, value);
    const name = noticeConfigMap(this.name);
    const identity = { ...this.identity, component: 'notice' };
    new k8s.KubeConfigMap(this, name, { metadata: metadataOf(this, identity, name, this.namespace) });
    return name;
  }

  /** Number of environments that run. */
  get replicas(): number {
    return this.props.replicas ?? 1;
  }

  private get hostSecrets(): string[] {
    return hostCertificateSecrets(this.name, this.replicas);
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
      data: { sshd_config: sshdConfig(this.agentForwarding), ...SCRIPTS },
    });
    new k8s.KubeConfigMap(this, 'access', {
      metadata: metadataOf(this, this.identity, `${this.name}-access`, this.namespace),
      data: Lazy.any({ produce: () => this.access }),
    });
  }

  private makeStatefulSet(): k8s.KubeStatefulSet {
    const { props } = this;
    const selector = selectorOf(this.identity);
    const made = new k8s.KubeStatefulSet(this, 'stateful-set', {
      metadata: metadataOf(this, this.identity, this.name, this.namespace),
      spec: {
        serviceName: this.serviceName,
        replicas: Lazy.any({ produce: () => (this.runsByHours ? undefined : this.replicas) }),
        podManagementPolicy: 'Parallel',
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
        selector: { matchLabels: selector },
        template: this.podTemplate(),
        volumeClaimTemplates: props.claim ? undefined : environmentClaims(this, this.identity, props.storage),
      },
    });
    new k8s.KubePodDisruptionBudget(this, 'pod-disruption-budget', {
      metadata: metadataOf(this, this.identity, this.name, this.namespace),
      // A drain may move environments, but never all of them at once.
      spec: { maxUnavailable: port(1), selector: { matchLabels: selector } },
    });
    return made;
  }

  private podTemplate(): k8s.PodTemplateSpec {
    const { props } = this;
    const { podSecurity } = settingsOf(this);
    const image = props.image ?? 'agent-sandbox/devenv:0.1.0';
    return podTemplate(this, {
      identity: this.identity,
      ids: { user: props.runAsUser ?? 1000, group: 0 },
      relaxed: podSecurity === 'relaxed',
      annotations: {
        'cluster-autoscaler.kubernetes.io/safe-to-evict': String(props.safeToEvict ?? false),
        ...(props.user && { [HOST_ANNOTATION]: this.name }),
      },
      initContainers: sshInitContainers(image),
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
    return environmentVariables(this.name, {
      CLAUDE_CONFIG_DIR: '/home/node/.claude',
      NODE_OPTIONS: '--max-old-space-size=4096',
      DEVENV_SECRETS: SECRETS_PATH,
      ...this.props.env,
    });
  }

  private mounts(): k8s.VolumeMount[] {
    return [
      ...SSH_MOUNTS,
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'secrets', mountPath: SECRETS_PATH, readOnly: true },
      ...CLAIM_MOUNTS,
      ...(this.props.volumes ?? []).map(({ volume, mountPath }) => ({ name: volume.name, mountPath })),
    ];
  }

  private volumes(): k8s.Volume[] {
    const { claim, volumes = [] } = this.props;
    return [
      ...sshVolumes(this.name, this.hostSecrets),
      { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('4Mi') } },
      { name: 'tmp', emptyDir: { sizeLimit: quantities({ size: '4Gi' }).size } },
      // Only files, which the kubelet changes all at once: a variable of the pod would be of the day it started.
      { name: 'secrets', projected: { defaultMode: 0o440, ...optionalSecrets(SECRETS) } },
      ...(claim ? adoptedVolumes(claim) : []),
      ...volumes.map(({ volume }) => volume),
    ];
  }
}

/** Secrets that reach an environment whichever way they came into its namespace; a later one's key replaces an earlier's. */
const SECRETS: readonly k8s.SecretProjection[] = [
  { name: 'devenv-secrets' },
  { name: 'devenv-vault-secrets' },
  { name: 'tfe-dynamic-token', items: [{ key: 'token', path: 'TFE_TOKEN' }] },
];
