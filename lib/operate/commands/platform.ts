import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { Kubectl } from '../cluster/kubectl';
import { Failure } from '../failure';
import { answerJson, say, show } from '../output';
import type { Difference } from '../platform/dry-run';
import { variable } from '../variable';
import { refuse } from './misuse';
import { list, nonEmpty, seconds } from './values';

export const timeoutOption = (): Option =>
  new Option('--timeout <time>', 'time that a part may take to become Ready').argParser(seconds).default(900, '15m');

const byOption = (what: string): Option =>
  new Option('--by <tool>', what).choices(['terraform', 'kubectl']).default('terraform');

/** How a deploy is carried out, whichever command leads to one. */
export const addUpOptions = (command: Command): Command =>
  command
    .addOption(byOption('terraform, or kubectl for the manifests alone'))
    .addOption(timeoutOption())
    .option('--json', 'what became of each step, as JSON');

/** The kind cluster that is meant where nobody names one. */
export const defaultKind = (): string => variable('KIND_CLUSTER_NAME') ?? 'kind';

const kindName = (given: string | true | undefined): string | undefined => (given === true ? defaultKind() : given);

/** What those use who look after a platform, in the folder with its platform.yaml. */
export function addPlatformCommands(program: Command): void {
  addCheck(program);
  addUp(program);
  addDown(program);
  addStatus(program);
}

function addCheck(program: Command): void {
  program
    .command('check')
    .description('see whether the cluster and this machine can carry the platform; ends with 1 where they cannot')
    .addOption(byOption('whichever is to deploy'))
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
It makes a namespace of its own for a few minutes, and removes it. There nodes pull every image of the manifests, pods
look names up, connections that policies deny must fail, a volume of each kind is claimed, written to and removed.

Examples:
  sandboxctl check
  sandboxctl check --by kubectl --json`,
    )
    .action(async ({ by, json }) => {
      const { check } = await import('../check/check');
      const { expectGood, lineOf } = await import('../check/finding');
      const { Selection } = await import('../platform/selection');
      const findings = await check(new Kubectl(), await Selection.of(resolve('.')), { by });
      show(findings, json, lineOf);
      expectGood(findings);
    });
}

function addUp(program: Command): void {
  addUpOptions(
    refuse(program.command('up'), ({ args: [parts], options: { skip = [] } }) => {
      const both = parts.filter((part: string) => skip.includes(part));
      return both.length > 0 && `${both.join(', ')}: named, and to be left as it is by --skip; give one of them alone`;
    })
      .description('bring the platform, or parts of it, to what platform.yaml says; run again, it goes on')
      .argument('[part...]', 'the others are left as they are')
      .option('--skip <parts>', 'parts to leave as they are, with commas between', list)
      .option(
        '--kind [name]',
        'in a kind cluster of that name (KIND_CLUSTER_NAME or kind, if none), which is made unless it is there',
        nonEmpty,
      )
      .option('--dry-run', 'show what would change, and change nothing'),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  sandboxctl up\n  sandboxctl up environments --dry-run\n  sandboxctl up --skip keycloak,boundary',
    )
    .action(async (parts: string[], options) => {
      const { dryRun, up } = await import('../platform/up');
      const kind = kindName(options.kind);
      const given = { folder: resolve('.'), only: parts, ...options, kind };
      if (!options.dryRun) {
        const ends = await up(given);
        const isWhole = parts.length === 0 && !options.skip;
        // What it says is what stands: there is nothing to go back to any more.
        if (isWhole) new (await import('../platform/upgrade/journal')).Journal(given.folder).remove();
        if (options.json) answerJson(ends);
        return;
      }
      const line = ({ name, changes, text }: Difference) =>
        `== ${name}: ${changes ? '' : 'nothing would change'}${text ? `\n${text.trim()}` : ''}`;
      show(await dryRun(given), options.json, line);
    });
}

function addDown(program: Command): void {
  refuse(
    program.command('down'),
    ({ args: [parts], options: { kind, dryRun, json } }) =>
      kind &&
      (parts.length > 0 || dryRun || json) &&
      '--kind removes a whole cluster: leave parts, --dry-run and --json out',
  )
    .description('remove the platform, or parts of it; the files in the environments stay')
    .argument('[part...]', 'the others stay')
    .option('--delete-workspaces', 'the files in the environments, too', false)
    .option('--dry-run', 'show what would go and what would stay, and touch nothing')
    .option(
      '--kind [name]',
      'the kind cluster of that name with all that is in it, if sandboxctl up --kind made it',
      nonEmpty,
    )
    .option('--yes', 'ask nothing')
    .option('--json', 'what became of each step, as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sandboxctl down\n  sandboxctl down --dry-run\n  sandboxctl down environments\n  sandboxctl down --delete-workspaces --yes',
    )
    .action(async (only: string[], { deleteWorkspaces, dryRun, kind, yes, json }) => {
      if (kind) {
        const { removeCluster } = await import('../platform/kind');
        const name = kindName(kind) as string;
        const left = await removeCluster({ name, folder: resolve('.'), deleteWorkspaces, yes: yes === true });
        for (const note of left) process.stderr.write(`${note}\n`);
        return;
      }
      const { Removal } = await import('../platform/down');
      const removal = await Removal.of({ folder: resolve('.'), only, deleteWorkspaces, json });
      if (dryRun) {
        const plan = await removal.plan();
        return say(json ? JSON.stringify(plan) : (await import('../platform/removal-plan')).planText(plan));
      }
      for (const note of removal.notes) process.stderr.write(`${note}\n`);
      if (!yes) await removal.confirm();
      const ends = await removal.run();
      for (const note of removal.left) process.stderr.write(`${note}\n`);
      if (json) answerJson(ends);
    });
}

function addStatus(program: Command): void {
  program
    .command('status')
    .description('how the platform does, on one screen; ends with 1 where something is not Ready')
    .option('--resources', 'what the nodes have, and what is used of it')
    .option('--watch', 'again and again, until it is interrupted')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Shown are parts, environments, Vault's seal, versions, what ends unless it is renewed, and warnings, which do not change
the exit status. docs/OPERATIONS.md has the shape of the JSON.

Examples:
  sandboxctl status --resources
  sandboxctl status --watch
  sandboxctl status --json | jq '.warnings'`,
    )
    .action(async ({ json, watch, resources }) => {
      const { statusOf } = await import('../platform/status');
      const { statusText } = await import('../platform/status-text');
      const { Journal } = await import('../platform/upgrade/journal');
      const isUpgrading = new Journal(resolve('.')).read() !== undefined;
      const look = async () => {
        const status = await statusOf(new Kubectl(), { resources, isUpgrading });
        return { status, text: () => (json ? JSON.stringify(status) : statusText(status, Date.now())) };
      };
      if (watch) return (await import('../watching')).showAgainAndAgain(async () => (await look()).text());
      const { status, text } = await look();
      if (json) answerJson(status);
      else say(text());
      if (status.parts.length === 0) throw new Failure('there is no platform in this cluster: sandboxctl up makes one');
      if (status.parts.some(({ ready, of }) => ready < of)) process.exitCode = 1;
    });
}
