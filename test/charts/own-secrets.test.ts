import { policyText } from '../../constructs/core/facts';
import { GUID } from '../helpers/cases';
import { compare } from '../helpers/compare';
import { bootstrapOf, find, type KubeObject } from '../helpers/objects';
import { synth } from '../helpers/synth';

const USERS = 'environments: {users: {alice: {secrets: {path: devenv/alice}}, bob: {}}}';
const ALICE = 'devenv-alice-vault-secrets';
const COMMON = ['devenv-secrets', 'devenv-vault-secrets', 'tfe-dynamic-token'];
const DELIVERIES: Readonly<Record<string, string>> = {
  vso: 'secrets: {delivery: vso}',
  externalSecrets: 'secrets: {delivery: externalSecrets}',
  'externalSecrets from AWS':
    'vault: {enabled: false}\nsecrets: {delivery: externalSecrets, externalSecrets: {store: {type: awsSecretsManager, region: eu-west-1}}}',
  csi: `vault: {enabled: false}\nsecrets: {delivery: csi, csi: {azureKeyVault: {name: sandbox-vault, tenantId: ${GUID}, clientId: ${GUID}, keys: [a]}}}`,
  plain: 'secrets: {delivery: plain}',
};
const platform = (more = DELIVERIES.vso, users = USERS) =>
  synth(`profile: kind\nboundary: {enabled: false}\n${users}\n${more}`);

/** Names of the Secrets that an environment's secrets come from. */
const seenBy = (objects: readonly KubeObject[], set: string): string[] => {
  const { volumes } = find(objects, 'StatefulSet', set).spec.template.spec;
  const { projected } = volumes.find(({ name }: { name: string }) => name === 'secrets');
  return projected.sources.map(({ secret }: { secret: { name: string } }) => secret.name);
};

describe.each(Object.entries(DELIVERIES))('a secret of alice alone, by %s', (_way, text) => {
  const { objects } = platform(text);

  // SECURITY.md: "secrets of one environment (environments.users.NAME.secrets) | Where it stands:"
  // SECURITY.md: "secrets of one environment (environments.users.NAME.secrets) | Who reads it:"
  // SECURITY.md: "No other pod of the namespace mounts it, and no environment has a token of these ServiceAccounts."
  test('is mounted by her environment over what all have, and by no other', () => {
    expect(seenBy(objects, 'devenv-alice')).toEqual([...COMMON, ALICE]);
    expect(seenBy(objects, 'devenv-bob')).toEqual(COMMON);
  });

  test('adds and changes nothing but what is hers', () => {
    const without = platform(text, USERS.replace('secrets: {path: devenv/alice}', '')).objects;
    const { added, removed, changed } = compare(without, objects);
    expect(added.length).toBeGreaterThan(0);
    expect(removed).toEqual([]);
    // One pod mounts all that it copies from a key vault; one program writes all logins to Vault.
    const ofAll = [
      'Deployment devenv/azure-secrets',
      'ConfigMap platform-bootstrap/vault-bootstrap',
      'Deployment platform-bootstrap/vault-bootstrap',
    ];
    const touched = [...added, ...Object.keys(changed)].filter((name) => !ofAll.includes(name));
    expect(touched.filter((name) => !name.includes('alice'))).toEqual([]);
  });
});

