import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { Failure } from '../failure';
import type { Selection } from '../platform/selection';
import { Terraform } from '../platform/terraform';
import { lastLines } from '../run';

/** What Kubernetes makes, and what Helm keeps, is made anew. */
const KEPT = 'type!=kubernetes.io/service-account-token,type!=helm.sh/release.v1';
/** Of those who apply objects, of which another cluster knows nothing. */
const OF_TOOLS = /^(meta\.helm\.sh|kubectl\.kubernetes\.io)\//;
const MANAGER = 'sandboxctl-restore';

/** What is kept of Secrets: those that nobody can make anew. */
export async function secretsOf(kubectl: Kubectl, namespaces: readonly string[]): Promise<KubeObject[]> {
  const all = await Promise.all(namespaces.map((namespace) => kubectl.list('secrets', { namespace, fields: KEPT })));
  return all
    .flat()
    .filter(({ metadata }) => !metadata.ownerReferences)
    .map(({ metadata: { name, namespace, labels, annotations = {} }, type, data }) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name,
        namespace,
        labels: withoutHelm(labels),
        annotations: Object.fromEntries(Object.entries(annotations).filter(([key]) => !OF_TOOLS.test(key))),
      },
      type,
      data,
    }));
}

const withoutHelm = (labels: Readonly<Record<string, string>> = {}): object =>
  Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== 'Helm'));

/** Applies objects in their order. */
export async function put(kubectl: Kubectl, items: readonly KubeObject[], ...options: string[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const { exitCode, stderr } = await kubectl.run(['apply', '--server-side', ...options, '--filename', '-'], { input });
  if (exitCode !== 0) throw new Failure(lastLines(stderr, 6));
}

/** Puts Secrets in the place of those that are there. */
export const putSecrets = (kubectl: Kubectl, secrets: readonly KubeObject[]): Promise<void> =>
  put(kubectl, secrets, '--force-conflicts', `--field-manager=${MANAGER}`);

/** Terraform's states by the names of their stacks. */
export type States = Readonly<Record<string, string>>;

const terraforms = ({ stacks }: Selection, folder: string): [string, Terraform][] =>
  stacks.map((stack) => [stack.name, new Terraform(stack, folder)]);

/** What Terraform knows of a platform, wherever it keeps that. */
export async function statesOf(selection: Selection, folder: string): Promise<States> {
  const states: [string, string][] = [];
  for (const [name, terraform] of terraforms(selection, folder)) states.push([name, await terraform.state()]);
  return Object.fromEntries(states.filter(([, state]) => state));
}

/** Has Terraform know what it knew, unless it knows more. */
export async function putStates(states: States, selection: Selection, folder: string): Promise<void> {
  for (const [name, terraform] of terraforms(selection, folder)) {
    if (!(name in states)) continue;
    const now = await terraform.state();
    if (!now || JSON.parse(now).resources.length === 0) await terraform.takeState(states[name]);
  }
}
