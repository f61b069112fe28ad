import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Kubectl } from '../cluster/kubectl';
import type { Diagnosis } from '../doctor/rule';
import type { Project as PlatformFolder } from '../doctor/seen';
import { INTERRUPTED } from '../exits';
import { say, show } from '../output';
import { refuse } from './misuse';
import { clock, wholeNumber } from './values';

/** Of a log, at a time. */
const MOST_LINES = 1_000_000;

/** What those use who look for the cause of trouble. */
export function addTroubleCommands(program: Command): void {
  addDoctor(program);
  addLogs(program);
  addExec(program);
  addForward(program);
}

function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('find what is wrong, and say how it is mended; ends with 1 where something is')
    .option('--json', 'as JSON')
    .action(async ({ json }) => {
      const [{ see }, { diagnose }, { notesOn }] = await Promise.all([
        import('../doctor/seen'),
        import('../doctor/rules'),
        import('../doctor/notes'),
      ]);
      const seen = await see(new Kubectl(), await thisProject());
      const diagnoses = diagnose(seen);
      const line = ({ what, cause, mend }: Diagnosis) => `${what}: ${cause}\n  mend: ${mend}`;
      show(diagnoses, json, line);
      for (const note of notesOn(seen)) process.stderr.write(`note: ${note}\n`);
      if (diagnoses.length > 0) process.exitCode = 1;
      else if (!json) say('nothing is wrong');
    });
}

function addLogs(program: Command): void {
  refuse(program.command('logs'), ({ options: { follow, previous }, isSaid }) => {
    if (!previous) return undefined;
    if (follow) return 'what ended says nothing more: give --previous or --follow';
    return isSaid('since') && '--previous is of what ended, whenever that was: give --previous or --since';
  })
    .description('what a part or an environment says')
    .argument('<name>', 'an environment, its user, a pod, or a part such as vault or boundary-controller')
    .option('-f, --follow', 'go on as it says more')
    .option('--since <time>', 'of the last time, such as 10m or 2d', clock, '1h')
    .option('--tail <lines>', 'only so many lines, the last ones', wholeNumber(0, MOST_LINES))
    .option('--container <name>', 'of one container; all of them, if none')
    .option('--previous', 'what it said before it ended last and was started again, whenever that was')
    .addHelpText(
      'after',
      '\nExamples:\n  sandboxctl logs vault-bootstrap\n  sandboxctl logs alice --follow\n  sandboxctl logs boundary-controller --previous --tail 50',
    )
    .action(async (name: string, options) => {
      const [{ podsOf }, { logsOf }] = await Promise.all([import('../cluster/place'), import('../cluster/logs')]);
      const logs = logsOf(await podsOf(new Kubectl(), name), { name, ...options });
      process.exitCode = Math.max(...(await Promise.all(logs.map(attached))));
    });
}

function addExec(program: Command): void {
  program
    .command('exec')
    .description('run a command in an environment past SSH, as who may do so in Kubernetes; a shell without one')
    .argument('<environment>', 'its name, or that of its user')
    .argument('[command...]', 'a shell, if none')
    .passThroughOptions()
    .addHelpText(
      'after',
      '\nExamples:\n  sandboxctl exec alice\n  sandboxctl exec alice -- git -C /workspace/app status',
    )
    .action(async (name: string, command: string[]) => {
      const { environmentOf } = await import('../cluster/place');
      const { metadata } = await environmentOf(new Kubectl(), name);
      const terminal = process.stdin.isTTY ? ['--tty'] : [];
      const given = command[0] === '--' ? command.slice(1) : command;
      const what = given.length > 0 ? given : ['bash', '--login'];
      process.exitCode = await attached([
        'exec',
        '--stdin',
        ...terminal,
        '--namespace',
        metadata.namespace,
        metadata.name,
        '--',
        ...what,
      ]);
    });
}

function addForward(program: Command): void {
  program
    .command('forward')
    .description('reach a Service of the platform at a port of this machine, until it is interrupted')
    .argument('<name>', 'a Service, such as vault, boundary, keycloak or devenv-alice')
    .argument('[ports]', 'LOCAL:REMOTE, or one for both; the first one of the Service, if none')
    .addHelpText('after', '\nExamples:\n  sandboxctl forward devenv-0 2222:22\n  sandboxctl forward vault')
    .action(async (name: string, ports: string | undefined) => {
      const { serviceOf } = await import('../cluster/place');
      const { metadata, spec } = await serviceOf(new Kubectl(), name);
      const mapping = ports ?? `${spec.ports[0].port}`;
      process.exitCode = await attached([
        'port-forward',
        '--namespace',
        metadata.namespace,
        `service/${metadata.name}`,
        mapping,
      ]);
    });
}

/** Runs kubectl at this terminal. @returns its exit status */
async function attached(args: readonly string[]): Promise<number> {
  const { exitCode } = await new Kubectl().run(args, { stdio: 'inherit' });
  return exitCode ?? INTERRUPTED;
}

/** What the platform of this folder tells; nothing where there is none. */
async function thisProject(): Promise<PlatformFolder> {
  if (!existsSync('cdktf.json')) return { kinds: [], kindReleases: [], isUpgrading: false };
  const [{ Project }, { Journal }, { releasesOfKinds }] = await Promise.all([
    import('../platform/project'),
    import('../platform/upgrade/journal'),
    import('../platform/releases'),
  ]);
  const folder = resolve('.');
  const project = new Project(folder);
  const parts = project.parts().filter(({ needsOperator }) => needsOperator);
  const names = parts
    .flatMap(({ objects }) => objects)
    .map(({ apiVersion, kind }) => `${kind}.${apiVersion.split('/')[0]}`);
  // Who deploys by kubectl alone has no stacks, and Helm nothing of theirs.
  const kindReleases = existsSync('cdktf.out/manifest.json') ? releasesOfKinds(project.stacks()) : [];
  return { kinds: [...new Set(names)], kindReleases, isUpgrading: new Journal(folder).read() !== undefined };
}
