import { Kubectl, type KubeObject } from '../../lib/operate/cluster/kubectl';
import type { Ended } from '../../lib/operate/run';
import { READY } from './healthy';

export const VAULT = {
  type: 'shamir',
  version: '1.21.4',
  sealed: false,
  ha_enabled: true,
  leader_address: 'https://vault-0',
};
const STANDARD = { kind: 'StorageClass', metadata: { name: 'standard' } };

/** A workload that has what it asks for. */
function settled(workload: KubeObject): KubeObject {
  const { kind, metadata, spec } = workload;
  const replicas = spec.replicas ?? 1;
  const status =
    kind === 'Job'
      ? { succeeded: 1 }
      : { observedGeneration: 1, replicas, updatedReplicas: replicas, readyReplicas: replicas };
  return { ...workload, metadata: { ...metadata, uid: `${kind} ${metadata.name}`, generation: 1 }, status };
}

function podsOf({ kind, metadata, spec }: KubeObject): KubeObject[] {
  const { metadata: more, spec: podSpec } = spec.template;
  return Array.from({ length: kind === 'Job' ? 1 : (spec.replicas ?? 1) }, (_, index) => ({
    kind: 'Pod',
    metadata: {
      ...more,
      name: `${metadata.name}-${index}`,
      namespace: metadata.namespace,
      uid: `${metadata.name}-${index}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: { ...podSpec, nodeName: 'node-1' },
    status: { phase: kind === 'Job' ? 'Succeeded' : 'Running', ...READY },
  }));
}

const claimsOf = ({ metadata: { name, namespace }, spec }: KubeObject): KubeObject[] =>
  (spec.volumeClaimTemplates ?? []).map((template: KubeObject) => ({
    kind: 'PersistentVolumeClaim',
    metadata: { name: `${template.metadata.name}-${name}-0`, namespace, uid: template.metadata.name },
    spec: template.spec,
    status: { phase: 'Bound' },
  }));

const pluralOf = (kind: string): string => `${kind.toLowerCase().replace(/s$/, 'se').replace(/y$/, 'ie')}s`;

/** A namespace of the platform's with these notes on it. */
export const noted = (name: string, annotations: Readonly<Record<string, string>>): KubeObject => ({
  kind: 'Namespace',
  metadata: { name, annotations, labels: { 'app.kubernetes.io/part-of': 'agent-sandbox-platform' } },
});

/** A cluster on which all of a platform's manifests run, with no DNS of its own that can be seen. */
export class HealthyCluster extends Kubectl {
  /** What each server of Vault says of itself. */
  vault: object = VAULT;
  /** What Boundary's database says of its tokens. */
  tokens = 'clvlt_1|4102444800\n';
  private readonly objects: readonly KubeObject[];

  constructor(
    manifests: readonly KubeObject[],
    /** What else is there, before it. */
    more: readonly KubeObject[] = [],
  ) {
    super();
    const workloads = manifests.filter(({ kind }) => /^(StatefulSet|Deployment|Job)$/.test(kind)).map(settled);
    const others = manifests.filter(({ kind }) => /^(Namespace|NetworkPolicy)$/.test(kind));
    const node = { kind: 'Node', metadata: { name: 'node-1' }, spec: {}, status: READY };
    const made = [...workloads, ...workloads.flatMap(podsOf), ...workloads.flatMap(claimsOf)];
    this.objects = [...more, ...made, ...others, node, STANDARD];
  }

  override list: Kubectl['list'] = async (kinds, { namespace, fields, selector } = {}) => {
    const wanted = kinds.split(',');
    const labels = (selector?.split(',') ?? []).map((one) => one.split('='));
    return this.objects.filter(
      ({ kind, metadata, type }) =>
        wanted.includes(pluralOf(kind)) &&
        (fields === undefined || fields === `type=${type}`) &&
        labels.every(([label, value]) => metadata.labels?.[label] === value) &&
        (namespace === undefined || metadata.namespace === namespace),
    );
  };

  override answer: Kubectl['answer'] = async ([verb]) => {
    if (verb === 'version') return '{"serverVersion":{"gitVersion":"v1.34.1"}}';
    if (verb === 'api-resources') return 'vaultauths  secrets.hashicorp.com/v1beta1  true  VaultAuth';
    return 'kube-system  agent-sandbox-vault\nkube-system  agent-sandbox-secrets\nexternal-secrets  external-secrets\nkube-system  agent-sandbox-secrets-operator-kinds\nkube-system  agent-sandbox-secrets-operator-kinds\n';
  };

  override find: Kubectl['find'] = async () => ({ data: { username: btoa('boundary') } });

  override run: Kubectl['run'] = async (args) => {
    if (args.includes('postgresql')) return { exitCode: 0, stdout: this.tokens, stderr: '' } as Ended;
    const stdout = args.includes('status')
      ? JSON.stringify(this.vault)
      : args.includes('--raw')
        ? '{"pods":[]}'
        : '{"items":[]}';
    return { exitCode: 0, stdout, stderr: '' } as Ended;
  };
}
