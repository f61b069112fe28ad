import { DELIVERY_CASES } from '../helpers/cases';
import { nameOf } from '../helpers/objects';
import { synth } from '../helpers/synth';
import { type Json, texts, type Written, written } from './written';

const KIND = 'profile: kind';

/** What the operator's chart is told of its controller. */
const controller = (text: string) =>
  JSON.parse(written(text).stack('operators').resource.helm_release['vault-secrets-operator'].values[0]).controller;

test('the operator goes before its kinds, and these before the namespaces', () => {
  const { helm_release: releases } = written(KIND).stack('operators').resource;
  expect(Object.keys(releases)).toEqual(['namespaces', 'secrets-operator-kinds', 'vault-secrets-operator']);
  expect(releases['secrets-operator-kinds'].depends_on).toEqual(['helm_release.namespaces']);
  expect(releases['vault-secrets-operator']).toMatchObject({
    depends_on: ['helm_release.secrets-operator-kinds'],
    skip_crds: true,
  });
});

test('the operator is told to keep its logins where there are leases, and not elsewhere', () => {
  const values = (text: string) => controller(text).manager.extraEnv;
  expect(values('vault: {engines: {terraform: {enabled: true, teamId: team-1}}}')).toEqual([
    { name: 'VSO_CLIENT_CACHE_PERSISTENCE_MODEL', value: 'direct-encrypted' },
  ]);
  expect(values(KIND)).toBeUndefined();
});

test('the operator’s images come from the mirror, by the same secrets, and are the chart’s own without one', () => {
  const mirrored = controller(
    'images: {registry: mirror.example.com/hub, pullSecrets: [mirror, other], pullPolicy: Always}',
  );
  expect(mirrored.imagePullSecrets).toEqual([{ name: 'mirror' }, { name: 'other' }]);
  expect(mirrored.manager.image).toEqual({
    repository: 'mirror.example.com/hub/hashicorp/vault-secrets-operator',
    pullPolicy: 'Always',
  });
  expect(mirrored.kubeRbacProxy.image).toEqual({
    repository: 'mirror.example.com/hub/brancz/kube-rbac-proxy',
    pullPolicy: 'Always',
  });
  const { manager, ...plain } = controller(KIND);
  expect(Object.keys(plain)).toEqual(['podSecurityContext', 'securityContext']);
  expect(manager).not.toHaveProperty('image');
});

test('the operator runs where the platform’s own pods do', () => {
  const place = 'nodeSelector: {pool: infra}, tolerations: [{key: infra, operator: Exists}], priorityClass: high';
  expect(controller(`infrastructure: {${place}}`)).toMatchObject({
    nodeSelector: { pool: 'infra' },
    tolerations: [{ key: 'infra', operator: 'Exists' }],
    priorityClassName: 'high',
  });
});

test.each([
  ['chartVersion: 1.4.1', true],
  ['chartVersion: 1.6.0', true],
  ['chartVersion: 2.0.0', false],
  ['chartVersion: 10.0.0', false],
  ['chart: /srv/charts/vault-secrets-operator-1.5.0.tgz', true],
  ['chart: /srv/charts/vault-secrets-operator-2.0.1.tgz', false],
  ['chart: oci://mirror.example.com/charts/vault-secrets-operator', true],
])(
  'the container that charts lost with 2.0 gets an image from the mirror where there may be one: %s',
  (operator, has) => {
    const mirrored = controller(`images: {registry: mirror.example.com}\nsecrets: {operator: {${operator}}}`);
    expect('kubeRbacProxy' in mirrored).toBe(has);
    expect(mirrored.manager.image.repository).toBe('mirror.example.com/hashicorp/vault-secrets-operator');
  },
);

test('an operator of others is neither installed nor removed: no release knows its namespace', () => {
  const { names, stack, folder } = written(DELIVERY_CASES['a Vault Secrets Operator of others'].text);
  expect(Object.keys(stack('operators').resource.helm_release)).toEqual(['namespaces']);
  expect(names).toContain('delivery');
  const naming = texts(folder).filter((text) => text.includes('name: shared-operators'));
  expect(naming).toHaveLength(1);
  expect(naming[0]).toContain('name: vault-from-vault-secrets-operator');
  expect(naming[0]).not.toContain('namespace: shared-operators');
});

