import { Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { PROGRAMS } from './generated/programs';
import { type Identity, metadataOf, selectorOf } from './identity';
import { k8s } from './k8s';
import { type AddressPeer, allow, KUBERNETES_API_PORTS, kubernetesApi, type PodPeer, podPeer } from './peer';
import { type ContainerSpec, podTemplate, resources } from './pod';
import { digest, settingsOf } from './settings';

/** What a bootstrap may do in a namespace: read and write the objects named, and create objects of their kind. */
export interface BootstrapAccess {
  readonly namespace: string;
  readonly resource: 'secrets' | 'configmaps';
  readonly names: readonly string[];
  /** Reads them only. @default false */
  readonly readOnly?: boolean;
}

export interface BootstrapProps {
  readonly namespace: string;
  /** Name of all its objects. */
  readonly name: string;
  /** The program to run, of images/bootstrap. */
  readonly program: keyof typeof PROGRAMS;
  /** `once`: a Job; `continuous`: a Deployment that keeps the state as wanted. */
  readonly run: 'once' | 'continuous';
  /** Containers that run before the program, one after the other. @default [] */
  readonly before?: readonly ContainerSpec[];
  /** Steps of the program, by their names, that run before all these. @default [] */
  readonly steps?: readonly string[];
  /** Volumes for the containers. @default [] */
  readonly volumes?: readonly k8s.Volume[];
  /** Mounts of the program's own container. @default [] */
  readonly mounts?: readonly k8s.VolumeMount[];
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
  readonly serviceAccountName: string;
  private readonly identity: Identity;
  private readonly config: Record<string, unknown> = {};
  private readonly access: BootstrapAccess[] = [];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: BootstrapProps,
  ) {
    super(scope, id);
    const { name, namespace } = props;
    this.namespace = namespace;
    this.serviceAccountName = name;
    this.identity = { name, instance: name, component: 'bootstrap' };
    this.peer = podPeer(this, namespace, this.identity);
    new k8s.KubeServiceAccount(this, 'service-account', {
      metadata: metadataOf(this, this.identity, name, namespace),
      automountServiceAccountToken: false,
    });
    new k8s.KubeConfigMap(this, 'program', {
      metadata: metadataOf(this, this.identity, name, namespace),
      data: {
        'program.mjs': PROGRAMS[props.program],
        'config.json': Lazy.any({ produce: () => this.configText() }),
      },
    });
    allow(this.peer, kubernetesApi(this), KUBERNETES_API_PORTS);
    if (props.run === 'once') this.makeJob();
    else this.makeDeployment();
  }

  /** Adds to the program's configuration: lists get what they lack, everything else is set. */
  configure(values: Record<string, unknown>): void {
    for (const [key, value] of Object.entries(values)) {
      const before = this.config[key];
      this.config[key] = Array.isArray(before) && Array.isArray(value) ? union(before, value) : value;
    }
  }

  /** Lets the program read and write objects by name. */
  grantAccess(access: BootstrapAccess): void {
    const before = this.access.find((a) => a.namespace === access.namespace && a.resource === access.resource);
    this.access.push(access);
    if (!before) this.makeRole(access);
  }

  /** Lets the program call `to`. */
  allowTo(to: PodPeer | AddressPeer, ports: readonly number[]): void {
    allow(
      this.peer,
      to,
      ports.map((port) => ({ port })),
    );
  }

  private configText(): string {
    return JSON.stringify(this.config, null, 2);
  }

  private makeRole({ namespace, resource }: BootstrapAccess): void {
    const id = `${namespace}-${resource}`;
    const name = `${this.props.name}-${resource}`;
    new k8s.KubeRole(this, `role-${id}`, {
      metadata: metadataOf(this, this.identity, name, namespace),
      rules: Lazy.any({ produce: () => this.rules(namespace, resource) }),
    });
    new k8s.KubeRoleBinding(this, `role-binding-${id}`, {
      metadata: metadataOf(this, this.identity, name, namespace),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name: this.serviceAccountName, namespace: this.namespace }],
    });
  }

  private rules(namespace: string, resource: string): k8s.PolicyRule[] {
    const granted = this.access.filter((a) => a.namespace === namespace && a.resource === resource);
    const names = (readOnly: boolean) => [
      ...new Set(granted.filter((a) => (a.readOnly ?? false) === readOnly).flatMap((a) => a.names)),
    ];
    const rule = (verbs: string[], resourceNames?: string[]) => ({
      apiGroups: [''],
      resources: [resource],
      verbs,
      resourceNames,
    });
    const [written, read] = [names(false), names(true)];
    return [
      ...(written.length > 0 ? [rule(['create']), rule(['get', 'patch'], written)] : []),
      ...(read.length > 0 ? [rule(['get'], read)] : []),
    ];
  }

  private template(): k8s.PodTemplateSpec {
    const { program, before = [], steps = [], volumes = [], tokenAudience, run } = this.props;
    const base = podTemplate(this, {
      identity: this.identity,
      ids: { user: 65532, group: 65532 },
      initContainers: [...steps.map((step) => this.programContainer(step, [step])), ...before],
      containers: [this.programContainer('bootstrap', [])],
      spec: {
        serviceAccountName: this.serviceAccountName,
        automountServiceAccountToken: true,
        restartPolicy: run === 'once' ? 'OnFailure' : 'Always',
        volumes: [
          { name: 'program', configMap: { name: this.props.name } },
          { name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('16Mi') } },
          ...(tokenAudience ? [tokenVolume(tokenAudience)] : []),
          ...volumes,
        ],
      },
    });
    // A pod reads its configuration once, so a changed one needs a new pod.
    const annotations = {
      ...base.metadata?.annotations,
      'agent-sandbox.dev/config-digest': Lazy.any({ produce: () => digest([PROGRAMS[program], this.configText()]) }),
    };
    return { ...base, metadata: { ...base.metadata, annotations } };
  }

  private programContainer(name: string, args: readonly string[]): ContainerSpec {
    const { mounts = [], tokenAudience } = this.props;
    return {
      name,
      image: settingsOf(this).bootstrapImage,
      command: ['node', '/etc/bootstrap/program.mjs', '/etc/bootstrap/config.json', ...args],
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
        template: this.template(),
      },
    });
  }

  private makeJob(): void {
    const template = this.template();
    const name = Lazy.any({
      // A Job cannot be changed: another configuration is another Job.
      produce: () => `${this.props.name}-${digest([template, PROGRAMS[this.props.program], this.configText()])}`,
    });
    new k8s.KubeJob(this, 'job', {
      metadata: { ...metadataOf(this, this.identity, this.props.name, this.namespace), name },
      spec: { backoffLimit: 20, template },
    });
  }
}

const union = (list: readonly unknown[], more: readonly unknown[]): unknown[] => [
  ...new Map([...list, ...more].map((value) => [JSON.stringify(value), value])).values(),
];

const tokenVolume = (audience: string): k8s.Volume => ({
  name: 'token',
  projected: { sources: [{ serviceAccountToken: { path: 'token', audience, expirationSeconds: 3600 } }] },
});
