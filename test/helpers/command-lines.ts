import type { Command } from 'commander';
import { makeProgram } from '../../lib/operate/program';

/** All commands, each with the words that it is called by. */
const commands = (group: Command, path: readonly string[] = []): [string, Command][] =>
  group.commands.flatMap((command) => {
    const words = [...path, command.name()];
    return [[words.join(' '), command] as [string, Command], ...commands(command, words)];
  });
export const ALL_COMMANDS = commands(makeProgram());
/** All options that take a value, each with the command that it is of. */
export const ALL_OPTIONS = ALL_COMMANDS.flatMap(([path, { options }]) =>
  options
    .filter(({ required, optional }) => required || optional)
    .map((option) => ({ name: `${path} ${option.flags}`, option })),
);
