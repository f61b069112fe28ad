import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PlatformConfig, parsePlatform } from '../../lib/config';
import { ENVIRONMENT_KEYS } from '../../lib/config/environment';
import { generated } from '../../lib/config/generate';
import { profiled } from '../helpers/cases';

const root = join(__dirname, '..', '..');
const platform = (text: string, env: Record<string, string> = {}) => parsePlatform([{ name: 'p', text }], env);

type Tree = Record<string, unknown>;

interface Parts {
  vault: boolean;
  boundary: boolean;
  keycloak: boolean;
  delivery: PlatformConfig['secrets']['delivery'];
}
const partsOf = ({ vault, boundary, keycloak, secrets }: PlatformConfig): Parts => ({
  vault: vault.enabled,
  boundary: boundary.enabled,
  keycloak: keycloak.enabled,
  delivery: secrets.delivery,
});
const everything: Parts = { vault: true, boundary: true, keycloak: true, delivery: 'vso' };
const nothing: Parts = { vault: false, boundary: false, keycloak: false, delivery: 'none' };

const parts: [title: string, env: Record<string, string>, text: string, expected: Parts][] = [
  ['nothing is said', {}, 'profile: kind', everything],
  [
    'nothing, by variables that are set but empty',
    { SKIP_VAULT: '', DEPLOY_VSO: ' ', RESUME: '' },
    'profile: kind',
    everything,
  ],
  ['SKIP_VAULT', { SKIP_VAULT: 'true' }, 'profile: kind', { ...everything, vault: false, delivery: 'none' }],
  [
    'DEPLOY_VAULT=false',
    { DEPLOY_VAULT: '0' },
    'secrets: {delivery: vso}',
    { ...everything, vault: false, delivery: 'none' },
  ],
  ['SKIP_BOUNDARY', { SKIP_BOUNDARY: 'yes' }, 'profile: kind', { ...everything, boundary: false, keycloak: false }],
  ['SKIP_BOUNDARY with web', { SKIP_BOUNDARY: 'true' }, 'web: {enabled: true}', { ...everything, boundary: false }],
  ['SKIP_VSO', { SKIP_VSO: '1' }, 'profile: kind', { ...everything, delivery: 'none' }],
  ['DEPLOY_VSO=false', { DEPLOY_VSO: 'no' }, 'profile: kind', { ...everything, delivery: 'none' }],
  [
    'environments alone',
    { SKIP_VAULT: 'true', SKIP_BOUNDARY: 'true', DEPLOY_KEYCLOAK: 'true', DEPLOY_VSO: 'true' },
    'profile: kind',
    nothing,
  ],
  [
    'SKIP_X=false',
    { SKIP_VAULT: 'false' },
    'vault: {enabled: false}',
    { ...everything, vault: false, delivery: 'none' },
  ],
  [
    'SKIP_X against DEPLOY_X',
    { SKIP_VAULT: 'true', DEPLOY_VAULT: 'true' },
    'profile: kind',
    { ...everything, vault: false, delivery: 'none' },
  ],
  [
    'another provider',
    {},
    'oidc: {issuer: https://id.example.com, clientId: a, clientSecretName: b}',
    { ...everything, keycloak: false },
  ],
];

test.each(parts)('the parts, when %s', (_title, env, text, expected) => {
  expect(partsOf(platform(text, env).config)).toEqual(expected);
});

test("users have everybody's settings with their own over them", () => {
  const { environments } = platform(`
environments:
  env: {A: a, B: b}
  resources: {limits: {cpu: 4}}
  storage: {className: fast}
  users:
    alice: {env: {B: c}, resources: {requests: {memory: 1Gi}}, storage: {workspace: 50Gi}, image: team/big:2}
    bob: {running: false, claim: workspace-devenv-0, login: robert}
    constructor:
`).config;
  expect(environments).toMatchObject({ replicas: 0, access: [{ group: 'admins', environments: 'all' }] });
  expect(environments.users.alice).toMatchObject({
    login: 'alice',
    running: true,
    image: 'team/big:2',
    env: { A: 'a', B: 'c' },
    resources: { requests: { cpu: '50m', memory: '1Gi' }, limits: { cpu: '4', memory: '4Gi' } },
    storage: { className: 'fast', workspace: '50Gi', bashHistory: '1Gi' },
  });
  expect(environments.users.bob).toMatchObject({ running: false, claim: 'workspace-devenv-0', login: 'robert' });
  expect(Object.keys(environments.users)).toEqual(['alice', 'bob', 'constructor']);
});

