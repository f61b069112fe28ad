import { VaultDatabase } from '../../constructs';
import { bootstrapOf, containersOf, type KubeObject, ofKind, workloads } from '../helpers/objects';
import { smallPlatform } from '../helpers/small-platform';
import { synth } from '../helpers/synth';

type Readers = Readonly<Record<string, readonly string[]>>;

const grouped = (pairs: readonly (readonly [secret: string, who: string])[]): Readers =>
  Object.fromEntries(
    [...new Set(pairs.map(([secret]) => secret))].sort().map((secret) => {
      const own = pairs.flatMap(([one, who]) => (one === secret ? [who] : []));
      return [secret, [...new Set(own)].sort()];
    }),
  );

/** Secrets, whole or in part, that a pod has as files or variables. */
const secretsIn = (workload: KubeObject): { name: string; keys?: string[] }[] => {
  const { volumes = [] } = workload.spec.template.spec;
  const files = volumes.flatMap(({ secret, projected }: any) => [
    ...(secret ? [{ name: secret.secretName, keys: secret.items?.map(({ key }: any) => key) }] : []),
    ...(projected?.sources ?? []).flatMap(({ secret: one }: any) => (one ? [{ name: one.name }] : [])),
  ]);
  const variables = containersOf(workload).flatMap(({ env = [] }) =>
    env.flatMap(({ valueFrom }: any) => (valueFrom?.secretKeyRef ? [{ name: valueFrom.secretKeyRef.name }] : [])),
  );
  return [...files, ...variables];
};

const instanceOf = ({ spec }: KubeObject): string => spec.template.metadata.labels['app.kubernetes.io/instance'];

/** The pods that have something secret of a Secret, by their instance; an authority's certificate is nothing secret. */
const inPods = (objects: readonly KubeObject[]): Readers =>
  grouped(
    workloads(objects).flatMap((workload) =>
      secretsIn(workload)
        .filter(({ keys }) => keys?.join() !== 'ca.crt')
        .map(({ name }) => [`${workload.metadata.namespace}/${name}`, instanceOf(workload)] as const),
    ),
  );

/** The programs that may read a Secret by the API. */
const byApi = (objects: readonly KubeObject[]): Readers =>
  grouped(
    ofKind(objects, 'RoleBinding').flatMap(({ metadata: { namespace }, roleRef, subjects }) => {
      const role = ofKind(objects, 'Role').find(
        ({ metadata }) => metadata.namespace === namespace && metadata.name === roleRef.name,
      );
      const rules: any[] = role?.rules.filter(({ resources }: any) => resources.includes('secrets')) ?? [];
      const names: string[] = rules.flatMap(({ resourceNames = [] }) => resourceNames);
      return names.flatMap((name) => subjects.map((one: any) => [`${namespace}/${name}`, one.name] as const));
    }),
  );

const { objects } = synth(
  'profile: kind\nweb: {enabled: true}\nenvironments: {replicas: 1}\nkeycloak: {demoUsers: true}',
);

// SECURITY.md: "passwords of databases, clients and demo users, Boundary's KMS keys (aead) | Who reads it:"
// SECURITY.md: "server certificates | Who reads it: the server"
// SECURITY.md: "the web proxies' cookie secrets, one for each | Who reads it: that proxy"
test('each Secret is in the pods that use it, and in no other', () => {
  expect(inPods(objects)).toEqual({
    'boundary/boundary-database': ['boundary-controller', 'boundary-database', 'boundary-schema'],
    'boundary/boundary-kms-keys': ['boundary-bootstrap', 'boundary-controller', 'boundary-schema', 'boundary-worker'],
    'boundary/boundary-tls': ['boundary-controller'],
    'devenv/devenv-secrets': ['devenv'],
    'devenv/devenv-ssh-host': ['devenv'],
    'devenv/devenv-vault-secrets': ['devenv'],
    'devenv/tfe-dynamic-token': ['devenv'],
    'keycloak/keycloak-bootstrap-client': ['keycloak', 'keycloak-clients'],
    'keycloak/keycloak-database': ['keycloak', 'keycloak-database'],
    'keycloak/keycloak-demo-users': ['keycloak'],
    'keycloak/keycloak-tls': ['keycloak'],
    'vault/vault-tls': ['vault'],
    'web/devenv-0-cookie': ['devenv-0'],
    'web/devenv-0-tls': ['devenv-0'],
    'web/oidc-client': ['devenv-0'],
  });
});

// SECURITY.md: "passwords of databases, clients and demo users, Boundary's KMS keys (aead) | Where it stands:"
test('of Boundary’s keys each pod has those that it uses', () => {
  const keys = workloads(objects).flatMap((workload) =>
    secretsIn(workload).flatMap((one) => (one.name === 'boundary-kms-keys' ? [[instanceOf(workload), one.keys]] : [])),
  );
  expect(Object.fromEntries(keys)).toEqual({
    'boundary-controller': ['kms.hcl'],
    'boundary-worker': ['worker-auth.hcl'],
    'boundary-schema': ['schema.hcl'],
    'boundary-bootstrap': ['recovery.hcl'],
  });
});

