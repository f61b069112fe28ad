import { existsSync } from 'node:fs';
import { eventually } from './eventually';
import { apply, isReady, kubectl, list } from './kubectl';

const NAME = 'external-secrets';
/** File with the definitions of all its kinds; without it those of the schemas at hand do, which lack the generators. */
const KINDS = process.env.ESO_CRDS ?? '';

export const hasGenerators = existsSync(KINDS);

/** All that it may do. Its chart has the same, line by line. */
const RULES = [
  { apiGroups: ['external-secrets.io', 'generators.external-secrets.io'], resources: ['*'], verbs: ['*'] },
  { apiGroups: [''], resources: ['secrets', 'events'], verbs: ['*'] },
  { apiGroups: [''], resources: ['configmaps', 'namespaces', 'serviceaccounts'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
];
const labels = { 'app.kubernetes.io/name': NAME, 'app.kubernetes.io/instance': NAME };

const operator = (image: string, env: readonly object[]): object[] => [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAME } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME, namespace: NAME } },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: NAME }, rules: RULES },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: NAME },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: NAME },
    subjects: [{ kind: 'ServiceAccount', name: NAME, namespace: NAME }],
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: NAME, namespace: NAME, labels },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: NAME,
          containers: [
            {
              name: NAME,
              image,
              env,
              // Kinds of the whole cluster, of which the platform makes none.
              args: ['external-secret', 'push-secret', 'store']
                .map((kind) => `--enable-cluster-${kind}-reconciler=false`)
                .concat(`--enable-generator-state=${hasGenerators}`, '--enable-push-secret-reconciler=false'),
              readinessProbe: { httpGet: { path: '/metrics', port: 8080 } },
            },
          ],
        },
      },
    },
  },
];

/** Installs the operator, whose image a node has, with variables. @returns what removes it again */
export async function installOperator(variables: Record<string, string> = {}): Promise<() => Promise<void>> {
  if (hasGenerators) await apply(KINDS);
  const names = (await kubectl(['get', 'nodes', '-o', 'jsonpath={.items[*].status.images[*].names[*]}'])).split(/\s+/);
  const image = names.find((name) => name.includes(`/${NAME}:`)) ?? '';
  const env = Object.entries(variables).map(([name, value]) => ({ name, value }));
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: operator(image, env) });
  await kubectl(['apply', '--server-side', '-f', '-'], { input });
  await eventually(async () => {
    const [pod] = await list('pods', NAME);
    if (!pod || !isReady(pod)) throw new Error(JSON.stringify(pod?.status));
  }, 60);
  return async () => {
    await kubectl(['delete', '-f', '-', '--ignore-not-found'], { input });
    if (hasGenerators) await kubectl(['delete', '-f', KINDS, '--ignore-not-found']);
  };
}
