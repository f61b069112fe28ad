// biome-ignore-all lint/suspicious/noTemplateCurlyInString: .env files hold such texts
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ConfigError, loadPlatform, parsePlatform } from '../../lib/config';
import { GUID, STANDARD } from '../helpers/cases';
import { find } from '../helpers/objects';
import { synthConfig } from '../helpers/synth';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'platform-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const write = (name: string, content: string | Buffer) => writeFileSync(join(cwd, name), content);
const load = (env: Record<string, string> = {}) => loadPlatform({ cwd, env });
const refusal = (env: Record<string, string> = {}) => {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'accepted';
};

test('environment over .env over files, later over earlier, over the profile', () => {
  write(
    'base.yaml',
    `${STANDARD}\nvault: {storage: 20Gi}\nboundary: {workers: 4}\nenvironments: {sshKeys: [], env: {A: a, B: b}}`,
  );
  write('production.yaml', 'boundary: {workers: 5, controllers: 3}\nenvironments: {env: {B: c}}');
  write(
    '.env',
    'PLATFORM_FILE=base.yaml,production.yaml\nexport DEVENV_REPLICAS="${DEVENV_REPLICAS:-2}" # comment\nVAULT_STORAGE_SIZE=30Gi\n',
  );
  const { config } = load({ VAULT_STORAGE_SIZE: '40Gi' });
  expect(config.vault).toMatchObject({ storage: '40Gi', replicas: 3 });
  expect(config.boundary).toMatchObject({ workers: 5, controllers: 3, database: { storage: '10Gi' } });
  expect(config.environments).toMatchObject({ replicas: 2, env: { A: 'a', B: 'c' } });
  expect(load({ DEVENV_REPLICAS: '7' }).config.environments.replicas).toBe(7);
});

test('PLATFORM_FILE names one file or several, as in PATH too', () => {
  write('a.yaml', 'profile: kind\nlabels: {team: a}');
  write('b.yaml', 'labels: {team: b}');
  expect(load({ PLATFORM_FILE: 'a.yaml' }).config.labels).toEqual({ team: 'a' });
  expect(load({ PLATFORM_FILE: `a.yaml${delimiter}b.yaml` }).config.labels).toEqual({ team: 'b' });
});

test('an empty value takes a setting back to its default', () => {
  write('a.yaml', `${STANDARD}\nvault: {storage: 20Gi}\nenvironments: {replicas: 3}`);
  write('b.yaml', 'vault: {storage: }\nenvironments: {replicas: , users: {bob: }}');
  const { config } = load({ PLATFORM_FILE: 'a.yaml,b.yaml' });
  expect(config.vault.storage).toBe('10Gi');
  expect(Object.keys(config.environments.users)).toEqual(['bob']);
});

test.each([
  ['users take the place of an earlier file’s replicas', 'replicas: 3', 'users: {bob: {}}', 0, ['bob']],
  ['replicas take the place of an earlier file’s users', 'users: {bob: {}}', 'replicas: 3', 3, []],
  ['users add to users', 'users: {bob: {}}', 'users: {alice: {}}', 0, ['bob', 'alice']],
  ['an empty value displaces nothing', 'users: {bob: {}}', 'replicas: ', 0, ['bob']],
])('%s', (_title, base, over, replicas, users) => {
  write('a.yaml', `environments: {env: {A: a}, ${base}}`);
  write('b.yaml', `environments: {${over}}`);
  const { environments } = load({ PLATFORM_FILE: 'a.yaml,b.yaml' }).config;
  expect([environments.replicas, Object.keys(environments.users), environments.env]).toEqual([
    replicas,
    users,
    { A: 'a' },
  ]);
});

test('replicas and users contradict each other within a file, and in the environment', () => {
  write('a.yaml', 'environments: {replicas: 2}');
  write('b.yaml', 'environments: {replicas: 1, users: {bob: {}}}');
  write('c.yaml', 'environments: {users: {bob: {}}}');
  const contradiction = /environments\.replicas: contradicts environments\.users/;
  expect(refusal({ PLATFORM_FILE: 'a.yaml,b.yaml' })).toMatch(contradiction);
  expect(refusal({ PLATFORM_FILE: 'a.yaml,c.yaml', DEVENV_REPLICAS: '2' })).toMatch(contradiction);
  expect(refusal({ PLATFORM_FILE: 'a.yaml,c.yaml' })).toBe('accepted');
});

