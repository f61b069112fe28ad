import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import type { Command } from 'commander';
import type { Session } from '../client/boundary';
import { Failure } from '../failure';
import { say, show } from '../output';
import { refuse } from './misuse';
import { wholeNumber } from './values';

/** What starts this program again; ssh does so for each connection. */
const SELF = [process.execPath, ...process.execArgv, ...process.argv.slice(1, 2)];

/** Where an environment's web server is, as the network's rules and its proxy know it. */
const WEB_PORT = 8080;
const MOST_PORT = 65_535;

/** What people and agents use to get into environments. */
export function addAccessCommands(program: Command): void {
  program
    .command('login')
    .description('log in with the browser')
    .argument('[address]', "URL of Boundary's API; needed once")
    .option('--ca <file>', 'authority of its certificate, in PEM; needed once, where it is the platform’s own')
    .option('--no-browser', 'only print the address to open')
    .addHelpText('after', '\nExample:\n  sandboxctl login https://boundary.example.com --ca platform-ca.crt')
    .action(async (address, { ca, browser }) => {
      const { logIn } = await import('../client/login');
      const until = await logIn({ address, ca, show: (url) => showAddress('log in here', url, browser) });
      say(`logged in until ${new Date(until).toLocaleString()}`);
    });

  program
    .command('logout')
    .description('forget the login')
    .action(async () => (await import('../client/login')).logOut());

  program
    .command('environments')
    .description('list the environments that you may enter')
    .option('--json', 'as JSON')
    .action(async ({ json }) => {
      const { loggedIn } = await import('../client/login');
      show(await (await loggedIn()).targets(), json, ({ name }) => name);
    });

  program
    .command('ssh')
    .description('enter an environment, or run a command there; ends with the status of ssh')
    .argument('<environment>', 'its name, or that of its user')
    .argument('[arguments...]', 'what ssh gets besides')
    .passThroughOptions()
    .addHelpText(
      'after',
      '\nExamples:\n  sandboxctl ssh alice\n  sandboxctl ssh alice -- git pull\n  sandboxctl ssh alice -L 8080:localhost:8080',
    )
    .action(async (environment: string, args: string[]) => {
      const { file, name } = await configured(environment);
      process.exitCode = await ssh(file, name, args);
    });

  program
    .command('web')
    .description("open an environment's web server in the browser; goes on until it is interrupted")
    .argument('<environment>', 'its name, or that of its user')
    .option('--port <port>', 'at which the server listens there', wholeNumber(1, MOST_PORT), WEB_PORT)
    .option(
      '--local-port <port>',
      'of this machine, 0 for any that is free; if none, the same as there while that is free',
      wholeNumber(0, MOST_PORT),
    )
    .option('--no-browser', 'only print the address to open')
    .addHelpText('after', '\nExamples:\n  sandboxctl web alice\n  sandboxctl web alice --port 3000 --no-browser')
    .action(async (environment: string, { port, localPort: given, browser }) => {
      const { forwarding, heed, localPort } = await import('../client/web');
      const { file, name } = await configured(environment);
      const local = await localPort(given, port);
      const isThere = () =>
        showAddress(`${name} is here, until you interrupt this`, `http://127.0.0.1:${local}`, browser);
      process.exitCode = await ssh(file, name, forwarding(local, port), (child) =>
        heed(child, `port ${port} of ${name}`, isThere),
      );
    });

  program
    .command('ssh-config')
    .description('make "ssh", scp, sftp, rsync and VS Code Remote know your environments')
    .action(async () => {
      const { include, unread, writeSshConfig } = await import('../client/ssh-config');
      const { file, names } = await writeSshConfig(SELF);
      const added = include();
      say(
        `${file}: ${names.join(', ') || 'no environment is yours yet'}${added ? '; ~/.ssh/config reads it now' : ''}`,
      );
      const elsewhere = unread();
      if (elsewhere) process.stderr.write(`sandboxctl: ${elsewhere}\n`);
    });

  program
    .command('sessions')
    .description('list your sessions')
    .option('--all', "everybody's, if you may see them")
    .option('--ended', 'those too that are over, of the last hour')
    .option('--json', 'as JSON')
    .action(async ({ all, ended, json }) => {
      const { loggedIn, ownId } = await import('../client/login');
      const own = ownId();
      const sessions = await (await loggedIn()).sessions({ ended });
      const line = ({ id, user, target, status, since }: Session) => [id, user, target, status, since].join('\t');
      show(all || !own ? sessions : sessions.filter(({ userId }) => userId === own), json, line);
    });

  refuse(
    program.command('end-session'),
    ({ args: [ids], options: { user } }) =>
      ids.length > 0 === (user !== undefined) && 'end what? Name sessions by their ids, or a person with --user',
  )
    .description('end sessions at once: your own, or anybody’s if you may')
    .argument('[id...]', 'as "sandboxctl sessions" lists them')
    .option('--user <name>', 'every session of this person, and every login, so that none is opened')
    .addHelpText('after', '\nExamples:\n  sandboxctl end-session s_1234567890\n  sandboxctl end-session --user alice')
    .action(async (ids: string[], { user }) => {
      const boundary = await (await import('../client/login')).loggedIn();
      if (user !== undefined) {
        const { logins, sessions } = await (await import('../client/person')).endPerson(boundary, user);
        say(
          `${user}: ${logins} ${logins === 1 ? 'login' : 'logins'} and ${sessions} ${sessions === 1 ? 'session' : 'sessions'} ended`,
        );
      }
      for (const id of ids) await boundary.endSession(id);
    });

  program
    .command('ssh-prepare', { hidden: true })
    .argument('<environment>')
    .argument('[folder]')
    .action(async (environment, folder) => {
      const ssh = process.ppid;
      const { connectionsFolder } = await import('../client/places');
      await (await import('../client/connection')).prepare(environment, ssh, folder ?? connectionsFolder());
    });

  program
    .command('ssh-proxy', { hidden: true })
    .argument('<environment>')
    .argument('[folder]')
    .action(async (_environment, folder) => {
      const ssh = process.ppid;
      const { connectionsFolder } = await import('../client/places');
      const { Connection } = await import('../client/prepared');
      await (await import('../client/proxy')).proxy(new Connection(folder ?? connectionsFolder(), ssh));
      process.exit(0);
    });
}

