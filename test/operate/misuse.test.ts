import { forgetEmptyVariables } from '../../lib/operate/commands/misuse';
import { makeProgram } from '../../lib/operate/program';
import { ALL_COMMANDS, ALL_OPTIONS } from '../helpers/command-lines';
import { rememberVariables } from '../helpers/variables';

const TO = ['--to', '/backups'];
const FROM = ['--from', '/backups'];

describe('what contradicts itself or says too little is refused before anything else', () => {
  // Two clusters, which is said as soon as anybody wants to know which is meant.
  const giveBack = rememberVariables(['KUBECONFIG', 'TF_VAR_kubeconfig']);
  beforeAll(() => void Object.assign(process.env, { KUBECONFIG: '/one', TF_VAR_kubeconfig: '/two' }));
  afterAll(giveBack);

  test.each([
    [['forget', ...FROM], 'say what stays'],
    [['node-lost', 'worker', '--back', '--delete-volumes'], 'leave --delete-volumes out, or --back'],
    [['down', '--kind', 'mine', '--json'], '--kind removes a whole cluster'],
    [['down', 'vault', '--kind', 'mine'], '--kind removes a whole cluster'],
    [['up', 'vault', 'keycloak', '--skip', 'vault,boundary'], 'vault: named, and to be left as it is by --skip'],
    [['schedule', '--off', '--warning', '10m'], '--off ends the hours'],
    [['backup', 'alice', '--platform', ...TO], 'leave alice out, or --platform'],
    [['restore', 'alice', '--platform', ...FROM], 'leave alice out, or --platform'],
    [['restore', '--platform', '--of', 'bob', ...FROM], 'leave bob out, or --platform'],
    [['restore', '--of', 'bob', ...FROM], 'name that one'],
    [['restore', 'alice', 'carol', '--of', 'bob', ...FROM], 'name that one'],
    [['secrets', 'rotate', '--user', 'alice'], 'rotate what of alice? Name a key'],
    [['secrets', 'rotate', '--from-file', __filename], 'Name a key'],
    [['logs', 'vault', '--previous', '--follow'], 'give --previous or --follow'],
    [['logs', 'vault', '--previous', '--since', '10m'], 'give --previous or --since'],
    [['access', '--json', '--markdown'], 'Give --json or --markdown'],
    [['end-session'], 'Name sessions by their ids, or a person'],
    [['end-session', 's_1', '--user', 'alice'], 'Name sessions by their ids, or a person'],
  ])('%j', (args, said) =>
    expect(makeProgram().parseAsync(args, { from: 'user' })).rejects.toMatchObject({
      message: expect.stringContaining(said),
      status: 2,
    }),
  );

  test.each([
    [['logs', 'vault', '--previous']],
    [['up', 'vault', '--skip', 'boundary']],
    [['schedule', '--off']],
    [['restore', 'alice', '--of', 'bob', ...FROM]],
    [['node-lost', 'worker', '--back']],
  ])('and nothing else is: %j', (args) =>
    expect(makeProgram().parseAsync(args, { from: 'user' })).rejects.toThrow('which may be two clusters'),
  );
});

describe('an empty value, of a variable that is not set, is refused', () => {
  test.each(ALL_OPTIONS)('of $name', ({ option }) => expect(() => option.parseArg?.('', undefined)).toThrow());

  const args = ALL_COMMANDS.flatMap(([path, { registeredArguments }]) =>
    registeredArguments.map((argument) => ({ name: `${path} ${argument.name()}`, argument })),
  );
  const passedOn = ['ssh arguments', 'exec command'];
  test.each(args.filter(({ name }) => !passedOn.includes(name)))('of $name', ({ argument }) =>
    expect(() => argument.parseArg?.('', undefined)).toThrow(),
  );
  test.each(args.filter(({ name }) => passedOn.includes(name)))('but of $name, which a program gets', ({ argument }) =>
    expect(argument.parseArg).toBeUndefined(),
  );

  test('and several words of a command stay several', async () => {
    const program = makeProgram();
    let given: unknown;
    program.commands.find((command) => command.name() === 'start')?.action((users) => (given = users));
    await program.parseAsync(['start', 'alice', 'bob'], { from: 'user' });
    expect(given).toEqual(['alice', 'bob']);
  });
});

test('a list that holds nothing but commas names nothing', () => {
  const skip = ALL_OPTIONS.find(({ name }) => name.startsWith('up --skip'))?.option;
  expect(() => skip?.parseArg?.(',', undefined)).toThrow('it is empty');
  expect(skip?.parseArg?.('vault,boundary', undefined)).toEqual(['vault', 'boundary']);
});

test('a variable that is set but empty names no place of backups', () => {
  const giveBack = rememberVariables(['RESTIC_REPOSITORY']);
  try {
    process.env.RESTIC_REPOSITORY = '';
    forgetEmptyVariables(makeProgram());
    expect('RESTIC_REPOSITORY' in process.env).toBe(false);
    process.env.RESTIC_REPOSITORY = '/backups';
    forgetEmptyVariables(makeProgram());
    expect(process.env.RESTIC_REPOSITORY).toBe('/backups');
  } finally {
    giveBack();
  }
});
