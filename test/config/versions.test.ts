import { parsePlatform } from '../../lib/config';
import { PROFILE_DEFAULTS } from '../../lib/config/profiles';
import { isOlder, TESTED, tagOf } from '../../lib/config/versions';
import { profiled } from '../helpers/cases';

const notes = (text: string) =>
  parsePlatform([{ name: 'platform.yaml', text }]).notes.filter((note) => note.includes('known to work here'));

test.each([
  ['hashicorp/vault:1.21.6', true],
  ['hashicorp/vault:1.20', true],
  ['hashicorp/vault:2.0.1', true],
  ['hashicorp/vault:2.0.0-ubi', true],
  ['mirror.example.com:5000/hashicorp/vault:1.21.6', true],
  [`hashicorp/vault:1.21.6@sha256:${'0'.repeat(64)}`, true],
  ['hashicorp/vault:1.21', false],
  ['hashicorp/vault-enterprise:1.21.6-ent', true],
  ['hashicorp/vault-enterprise:1.21.7-ent', false],
  ['hashicorp/vault:1.21.4', false],
  ['hashicorp/vault:1.22.0', false],
  ['hashicorp/vault:2', false],
  ['hashicorp/vault:2.0.2', false],
  ['hashicorp/vault:2.2.0-rc1', false],
  ['hashicorp/vault:3.0.0', false],
  ['hashicorp/vault:latest', false],
  ['mirror.example.com:5000/hashicorp/vault', false],
])('an image of Vault that is older than what works is pointed out, and nothing newer: %s', (image, isPointedOut) => {
  const said = `images.vault is ${image}: Vault is known to work here from 1.21 and 2.0.2 on; the images 1.21.6 and 2.0.1 ask for the right IPC_LOCK, which pods do not have`;
  expect(notes(`images: {vault: '${image}'}`)).toEqual(isPointedOut ? [said] : []);
});

test.each([
  [
    'images: {boundary: "hashicorp/boundary:0.20.1"}',
    /^images\.boundary is .* from 0\.21 on; what is older was not run$/,
  ],
  ['images: {boundary: "hashicorp/boundary-enterprise:1.0.1-ent"}', undefined],
  [
    'images: {keycloak: "keycloak/keycloak:25.0.6"}',
    /^images\.keycloak is .*Keycloak is known to work here from 26\.7 on/,
  ],
  ['images: {keycloak: "keycloak/keycloak:26.8.1"}', undefined],
  ['images: {postgres: "postgres:14-alpine"}', /^images\.postgres is postgres:14-alpine: PostgreSQL is known/],
  ['images: {postgres: "postgres:18.1-bookworm"}', undefined],
  [
    'images: {oauth2Proxy: "quay.io/oauth2-proxy/oauth2-proxy:v7.6.0"}\nweb: {enabled: true}',
    /^images\.oauth2Proxy is/,
  ],
  ['images: {oauth2Proxy: "quay.io/oauth2-proxy/oauth2-proxy:v7.6.0"}', undefined],
  [
    'secrets: {operator: {chartVersion: 1.3.0}}',
    /^secrets\.operator\.chartVersion is 1\.3\.0: Vault Secrets Operator is/,
  ],
  ['secrets: {operator: {chartVersion: 2.0.0}}', undefined],
  ['secrets: {operator: {chartVersion: 1.3.0, install: false}}', undefined],
  ['images: {vault: "hashicorp/vault:1.19"}\nvault: {enabled: false}\nsecrets: {delivery: none}', undefined],
])('what is older than what works is pointed out, where it is used: %s', (text, said) => {
  expect(notes(text)).toEqual(said ? [expect.stringMatching(said)] : []);
});

test.each(Object.keys(PROFILE_DEFAULTS))(
  'the images and the chart of the profile %s are of lines that were run',
  (profile) => {
    const domain = profile === 'openshift' ? 'access: {domain: apps.example.com}' : '';
    const { config } = parsePlatform([{ name: 'platform.yaml', text: `${profiled(profile)}\n${domain}` }]);
    const { vault, boundary, keycloak, postgres, oauth2Proxy } = config.images;
    const given = { operator: config.secrets.operator.chartVersion };
    const tags = Object.entries({ vault, boundary, keycloak, postgres, oauth2Proxy }).map(([key, image]) => [
      key,
      tagOf(image),
    ]);
    for (const [key, version] of [...Object.entries(given), ...tags]) {
      const tested = TESTED[key as keyof typeof TESTED];
      const { run, alone = run } = tested as typeof TESTED.postgres;
      // PostgreSQL's lines are its first numbers, those of the others two.
      const line = (of: string) =>
        of
          .replace(/^v/, '')
          .split('.')
          .slice(0, key === 'postgres' ? 1 : 2)
          .join('.');
      expect([run, alone].map(line)).toContain(line(version));
      expect(isOlder(tested, version)).toBe(false);
      // A patch that is named is one that was run, so it is known to be there.
      if (/\.\d+\.|^16\./.test(version)) expect([run, alone]).toContain(version.replace(/^v|-.*$/g, ''));
    }
  },
);

// SECURITY.md: "Vault 2 gives people of such names no folder"
test('a login that Vault takes for a pattern is pointed out where people log in to Vault', () => {
  const about = (text: string) =>
    parsePlatform([{ name: 'platform.yaml', text }]).notes.filter((note) => note.includes('folder of secrets'));
  const users = 'environments: {users: {carol: {login: carol+ai@example.com}, dave: {login: dave@example.com}}}';
  expect(about(users)).toEqual([expect.stringMatching(/^environments\.users\.carol: a login with a \+ has no folder/)]);
  expect(about(`${users}\nvault: {enabled: false}\nsecrets: {delivery: none}`)).toEqual([]);
  expect(about('environments: {users: {carol: {}}}')).toEqual([]);
});

test.each([
  ['v1.29.15-gke.1234', true],
  ['v1.30.0', false],
  ['v1.30.5+k3s1', false],
  ['v1.36.2-eks-0123abc', false],
])('Kubernetes %s is too old: %s', (version, isTooOld) => expect(isOlder(TESTED.kubernetes, version)).toBe(isTooOld));