// SECURITY.md: "Vault's unseal key (development seal) | Who reads it: the Vault bootstrap"
// SECURITY.md: "the certificate authority's key, and the next one's while that is trusted and signs nothing yet | Where it stands: Secret certificate-authority-key"
// SECURITY.md: "the certificate authority's key, and the next one's while that is trusted and signs nothing yet | Who reads it: the authority; Jobs of replace-authority"
// SECURITY.md: "server certificates | Where it stands: vault-tls, keycloak-tls, boundary-tls"
// SECURITY.md: "Beside them a Secret may be read by what makes or renews it"
test('by the API a Secret is read by what makes it, and by what sets up who uses it', () => {
  const read = byApi(objects);
  const made = ['boundary/boundary-database', 'boundary/boundary-kms-keys', 'keycloak/keycloak-database'];
  const own = ['keycloak/keycloak-bootstrap-client', 'keycloak/keycloak-demo-users', 'web/devenv-0-cookie'];
  for (const secret of [...made, ...own])
    expect([secret, read[secret].filter((who) => !/^(generated|rotate)-secrets$/.test(who))]).toEqual([secret, []]);
  const others = Object.entries(read).filter(([secret]) => ![...made, ...own].includes(secret));
  const makers = ['generated-secrets', 'rotate-secrets'];
  const authority = ['certificate-authority'];
  expect(Object.fromEntries(others)).toEqual({
    'boundary/boundary-tls': authority,
    'boundary/oidc-client': ['boundary-bootstrap', 'boundary-keeper', ...makers, 'keycloak-clients'].sort(),
    'boundary/platform-ca': authority,
    'devenv/devenv-ssh-host': ['ssh-host-signer'],
    'devenv/platform-ca': authority,
    'keycloak/keycloak-tls': authority,
    'platform-bootstrap/certificate-authority-key': [...authority, 'replace-authority'],
    'platform-bootstrap/oidc-client': [...makers, 'keycloak-clients', 'vault-bootstrap'].sort(),
    'platform-bootstrap/platform-ca': authority,
    'platform-bootstrap/vault-keys': ['vault-bootstrap'],
    'vault/vault-tls': authority,
    'web/devenv-0-tls': authority,
    'web/oidc-client': [...makers, 'keycloak-clients'].sort(),
  });
});

// SECURITY.md: "Boundary's tokens for its keys in Vault (boundary.kms.type: transit) | Where it stands:"
// SECURITY.md: "Boundary's tokens for its keys in Vault (boundary.kms.type: transit) | Who reads it:"
test('Boundary’s tokens are in the pods that they are for', () => {
  const own = (readers: Readers) =>
    Object.entries(readers).filter(([name]) => name.startsWith('boundary/boundary-kms-'));
  const transit = synth('boundary: {kms: {type: transit}}').objects;
  expect(Object.fromEntries(own(inPods(transit)))).toEqual({
    'boundary/boundary-kms-controller': ['boundary-controller', 'boundary-schema'],
    'boundary/boundary-kms-worker': ['boundary-worker'],
    'boundary/boundary-kms-recovery': ['boundary-bootstrap'],
  });
  expect(own(byApi(transit)).flatMap(([, who]) => who)).toEqual(Array(3).fill('vault-bootstrap'));
});

// SECURITY.md: "the password by which Vault makes database users | Who reads it:"
test('the password by which Vault makes database users is for its bootstrap', () => {
  const { objects: all } = smallPlatform(({ chart, vault }) => {
    const url = 'postgresql://vault@db.example.com/orders';
    new VaultDatabase(chart, 'orders', { vault, name: 'orders', url, passwordSecretName: 'orders-admin' });
  });
  const secret = 'platform-bootstrap/orders-admin';
  expect([byApi(all)[secret], inPods(all)[secret]]).toEqual([['vault-bootstrap'], undefined]);
});

describe('in Vault', () => {
  const agents = '[{name: builder, environments: all, serviceAccount: {namespace: ci, name: runner}}]';
  const { objects: all, facts } = synth(`boundary: {agents: ${agents}}`);
  const { policies } = bootstrapOf(all, 'vault-bootstrap');
  const pathsOf = (name: string) =>
    Object.keys([...policies, ...(facts.vault?.policies ?? [])].find((policy: any) => policy.name === name).paths);
  const password = (account: string) => `platform/data/boundary/${account}`;

  // SECURITY.md: "boundary-keeper, and whoever may create tokens of its ServiceAccount | Cannot: act as Terraform"
  test('the keeper of Boundary has its own password and those of agents', () => {
    expect(pathsOf('boundary-keeper')).toEqual(['keeper', 'agents/builder'].map(password));
  });

  // SECURITY.md: "boundary-bootstrap, likewise | Can: all of that"
  // SECURITY.md: "boundary-bootstrap, likewise | Cannot: read other secrets in Vault"
  test('the bootstrap of Boundary has all of its passwords, and makes the token that sessions get certificates by', () => {
    const passwords = ['terraform', 'keeper', 'agents/builder'].map(password);
    expect(pathsOf('boundary-bootstrap').sort()).toEqual(['auth/token/create/boundary-store', ...passwords].sort());
    const { tokenRoles } = bootstrapOf(all, 'vault-bootstrap');
    expect(tokenRoles).toMatchObject([
      { name: 'boundary-store', allowedPolicies: ['boundary-store', 'platform-boundary'] },
    ]);
    expect(pathsOf('platform-boundary')).toEqual(['ssh-host/config/ca', 'ssh/issue/devenv-0.session']);
  });

  // SECURITY.md: "passwords of Boundary's accounts: Terraform's, the keeper's, those of agents | Where it stands:"
  // SECURITY.md: "passwords of Boundary's accounts: Terraform's, the keeper's, those of agents | Who reads it:"
  test('a password of Boundary is read by its account, and by what keeps it', () => {
    const readers = (account: string) =>
      [...policies, ...(facts.vault?.policies ?? [])]
        .filter(({ paths }: any) => paths[password(account)]?.includes('read'))
        .map(({ name }: any) => name)
        .sort();
    expect(['terraform', 'keeper', 'agents/builder'].map(readers)).toEqual([
      ['boundary-bootstrap', 'terraform'],
      ['boundary-bootstrap', 'boundary-keeper'],
      ['boundary-bootstrap', 'boundary-keeper', 'platform-agent.builder'],
    ]);
  });
});
