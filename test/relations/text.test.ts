import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePlatform } from '../../lib/config';
import { about } from '../../lib/relations/about';
import { pageOf } from '../../lib/relations/page';
import { reachOf } from '../../lib/relations/reach';
import { sectionsOf } from '../../lib/relations/text';
import { PROFILE_CASES, USERS } from '../helpers/cases';

const loaded = (text: string, env = {}) => parsePlatform([{ name: 'platform.yaml', text }], env);
const reach = (text: string, env = {}) => reachOf(loaded(text, env));
const lines = (text: string) => sectionsOf(reach(text)).flatMap(([, all]) => all.map((line) => line.join(' | ')));
const read = (path: string) => readFileSync(join(__dirname, '../..', path), 'utf8');

test('the page of the default platform is what its platform.yaml says', () => {
  expect(read('docs/REACH.md')).toBe(pageOf(reach(read('platform.yaml'))));
});

/** A change of these is a change of what somebody reaches: read it as such. */
test.each(['kind hardened', 'standard hardened', 'openshift hardened'])(
  'who reaches what by the profile %s',
  (profile) => {
    const { text, env } = PROFILE_CASES[profile];
    expect(pageOf(reach(text, env))).toMatchSnapshot();
  },
);

test('who reaches what with named users', () => {
  expect(pageOf(reach(USERS))).toMatchSnapshot();
});

test('each row names the line that decides, or the setting that has its default', () => {
  const rows = reach(`environments:
  users:
    alice:
    bob: {login: robert}
  access:
    - group: admins
      environments: all
    - {group: readonly, environments: [alice]}
boundary:
  agents: [{name: ci, environments: all, serviceAccount: {namespace: ci, name: runner}}]`);
  const said = rows
    .filter(({ how }) => how.startsWith('SSH through Boundary'))
    .map(({ who, what, setting, where }) => [who.name, what.name, setting, where]);
  expect(said).toEqual([
    ['alice', 'devenv-alice', 'environments.users.alice', 'platform.yaml:3'],
    ['robert', 'devenv-bob', 'environments.users.bob', 'platform.yaml:4'],
    ['admins', 'all', 'environments.access[0]', 'platform.yaml:6'],
    ['readonly', 'devenv-alice', 'environments.access[1]', 'platform.yaml:8'],
    ['ci', 'all', 'boundary.agents[0]', 'platform.yaml:10'],
  ]);
  const [internet] = rows.filter(({ what }) => what.name === 'the internet');
  expect(internet).toEqual({
    who: { kind: 'environment', name: 'all' },
    what: { kind: 'host', name: 'the internet' },
    how: "every port, IPv4 and IPv6, but private networks and the platform's own addresses",
    allowed: 'yes',
    setting: 'network.egress.internet',
    where: null,
  });
  expect(rows.find(({ what }) => what.name === 'databases')).toMatchObject({
    allowed: 'no',
    setting: null,
    where: null,
  });
});

test('a setting of the environment is named as such, and what a later file takes back is a default', () => {
  const { whereOf } = parsePlatform(
    [
      { name: 'a.yaml', text: 'network: {egress: {internet: false}}\naccess: {mode: nodePort}' },
      { name: 'b.yaml', text: 'network: {egress: {internet: null}}' },
    ],
    { SKIP_KEYCLOAK: 'true' },
    { name: '.env', text: 'SKIP_VSO=true\n' },
  );
  expect(whereOf(['network', 'egress', 'internet'])).toBeUndefined();
  expect(whereOf(['access', 'mode'])).toBe('a.yaml:2:10');
  expect(whereOf(['keycloak', 'enabled'])).toBe('environment (SKIP_KEYCLOAK)');
  expect(whereOf(['secrets', 'delivery'])).toBe('.env:1 (SKIP_VSO)');
});

test('one name: what the person or environment reaches, and who reaches it', () => {
  const { config, ...rest } = loaded(USERS);
  const rows = reachOf({ config, ...rest });
  const ofBob = about(rows, 'bob', config);
  const into = ofBob.filter(({ who }) => who.kind !== 'environment').map(({ who, what }) => `${who.name} ${what.name}`);
  expect(into).toEqual([
    'robert devenv-bob',
    'admins all',
    expect.stringMatching(/^alice@example.com SHA256:\S+ all$/),
  ]);
  expect(about(rows, 'robert', config)).toEqual(ofBob);
  expect(about(rows, 'devenv-bob', config)).toEqual(ofBob);
  expect(ofBob.some(({ what }) => what.name === 'the internet')).toBe(true);
  expect(about(rows, 'readonly', config).map(({ what }) => what.name)).toEqual(['devenv-alice', "Boundary's sessions"]);
  expect(about(rows, 'all', config)).toEqual([]);
});

test('thousands of users are told in a line for each kind of row', () => {
  const users = Array.from(
    { length: 3000 },
    (_, index) => `    u${index}: {${index % 10 === 0 ? `secrets: {path: own/u${index}}` : ''}}`,
  );
  const text = `profile: kind\nenvironments:\n  users:\n${users.join('\n')}`;
  const rows = reach(text);
  expect(rows.length).toBeGreaterThan(3000 + 2 * 300);
  const told = lines(text);
  expect(told.length).toBeLessThan(40);
  expect(told).toContain(
    '3000 people | 3000 environments | yes | platform.yaml:4 and on, environments.users.NAME | SSH through Boundary',
  );
  expect(told.filter((line) => line.startsWith('300 '))).toEqual([
    expect.stringMatching(
      /^300 environments \| 300 secrets \| yes \| platform\.yaml:4 and on, environments\.users\.NAME\.secrets\.path \|/,
    ),
    expect.stringMatching(/^300 ServiceAccounts \| 300 secrets \| yes \|/),
  ]);
});

test('what people write is no markup of the page', () => {
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1xR3H5cQv3nS8mJ4mT0gWkqv7yN1d2Zk3pXo5uYb9a';
  expect(pageOf(reach(`environments: {sshKeys: ["${key} a|b*c_d <e>"]}`))).toContain(
    '| key a\\|b\\*c\\_d \\<e> SHA256:',
  );
});
