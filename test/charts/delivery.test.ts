import { DELIVERY_CASES } from '../helpers/cases';
import { find, type KubeObject, nameOf, ofKind } from '../helpers/objects';
import { synth } from '../helpers/synth';

const at = (title: string) => synth(DELIVERY_CASES[title].text);
const vso = at('the Vault Secrets Operator with leases');
const shared = at('a Vault Secrets Operator of others');
const external = at('the External Secrets Operator');
const aws = at('AWS Secrets Manager');
const azure = at('Azure Key Vault');
const plain = at('plain Secrets');

/** The Secrets that delivering objects lead to. */
const targets = (objects: readonly KubeObject[]): string[] =>
  objects
    .flatMap(({ kind, metadata, spec }) => {
      if (kind === 'ExternalSecret') return [spec.target.name];
      if (kind === 'SecretProviderClass') return spec.secretObjects.map((made: any) => made.secretName);
      if (kind === 'Secret' && !/^platform-ca$|-ssh-host$/.test(metadata.name)) return [metadata.name];
      return spec?.destination ? [spec.destination.name] : [];
    })
    .sort();

// SECURITY.md: "secrets of people | Where it stands:"
test('the same grants lead to the same Secrets, whichever way they come', () => {
  const both = ['devenv-vault-secrets', 'tfe-dynamic-token'];
  for (const { objects } of [vso, external, plain]) expect(targets(objects)).toEqual(both);
  for (const { objects } of [aws, azure]) expect(targets(objects)).toEqual(both.slice(0, 1));
});

test('the same grants lead to the same rights in Vault, apart from what only one operator does', () => {
  const rightsOf = ({ facts }: typeof vso) =>
    facts.vault?.policies
      .filter(({ name }) => name.startsWith('platform-devenv-'))
      .map(({ paths }) => Object.keys(paths).filter((path) => path !== 'sys/leases/revoke'));
  expect(rightsOf(external)).toEqual([['secret/data/devenv/credentials'], ['terraform/creds/devenv']]);
  expect(rightsOf(vso)).toEqual(rightsOf(external));
  expect(rightsOf(plain)).toEqual([]);
});

