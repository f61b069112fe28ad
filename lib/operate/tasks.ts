import type { ListrTask, ListrTaskWrapper } from 'listr2';
import { FAULT } from './exits';
import { Failure } from './failure';
import { interrupted } from './interruption';

export interface Shown {
  /** Nothing but what a program asks for at the end. */
  readonly json?: boolean;
  /** How many run at once. @default - all of them */
  readonly atOnce?: number;
}

/** How what takes its time is shown, and for how long it is waited for. */
export interface Waiting extends Pick<Shown, 'json'> {
  readonly timeoutSec: number;
}

/** What became of a task. */
export interface TaskEnd {
  readonly title: string;
  readonly seconds: number;
  /** What it moved, if the task answers with that. */
  readonly bytes?: number;
  readonly failure?: string;
  /** What to do about that. */
  readonly mend?: string;
}

/** What helps wherever a step says nothing better. */
const MEND = 'sandboxctl doctor looks for the cause; the same command goes on';
const ENDING = 'comes to its end; interrupted once more, this ends at once';

/** What became of every task until now, for who asks for it when one fails. */
const told: TaskEnd[] = [];
export const endsSoFar = (): readonly TaskEnd[] => told;

/** Shows what a task waits for. Without a terminal, where nothing is overwritten, only what it did not wait for before. */
export function tellWaiting(task: { output: string }, late: readonly string[], before: readonly string[]): void {
  const told = process.stdout.isTTY ? late : late.filter((line) => !before.includes(line));
  if (told.length > 0) task.output = told.join('\n');
}

/** How a list of tasks goes. */
interface Course {
  readonly signal: AbortSignal;
  readonly running: Set<ListrTaskWrapper<unknown, never, never>>;
  /** In the order in which they ended. */
  readonly ends: TaskEnd[];
  readonly failures: Map<TaskEnd, unknown>;
}

/** The same task, of which is noted that it runs and how it ends; none begins once somebody interrupts. */
const noted = (task: ListrTask, { signal, running, ends, failures }: Course): ListrTask => ({
  ...task,
  task: async (context, wrapper) => {
    const start = performance.now();
    let failed: { readonly error: unknown } | undefined;
    let result: unknown;
    running.add(wrapper as never);
    try {
      signal.throwIfAborted();
      result = await task.task(context, wrapper);
      return result;
    } catch (error) {
      failed = { error };
      throw error;
    } finally {
      running.delete(wrapper as never);
      const seconds = (performance.now() - start) / 1000;
      const moved = typeof result === 'number' ? { bytes: result } : {};
      const end = { ...endOf(String(wrapper.title), seconds, failed), ...moved };
      if (failed) failures.set(end, failed.error);
      ends.push(end);
      told.push(end);
    }
  },
});

/** Runs tasks at once (one after the other where PARALLEL says so), each shown with its time; plain lines without a terminal. @throws Failure - with all that failed */
export async function runTasks(tasks: readonly ListrTask[], { json, atOnce }: Shown): Promise<TaskEnd[]> {
  const { Listr, PRESET_TIMER } = await import('listr2');
  const course: Course = { signal: interrupted(), running: new Set(), ends: [], failures: new Map() };
  const { signal, running, ends, failures } = course;
  const list = new Listr(
    tasks.map((task) => noted(task, course)),
    {
      concurrent: /^(0|false|no)$/i.test(process.env.PARALLEL ?? '') ? false : (atOnce ?? true),
      exitOnError: false,
      renderer: json ? 'silent' : 'default',
      fallbackRenderer: json ? 'silent' : 'simple',
      rendererOptions: { timer: PRESET_TIMER, collapseErrors: false },
      fallbackRendererOptions: { timer: PRESET_TIMER },
      // Interrupts are this program's to handle: what runs is to come to a good end.
      registerSignalListeners: false,
    },
  );
  const tellEnding = () => {
    for (const task of running) task.output = ENDING;
  };
  signal.addEventListener('abort', tellEnding, { once: true });
  await list.run().finally(() => signal.removeEventListener('abort', tellEnding));
  if (failures.size > 0) throw failureOf(failures, signal);
  return ends;
}

function endOf(title: string, seconds: number, failed?: { readonly error: unknown }): TaskEnd {
  if (!failed) return { title, seconds };
  const { error } = failed;
  if (!(error instanceof Failure)) return { title, seconds, failure: String((error as Error).stack) };
  return { title, seconds, failure: error.message, mend: error.mend ?? MEND };
}

/** All that failed, a line each; what was only interrupted, once. */
function failureOf(failures: ReadonlyMap<TaskEnd, unknown>, signal: AbortSignal): Failure {
  const [others, errors] = [[...failures].filter(([, error]) => error !== signal.reason), [...failures.values()]];
  const lines = others.map(([{ title, failure }]) => `${title}: ${failure}`);
  if (others.length < errors.length) lines.push((signal.reason as Failure).message);
  const known = errors.flatMap((error) => (error instanceof Failure ? [error.status] : []));
  const status = known.length < errors.length ? FAULT : (known.find((one) => one !== 1) ?? 1);
  return new Failure(lines.join('\n'), signal.aborted ? (signal.reason as Failure).status : status);
}