test('a choice with another type starts anew; a selector is replaced whole', () => {
  write(
    'a.yaml',
    'vault: {seal: {type: awskms, region: eu-west-1, keyId: alias/b}}\nnetwork: {dns: {podLabels: {a: a}}}',
  );
  write(
    'b.yaml',
    'vault: {seal: {type: azurekeyvault, tenantId: 11111111-2222-3333-4444-555555555555, vaultName: sandbox-vault, keyName: k}}\nnetwork: {dns: {podLabels: {b: b}}}',
  );
  const { config } = load({ PLATFORM_FILE: 'a.yaml,b.yaml' });
  expect(config.vault.seal).toEqual({
    type: 'azurekeyvault',
    tenantId: GUID,
    vaultName: 'sandbox-vault',
    keyName: 'k',
    serviceAccountAnnotations: {},
  });
  expect(config.network.dns.podLabels).toEqual({ b: 'b' });
});

test('a mistake is named in the file that made it', () => {
  write('a.yaml', 'vault:\n  replicas: 2');
  write('b.yaml', 'labels: {a: b}\nvault: {replicas: 4}');
  expect(refusal({ PLATFORM_FILE: 'a.yaml,b.yaml' })).toMatch(/^b\.yaml:2:9: vault\.replicas: given 4/);
});

test('what cannot be read is said in words', () => {
  mkdirSync(join(cwd, 'folder'));
  write('latin1.yaml', Buffer.from('labels: {a: caf\xe9}', 'latin1'));
  expect(refusal()).toBe(
    'platform.yaml: there is no such file: name the right one in PLATFORM_FILE, or run where platform.yaml is',
  );
  expect(refusal({ PLATFORM_FILE: 'folder,latin1.yaml,latin1.yaml/x' }).split('\n')).toEqual([
    'folder: is a folder: name a file in it',
    'latin1.yaml: is not UTF-8: save it in that encoding',
    'latin1.yaml/x: lies below something that is no folder',
  ]);
  mkdirSync(join(cwd, '.env'));
  write('platform.yaml', 'profile: kind');
  expect(refusal()).toBe('.env: is a folder: name a file in it');
});

test('a byte order mark is no mistake', () => {
  write('platform.yaml', '\uFEFFprofile: kind');
  expect(load().config.profile).toBe('kind');
});

test('secrets in .env are named, and not read', () => {
  write('platform.yaml', 'profile: kind');
  write('.env', 'GITHUB_TOKEN=ghp_abcdefgh12345678\nKIND_CLUSTER_NAME=lab\nBASE_IMAGE="team/dev:${GITHUB_TOKEN:-1}"\n');
  const aside = (notes: readonly string[]) => notes.filter((note) => !note.startsWith('WARNING: '));
  const { config, notes } = load();
  expect(aside(notes)).toEqual([
    '.env:1: GITHUB_TOKEN is a secret and is not read here: put it into Vault: sandboxctl secrets set github_token',
    '.env:2: KIND_CLUSTER_NAME is the name of the kind cluster, for the command line only',
  ]);
  expect(config.images.devenv).toBe('team/dev:1');
  write('.env', '');
  expect(aside(load({ GITHUB_TOKEN: 'x' }).notes)).toEqual([]);
});

test.each([
  ['"${X:-a}"', 'a'],
  ['"${X:-${Y:-b}}"', 'b'],
  ['"${HOST}/c:1"', 'example.com/c:1'],
  ["'d' # comment", 'd'],
  ['${HOST:-no}/e', 'example.com/e'],
])('BASE_IMAGE=%s in .env is %s', (value, image) => {
  const dotenv = { name: '.env', text: `  export BASE_IMAGE=${value}\n` };
  expect(parsePlatform([], { HOST: 'example.com' }, dotenv).config.images.devenv).toBe(image);
});

