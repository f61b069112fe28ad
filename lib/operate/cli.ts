#!/usr/bin/env node
import { Failure, placeRefused } from './failure';
import { addCompletionStub, COMPLETION, makeProgram } from './program';

/** Exit statuses: 0 done, 1 something to mend, 2 not understood, 70 a fault of this program, 130 interrupted. */
async function main(argv: readonly string[]): Promise<void> {
  const program = makeProgram();
  // Whoever reads the first lines alone is no fault.
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 70));
  try {
    // Asked for by shells alone: everybody else need not wait for it to load.
    if (argv[2] === COMPLETION || argv[2] === 'complete')
      (await import('@bomb.sh/tab/commander')).default(program, { completionCommandName: COMPLETION });
    else addCompletionStub(program);
    await program.parseAsync([...argv]);
  } catch (thrown) {
    const error = placeRefused(thrown) ?? thrown;
    const lines = error instanceof Failure ? error.message : String((error as Error).stack);
    for (const line of lines.split('\n')) process.stderr.write(`sandboxctl: ${line}\n`);
    process.exit(error instanceof Failure ? error.status : 70);
  }
}

if (require.main === module) void main(process.argv);
