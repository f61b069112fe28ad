import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { RestoreOptions } from '../backup/platform-restore';
import type { Policy } from '../backup/repository';
import type { RestoreFilesOptions } from '../backup/restore';
import type { Snapshot } from '../backup/snapshot';
import { Kubectl } from '../cluster/kubectl';
import type { Workspace } from '../cluster/workspace';
import { confirm, confirmHere } from '../confirm';
import { Failure } from '../failure';
import { answerJson, show } from '../output';
import type { TaskEnd } from '../tasks';
import { refuse } from './misuse';
import { timeoutOption } from './platform';
import { age, span, wholeNumber } from './values';

const repositoryOption = (flag: '--to' | '--from'): Option =>
  new Option(
    `${flag} <repository>`,
    'a folder, or a repository of restic such as s3:https://s3.example.com/bucket/prefix',
  )
    .env('RESTIC_REPOSITORY')
    .makeOptionMandatory();

/** Files of environments go straight to a bucket unless somebody would rather have its keys in no pod. */
const directOption = () =>
  new Option('--no-direct', 'have files go through this machine, also where a pod beside them reaches the bucket');

const open = async (location: string) => (await import('../backup/repository')).Repository.at(location);

async function workspaces(kubectl: Kubectl, names: readonly string[]) {
  const { chosen, workspacesOf } = await import('../cluster/workspace');
  return chosen(await workspacesOf(kubectl), names);
}

/** Files of environments, kept outside the cluster by restic. */
export function addBackupCommands(program: Command): void {
  addBackupCommand(program);
  addBackupsCommand(program);
  addForgetCommand(program);
  addRestoreCommand(program);
}

/** What `--platform` has no use for. */
const alone = (platform: boolean | undefined, named: readonly string[]): string | false | undefined =>
  platform && named.length > 0 && `--platform means all that there is: leave ${named.join(', ')} out, or --platform`;

function addBackupCommand(program: Command): void {
  refuse(program.command('backup'), ({ args: [names], options: { platform } }) => alone(platform, names))
    .description('keep all files of environments, whether they run or not; encrypted, and nothing twice')
    .argument('[environment...]', 'all, if none is named')
    .addOption(repositoryOption('--to'))
    .option('--platform', 'all else, too: Vault, databases, Secrets; in the folder with platform.yaml')
    .addOption(directOption())
    .option('--json', 'what became of each step, as JSON')
    .addHelpText(
      'after',
      '\nThe password comes from RESTIC_PASSWORD_FILE or RESTIC_PASSWORD_COMMAND, or you are asked for it.\n\nExamples:\n  sandboxctl backup --to /srv/backups\n  sandboxctl backup alice --to s3:https://s3.example.com/backups/sandbox\n  sandboxctl backup --platform --to /srv/backups',
    )
    .action(async (names: string[], { to, platform, direct, json }) => {
      const kubectl = new Kubectl();
      // Before anybody is asked for a password.
      const meant = platform ? [] : await workspaces(kubectl, names);
      const given = { kubectl, repository: await open(to), isIndirect: !direct, json };
      const ends = platform
        ? await (await import('../backup/platform')).backUpPlatform({ ...given, folder: resolve('.') })
        : await (await import('../backup/backup')).backUp({ ...given, workspaces: meant });
      if (json) answerJson(ends);
    });
}

function addBackupsCommand(program: Command): void {
  program
    .command('backups')
    .description('list what is kept')
    .addOption(repositoryOption('--from'))
    .option('--verify', 'read all of it, and see that it is whole')
    .addOption(
      new Option('--max-age <time>', 'end with 1 unless each environment has a backup that is younger').argParser(age),
    )
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sandboxctl backups --from /srv/backups\n  sandboxctl backups --from /srv/backups --verify\n  sandboxctl backups --from /srv/backups --max-age 26h',
    )
    .action(async ({ from, verify, maxAge, json }) => {
      const repository = await open(from);
      const snapshots = await repository.snapshots();
      if (maxAge !== undefined) await expectYoung(snapshots, maxAge);
      if (verify) await (await import('../backup/restore')).verifyAll(snapshots, { repository, json });
      await showSnapshots(snapshots, json);
    });
}

function addRestoreCommand(program: Command): void {
  refuse(program.command('restore'), ({ args: [names], options: { platform, of } }) => {
    if (platform) return alone(platform, [...names, ...(of === undefined ? [] : [of])]);
    const isOne = of === undefined || names.length === 1;
    return !isOne && '--of gives the files of one environment to another one: name that one; nothing is changed';
  })
    .description('put files back in the place of those that environments have; they start anew')
    .argument('[environment...]', 'all, if none is named')
    .addOption(repositoryOption('--from'))
    .option('--platform', 'a whole platform, in a cluster that has none; in the folder with its platform.yaml')
    .option('--at <id>', 'a backup that is listed, and not the newest')
    .option('--of <environment>', 'the files of another environment')
    .addOption(directOption())
    .addOption(timeoutOption())
    .option('--yes', 'ask nothing')
    .option('--json', 'what became of each step, as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sandboxctl restore alice --from /srv/backups\n  sandboxctl restore bob --of devenv-alice-0 --at 1f0c2b3a --from /srv/backups\n  sandboxctl restore --platform --from /srv/backups',
    )
    .action(async (names: string[], { from, platform, at: id, of, direct, yes, timeout, json }) => {
      const kubectl = new Kubectl();
      const meant = platform ? [] : await workspaces(kubectl, names);
      const given = { kubectl, repository: await open(from), isIndirect: !direct, json };
      const ends = platform
        ? await restorePlatform({ ...given, folder: resolve('.'), timeout }, id, yes)
        : await restoreFiles(given, meant, { at: id, from: of }, yes);
      if (json) answerJson(ends);
    });
}

