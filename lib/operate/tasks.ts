import type { ListrTask } from 'listr2';
import { Failure } from './failure';

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
}

/** Shows what a task waits for. Without a terminal, where nothing is overwritten, only what it did not wait for before. */
export function tellWaiting(task: { output: string }, late: readonly string[], before: readonly string[]): void {
  const told = process.stdout.isTTY ? late : late.filter((line) => !before.includes(line));
  if (told.length > 0) task.output = told.join('\n');
}

/** Runs tasks at once (one after the other where PARALLEL says so), each shown with its time; plain lines without a terminal. @throws Failure - with all that failed */
export async function runTasks(tasks: readonly ListrTask[], { json, atOnce }: Shown): Promise<TaskEnd[]> {
  const { Listr, PRESET_TIMER } = await import('listr2');
  const ends: TaskEnd[] = [];
  let status = 1;
  const timed = tasks.map(
    (task): ListrTask => ({
      ...task,
      task: async (context, wrapper) => {
        const start = performance.now();
        let failure: string | undefined;
        let result: unknown;
        try {
          result = await task.task(context, wrapper);
          return result;
        } catch (error) {
          failure = error instanceof Failure ? error.message : (error as Error).stack;
          if (error instanceof Failure && error.status !== 1) status = error.status;
          throw error;
        } finally {
          const seconds = (performance.now() - start) / 1000;
          const moved = typeof result === 'number' ? { bytes: result } : {};
          ends.push({ title: String(wrapper.title), seconds, ...moved, failure });
        }
      },
    }),
  );
  const list = new Listr(timed, {
    concurrent: /^(0|false|no)$/i.test(process.env.PARALLEL ?? '') ? false : (atOnce ?? true),
    exitOnError: false,
    renderer: json ? 'silent' : 'default',
    fallbackRenderer: json ? 'silent' : 'simple',
    rendererOptions: { timer: PRESET_TIMER, collapseErrors: false },
    fallbackRendererOptions: { timer: PRESET_TIMER },
    // Interrupts are this program's to handle: what runs is to come to a good end.
    registerSignalListeners: false,
  });
  await list.run();
  const failed = ends.filter(({ failure }) => failure !== undefined);
  if (failed.length > 0)
    throw new Failure(failed.map(({ title, failure }) => `${title}: ${failure}`).join('\n'), status);
  return ends;
}
