import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { Kubectl } from '../cluster/kubectl';
import { Failure } from '../failure';
import { answerJson, say, show } from '../output';
import type { Waiting } from '../tasks';
import { refuse } from './misuse';
import { existing, seconds } from './values';

const fromFile = [
  '--from-file <path>',
  'a file with the value; otherwise what is piped in, or what you are asked for',
  existing,
] as const;
const addTimeout = (command: Command, defaultSec = 300, text = '5m'): Command =>
  command.addOption(
    new Option('--timeout <time>', 'time until it has to be everywhere').argParser(seconds).default(defaultSec, text),
  );

const ofUser = [
  '--user <name>',
  "of this user's environment alone, which platform.yaml gives a secret of its own",
] as const;

const store = async (user?: string) => (await import('../secrets/stores')).storeOf(new Kubectl(), user);

/** Secrets of the environments, and those that the platform keeps for itself. */
export function addSecretCommands(program: Command): void {
  const secrets = program
    .command('secrets')
    .description(
      'secrets of the environments (set, get, list, remove, rotate, import) and of logins (rotate, set-oidc), and the authority that signs certificates (replace-authority)',
    );
  addSet(secrets);
  addGet(secrets);
  addList(secrets);
  addRemove(secrets);
  addRotate(secrets);
  addImport(secrets);
  addSetOidc(secrets);
  addReplaceAuthority(secrets);
}

function addSet(secrets: Command): void {
  secrets
    .command('set')
    .description('set a secret that all environments get, or one user’s alone; the value is never an argument')
    .argument('<key>', 'such as github_token, which is the variable GITHUB_TOKEN')
    .option(...fromFile)
    .option(...ofUser)
    .addHelpText(
      'after',
      '\nExamples:\n  sandboxctl secrets set github_token\n  gh auth token | sandboxctl secrets set github_token\n  sandboxctl secrets set --user alice github_token',
    )
    .action(async (key: string, options) => {
      const { expectKey, givenValue } = await import('../secrets/value');
      expectKey(key);
      const into = await store(options.user);
      await into.write({ [key]: await givenValue(key, options) });
      say(
        `${key} is in ${into.name}, and soon in ${options.user ? `${options.user}’s environment` : 'the environments'}`,
      );
    });
}

function addGet(secrets: Command): void {
  secrets
    .command('get')
    .description('print the value of a secret; without a key, the keys that there are')
    .argument('[key]')
    .option(...ofUser)
    .option('--json', 'as JSON')
    .action(async (key: string | undefined, { json, user }) => {
      const from = await store(user);
      const values = await from.read();
      if (key === undefined) return showKeys(values, json);
      if (!Object.hasOwn(values, key)) throw new Failure(unknown(key, from.name, values));
      if (json) answerJson(values[key]);
      else say(values[key]);
    });
}

function addList(secrets: Command): void {
  secrets
    .command('list')
    .description('print the keys that there are, and no value')
    .option(...ofUser)
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  sandboxctl secrets list\n  sandboxctl secrets list --user alice')
    .action(async ({ json, user }) => {
      showKeys(await (await store(user)).read(), json);
    });
}

const showKeys = (values: object, json: boolean | undefined): void =>
  show(Object.keys(values).sort(), json, (key) => key);

function addRemove(secrets: Command): void {
  secrets
    .command('remove')
    .description('remove a secret, after saying what still reads it')
    .argument('<key>', 'one of those that list prints')
    .option(...ofUser)
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nExamples:\n  sandboxctl secrets remove github_token\n  sandboxctl secrets remove --user alice github_token --yes',
    )
    .action(async (key: string, { user, yes }) => {
      const { readersOf } = await import('../secrets/readers');
      const of = await store(user);
      const values = await of.read();
      if (!Object.hasOwn(values, key)) throw new Failure(unknown(key, of.name, values));
      of.expectRemovable?.(key);
      const readers = await readersOf(new Kubectl(), key, of, user);
      if (yes) process.stderr.write(`${readers}\n`);
      else await (await import('../confirm')).confirm(readers, key);
      await of.remove(key);
      say(
        `${key} is gone from ${of.name}, and soon from the environments; it is good until whoever gave it revokes it`,
      );
    });
}

function addRotate(secrets: Command): void {
  addTimeout(
    refuse(secrets.command('rotate'), ({ args: [key], options: { user, fromFile } }) => {
      if (key !== undefined) return undefined;
      if (user) return `rotate what of ${user}? Name a key: sandboxctl secrets get --user ${user} lists them`;
      return fromFile && `rotate what by ${fromFile}? Name a key: sandboxctl secrets get lists them`;
    })
      .description(
        'replace a secret, and wait until all environments have it; without a key, those that the platform made',
      )
      .argument('[key]')
      .option(...fromFile)
      .option(...ofUser)
      .option('--json', 'what became of each step, as JSON'),
  )
    .addHelpText('after', '\nExamples:\n  sandboxctl secrets rotate github_token\n  sandboxctl secrets rotate')
    .action(async (key: string | undefined, { fromFile: path, json, timeout, user }) => {
      const waiting = { timeoutSec: timeout, json, user };
      const ends = key === undefined ? await rotateOwn(waiting) : await replace(key, path, waiting);
      if (json) answerJson(ends);
    });
}