const KEPT = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'];
const WITHIN = 'within';

/** What stays, in restic's words. Every command has other options besides, such as that of the cluster. */
const policyOf = (given: Readonly<Record<string, unknown>>): Policy =>
  Object.fromEntries(
    [...KEPT, WITHIN].flatMap((name) => {
      const value = given[`keep${name[0].toUpperCase()}${name.slice(1)}`];
      return value === undefined ? [] : [[name, `${value}`]];
    }),
  );

function addForgetCommand(program: Command): void {
  const nothingStays = 'say what stays, such as --keep-daily 7 --keep-weekly 4; nothing is removed';
  const command = refuse(
    program.command('forget'),
    ({ options }) => Object.keys(policyOf(options)).length === 0 && nothingStays,
  )
    .description('remove old backups, for each environment by itself; what belongs to a whole platform stays with it')
    .addOption(repositoryOption('--from'))
    .option('--dry-run', 'list what would be removed')
    .option('--yes', 'ask nothing')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sandboxctl forget --keep-daily 7 --keep-weekly 4 --from /srv/backups --dry-run\n  sandboxctl forget --keep-within 14d --from s3:https://s3.example.com/backups/sandbox --yes',
    )
    .action(async ({ from, dryRun, yes, json, ...given }) => {
      const repository = await open(from);
      const { obsolete } = await import('../backup/retention');
      const snapshots = await obsolete(repository, policyOf(given));
      await showSnapshots(snapshots, json);
      if (dryRun || snapshots.length === 0) return;
      if (!yes) await confirmHere(`this removes ${snapshots.length} backups from ${from}`, 'yes');
      await repository.remove(snapshots);
    });
  for (const name of KEPT) {
    const what = name === 'last' ? 'the newest so many' : `the last of each of so many ${name} periods`;
    command.addOption(new Option(`--keep-${name} <n>`, what).argParser(wholeNumber(1, 10_000)));
  }
  command.addOption(
    new Option(`--keep-${WITHIN} <time>`, 'all that are younger than the newest by less, such as 1y5m7d2h').argParser(
      span,
    ),
  );
}

/** @throws Failure - where an environment has no backup that is young enough */
async function expectYoung(snapshots: readonly Snapshot[], maxAgeSec: number): Promise<void> {
  const kubectl = new Kubectl();
  const { clusterOf } = await import('../backup/backup');
  const { overdue } = await import('../backup/retention');
  const wanted = { cluster: await clusterOf(kubectl), maxAgeSec, now: Date.now() };
  const late = overdue(snapshots, await workspaces(kubectl, []), wanted);
  if (late.length > 0) throw new Failure(`${late.join('; ')}: see why what makes them did not run`);
}

async function showSnapshots(snapshots: readonly Snapshot[], json: boolean | undefined): Promise<void> {
  const { mib } = await import('../backup/progress');
  show(snapshots, json, ({ id, time, kind, name, bytes, cluster }) =>
    [id, when(time), cluster.slice(0, 8), kind.padEnd(11), mib(bytes).padStart(9), name].join('  '),
  );
}

/** A time as people read it, in UTC. */
const when = (time: string): string => time.slice(0, 19).replace('T', ' ');

async function restoreFiles(
  options: RestoreFilesOptions,
  meant: readonly Workspace[],
  which: { at?: string; from?: string },
  yes: boolean | undefined,
): Promise<TaskEnd[]> {
  const { kubectl, repository } = options;
  const { clusterOf } = await import('../backup/backup');
  const { chooseSnapshots, restore } = await import('../backup/restore');
  const wanted = { ...which, cluster: await clusterOf(kubectl) };
  const chosen = chooseSnapshots(await repository.snapshots(), meant, wanted);
  const replaced = [...chosen].map(([{ name }, kept]) => `${name} by those of ${kept.name} at ${when(kept.time)}`);
  if (!yes) await confirm(`this replaces all files of ${replaced.join(', ')}`, 'yes');
  return restore(chosen, options);
}

async function restorePlatform(
  given: RestoreOptions,
  id: string | undefined,
  yes: boolean | undefined,
): Promise<TaskEnd[]> {
  const { choosePlatform } = await import('../backup/platform');
  const { PlatformRestore } = await import('../backup/platform-restore');
  const { clusterOf } = await import('../backup/backup');
  const backup = await choosePlatform(given.repository, { at: id, cluster: await clusterOf(given.kubectl) });
  const restore = await PlatformRestore.of(backup, given);
  const { id: found, time } = backup.snapshot;
  if (restore.isOver)
    process.stderr.write(
      `note: backup ${found} is back here, and what was done since stays: sandboxctl down, then the same again, puts it back once more\n`,
    );
  else if (!yes)
    await confirm(
      `this makes the platform of ${when(time)} in this cluster, and replaces files of environments`,
      'yes',
    );
  return restore.run();
}
