import { ConfigError, formatProblem, parsePlatform } from '../../lib/config';
import { ENVIRONMENT_KEYS } from '../../lib/config/environment';
import { acceptedClouds } from './refused-clouds';
import { refusedPlatforms } from './refused-platforms';
import { refusedShapes } from './refused-shapes';
import { refusedValues, users } from './refused-values';

const problemsOf = (text: string, env = {}, dotenv?: string): string[] => {
  try {
    parsePlatform(
      [{ name: 'platform.yaml', text }],
      env,
      dotenv === undefined ? undefined : { name: '.env', text: dotenv },
    );
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(formatProblem);
  }
};

/** The texts that a pattern stands for; "…" is anything. */
const matches = (text: string, pattern: string) =>
  new RegExp(
    `^${pattern
      .split('…')
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('.*')}$`,
  ).test(text);

// SECURITY.md: "Environments run as root with neither, since sshd refuses it."
test.each([...refusedValues, ...refusedShapes, ...refusedPlatforms])('refuses %s', (_title, text, ...expected) => {
  const problems = problemsOf(text);
  expect(problems).toHaveLength(expected.length);
  for (const [index, pattern] of expected.entries()) {
    if (!matches(problems[index], pattern)) expect(problems[index]).toBe(pattern);
  }
});

test.each(acceptedClouds)('takes what a cloud calls so: %s', (text) => {
  expect(problemsOf(text)).toEqual([]);
});

test('all mistakes come at once, in the order of the text', () => {
  const text = [
    'profil: kind',
    'vault: {replicas: 2}',
    'namespaces: {vault: boundary}',
    'access: {mode: ingress, nodePorts: {vault: 1}}',
  ];
  const places = problemsOf(text.join('\n')).map((problem) => problem.split(': ').slice(0, 2).join(' '));
  expect(places).toEqual([
    'platform.yaml:1:1 profil',
    'platform.yaml:2:9 vault.replicas',
    'platform.yaml:3:14 namespaces.boundary',
    'platform.yaml:4:10 access.domain',
    'platform.yaml:4:37 access.nodePorts.vault',
  ]);
});

test('what could be a secret is never repeated', () => {
  const secrets = ['hvs.CAESIJlWh4nVq', 'ghp_abcdefgh12345678', 'correct-horse-battery'];
  const text = [
    'environments:',
    `  env: {GITHUB_TOKEN: ${secrets[2]}, A: ${secrets[1]}}`,
    `vault: {seal: {type: transit, address: ${secrets[0]}, tokenSecret: ${secrets[2]} again, token: ${secrets[2]}}, password: [${secrets[2]}]}`,
    `oidc: {clientSecret: ${secrets[2]}}`,
  ].join('\n');
  const said = problemsOf(text).join('\n');
  expect(said).toContain('(hidden)');
  for (const secret of secrets) expect(said).not.toContain(secret);
});

test('a wrong value of the environment names its key and place', () => {
  expect(
    problemsOf('profile: kind', { DEVENV_REPLICAS: 'three', SKIP_VAULT: 'maybe' }, 'VAULT_STORAGE_SIZE=10GB'),
  ).toEqual([
    '.env:1 (VAULT_STORAGE_SIZE): vault.storage: given "10GB", must be a size such as 512Mi or 10Gi: did you mean 10G or 10Gi?',
    'environment (DEVENV_REPLICAS): environments.replicas: given "three", must be a whole number',
    'environment (SKIP_VAULT): vault.enabled: given "maybe", must be true or false (or 1, 0, yes, no)',
  ]);
  expect(problemsOf(users('bob: {}'), { DEVENV_REPLICAS: '2' })).toEqual([
    'environment (DEVENV_REPLICAS): environments.replicas: contradicts environments.users: give a number of equal environments, or named users, not both',
  ]);
});

test('a key of .env that is nearly known names its neighbour; others are left alone', () => {
  expect(problemsOf('profile: kind', {}, 'EDITOR=vi\nDEVENV_REPLICA=3')).toEqual([
    '.env:2 (DEVENV_REPLICA): unknown key: did you mean DEVENV_REPLICAS?',
  ]);
});

test('a key of .env that lacks its last word names the whole one, with a value or without', () => {
  for (const value of ['', '5Gi'])
    expect(problemsOf('profile: kind', {}, `VAULT_STORAGE=${value}\nVAULT_TOKEN=x\nVAULT=1\nBOUNDARY_ADDR=`)).toEqual([
      '.env:1 (VAULT_STORAGE): unknown key: did you mean VAULT_STORAGE_SIZE?',
    ]);
});

test('a key of .env without a value counts as none, whichever it is', () => {
  const lines = Object.keys(ENVIRONMENT_KEYS).map((key) => `${key}=`);
  expect(problemsOf('profile: kind', {}, lines.join('\n'))).toEqual([]);
});
