import { parsePlatform } from '../../lib/config';
import { STANDARD } from '../helpers/cases';
import { PGP_KEY } from '../helpers/pgp';

const platform = (text: string, env: Record<string, string> = {}) => parsePlatform([{ name: 'p', text }], env);

const warnings = (text: string) => platform(text).notes.filter((note) => note.startsWith('WARNING'));

/** What is said of keys that stand in the cluster. */
const DEVELOPMENT = [
  expect.stringMatching(/^WARNING: vault\.seal is development/),
  expect.stringMatching(/^WARNING: boundary\.kms is aead/),
];

// SECURITY.md: "Boundary's default KMS, aead, is of the same kind"
test.each(['kind', 'standard'])('development keys are pointed out with the profile %s', (profile) => {
  const image = 'images: {devenv: quay.io/team/devenv:1}';
  expect(warnings(`profile: ${profile}\n${image}`)).toEqual(DEVELOPMENT);
  const none = 'vault: {enabled: false}\nboundary: {enabled: false}\nkeycloak: {enabled: false}';
  expect(platform(`profile: ${profile}\n${image}\n${none}\nsecrets: {delivery: none}`).notes).toEqual([]);
});

// SECURITY.md: "Ingresses and Routes tell ingress-nginx and OpenShift's router by annotations"
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

// SECURITY.md: "Without pgpKeys it would stand in the same Secret as it is: synth warns on kind"
test('a recovery key that the cluster keeps is pointed out', () => {
  const seal = 'type: awskms, region: eu-west-1, keyId: alias/k';
  const said = (text: string) =>
    platform(text).notes.some((note) => note.startsWith('WARNING: vault.recovery.pgpKeys'));
  expect(said(`vault: {seal: {${seal}}}`)).toBe(true);
  expect(said(`vault: {seal: {${seal}}, recovery: {pgpKeys: [${PGP_KEY}]}}`)).toBe(false);
  expect(said(`${STANDARD}\naccess: {mode: portForward}`)).toBe(false);
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

// SECURITY.md: "Synth warns each time."
test('web access without a login is pointed out everywhere', () => {
  expect(platform('web: {enabled: true}').notes).toEqual(DEVELOPMENT);
  expect(platform('web: {enabled: true, authentication: false}').notes).toEqual([
    expect.stringMatching(/^WARNING: web\.authentication is false: whoever reaches/),
    ...DEVELOPMENT,
  ]);
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
