import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Options, Result } from 'execa';
import { Failure } from './failure';
import { expectUninterrupted, isInterrupted } from './interruption';
import { shownOnly } from './output';

/** A program with its arguments. */
export type CommandLine = readonly [program: string, ...args: string[]];

export type Ended = Result<{ reject: false; encoding: 'utf8' }>;

/** How to get what this command line runs. */
export const GET: Readonly<Record<string, string>> = {
  kubectl: 'https://kubernetes.io/docs/tasks/tools/',
  terraform: 'https://developer.hashicorp.com/terraform/install (1.11 or later)',
  restic: 'https://restic.net (0.18 or later)',
  kind: 'https://kind.sigs.k8s.io/docs/user/quick-start/',
  aws: 'https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html',
  az: 'https://learn.microsoft.com/cli/azure/install-azure-cli',
};

/** What is done while a program runs. */
export interface Meanwhile {
  /** Gets each line that it prints. */
  readonly onLine?: (line: string) => void;
  /** Gets each line of its standard error, which is kept nevertheless. */
  readonly onError?: (line: string) => void;
  /** Gets the size of each piece that it prints, none of which is kept. */
  readonly onBytes?: (count: number) => void;
  /** Interrupts it, and once more where it goes on for `INTERRUPT_MS`. */
  readonly signal?: AbortSignal;
}

/** Until a program that is asked to end is asked again. */
const INTERRUPT_MS = 10_000;

/**
 * Runs a program to its end, whatever that is.
 * @throws Failure - when there is no such program, or it fails because somebody interrupts: a terminal asks it to end as well
 */
export async function run(
  program: string,
  args: readonly string[],
  options: Options = {},
  { onLine, onError, onBytes, signal }: Meanwhile = {},
): Promise<Ended> {
  const { execa } = await import('execa');
  tell(program, args);
  const isLate = isInterrupted();
  const running = execa(program, [...args], {
    ...options,
    ...((onLine || onBytes) && { buffer: { stdout: false } }),
    ...(onError && { stderr: heard(onError) }),
    reject: false,
  });
  const stop = () => {
    running.kill('SIGINT');
    setTimeout(() => running.kill('SIGINT'), INTERRUPT_MS).unref();
  };
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  if (onBytes) running.stdout?.on('data', (piece: Buffer) => onBytes(piece.length));
  if (onLine) for await (const line of running.iterable({ from: 'stdout' })) onLine(String(line));
  const ended = await running;
  signal?.removeEventListener('abort', stop);
  // What is begun later cleans up.
  if (ended.exitCode !== 0 && !isLate) expectUninterrupted();
  return expectFound(ended, program);
}

/** Has somebody hear each line of a stream, which goes on. */
const heard = (hear: (line: string) => void) =>
  function* (line: unknown): Generator<unknown> {
    hear(String(line));
    yield line;
  };

/**
 * The same for a program that goes on when this one is killed. It writes to files, which are gone with it: its next
 * word into a pipe that nobody reads would be its last. Asked to end twice, this one leaves it to its work.
 * @param options with the folder that it runs in, where the files are
 */
export async function runLasting(
  program: string,
  args: readonly string[],
  options: Options & { readonly cwd: string },
  meanwhile: Pick<Meanwhile, 'signal'> = {},
): Promise<Ended> {
  const files = [unnamedFile(options.cwd), unnamedFile(options.cwd)];
  try {
    // Its types know no number above 9.
    const [stdout, stderr] = files.map(({ writer }) => writer as 9);
    const ended = await run(program, args, { ...options, stdout, stderr, cleanup: false }, meanwhile);
    const [said, complained] = files.map(({ reader }) => readFileSync(reader, 'utf8'));
    return { ...ended, stdout: said, stderr: complained };
  } finally {
    for (const { writer, reader } of files) for (const file of [writer, reader]) closeSync(file);
  }
}

/** A file that only those know who have it open. */
function unnamedFile(folder: string): { readonly writer: number; readonly reader: number } {
  const path = join(folder, `.${randomUUID()}`);
  const writer = openSync(path, 'wx', 0o600);
  const reader = openSync(path, 'r');
  unlinkSync(path);
  return { writer, reader };
}

/**
 * Runs two programs, the second reading what the first writes, to their ends.
 * @param meanwhile is of the second one, but for the bytes that it reads
 */
export async function piped(
  from: CommandLine,
  to: CommandLine,
  options: Options = {},
  { onError, onBytes }: Pick<Meanwhile, 'onError' | 'onBytes'> = {},
): Promise<[Ended, Ended]> {
  const { execa } = await import('execa');
  const [[source, ...given], [target, ...taken]] = [from, to];
  const isLate = isInterrupted();
  tell(source, given);
  tell(target, taken);
  const writing = execa(source, given, { ...options, buffer: { stdout: false }, reject: false });
  if (onBytes) writing.stdout?.on('data', (piece: Buffer) => onBytes(piece.length));
  const reading = await writing.pipe(target, taken, { ...(onError && { stderr: heard(onError) }), reject: false });
  const written = await writing;
  if ((written.exitCode !== 0 || reading.exitCode !== 0) && !isLate) expectUninterrupted();
  return [expectFound(written, source), expectFound(reading, target)];
}

/** Shows what is run, to who asks for it. */
function tell(program: string, args: readonly string[]): void {
  if (/^(1|true|yes)$/i.test(process.env.DEBUG ?? '')) process.stderr.write(`+ ${[program, ...args].join(' ')}\n`);
}

function expectFound(ended: Result, program: string): Ended {
  if (ended.code !== 'ENOENT') return ended as Ended;
  const from = GET[program] ? `: get it from ${GET[program]}` : '';
  throw new Failure(`${program} is not on PATH${from}`);
}

/** What a program says, which must succeed. @throws Failure - with the end of what it says */
export async function answer(program: string, args: readonly string[], options: Options = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await run(program, args, options);
  if (exitCode !== 0) throw new Failure(`${program} ${args.slice(0, 3).join(' ')}: ${lastLines(stderr || stdout, 5)}`);
  return stdout;
}

/** The end of a text, which is where programs say what went wrong. */
export const lastLines = (text: string, count: number): string =>
  shownOnly(text)
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .slice(-count)
    .join('; ');
