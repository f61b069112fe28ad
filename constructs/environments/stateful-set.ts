import { type ApiObject, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { count, label } from '../core/checks';
import { makeDisruptionBudget } from '../core/disruption';
import { hostCertificateSecrets } from '../core/host-certificates';
import { type Identity, metadataOf, selectorOf } from '../core/identity';
import { k8s } from '../core/k8s';
import { type AddressPeer, allow, type PodPeer, podPeer } from '../network/peer';
import type { SecretConsumer } from '../secrets/consumer';
import type { SecretDelivery } from '../secrets/delivery';
import type { SshEnvironmentSet } from '../services/ssh-environments';
import { makeCloudAccount } from './account';
import { environmentClaims } from './claims';
import { Environment } from './environment';
import { type EnvironmentPodSettings, environmentPodTemplate } from './pod';
import { GrantedSecrets } from './secrets';
import { EnvironmentService } from './service';
import { SCRIPTS, sshdConfig } from './sshd';
import { checkClaims } from './volumes';
import { noticeConfigMap } from './working-hours-annotations';

export interface DevEnvStatefulSetProps extends EnvironmentPodSettings {
  /** @default 'devenv' */
  readonly namespace?: string;
  /** Name of the StatefulSet, a DNS label of at most 52 characters. @default 'devenv' */
  readonly name?: string;
  /** Environments, `<name>-0` and up. Scaling down keeps their volumes. @default 1 */
  readonly replicas?: number;
  /** Headless Service that names the pods. @default - one of its own, named like the StatefulSet */
  readonly serviceName?: string;
  /** A user whose only environment this is, named like the StatefulSet. @default - environments are told apart by number */
  readonly user?: string;
  /**
   * Existing claim to adopt, such as `workspace-devenv-0`, whose two siblings are adopted too, or `environment-devenv-0` with
   * the layout `oneClaim`. @default - claims of its own
   */
  readonly claim?: string;
  /** OpenSSH public keys that may log in, each one line. @default [] */
  readonly sshKeys?: readonly string[];
  /** Whether `ssh -A` hands the user's own keys on, to whoever is in the environment as well. @default false */
  readonly agentForwarding?: boolean;
  /** Brings granted secrets into the namespace. @default - none can be granted */
  readonly secretDelivery?: SecretDelivery;
}

const LONGEST_NAME = 52;

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
  private readonly statefulSet: ApiObject;
  private readonly granted = new GrantedSecrets();
  private runsByHours = false;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: DevEnvStatefulSetProps = {},
  ) {
    super(scope, id);
    this.namespace = props.namespace ?? 'devenv';
    // Its pods' names have a number more, their label of the revision a hash.
    this.name = label(this, 'name', props.name ?? 'devenv', LONGEST_NAME);
    count(this, 'replicas', this.replicas, 0, props.user ? 1 : Number.MAX_SAFE_INTEGER);
    this.secretDelivery = props.secretDelivery;
    this.identity = { name: 'devenv', instance: this.name, component: 'environment' };
    this.peer = podPeer(this, this.namespace, this.identity);
    checkClaims(this, { ...props, namespace: this.namespace, name: this.name }, props.volumes ?? []);
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

  /** Shows the keys of a Secret among the environments' secrets, where there is one. */
  mountSecret(secretName: string, files?: Readonly<Record<string, string>>): void {
    this.granted.add(secretName, files);
  }

  /** @internal The same in its only environment, over what is granted to the set. */
  mountOwnSecret(environment: string, secretName: string, files?: Readonly<Record<string, string>>): void {
    if (!this.props.user)
      throw new Error(
        `"${environment}" cannot have the secret "${secretName}" alone: environments of "${this.name}" are told apart by number, and mount the same; grant it to the set, or make one for this user`,
      );
    this.granted.addOwn(secretName, files);
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
    const broken = sshKeys.findIndex((key) => /[\r\n]/.test(key.trim()));
    if (broken >= 0)
      throw new Error(`SSH key ${broken + 1} of "${this.name}" must be one line: give each key by itself`);
    if (sshKeys.length > 0) this.access.authorized_keys = `${sshKeys.join('\n')}\n`;
    new k8s.KubeConfigMap(this, 'sshd', {
      metadata: metadataOf(this, this.identity, `${this.name}-sshd`, this.namespace),
      data: { sshd_config: sshdConfig(this.agentForwarding), ...SCRIPTS },
    });
    new k8s.KubeConfigMap(this, 'access', {
      metadata: metadataOf(this, this.identity, `${this.name}-access`, this.namespace),
      data: Lazy.any({ produce: () => this.access }),
    });
  }

  private makeStatefulSet(): ApiObject {
    const { props } = this;
    const made = new k8s.KubeStatefulSet(this, 'stateful-set', {
      metadata: metadataOf(this, this.identity, this.name, this.namespace),
      spec: {
        serviceName: this.serviceName,
        replicas: Lazy.any({ produce: () => (this.runsByHours ? undefined : this.replicas) }),
        podManagementPolicy: 'Parallel',
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
        selector: { matchLabels: selectorOf(this.identity) },
        template: environmentPodTemplate(this, {
          ...props,
          identity: this.identity,
          hostSecrets: this.hostSecrets,
          serviceAccountName: makeCloudAccount(this.peer, props),
          granted: this.granted,
        }),
        volumeClaimTemplates: props.claim ? undefined : environmentClaims(this, this.identity, props.storage),
      },
    });
    // A drain may move environments, but never all of them at once.
    makeDisruptionBudget(this, 'pod-disruption-budget', { namespace: this.namespace, identity: this.identity });
    return made;
  }
}
