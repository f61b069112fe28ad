import { PACKED, unpack } from '../../constructs/core/packed';
/** An object as Kubernetes takes it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: any;
}

export type Labels = Readonly<Record<string, string>>;

export const nameOf = ({ kind, metadata: { name, namespace } }: KubeObject) =>
  `${kind} ${namespace ? `${namespace}/` : ''}${name}`;

export const ofKind = (objects: readonly KubeObject[], ...kinds: string[]) =>
  objects.filter(({ kind }) => kinds.includes(kind));

/** The one object of a kind and name. */
export function find(objects: readonly KubeObject[], kind: string, name: string): KubeObject {
  const found = objects.filter((object) => object.kind === kind && object.metadata.name === name);
  if (found.length !== 1) throw new Error(`${found.length} objects are ${kind} ${name}`);
  return found[0];
}

/** Every object that makes pods; each has its pod template at spec.template. */
export const workloads = (objects: readonly KubeObject[]) => [
  ...ofKind(objects, 'StatefulSet', 'Deployment', 'Job'),
  ...ofKind(objects, 'CronJob').map((one) => ({ ...one, spec: one.spec.jobTemplate.spec })),
];

export const containersOf = ({ spec: { template } }: KubeObject): any[] => [
  ...(template.spec.initContainers ?? []),
  ...template.spec.containers,
];

export interface Pod {
  readonly namespace: string;
  readonly labels: Labels;
  readonly ports: readonly number[];
}

/** The operator's pods, which its own chart makes. */
const operator = (namespace: string): Pod => ({
  namespace,
  labels: {
    'app.kubernetes.io/name': 'vault-secrets-operator',
    'app.kubernetes.io/instance': 'vault-secrets-operator',
    'control-plane': 'controller-manager',
  },
  ports: [],
});

/** Labels that pods give themselves once they run, by their instance: a server of Vault says that it is initialised. */
const RUNNING: Readonly<Record<string, Record<string, string>>> = { vault: { 'vault-initialized': 'true' } };

/** Every pod that the objects lead to; a stopped environment counts as the pod it will be. */
export function podsOf(objects: readonly KubeObject[]): Pod[] {
  const own = workloads(objects).flatMap((workload) => {
    const { kind, metadata, spec } = workload;
    const ports = containersOf(workload).flatMap((c) => (c.ports ?? []).map((p: any) => p.containerPort));
    const replicas = spec.replicas ?? Number(metadata.annotations?.['agent-sandbox.dev/replicas']);
    const count = kind === 'StatefulSet' ? Math.max(1, replicas) : 1;
    return Array.from({ length: count }, (_, index) => ({
      namespace: metadata.namespace ?? '',
      labels: {
        ...spec.template.metadata.labels,
        ...RUNNING[spec.template.metadata.labels['app.kubernetes.io/instance']],
        ...(kind === 'StatefulSet' && { 'statefulset.kubernetes.io/pod-name': `${metadata.name}-${index}` }),
      },
      ports,
    }));
  });
  const namespaces = ofKind(objects, 'Namespace').map(({ metadata }) => metadata.name);
  return [...own, ...namespaces.filter((name) => name.startsWith('vault-secrets-operator')).map(operator)];
}

export const matches = (selector: Labels, labels: Labels) =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

/** The configuration of a bootstrap, by its name. */
export function bootstrapOf(objects: readonly KubeObject[], name: string): any {
  const { data, binaryData = {} } = find(objects, 'ConfigMap', name);
  const packed = Object.entries<string>(binaryData).map(([file, bytes]) => [
    file.slice(0, -PACKED.length),
    unpack(Buffer.from(bytes, 'base64')),
  ]);
  return { ...JSON.parse(data['config.json']), ...Object.fromEntries(packed) };
}
