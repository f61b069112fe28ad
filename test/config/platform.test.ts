import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PlatformConfig, parsePlatform } from '../../lib/config';
import { ENVIRONMENT_KEYS } from '../../lib/config/environment';
import { generated } from '../../lib/config/generate';
import { profiled, STANDARD } from '../helpers/cases';

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

const warnings = (text: string) => platform(text).notes.filter((note) => note.startsWith('WARNING'));

/** What is said of keys that stand in the cluster. */
const DEVELOPMENT = [
  expect.stringMatching(/^WARNING: vault\.seal is development/),
  expect.stringMatching(/^WARNING: boundary\.kms is aead/),
];

test.each(['kind', 'standard'])('development keys are pointed out with the profile %s', (profile) => {
  const image = 'images: {devenv: quay.io/team/devenv:1}';
  expect(warnings(`profile: ${profile}\n${image}`)).toEqual(DEVELOPMENT);
  const none = 'vault: {enabled: false}\nboundary: {enabled: false}\nkeycloak: {enabled: false}';
  expect(platform(`profile: ${profile}\n${image}\n${none}\nsecrets: {delivery: none}`).notes).toEqual([]);
});

test('sources that a mode cannot narrow are pointed out', () => {
  const notes = (access: string) =>
    platform(`access: {domain: a.example.com, sources: [192.0.2.0/24], ${access}}`).notes.filter((note) =>
      note.startsWith('WARNING: access.sources holds for the load balancers of Boundary'),
    );
  expect(notes('mode: loadBalancer')).toEqual([]);
  expect(notes('mode: ingress')).toEqual([]);
  expect(notes('mode: ingress, ingressClass: traefik')).toEqual([expect.stringMatching(/the IngressClass traefik is/)]);
  expect(notes('mode: gateway, gateway: {name: a, namespace: b}')).toEqual([expect.stringMatching(/a Gateway is/)]);
});

test('servers that answer whoever reaches them are pointed out, where others may', () => {
  const open = (text: string) =>
    platform(text).notes.flatMap((note) => /^access\.sources is empty: (.*?) answers? whoever/.exec(note)?.[1] ?? []);
  const everywhere = ['vault, boundary, keycloak'];
  expect(open(STANDARD)).toEqual(everywhere);
  expect(open('access: {mode: nodePort, nodeAddress: 192.0.2.1}')).toEqual(everywhere);
  expect(open(`${STANDARD}\nkeycloak: {enabled: false}\nboundary: {enabled: false}`)).toEqual(['vault']);
  expect(open(`${STANDARD}\naccess: {sources: [192.0.2.0/24]}`)).toEqual([]);
  expect(['profile: kind', `${STANDARD}\naccess: {mode: portForward}`].flatMap(open)).toEqual([]);
});

test.each([
  ['0.0.0.0/0', true],
  ['169.254.0.0/16', true],
  ['::/0', true],
  ['fd00::/8', true],
  ['10.0.0.0/8', false],
])('a network that holds the metadata address is pointed out: %s', (to, isSaid) => {
  const { notes } = platform(`network: {egress: {allow: [{to: "${to}"}]}}`);
  expect(notes.some((note) => note.startsWith(`WARNING: network.egress.allow has ${to}: `))).toBe(isSaid);
});

test('a recovery key that the cluster keeps is pointed out', () => {
  const seal = 'type: awskms, region: eu-west-1, keyId: k';
  const said = (text: string) =>
    platform(text).notes.some((note) => note.startsWith('WARNING: vault.recovery.pgpKeys'));
  expect(said(`vault: {seal: {${seal}}}`)).toBe(true);
  expect(said('profile: kind')).toBe(false);
});

const BALANCERS = 'loadBalancerAddresses: {vault: a, boundary: b, keycloak: c, boundaryWorker: [d, e]}';
const LACKS = /^access\.loadBalancerAddresses lacks (.*): nobody outside the cluster reaches them until .*EXTERNAL-IP/;
test.each([
  ['', 'vault, boundary, keycloak, boundaryWorker (0 of 2)'],
  [
    'access: {loadBalancerAddresses: {vault: a, boundary: b, keycloak: c, boundaryWorker: d}}',
    'boundaryWorker (1 of 2)',
  ],
  [`access: {${BALANCERS}}`, undefined],
  [`access: {${BALANCERS}}\nweb: {enabled: true}\nenvironments: {replicas: 2}`, 'web.devenv-0 and others'],
  [
    `access: {${BALANCERS.replace('}', ', web: {ann: f}}')}}\nweb: {enabled: true}\nenvironments: {users: {ann: {}, ben: {}}}`,
    'web.ben',
  ],
  ['access: {mode: ingress, domain: a.example.com}', 'boundaryWorker (0 of 2)'],
  ['access: {mode: ingress, domain: a.example.com}\nboundary: {enabled: false}', undefined],
])('addresses of load balancers that are not there yet are pointed out: standard, %s', (text, missing) => {
  const { notes } = platform(`${STANDARD}\n${text}`);
  expect(notes.flatMap((note) => LACKS.exec(note)?.[1] ?? [])).toEqual(missing ? [missing] : []);
});