test('bootstraps, which hold every key, run the image that was named for environments, or their own', () => {
  const imageOf = (text: string) => platform(text).config.images.bootstrap;
  expect(imageOf('images: {devenv: quay.io/team/dev:1}')).toBe('quay.io/team/dev:1');
  expect(imageOf('images: {devenv: quay.io/team/dev:1, bootstrap: quay.io/team/node:2}')).toBe('quay.io/team/node:2');
  expect(imageOf('profile: kind')).toBe('agent-sandbox/devenv:0.1.0');
});

test.each(['standard', 'openshift'])('the servers of the profile %s are of one exact version', (profile) => {
  const { images } = platform(`${profiled(profile)}\naccess: {domain: apps.example.com}`).config;
  const { vault, boundary, postgres, keycloak, oauth2Proxy } = images;
  for (const image of [vault, boundary, keycloak, oauth2Proxy]) expect(image).toMatch(/:v?\d+\.\d+\.\d+(-|$)/);
  expect(postgres).toMatch(/:\d+\.\d+$/);
  // From 1.21.5 on the line is Enterprise's: there is no such image of the Community edition.
  expect(Number(/^hashicorp\/vault:1\.21\.(\d+)$/.exec(vault)?.[1] ?? 0)).toBeLessThan(5);
});

test('environments without an image have the one of all', () => {
  const text = 'images: {devenv: quay.io/team/dev:1}\nenvironments: {users: {bob: {image: debian}, alice: {}}}';
  const { environments } = platform(text).config;
  const { alice, bob } = environments.users;
  expect([environments.image, alice.image, bob.image]).toEqual(['quay.io/team/dev:1', 'quay.io/team/dev:1', 'debian']);
});

test.each(Object.entries(ENVIRONMENT_KEYS))('%s sets what its table says', (key, { path, parse }) => {
  const fitting = ['text', 'true', '512Mi', '2', '45s', '1.2.3', 'team/a:1', 'team-1'].filter((value) => {
    try {
      const { config } = platform(
        'vault: {engines: {terraform: {teamId: team-2}}}\nweb: {enabled: true, authentication: false}',
        { [key]: value },
      );
      return parse(value) === path.split('.').reduce<unknown>((node, part) => (node as Tree)[part], config);
    } catch {
      return false;
    }
  });
  expect(fitting).not.toEqual([]);
});

test('anchors and merge keys are understood', () => {
  const text =
    'environments:\n  users:\n    a: &small {storage: {workspace: 1Gi}}\n    b: {<<: *small, running: false}';
  expect(platform(text).config.environments.users.b).toMatchObject({ running: false, storage: { workspace: '1Gi' } });
});

test('10,000 users are read', () => {
  const users = Array.from({ length: 10_000 }, (_, index) => `    user-${index}: {storage: {workspace: 5Gi}}`);
  const { config } = platform(`environments:\n  users:\n${users.join('\n')}`);
  const read = Object.values(config.environments.users).filter(({ storage }) => storage.workspace === '5Gi');
  expect(read).toHaveLength(10_000);
});

test('the default platform is small, and accepted without a note', () => {
  const text = readFileSync(join(root, 'platform.yaml'), 'utf8');
  expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=platform.schema.json');
  expect(text.split('\n').length).toBeLessThanOrEqual(60);
  const [of, expected] = [platform(text), platform('profile: kind')].map(({ whereOf, ...rest }) => rest);
  expect(of).toEqual(expected);
});

test.each(Object.entries(generated()))('%s is fresh (npm run generate)', (path, text) => {
  expect(readFileSync(join(root, path), 'utf8')).toBe(text);
});

describe('groups that Keycloak does not have', () => {
  const granted = (text: string) => {
    const { environments, boundary } = platform(text).config;
    const { admins, auditors } = boundary;
    return { access: environments.access.map(({ group }) => group), admins, auditors };
  };

  test('are granted nothing by default', () => {
    expect(granted('profile: kind')).toEqual({
      access: ['admins', 'developers'],
      admins: ['admins'],
      auditors: ['readonly'],
    });
    expect(granted('keycloak: {groups: [developers]}')).toEqual({
      access: ['developers'],
      admins: [],
      auditors: [],
    });
    const none = { access: [], admins: [], auditors: [] };
    expect(granted('keycloak: {groups: [team]}\nenvironments: {users: {a: {}}}')).toEqual(none);
  });

  test('are as they are named, where another provider has them', () => {
    const oidc = 'oidc: {issuer: "https://id.example.com", clientId: c, clientSecretName: s}';
    expect(granted(`${oidc}\nkeycloak: {groups: [team]}`).access).toEqual(['admins', 'developers']);
  });

  test('are refused where somebody names them', () => {
    expect(() => platform('keycloak: {groups: [team]}\nboundary: {admins: [admins]}')).toThrow(/boundary\.admins/);
    expect(() => platform('keycloak: {groups: [team]}\nboundary: {auditors: [readonly]}')).toThrow(
      /boundary\.auditors/,
    );
  });
});
