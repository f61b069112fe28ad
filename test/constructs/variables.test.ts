import { App, Chart } from 'cdk8s';
import fc from 'fast-check';
import { DevEnvStatefulSet } from '../../constructs';
import { ConfigError, parsePlatform } from '../../lib/config';
import { containersOf, find } from '../helpers/objects';
import { synth } from '../helpers/synth';

const SEED = Number(process.env.SEED ?? 4);
const SET = [
  ...['HOME', 'HOSTNAME', 'USER', 'LOGNAME', 'SSH_CLIENT', 'SSH_CONNECTION', 'SSH_ORIGINAL_COMMAND', 'SSH_TTY'],
  ...['DEVENV_VARIABLES', 'DEVENV_SECRETS', 'DEVENV_NAME', 'DEVENV_X', '_', 'IFS', 'PWD', 'OLDPWD', 'OPTIND', 'SHLVL'],
  ...['PPID', 'LINENO', 'UID', 'EUID', 'SHELLOPTS', 'BASHOPTS'],
];
const TAKEN = /is set by the platform: choose another name/;

const message = (make: () => unknown): string => {
  try {
    make();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};
const inLibrary = (name: string) =>
  message(() => new DevEnvStatefulSet(new Chart(new App(), 'chart'), 'set', { env: { [name]: 'x' } }));
const inConfig = (name: string) =>
  message(() => parsePlatform([{ name: 'p', text: JSON.stringify({ environments: { env: { [name]: 'x' } } }) }]));

test.each(SET)('%s is set otherwise: the configuration and the library refuse it', (name) => {
  expect(inConfig(name)).toMatch(TAKEN);
  expect(inLibrary(name)).toMatch(TAKEN);
});

test('the configuration and the library refuse the same names of variables', () => {
  const name = fc.oneof(
    fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,7}$/),
    fc.constantFrom(...SET).chain((one) => fc.constantFrom(one, one.toLowerCase(), `${one}S`, `X${one}`)),
    fc.constantFrom('PATH', 'LANG', 'NODE_OPTIONS', 'CLAUDE_CONFIG_DIR', 'SSH_AUTH_SOCK', 'name', 'value'),
  );
  fc.assert(
    fc.property(name, (one) => TAKEN.test(inConfig(one)) === TAKEN.test(inLibrary(one))),
    { numRuns: 300, seed: SEED },
  );
});

test('no container has a variable twice, and none of the platform’s has another value', () => {
  const name = fc.oneof(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,7}$/), fc.constantFrom(...SET, 'NODE_OPTIONS'));
  const envs = fc.dictionary(name, fc.constantFrom('x', '$(HOME)'), { maxKeys: 4 });
  const valuesOf = ({ env }: any) => Object.fromEntries(env.map(({ name, ...value }: any) => [name, value]));
  fc.assert(
    fc.property(envs, envs, (common, own) => {
      try {
        const { objects } = synth(JSON.stringify({ environments: { env: common, users: { a: { env: own } } } }));
        const [container] = containersOf(find(objects, 'StatefulSet', 'devenv-a')).slice(-1);
        const names = container.env.map((one: any) => one.name);
        expect(new Set(names).size).toBe(names.length);
        expect(valuesOf(container)).toMatchObject({
          HOME: { value: '/home/node' },
          HOSTNAME: { valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          DEVENV_SECRETS: { value: '/run/secrets/devenv' },
        });
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
      }
    }),
    { numRuns: 60, seed: SEED },
  );
});