describe('its login to Vault', () => {
  const { objects, facts } = platform();
  const role = (name: string) => facts.vault?.kubernetesRoles.find((one) => one.name === name);
  const pathsOf = (name: string) =>
    (role(name)?.policies ?? []).flatMap((policy) =>
      Object.entries(facts.vault?.policies.find((one) => one.name === policy)?.paths ?? {}),
    );

  // SECURITY.md: "What one environment has alone is fetched by a role of its own"
  test('reads hers and nothing else, and the namespace’s does not read it', () => {
    expect(pathsOf('platform-devenv.devenv-alice')).toEqual([['secret/data/devenv/alice', ['read']]]);
    expect(pathsOf('platform-devenv')).toEqual([['secret/data/devenv/credentials', ['read']]]);
  });

  test('is the bootstrap’s to write, which writes all others as before', () => {
    const before = platform(DELIVERIES.vso, USERS.replace('secrets: {path: devenv/alice}', '')).objects;
    const written = (from: readonly KubeObject[]) => {
      const { policies, roles, grants, ...others } = bootstrapOf(from, 'vault-bootstrap');
      return [others, ...[policies, roles, grants.policies, grants.kubernetesRoles, grants.jwtRoles].flat()];
    };
    const texts = (from: readonly KubeObject[]) => written(from).map((one) => JSON.stringify(one));
    const [was, is] = [texts(before), texts(objects)];
    expect(was.filter((one) => !is.includes(one))).toEqual([]);
    const added = is.filter((one) => !was.includes(one)).map((one) => JSON.parse(one));
    expect(added.map(({ name, serviceAccounts, rules }) => [name, serviceAccounts ?? rules])).toEqual([
      ['platform-devenv.devenv-alice-devenv-alice-vault-secrets', ['read secret/data/devenv/alice']],
      [
        'platform-writes-devenv-alice',
        ['create,read,update,patch secret/data/devenv/alice', 'update auth/token/revoke-self'],
      ],
      ['platform-devenv.devenv-alice', ['vault-secrets-devenv-alice']],
      ['platform-writes-devenv-alice', ['devenv-alice-writer']],
    ]);
  });

  test('is that of a ServiceAccount of its own, with which the operator fetches it', () => {
    const account = 'vault-secrets-devenv-alice';
    expect(role('platform-devenv.devenv-alice')).toMatchObject({ serviceAccounts: [account], namespaces: ['devenv'] });
    expect(find(objects, 'ServiceAccount', account).automountServiceAccountToken).toBe(false);
    expect(find(objects, 'VaultAuth', account).spec.kubernetes).toMatchObject({
      role: 'platform-devenv.devenv-alice',
      serviceAccount: account,
    });
    expect(find(objects, 'VaultStaticSecret', ALICE).spec).toMatchObject({
      vaultAuthRef: account,
      path: 'devenv/alice',
      destination: { name: ALICE },
    });
  });

  test('by External Secrets is as narrow', () => {
    const store = find(platform(DELIVERIES.externalSecrets).objects, 'SecretStore', 'vault-secret-devenv-alice');
    expect(store.spec.provider.vault.auth.kubernetes).toMatchObject({
      role: 'platform-devenv.devenv-alice',
      serviceAccountRef: { name: 'vault-secrets-devenv-alice' },
    });
  });

  // SECURITY.md: "the same with the writer of a secret of one environment, such as devenv-alice-writer | Can:"
  // SECURITY.md: "the same with the writer of a secret of one environment, such as devenv-alice-writer | Cannot:"
  test('is not what people write it with: that reads and writes this secret alone', () => {
    const { metadata } = find(objects, 'ServiceAccount', 'devenv-alice-writer');
    expect(metadata.annotations).toMatchObject({
      'agent-sandbox.dev/vault-secret': 'secret/devenv/alice',
      'agent-sandbox.dev/environment': 'devenv-alice',
    });
    const { paths } = facts.vault?.policies.find(({ name }) => name === 'platform-writes-devenv-alice') ?? {
      paths: {},
    };
    expect(policyText(paths)).not.toContain('credentials');
    expect(Object.keys(paths)).toEqual(['secret/data/devenv/alice', 'auth/token/revoke-self']);
  });
});

describe('many of them', () => {
  const COUNT = 400;
  const users = Array.from(
    { length: COUNT },
    (_, number) => `user-${number}: {secrets: {path: devenv/user-${number}}}`,
  );
  const { objects } = platform(DELIVERIES.vso, `environments: {users: {${users.join(', ')}}}`);
  const map = find(objects, 'ConfigMap', 'vault-bootstrap');

  test('stand packed beside what is still read as it is, in much less than the API server takes', () => {
    expect(Object.keys(map.binaryData)).toEqual(['grants.json.br']);
    expect(JSON.parse(map.data['config.json'])).toMatchObject({ keys: { secretName: 'vault-keys' } });
    expect(JSON.stringify(map).length).toBeLessThan(128 * 1024);
    const { kubernetesRoles } = bootstrapOf(objects, 'vault-bootstrap').grants;
    expect(kubernetesRoles.length).toBeGreaterThan(2 * COUNT);
  });

  test('are read as they are where there are few', () => {
    expect(find(platform().objects, 'ConfigMap', 'vault-bootstrap').binaryData).toBeUndefined();
  });
});