describe('the original’s example of settings, unchanged', () => {
  const EXAMPLE = `KIND_CLUSTER_NAME="\${KIND_CLUSTER_NAME:-agent-sandbox}"
KUBE_CONTEXT="\${KUBE_CONTEXT:-kind-agent-sandbox}"
DEVENV_NAMESPACE="\${DEVENV_NAMESPACE:-devenv}"
VAULT_NAMESPACE="\${VAULT_NAMESPACE:-vault}"
BOUNDARY_NAMESPACE="\${BOUNDARY_NAMESPACE:-boundary}"
VSO_NAMESPACE="\${VSO_NAMESPACE:-vault-secrets-operator-system}"
DEVENV_REPLICAS="\${DEVENV_REPLICAS:-2}"
BASE_IMAGE="\${BASE_IMAGE:-}"
DEVENV_CPU_REQUEST="\${DEVENV_CPU_REQUEST:-500m}"
DEVENV_MEMORY_REQUEST="\${DEVENV_MEMORY_REQUEST:-2Gi}"
DEVENV_CPU_LIMIT="\${DEVENV_CPU_LIMIT:-2}"
DEVENV_MEMORY_LIMIT="\${DEVENV_MEMORY_LIMIT:-4Gi}"
DEVENV_STORAGE_SIZE="\${DEVENV_STORAGE_SIZE:-20Gi}"
VAULT_IMAGE="\${VAULT_IMAGE:-hashicorp/vault:1.21}"
VAULT_ENABLE_KV="\${VAULT_ENABLE_KV:-true}"
VAULT_ENABLE_SSH="\${VAULT_ENABLE_SSH:-true}"
VAULT_ENABLE_TERRAFORM="\${VAULT_ENABLE_TERRAFORM:-true}"
VAULT_STORAGE_SIZE="\${VAULT_STORAGE_SIZE:-1Gi}"
BOUNDARY_IMAGE="\${BOUNDARY_IMAGE:-hashicorp/boundary:0.21}"
BOUNDARY_POSTGRES_STORAGE="\${BOUNDARY_POSTGRES_STORAGE:-1Gi}"
VSO_CHART_VERSION="\${VSO_CHART_VERSION:-1.4.1}"
VSO_REFRESH_INTERVAL="\${VSO_REFRESH_INTERVAL:-30s}"
DEPLOY_BOUNDARY="\${DEPLOY_BOUNDARY:-true}"
DEPLOY_VAULT="\${DEPLOY_VAULT:-true}"
DEPLOY_VSO="\${DEPLOY_VSO:-true}"
DEPLOY_KEYCLOAK="\${DEPLOY_KEYCLOAK:-true}"
CONFIGURE_BOUNDARY_TARGETS="\${CONFIGURE_BOUNDARY_TARGETS:-true}"
TFE_HOST="\${TFE_HOST:-app.terraform.io}"
TFE_ORG="\${TFE_ORG:-}"
TFE_TEAM_ID="\${TFE_TEAM_ID:-}"
GITHUB_TOKEN="\${GITHUB_TOKEN:-}"
DEBUG="\${DEBUG:-false}"
PARALLEL="\${PARALLEL:-true}"
RESUME="\${RESUME:-auto}"
`;
  const read = (env: Record<string, string> = {}, file = 'profile: kind') =>
    parsePlatform([{ name: 'platform.yaml', text: file }], env, { name: '.env', text: EXAMPLE });

  test('synthesizes, and says that no token is made until it is known whose', () => {
    const { config, notes } = read();
    expect(config.vault.engines.terraform.enabled).toBe(false);
    expect(find(synthConfig(config).objects, 'StatefulSet', 'devenv').spec.replicas).toBe(2);
    expect(notes).toContain(
      '.env:17 (VAULT_ENABLE_TERRAFORM): no token of HCP Terraform is made until TFE_ORG or TFE_TEAM_ID says whose',
    );
  });

  test.each(['TFE_ORG', 'TFE_TEAM_ID'])('makes tokens as soon as %s is there', (key) => {
    const { config, notes } = read({ [key]: 'team-1' });
    expect(config.vault.engines.terraform.enabled).toBe(true);
    expect(notes.join()).not.toContain('no token');
  });

  test('says nothing of tokens where there is no Vault, or none are wanted', () => {
    expect(read({ DEPLOY_VAULT: 'false' }).notes.join()).not.toContain('no token');
    expect(read({ VAULT_ENABLE_TERRAFORM: 'false' }).notes.join()).not.toContain('no token');
  });

  test('is still refused for a wish in platform.yaml, which was meant', () => {
    expect(() => read({}, 'vault: {engines: {terraform: {enabled: true}}}')).toThrow(/needs to know whose tokens/);
  });
});

test('an image that is at the mirror already has no longer path there', () => {
  const registry = `mirror.example.com/${'m'.repeat(200)}`;
  const text = `images: {registry: "${registry}", devenv: "${registry}/devenv:1"}`;
  expect(parsePlatform([{ name: 'platform.yaml', text }]).config.images.devenv).toBe(`${registry}/devenv:1`);
});