async function showAddress(what: string, url: string, browser: boolean): Promise<void> {
  say(`${what}: ${url}`);
  if (!browser) return;
  const { default: open } = await import('open');
  // Where there is no browser the address is there to be copied.
  (await open(url).catch(() => undefined))?.on('error', () => {});
}

/** How ssh knows an environment. @throws Failure if the person may enter none of that name */
async function configured(environment: string): Promise<{ file: string; name: string }> {
  const { writeSshConfig } = await import('../client/ssh-config');
  const { file, names } = await writeSshConfig(SELF);
  const name = names.includes(environment) ? environment : `devenv-${environment}`;
  if (names.includes(name)) return { file, name };
  throw new Failure(
    `there is no environment "${environment}" that you may enter; yours: ${names.join(', ') || 'none'}`,
  );
}

/**
 * Runs ssh in the place of this program: its signals, its status, and its terminal.
 * @param heed takes what ssh writes in the terminal's place
 */
function ssh(
  config: string,
  host: string,
  args: readonly string[],
  heed?: (child: ChildProcess) => void,
): Promise<number> {
  const stdio: StdioOptions = heed ? ['ignore', 'pipe', 'pipe'] : 'inherit';
  const child = spawn('ssh', ['-F', config, host, ...args], { stdio });
  heed?.(child);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', ({ message }) => reject(new Failure(`ssh cannot be run: ${message}`)));
    child.once('close', (code, signal) => resolve(code ?? (signal ? 255 : 0)));
  });
}
