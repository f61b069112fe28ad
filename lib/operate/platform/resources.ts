import type { Kubectl, KubeObject } from '../cluster/kubectl';

/** What a node has, what is promised to pods and what is used, in CPUs and GiB. */
export interface NodeResources {
  readonly name: string;
  readonly cpu: Resource;
  readonly memory: Resource;
}

interface Resource {
  readonly capacity: number;
  readonly requested: number;
  /** Undefined where the cluster measures nothing. */
  readonly used?: number;
}

const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** A quantity as Kubernetes writes it. */
export function quantity(text = '0'): number {
  const [, number, suffix] = /^([\d.]+(?:e\d+)?)([A-Za-z]*)$/.exec(text) ?? [];
  return Number(number) * (SUFFIXES[suffix] ?? Number.NaN);
}

/** What the nodes have and what is used of it. */
export async function resourcesOf(kubectl: Kubectl): Promise<NodeResources[]> {
  const [nodes, pods, measured] = await Promise.all([
    kubectl.list('nodes'),
    kubectl.list('pods', { fields: 'status.phase=Running' }),
    kubectl.run(['get', '--raw', '/apis/metrics.k8s.io/v1beta1/nodes']),
  ]);
  const usage = new Map<string, KubeObject>(
    measured.exitCode === 0
      ? JSON.parse(String(measured.stdout)).items.map(({ metadata, usage }: KubeObject) => [metadata.name, usage])
      : [],
  );
  return nodes.map(({ metadata: { name }, status: { allocatable } }) => {
    const containers = pods.filter(({ spec }) => spec.nodeName === name).flatMap(({ spec }) => spec.containers);
    const resource = (key: 'cpu' | 'memory', unit: number): Resource => ({
      capacity: quantity(allocatable[key]) / unit,
      requested:
        containers.reduce((sum: number, { resources }: KubeObject) => sum + quantity(resources?.requests?.[key]), 0) /
        unit,
      used: usage.has(name) ? quantity(usage.get(name)[key]) / unit : undefined,
    });
    return { name, cpu: resource('cpu', 1), memory: resource('memory', 2 ** 30) };
  });
}