describe('a cluster has one operator', () => {
  const asked = (text: string) => {
    const { resource, data } = written(text).stack('operators');
    const { precondition } = resource.helm_release['secrets-operator-kinds'].lifecycle;
    return { kinds: precondition[0], operators: precondition[1], data: data.kubernetes_resources };
  };

  test('its kinds go to this platform where they are its own or nobody’s, and another release of them is named', () => {
    const { kinds, data } = asked('terraform: {releasePrefix: second, releaseNamespace: releases}');
    expect(data['operator-kinds']).toMatchObject({
      kind: 'CustomResourceDefinition',
      field_selector: 'metadata.name=vaultauths.secrets.hashicorp.com',
    });
    expect(kinds.condition).toContain(': contains(["/", "releases/second-secrets-operator-kinds"], owner)');
    expect(kinds.error_message).toMatch(
      /belong to the Helm release \$\{.+\}, which is not this platform's releases\/second-secrets-operator-kinds\. A cluster has one: use it with secrets\.operator\.install: false and its namespace as namespaces\.secretsOperator/,
    );
  });

  test('an operator of others is in the way, and named, wherever it runs, unless the kinds are this platform’s', () => {
    const { operators, data } = asked('namespaces: {secretsOperator: o2}');
    expect(data.operators).toMatchObject({
      kind: 'Deployment',
      label_selector: 'app.kubernetes.io/name=vault-secrets-operator',
    });
    expect(data.operators).not.toHaveProperty('namespace');
    expect(operators.condition).toMatch(
      /^\$\{length\(.+ if one\.metadata\.namespace != "o2" \|\| \(contains\(.+, "\/"\) && !.+\)\]\) == 0 \|\| contains\(/,
    );
    expect(operators.condition).toContain('"kube-system/agent-sandbox-secrets-operator-kinds")}');
    expect(operators.error_message).toMatch(/runs in \$\{.+\} that this platform did not install\. A cluster has one/);
  });

  test('the operator of a platform whose kinds no release had yet is its own: the namespace is its', () => {
    const { operators, data } = asked('terraform: {releasePrefix: second, releaseNamespace: releases}');
    expect(data['operator-namespace']).toMatchObject({
      kind: 'Namespace',
      field_selector: 'metadata.name=vault-secrets-operator-system',
    });
    expect(operators.condition).toMatch(
      /!contains\(\[for one in data\.kubernetes_resources\.operator-namespace\.objects : .+\], "releases\/second-namespaces"\)/,
    );
  });

  test('a platform that uses the one of others asks nothing', () => {
    const { resource, data } = written('secrets: {operator: {install: false}}').stack('operators');
    expect([Object.keys(resource.helm_release), data]).toEqual([['namespaces'], undefined]);
  });
});

describe('two platforms in one cluster', () => {
  const apart = `namespaces: {environments: e2, vault: v2, bootstrap: b2, boundary: bd2, keycloak: k2, web: w2, secretsOperator: o2}
terraform: {releasePrefix: second, releaseNamespace: releases, backend: {type: kubernetes}}`;
  const backend = 'terraform: {backend: {type: kubernetes}}';
  const [first, second] = [backend, apart].map((text) => ({ ...written(text), ...synth(text) }));
  const releases = ({ names, stack }: Written) =>
    names.flatMap((name) => Object.values<Json>(stack(name).resource.helm_release ?? {}));
  const own = (platform: Written) => releases(platform).filter(({ chart }) => chart.startsWith('./'));
  const common = (namesOf: (platform: typeof first) => readonly string[]) =>
    namesOf(first).filter((name) => namesOf(second).includes(name));

  test('share no release, no state and no object', () => {
    expect(common((platform) => releases(platform).map(({ namespace, name }) => `${namespace}/${name}`))).toEqual([]);
    expect(
      common(({ names, stack }) => names.map((name) => stack(name).terraform.backend.kubernetes.secret_suffix)),
    ).toEqual([]);
    expect(common(({ objects }) => objects.map(nameOf))).toEqual([]);
  });

  test('name their releases by a prefix and keep them in a namespace that need not be there', () => {
    for (const { name, namespace, create_namespace } of own(second))
      expect([name.startsWith('second-'), namespace, create_namespace]).toEqual([true, 'releases', true]);
  });

  test('leave names as they were where nothing is said', () => {
    expect(own(first).map(({ name }) => name)).toContain('agent-sandbox-environments');
    for (const release of own(first)) {
      expect(release.namespace).toBe('kube-system');
      expect(release).not.toHaveProperty('create_namespace');
    }
  });

  test('have room for the longest prefix in names of 53 characters', () => {
    const prefix = 'p'.repeat(30);
    const users = Array.from({ length: 101 }, (_, index) => `u${index}: {}`).join(', ');
    const text = `environments: {users: {${users}}}\nterraform: {releasePrefix: ${prefix}}`;
    for (const { name } of own(written(text))) expect(name.length).toBeLessThanOrEqual(53);
  });
});

test('whoever has the state and no file of an earlier deploy gets the authority from it', () => {
  const { output, data } = written(KIND).stack('workloads');
  expect(data.kubernetes_config_map_v1.authority.metadata).toEqual({
    name: 'platform-ca',
    namespace: 'platform-bootstrap',
  });
  expect(output).toEqual({
    'certificate-authority': { value: `\${data.kubernetes_config_map_v1.authority.data["ca.crt"]}` },
  });
});
