import { find, type KubeObject, ofKind } from '../helpers/objects';
import { synth } from '../helpers/synth';

const ROLE = 'eks.amazonaws.com/role-arn';
const [ALL, HERS] = ['all', 'hers'].map((name) => `arn:aws:iam::111122223333:role/${name}`);
const accounts = (objects: readonly KubeObject[]) =>
  ofKind(objects, 'ServiceAccount').filter(({ metadata }) => metadata.namespace === 'devenv');
const podOf = (objects: readonly KubeObject[], set: string) => find(objects, 'StatefulSet', set).spec.template;
const listed = ({ spec }: KubeObject): string[] =>
  spec.containers[0].env.find(({ name }: any) => name === 'DEVENV_VARIABLES').value.split(' ');
const routes = (objects: readonly KubeObject[]) =>
  ofKind(objects, 'NetworkPolicy')
    .filter(({ metadata }) => metadata.name.endsWith('-to-cloud-identity'))
    .map(({ metadata, spec: { egress } }) => [
      metadata.name,
      egress[0].to.map(({ ipBlock }: any) => ipBlock.cidr),
      egress[0].ports.map(({ port }: any) => port),
    ]);

test('environments have no ServiceAccount of their own, unless it has annotations', () => {
  const { objects } = synth('environments: {users: {alice: {}}}');
  expect(accounts(objects).map(({ metadata }) => metadata.name)).toEqual(['vault-secrets']);
  expect(podOf(objects, 'devenv-alice').spec.serviceAccountName).toBeUndefined();
  expect(routes(objects)).toEqual([]);
});

test('numbered environments share one, and mount no token of the cluster’s', () => {
  const { objects } = synth(
    `environments: {replicas: 2, serviceAccountAnnotations: {${ROLE}: "arn:aws:iam::111122223333:role/dev"}}`,
  );
  const { metadata, automountServiceAccountToken } = find(objects, 'ServiceAccount', 'devenv');
  expect(metadata).toMatchObject({
    namespace: 'devenv',
    annotations: { [ROLE]: 'arn:aws:iam::111122223333:role/dev' },
  });
  expect(automountServiceAccountToken).toBe(false);
  expect(podOf(objects, 'devenv').spec).toMatchObject({
    serviceAccountName: 'devenv',
    automountServiceAccountToken: false,
  });
});

test('each user has an identity of its own, what all have with the user’s over it', () => {
  const { objects } = synth(`environments:
  serviceAccountAnnotations: {${ROLE}: "${ALL}", example.com/team: dev}
  users: {alice: {serviceAccountAnnotations: {${ROLE}: "${HERS}"}}, bob: {}}`);
  const annotations = (name: string) => find(objects, 'ServiceAccount', name).metadata.annotations;
  expect(annotations('devenv-alice')).toEqual({ [ROLE]: HERS, 'example.com/team': 'dev' });
  expect(annotations('devenv-bob')).toEqual({ [ROLE]: ALL, 'example.com/team': 'dev' });
});

// SECURITY.md: "On GKE they reach the node's metadata server for it"
test.each([
  ['EKS', 'eks.amazonaws.com/role-arn', ALL, ['AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_REGION'], {}, []],
  [
    'AKS',
    'azure.workload.identity/client-id',
    '11111111-2222-3333-4444-555555555555',
    ['AZURE_CLIENT_ID', 'AZURE_TENANT_ID', 'AZURE_FEDERATED_TOKEN_FILE', 'AZURE_AUTHORITY_HOST'],
    { 'azure.workload.identity/use': 'true' },
    [],
  ],
  [
    'GKE',
    'iam.gke.io/gcp-service-account',
    'sandbox@example-project.iam.gserviceaccount.com',
    [],
    {},
    [['devenv-to-cloud-identity', ['169.254.169.252/32', '169.254.169.254/32'], [80, 988]]],
  ],
] as const)(
  'what %s does with such an account works in sessions, too',
  (_cloud, key, identity, variables, labels, opened) => {
    const { objects } = synth(
      `environments: {env: {AWS_REGION: eu-west-1}, serviceAccountAnnotations: {${key}: "${identity}"}}`,
    );
    const pod = podOf(objects, 'devenv');
    expect(listed(pod as KubeObject)).toEqual(expect.arrayContaining([...variables]));
    expect(new Set(listed(pod)).size).toBe(listed(pod).length);
    expect(pod.metadata.labels).toMatchObject(labels);
    expect('azure.workload.identity/use' in pod.metadata.labels).toBe('azure.workload.identity/use' in labels);
    expect(routes(objects)).toEqual(opened);
  },
);