const rotateOwn = async (waiting: Waiting) => (await import('../secrets/rotation')).rotateOwn(new Kubectl(), waiting);

async function replace(key: string, path: string | undefined, waiting: Waiting & { readonly user?: string }) {
  const [{ givenValue }, { untilArrived }] = await Promise.all([
    import('../secrets/value'),
    import('../secrets/arrival'),
  ]);
  const { user } = waiting;
  const into = await store(user);
  const values = await into.read();
  if (!Object.hasOwn(values, key))
    throw new Failure(
      `${unknown(key, into.name, values)}; sandboxctl secrets set ${user ? `--user ${user} ` : ''}${key} makes it`,
    );
  const value = { [key]: await givenValue(key, { fromFile: path }) };
  await into.write(value);
  return untilArrived(new Kubectl(), value, waiting);
}

function addImport(secrets: Command): void {
  secrets
    .command('import')
    .description('set the secrets that a .env file holds; its settings stay there, for the platform reads them itself')
    .argument('[file]', 'lines of KEY=value, as a shell reads them', '.env')
    .option('--json', 'as JSON: keys that are set, settings that stay, names without a value')
    .action(async (path: string, { json }) => {
      const [{ readSecrets }, { expectKey }] = await Promise.all([
        import('../secrets/dotenv'),
        import('../secrets/value'),
      ]);
      const { values, settings, empty } = readSecrets(path);
      const keys = Object.keys(values);
      keys.forEach(expectKey);
      if (keys.length === 0) throw new Failure(`${path} holds no secret: nothing is changed`);
      const into = await store();
      await into.write(values);
      if (json) return answerJson({ keys, settings, empty });
      say(`in ${into.name}: ${keys.join(', ')}`);
      if (settings.length > 0) say(`settings, which stay in ${path}: ${settings.join(', ')}`);
      if (empty.length > 0) say(`without a value, and left out: ${empty.join(', ')}`);
      say(`take the secrets out of ${path} now`);
    });
}

function addSetOidc(secrets: Command): void {
  secrets
    .command('set-oidc')
    .description(
      'set the secret of the client at another identity provider (oidc), wherever the platform of this folder reads it; the value is never an argument',
    )
    .option(...fromFile)
    .addHelpText(
      'after',
      '\nExamples:\n  sandboxctl secrets set-oidc\n  sandboxctl secrets set-oidc --from-file client-secret',
    )
    .action(async (options) => {
      const [{ Project }, { setClientSecret }, { givenValue }] = await Promise.all([
        import('../platform/project'),
        import('../secrets/client-secret'),
        import('../secrets/value'),
      ]);
      const objects = await Project.objectsOf(resolve('.'));
      const given = () => givenValue('the client’s secret', options);
      const written = await setClientSecret(new Kubectl(), objects, given);
      const names = written.map(({ namespace, name }) => `${namespace}/${name}`);
      say(`in Secret ${names.join(', ')}: logins follow within half a minute`);
    });
}

function addReplaceAuthority(secrets: Command): void {
  addTimeout(
    secrets
      .command('replace-authority')
      .description(
        'have another authority sign the platform’s certificates: both are trusted until every client in the cluster has followed; the same again goes on where it was broken off',
      )
      .addOption(
        new Option('--until <step>', 'last step: trust both, sign by the new one, or drop the old one')
          .choices(['trust', 'sign', 'drop'])
          .default('drop'),
      )
      .option('--json', 'what became of each step, as JSON'),
    600,
    '10m',
  )
    .addHelpText(
      'after',
      '\nExamples:\n  sandboxctl secrets replace-authority --until trust\n  sandboxctl secrets replace-authority',
    )
    .action(async ({ until, json, timeout }) => {
      const { replaceAuthority } = await import('../secrets/authority');
      const ends = await replaceAuthority(new Kubectl(), until, { timeoutSec: timeout, json });
      if (json) return answerJson(ends);
      if (until === 'trust') say(OUTSIDE);
    });
}

const OUTSIDE =
  'both are trusted in the cluster: give both to who is outside (docs/OPERATIONS.md, "Another authority for certificates"), then the same without --until';

const unknown = (key: string, name: string, values: object): string =>
  `${name} has no "${key}"; it has ${Object.keys(values).sort().join(', ') || 'nothing yet'}`;
