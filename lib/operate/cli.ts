#!/usr/bin/env node
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { forgetEmptyVariables } from './commands/misuse';
import { addExamples } from './examples';
import { FAULT } from './exits';
import { Failure, placeRefused } from './failure';
import { allReturned, endUnread } from './interruption';
import { hasAnswered } from './output';
import { addCompletionStub, COMPLETION, makeProgram } from './program';
import { endsSoFar } from './tasks';

/** Ends with one of `EXITS`. */
async function main(argv: readonly string[]): Promise<void> {
  const program = makeProgram();
  forgetEmptyVariables(program);
  let json = false;
  program.hook('preAction', (_, command) => {
    json = command.opts().json === true;
  });
  for (const stream of [process.stdout, process.stderr]) stream.on('error', endUnread);
  try {
    // Asked for by shells alone: everybody else need not wait for it to load.
    if (argv[2] === COMPLETION || argv[2] === 'complete') await addCompletion(program);
    else addCompletionStub(program);
    await program.parseAsync([...argv]);
  } catch (thrown) {
    const error = placeRefused(thrown) ?? thrown;
    await allReturned();
    const failed = failedOf(error);
    const lines = [...failed.failure.split('\n'), ...(failed.mend ? [`mend: ${failed.mend}`] : [])];
    for (const line of lines) process.stderr.write(`sandboxctl: ${line}\n`);
    if (json && !hasAnswered()) await written(`${JSON.stringify({ ...failed, steps: endsSoFar() })}\n`);
    process.exit(failed.status);
  }
}

async function addCompletion(program: Command): Promise<void> {
  const [{ default: complete }, { completeNames }] = await Promise.all([
    import('@bomb.sh/tab/commander'),
    import('./completion'),
  ]);
  completeNames(complete(program, { completionCommandName: COMPLETION }), resolve('.'));
  addExamples(program, COMPLETION);
}

/** What a command that failed says, as its `--json` has it. */
function failedOf(error: unknown): { failure: string; mend?: string; status: number } {
  if (!(error instanceof Failure)) return { failure: String((error as Error).stack), status: FAULT };
  const { message: failure, mend, status } = error;
  return { failure, mend, status };
}

/** A pipe takes its time, and what it has not taken yet is lost at the end. */
const written = (text: string): Promise<void> => new Promise((done) => process.stdout.write(text, () => done()));

if (require.main === module) void main(process.argv);
