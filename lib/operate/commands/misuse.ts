import type { Command } from 'commander';
import { MISUSE } from '../exits';
import { Failure } from '../failure';
import { another, nonEmpty } from './values';

/** A command line that was understood word by word. */
export interface Given {
  // biome-ignore lint/suspicious/noExplicitAny: options of every command
  readonly options: any;
  // biome-ignore lint/suspicious/noExplicitAny: arguments of every command
  readonly args: readonly any[];
  /** Whether an option was said, and is not what counts without. */
  readonly isSaid: (option: string) => boolean;
}

/**
 * Refuses what contradicts itself or says too little, before anybody is asked anything and any cluster is looked at: an
 * option that another one has no use for would be lost without a word.
 * @param why what is wrong and what to give instead; nothing where all is well
 */
export function refuse(command: Command, why: (given: Given) => string | false | undefined): Command {
  return command.hook('preAction', (_, chosen) => {
    const isSaid = (option: string) => !['default', undefined].includes(chosen.getOptionValueSource(option));
    const said = why({ options: chosen.opts(), args: chosen.processedArgs, isSaid });
    if (said) throw new Failure(said, MISUSE);
  });
}

/** What others' programs get as it is, where an empty word may be meant. */
const PASSED_ON = ['arguments', 'command'];

/** Refuses empty values of all options and arguments that read theirs in no way of their own. */
export function refuseEmpty(command: Command): void {
  for (const own of command.commands) refuseEmpty(own);
  for (const option of command.options)
    if ((option.required || option.optional) && !option.parseArg) option.argParser(nonEmpty);
  for (const argument of command.registeredArguments) {
    if (argument.parseArg || PASSED_ON.includes(argument.name())) continue;
    if (argument.variadic) argument.argParser(another);
    else argument.argParser(nonEmpty);
  }
}

/** Has a variable that is set but empty count as none where it stands for an option, as it does elsewhere. */
export function forgetEmptyVariables(command: Command): void {
  for (const own of command.commands) forgetEmptyVariables(own);
  for (const { envVar } of command.options) if (envVar && process.env[envVar] === '') delete process.env[envVar];
}