test('environments are the same whichever way secrets come, apart from the host that only an engine of Vault names', () => {
  const environment = ({ objects }: typeof vso) =>
    JSON.stringify(find(objects, 'StatefulSet', 'devenv'))
      .replace(' TFE_HOSTNAME', '')
      .replace(/,\{"name":"TFE_HOSTNAME","value":"[^"]+"\}/, '');
  for (const other of [external, aws, azure, plain]) expect(environment(other)).toBe(environment(vso));
});

describe('the External Secrets Operator', () => {
  const secret = (name: string) => find(external.objects, 'ExternalSecret', name).spec;

  test('reads as the namespace’s own ServiceAccount, from a Vault whose certificate it checks', () => {
    const { vault } = find(external.objects, 'SecretStore', 'vault-secret').spec.provider;
    expect(vault).toEqual({
      server: 'https://vault.vault.svc:8200',
      path: 'secret',
      version: 'v2',
      caProvider: { type: 'ConfigMap', name: 'platform-ca', key: 'ca.crt' },
      auth: {
        kubernetes: {
          mountPath: 'kubernetes',
          role: 'platform-devenv',
          serviceAccountRef: { name: 'vault-secrets', audiences: ['vault'] },
        },
      },
    });
  });

  test('reads again as often as is set, and takes the Secret with the grant', () => {
    expect(secret('devenv-credentials')).toMatchObject({
      refreshInterval: '90s',
      secretStoreRef: { kind: 'SecretStore', name: 'vault-secret' },
      dataFrom: [{ extract: { key: 'devenv/credentials' } }],
      target: { creationPolicy: 'Owner', deletionPolicy: 'Delete' },
    });
  });

  test('asks for new leased values before the login ends that they end with', () => {
    expect(secret('tfe-dynamic-token').refreshInterval).toBe('1800s');
    const brief = synth(
      'secrets: {delivery: externalSecrets}\nvault: {engines: {terraform: {enabled: true, teamId: team-1, ttl: 5m}}}',
    );
    expect(find(brief.objects, 'ExternalSecret', 'tfe-dynamic-token').spec.refreshInterval).toBe('150s');
    const login = external.facts.vault?.kubernetesRoles.find(({ name }) => name === 'platform-devenv');
    expect(login?.tokenPeriodSec).toBe(3600);
  });

  test('brings no namespace and no policy of its own', () => {
    const names = external.objects.filter(({ metadata }) => metadata.namespace === 'external-secrets').map(nameOf);
    expect(names).toEqual([]);
    expect(ofKind(external.objects, 'Namespace').map(({ metadata }) => metadata.name)).not.toContain(
      'vault-secrets-operator-system',
    );
  });
});

describe('an operator of others', () => {
  test('is let in to Vault, and delivers the same grants', () => {
    const { spec } = find(shared.objects, 'NetworkPolicy', 'vault-from-vault-secrets-operator');
    expect(spec.ingress[0].from[0].namespaceSelector.matchLabels).toEqual({
      'kubernetes.io/metadata.name': 'shared-operators',
    });
    expect(targets(shared.objects)).toEqual(targets(vso.objects));
  });

  test('has its namespace named by nothing that is made, and no login of its own', () => {
    const naming = shared.objects.filter((object) => JSON.stringify(object).includes('shared-operators'));
    expect(naming.map(nameOf)).toEqual(['NetworkPolicy vault/vault-from-vault-secrets-operator']);
    expect(shared.facts.keepsOperatorLogins).toBe(false);
    expect(JSON.stringify(shared.facts.vault?.kubernetesRoles)).not.toContain('shared-operators');
  });
});

test('AWS knows the ServiceAccount by its annotation, and names begin with the prefix', () => {
  const { annotations } = find(aws.objects, 'ServiceAccount', 'aws-secrets').metadata;
  expect(annotations).toEqual({ 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/sandbox' });
  expect(find(aws.objects, 'SecretStore', 'aws-secrets').spec.provider.aws).toEqual({
    service: 'SecretsManager',
    region: 'eu-west-1',
    prefix: 'sandbox/',
    auth: { jwt: { serviceAccountRef: { name: 'aws-secrets' } } },
  });
});

test('of a key vault each key is a secret, which one pod mounts so that it is copied', () => {
  const { secretObjects, parameters } = find(azure.objects, 'SecretProviderClass', 'devenv-credentials').spec;
  expect(secretObjects[0].data).toEqual([
    { key: 'github_token', objectName: 'devenv-credentials-github-token' },
    { key: 'langfuse_host', objectName: 'devenv-credentials-langfuse-host' },
  ]);
  for (const { objectName } of secretObjects[0].data)
    expect(parameters.objects).toContain(`objectName: ${objectName}\n`);
  const { spec } = find(azure.objects, 'Deployment', 'azure-secrets').spec.template;
  expect(spec.volumes.map(({ csi }: any) => csi.volumeAttributes)).toEqual([
    { secretProviderClass: 'devenv-credentials' },
  ]);
  expect(spec.containers[0].volumeMounts).toHaveLength(1);
});

describe('Terraform Cloud', () => {
  // SECURITY.md: "the operator's logins to Vault, where a grant has a lease | Where it stands:"
  test('leases keep their operator’s logins, encrypted by a key of Vault', () => {
    const { metadata, spec } = find(vso.objects, 'VaultAuth', 'client-cache');
    expect(metadata.namespace).toBe('vault-secrets-operator-system');
    // The operator looks for exactly this label.
    expect(metadata.labels).toMatchObject({ cacheStorageEncryption: 'true' });
    expect(spec.storageEncryption).toEqual({ mount: 'transit', keyName: 'vso-client-cache' });
    expect(vso.facts.keepsOperatorLogins).toBe(true);
    expect(synth('profile: kind').facts.keepsOperatorLogins).toBe(false);
  });

  test('a leased token is renewed and revoked, an organisation’s read again', () => {
    const spec = (owner: string) =>
      find(
        synth(`vault: {engines: {terraform: {enabled: true, ${owner}}}}`).objects,
        'VaultDynamicSecret',
        'tfe-dynamic-token',
      ).spec;
    for (const owner of ['teamId: team-1', 'userId: user-1']) {
      expect(spec(owner)).toMatchObject({ renewalPercent: 67, revoke: true });
      expect(spec(owner)).not.toHaveProperty('refreshAfter');
    }
    expect(spec('organization: o')).toMatchObject({ refreshAfter: '30s' });
    expect(spec('organization: o')).not.toHaveProperty('revoke');
  });
});

describe('switches of engines', () => {
  const ALL = { TFE_TEAM_ID: 'team-1', VAULT_ENABLE_TERRAFORM: 'true' };
  const made = (env: Record<string, string>, more = '') => {
    const { facts, objects } = synth(`profile: kind\n${more}`, { ...ALL, ...env });
    const setup = find(objects, 'ConfigMap', 'vault-bootstrap').data['config.json'];
    return {
      mounts: facts.vault?.mounts.map(({ path }) => path),
      terraformRoles: facts.vault?.terraformRoles.length,
      sshRoles: facts.vault?.sshRoles.length,
      targets: facts.boundary?.targets.length,
      sshAuthorities: JSON.parse(setup).sshAuthorities.length,
      delivered: targets(objects),
    };
  };
  const everything = {
    mounts: ['secret', 'terraform'],
    terraformRoles: 1,
    sshRoles: 1,
    targets: 1,
    sshAuthorities: 2,
    delivered: ['devenv-vault-secrets', 'tfe-dynamic-token'],
  };

  test('all on', () => expect(made({})).toEqual(everything));
  test('VAULT_ENABLE_KV=false leaves out the engine and what it delivers', () =>
    expect(made({ VAULT_ENABLE_KV: 'false' })).toEqual({
      ...everything,
      mounts: ['terraform'],
      delivered: ['tfe-dynamic-token'],
    }));
  test('VAULT_ENABLE_TERRAFORM=false leaves out the engine and what it delivers', () =>
    expect(made({ VAULT_ENABLE_TERRAFORM: 'false' })).toEqual({
      ...everything,
      mounts: ['secret'],
      terraformRoles: 0,
      delivered: ['devenv-vault-secrets'],
    }));
  test('VAULT_ENABLE_SSH=false leaves out the authority, its roles and the targets that need them', () =>
    expect(made({ VAULT_ENABLE_SSH: 'false' })).toEqual({ ...everything, sshRoles: 0, targets: 0, sshAuthorities: 0 }));
  test('the engines are there, too, where nothing is delivered', () =>
    expect(made({ SKIP_VSO: 'true' })).toEqual({ ...everything, delivered: [] }));
});
