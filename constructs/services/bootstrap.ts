import { type ApiObject, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { type Identity, metadataOf, selectorOf } from '../core/identity';
import { k8s } from '../core/k8s';
import { type ContainerSpec, podTemplate } from '../core/pod';
import { resources } from '../core/resources';
import { digest, readAtStart, settingsOf } from '../core/settings';
import { PROGRAMS } from '../generated/programs';
import { type AddressPeer, allow, allowKubernetesApi, type PodPeer, podPeer } from '../network/peer';
import { type BootstrapAccess, rulesOf } from './bootstrap-access';
import { BootstrapConfig } from './bootstrap-config';
import { type CronJobSchedule, makeCronJobs, type Run, runsAtOnce, scheduleOf } from './bootstrap-schedule';

export interface BootstrapProps {
  readonly namespace: string;
  /** Name of all its objects. */
  readonly name: string;
  /** The program to run, of images/bootstrap. */
  readonly program: keyof typeof PROGRAMS;
  /**
   * `once`: a Job; `continuous`: a Deployment that keeps the state as wanted; by a schedule: a CronJob, and a Job that
   * runs at once with each new configuration, so that what is wrong with it shows; `on demand`: a CronJob that never
   * runs by itself, for people to make Jobs from; `repeatable`: a Job, and such a CronJob.
   */
  readonly run: Run;
  /** Containers that run before the program, one after the other. @default [] */
  readonly before?: readonly ContainerSpec[];
  /** Steps of the program, by their names, that run before all these. @default [] */
  readonly steps?: readonly string[];
  /** Volumes for the containers. @default [] */
  readonly volumes?: readonly k8s.Volume[];
  /** Mounts of the program's own container. @default [] */
  readonly mounts?: readonly k8s.VolumeMount[];
  /** Environment of the program's own container. @default [] */
  readonly env?: readonly k8s.EnvVar[];
  /** Annotations of its ServiceAccount. @default {} */
  readonly serviceAccountAnnotations?: Readonly<Record<string, string>>;
  /** Further labels of its pods. @default {} */
  readonly podLabels?: Readonly<Record<string, string>>;
  /** File in `/tmp` that the program makes when all is as configured: its pod is Ready from then on. @default - at once */
  readonly doneFile?: string;
  /** Keys of its configuration that may become too long to be read as they are, and are packed then. @default [] */
  readonly packed?: readonly string[];
  /** Audience of a token that the program finds at /var/run/secrets/platform/token. @default - none */
  readonly tokenAudience?: string;
}

/**
 * A program inside the cluster that makes what pods need to become Ready (secrets, certificates, an unsealed
 * Vault), with rights to exactly the objects it makes.
 */
export class Bootstrap extends Construct {
  readonly peer: PodPeer;
  readonly namespace: string;
  /** What it is known as to the API server. */
  readonly serviceAccount: ApiObject;
  readonly serviceAccountName: string;
  private readonly identity: Identity;
  private readonly config: BootstrapConfig;
  private readonly access: BootstrapAccess[] = [];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: BootstrapProps,
  ) {
    super(scope, id);
    const { name, namespace } = props;
    this.namespace = namespace;
    this.config = new BootstrapConfig(props.packed);
    this.serviceAccountName = name;
    this.identity = { name, instance: name, component: 'bootstrap' };
    this.peer = podPeer(this, namespace, this.identity);
    this.serviceAccount = new k8s.KubeServiceAccount(this, 'service-account', {
      metadata: metadataOf(this, this.identity, name, namespace, { ...props.serviceAccountAnnotations }),
      automountServiceAccountToken: false,
    });
    new k8s.KubeConfigMap(this, 'program', {
      metadata: metadataOf(this, this.identity, name, namespace),
      data: {
        'program.mjs': PROGRAMS[props.program],
        'config.json': Lazy.any({ produce: () => this.config.readable() }),
      },
      binaryData: Lazy.any({ produce: () => this.config.packed() }),
    });
    allowKubernetesApi(this.peer);
    if (props.run === 'continuous') this.makeDeployment();
    if (runsAtOnce(props.run)) this.makeJob();
    const schedule = scheduleOf(props.run);
    if (schedule) this.schedule(schedule);
  }

  /** Adds to the program's configuration: lists get what they lack, everything else is set. */
  configure(values: Record<string, unknown>): void {
    this.config.set(values);
  }

  /** Lets the program read and write objects by name. */
  grantAccess(access: BootstrapAccess): void {
    const before = this.access.find((a) => a.namespace === access.namespace && a.resource === access.resource);
    this.access.push(access);
    if (!before) this.makeRole(access);
  }

  /**
   * An object that the program fills with what everybody may read. It stands empty until then, and goes with the
   * platform, also from a namespace that outlives it.
   */
  publish(namespace: string, resource: 'secrets' | 'configmaps', name: string): void {
    const Kind = resource === 'secrets' ? k8s.KubeSecret : k8s.KubeConfigMap;
    const id = `${resource}-${namespace}-${name}`;
    if (this.node.tryFindChild(id)) return;
    new Kind(this, id, { metadata: metadataOf(this, this.identity, name, namespace) });
    this.grantAccess({ namespace, resource, names: [name], right: 'fill' });
  }

  /** Lets the program call `to`. */
  allowTo(to: PodPeer | AddressPeer, ports: readonly number[]): void {
    allow(
      this.peer,
      to,
      ports.map((port) => ({ port })),
    );
  }

  private makeRole({ namespace, resource }: BootstrapAccess): void {
    const id = `${namespace}-${resource}`;
    const name = `${this.props.name}-${resource.replace('/', '-')}`;
    new k8s.KubeRole(this, `role-${id}`, {
      metadata: metadataOf(this, this.identity, name, namespace),
      rules: Lazy.any({ produce: () => rulesOf(this.access, namespace, resource) }),
    });
    new k8s.KubeRoleBinding(this, `role-binding-${id}`, {
      metadata: metadataOf(this, this.identity, name, namespace),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name: this.serviceAccountName, namespace: this.namespace }],
    });
  }

  private template(restartPolicy: 'Always' | 'OnFailure' | 'Never', args: readonly string[] = []): k8s.PodTemplateSpec {
    const { program, before = [], steps = [], volumes = [], tokenAudience } = this.props;
    const base = podTemplate(this, {
      identity: this.identity,
      labels: { ...this.props.podLabels },
      ids: { user: 65532, group: 65532 },
      initContainers: [...steps.map((step) => this.programContainer(step, [step])), ...before],
      containers: [this.programContainer('bootstrap', args)],
      spec: {
        serviceAccountName: this.serviceAccountName,
        automountServiceAccountToken: true,
        restartPolicy,
        volumes: [
          { name: 'program', configMap: { name: this.props.name } },
          { name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('16Mi') } },
          ...(tokenAudience ? [tokenVolume(tokenAudience)] : []),
          ...volumes,
        ],
      },
    });
    const annotations = {
      ...base.metadata?.annotations,
      ...readAtStart(() => [PROGRAMS[program], this.config.text()]),
    };
    return { ...base, metadata: { ...base.metadata, annotations } };
  }

  private programContainer(name: string, args: readonly string[]): ContainerSpec {
    const { mounts = [], env = [], doneFile, tokenAudience } = this.props;
    return {
      name,
      image: settingsOf(this).bootstrapImage,
      command: ['node', '/etc/bootstrap/program.mjs', '/etc/bootstrap/config.json', ...args],
      ...(env.length > 0 && { env: [...env] }),
      ...(doneFile && { startupProbe: whenDone(doneFile) }),
      resources: resources(['10m', '64Mi'], ['500m', '256Mi']),
      volumeMounts: [
        { name: 'program', mountPath: '/etc/bootstrap', readOnly: true },
        { name: 'tmp', mountPath: '/tmp' },
        ...(tokenAudience ? [{ name: 'token', mountPath: '/var/run/secrets/platform', readOnly: true }] : []),
        ...mounts,
      ],
    };
  }

  private makeDeployment(): void {
    new k8s.KubeDeployment(this, 'deployment', {
      metadata: metadataOf(this, this.identity, this.props.name, this.namespace),
      spec: {
        replicas: 1,
        // Two at once could each believe to be the first.
        strategy: { type: 'Recreate' },
        revisionHistoryLimit: 2,
        selector: { matchLabels: selectorOf(this.identity) },
        template: this.template('Always'),
      },
    });
  }

  private makeJob(): void {
    const { before = [], steps = [] } = this.props;
    // Where the program gives up, what runs before it has to run again, and does so in another pod alone.
    const template = this.template(before.length + steps.length > 0 ? 'Never' : 'OnFailure');
    const name = Lazy.any({
      // A Job cannot be changed: another configuration is another Job.
      produce: () => `${this.props.name}-${digest([template, PROGRAMS[this.props.program], this.config.text()])}`,
    });
    new k8s.KubeJob(this, 'job', {
      metadata: { ...metadataOf(this, this.identity, this.props.name, this.namespace), name },
      spec: { backoffLimit: 20, template },
    });
  }

  private schedule(schedule: CronJobSchedule): void {
    const { identity, namespace } = this;
    const template = (words: readonly string[]) => this.template('Never', words);
    makeCronJobs(this, { identity, namespace, template }, schedule);
  }
}

/** It may take any time, and an end would not help it. */
const whenDone = (file: string): k8s.Probe => ({
  exec: { command: ['test', '-e', file] },
  periodSeconds: 2,
  failureThreshold: 1_000_000_000,
});

const tokenVolume = (audience: string): k8s.Volume => ({
  name: 'token',
  projected: { sources: [{ serviceAccountToken: { path: 'token', audience, expirationSeconds: 3600 } }] },
});