test('node ports at localhost are pointed out where they are meant for others', () => {
  const notes = (access: string) =>
    platform(`access: ${access}`).notes.filter((note) => note.startsWith('access.nodeAddress'));
  expect(notes('{mode: nodePort}')).toEqual([
    expect.stringMatching(/^access\.nodeAddress is localhost: nobody elsewhere/),
  ]);
  expect([...notes('{mode: nodePort, nodeAddress: 192.0.2.1}'), ...notes('{mode: portForward}')]).toEqual([]);
});

test('web access without a login is pointed out everywhere', () => {
  expect(platform('web: {enabled: true}').notes).toEqual(DEVELOPMENT);
  expect(platform('web: {enabled: true, authentication: false}').notes).toEqual([
    expect.stringMatching(/^WARNING: web\.authentication is false: whoever reaches/),
    ...DEVELOPMENT,
  ]);
});

test.each(Object.entries(ENVIRONMENT_KEYS))('%s sets what its table says', (key, { path, parse }) => {
  const fitting = ['text', 'true', '512Mi', '2', '45s', '1.2.3', 'team/a:1'].filter((value) => {
    try {
      const { config } = platform(
        'vault: {engines: {terraform: {teamId: t}}}\nweb: {enabled: true, authentication: false}',
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
  expect(platform(text)).toEqual(platform('profile: kind'));
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

test('it is said that nobody can log in to Boundary, when there is nobody to ask', () => {
  const warns = (text: string) => platform(text).notes.some((note) => note.includes('nobody can log in to Boundary'));
  expect(warns('keycloak: {enabled: false}')).toBe(true);
  expect(warns('profile: kind')).toBe(false);
  expect(warns('keycloak: {enabled: false}\nboundary: {enabled: false}')).toBe(false);
  expect(warns('oidc: {issuer: "https://id.example.com", clientId: c, clientSecretName: s}')).toBe(false);
});

test('it is said of a login in capitals that Keycloak never tells it', () => {
  const users = 'environments: {users: {a: {login: Carol}, b: {login: "Dave@x"}, c: {}}}';
  const said = (text: string) => platform(text).notes.filter((note) => note.includes('small letters'));
  expect(said(users)).toEqual([
    'WARNING: environments.users.a.login is "Carol" (and others), and Keycloak keeps names in small letters: nobody enters as that; did you mean carol?',
  ]);
  expect(said('environments: {users: {a: {login: carol}}}')).toEqual([]);
  expect(said(`${users}\noidc: {issuer: "https://id.example.com", clientId: c, clientSecretName: s}`)).toEqual([]);
});

/** What is said of the environments' image, and whether that stops anything; nothing where there is nothing to say. */
const ofImage = (text: string, env = {}) => {
  try {
    return platform(text, env).notes.filter((note) => note.includes('images.devenv'));
  } catch (error) {
    return `${error}`;
  }
};
const MISSING = /images\.devenv: is missing: .*agent-sandbox\/devenv:0\.1\.0/;

describe.each(['standard', 'openshift'])('with the profile %s', (profile) => {
  const text = `profile: ${profile}\naccess: {mode: portForward}`;

  test.each(['', 'images: {devenv: }', 'environments: {image: quay.io/team/devenv:1}', 'images: {registry: ""}'])(
    'the image that no registry has is refused as a default: %s',
    (more) => expect(ofImage(`${text}\n${more}`)).toMatch(MISSING),
  );

  test('the image that no registry has is pointed out where it is written', () => {
    const warning = [expect.stringMatching(/^WARNING: images\.devenv is agent-sandbox\S*, which no registry has/)];
    expect(ofImage(`${text}\nimages: {devenv: agent-sandbox/devenv:0.1.0}`)).toEqual(warning);
    expect(ofImage(text, { BASE_IMAGE: 'agent-sandbox/devenv:0.1.0' })).toEqual(warning);
  });

  test.each(['images: {devenv: quay.io/team/devenv:1}', 'images: {registry: mirror.example.com}'])(
    'nothing is said of an image that nodes can pull: %s',
    (more) => expect(ofImage(`${text}\n${more}`)).toEqual([]),
  );

  test('an image for bootstraps and one for environments leave nothing to name', () => {
    const more = 'images: {bootstrap: quay.io/team/node:2}\nenvironments: {image: quay.io/team/devenv:1}';
    expect(ofImage(`${text}\n${more}`)).toEqual([]);
  });
});

test('kind needs no image to be named', () => {
  expect([ofImage('profile: kind'), ofImage('environments: {replicas: 1}')]).toEqual([[], []]);
});
