import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { Kubectl } from '../cluster/kubectl';
import { DAYS, hoursText } from '../cluster/working-hours';
import { answerJson, say } from '../output';
import type { HoursSet } from '../platform/environments';
import type { TaskEnd } from '../tasks';
import { refuse } from './misuse';
import { addUpOptions, timeoutOption } from './platform';
import { clock, seconds, wholeNumber } from './values';

/** When which environments run, in the folder with platform.yaml, which is changed. */
export function addEnvironmentCommands(program: Command): void {
  addUpOptions(
    program
      .command('scale')
      .description('have so many numbered environments; 0 stops all, and their volumes stay')
      .argument('<number>', 'from 0 to 10000', wholeNumber(0, 10_000)),
  ).action(async (replicas: number, options) => {
    const { scale } = await import('../platform/environments');
    tell(await scale(replicas, { folder: resolve('.'), ...options }), options.json);
  });
  for (const [verb, running] of [
    ['start', true],
    ['stop', false],
  ] as const)
    addUpOptions(
      program
        .command(verb)
        .description(running ? 'start the environments of users' : 'stop the environments of users; their volumes stay')
        .argument('<user...>', 'as platform.yaml names them'),
    ).action(async (users: string[], options) => {
      const { run } = await import('../platform/environments');
      tell(await run(users, running, { folder: resolve('.'), ...options }), options.json);
    });
  addRestart(program);
  addSchedule(program);
}

function addRestart(program: Command): void {
  program
    .command('restart')
    .description('end environments and start them again, with their files; who works in one is told before')
    .argument('<environment...>', 'their names, or those of their users')
    .addOption(
      new Option('--warning <time>', 'time between that and the restart; nobody waits where there is no session')
        .argParser(seconds)
        .default(60, '1m'),
    )
    .addOption(timeoutOption())
    .option('--json', 'what became of each, as JSON')
    .addHelpText(
      'after',
      '\nSessions end with it. What has no terminal, such as an editor, is waited for, and cannot be told.\n\nExamples:\n  sandboxctl restart alice\n  sandboxctl restart devenv-0 devenv-1 --warning 10m\n  sandboxctl restart bob --warning 0s',
    )
    .action(async (names: string[], options) => {
      const { restart } = await import('../platform/restart');
      const ends = await restart(new Kubectl(), { names, ...options });
      if (options.json) answerJson(ends);
    });
}

/** Options that set them. */
const HOURS = ['from', 'to', 'days', 'timeZone', 'warning'];

function addSchedule(program: Command): void {
  addUpOptions(
    refuse(
      program.command('schedule'),
      ({ options: { off, ...given } }) =>
        off && HOURS.some((name) => given[name] !== undefined) && '--off ends the hours: give it alone',
    )
      .description('stop environments outside of working hours; their volumes stay, and who works is warned before')
      .option('--from <time>', 'time of day at which they start, such as 08:00')
      .option('--to <time>', 'time of day at which they stop; before --from it is one of the next day')
      .option('--days <days>', 'days on which the hours begin, such as mon-fri or mon,wed,sat', days)
      .option('--time-zone <name>', 'time zone of the hours, such as Europe/Berlin')
      .option('--warning <time>', 'time before the end at which who works is warned, such as 10m', clock)
      .option('--off', 'no hours any more: all environments start, and run until somebody stops them'),
  )
    .addHelpText(
      'after',
      `
Only what is given changes; without any of these, it shows the hours. Whoever needs an environment outside of them has
it by sandboxctl start (scale, for numbered ones) until their next end.

Examples:
  sandboxctl schedule --from 08:00 --to 19:00 --time-zone Europe/Berlin
  sandboxctl schedule --days mon-sat --warning 30m
  sandboxctl schedule
  sandboxctl schedule --off`,
    )
    .action(async ({ from, to, days: on, timeZone, warning, off, ...options }) => {
      const { endHours, hoursSet, setHours } = await import('../platform/environments');
      const folder = resolve('.');
      const all = Object.entries({ days: on, from, to, timeZone, warning });
      const hours = Object.fromEntries(all.filter(([, value]) => value !== undefined));
      const isGiven = Object.keys(hours).length > 0;
      if (off) return tell(await endHours({ folder, ...options }), options.json);
      if (isGiven) tell(await setHours(hours, { folder, ...options }), options.json);
      if (isGiven && options.json) return;
      const set = await hoursSet(folder);
      if (options.json) answerJson(set);
      else say(textOf(set));
    });
}

const textOf = ({ hours, environments, others }: HoursSet): string =>
  hours
    ? [
        `${hoursText(hours)}, with a warning ${hours.warningSec / 60} minutes before the end: ${environments.join(', ')}`,
        ...(others.length > 0 ? [`left out, or stopped: ${others.join(', ')}`] : []),
      ].join('\n')
    : 'no working hours: environments run until somebody stops them';

/** Days as people write them. */
function days(text: string): string[] {
  const listed = text.split(',').flatMap((span) => {
    const [first, last = first] = span.split('-').map((day) => DAYS.indexOf(day.trim().toLowerCase()));
    if (first < 0 || last < 0 || span.split('-').length > 2)
      throw new InvalidArgumentError(`give days or spans of ${DAYS.join(', ')}, such as mon-fri or mon,wed,sat`);
    return Array.from({ length: ((last - first + 7) % 7) + 1 }, (_, index) => (first + index) % 7);
  });
  return DAYS.filter((_, index) => listed.includes(index));
}

function tell(ends: readonly TaskEnd[], json: boolean | undefined): void {
  const ready = ends.find(({ title }) => title === 'environments Ready');
  if (json) answerJson(ends);
  else if (ready) say(`environments Ready after ${ready.seconds.toFixed(1)} s`);
}
