import { Worker } from 'node:worker_threads';
import { toYaml } from './yaml';

/** Objects of which a second thread is worth its start: those of some 200 users. */
const MANY = 1000;
/** Room for what lives no longer than one file; with less, most of a big platform's time goes into moving it about. */
const YOUNG_MB = 192;
/** Threads do not inherit what lets Node read TypeScript. */
const execArgv = () => (__filename.endsWith('.ts') ? ['--require', require.resolve('tsx/cjs')] : []);

/** Each file's YAML, in the order of the files; of many objects, a second thread writes while this one renders. */
export async function textsOf(
  files: Iterable<readonly [file: string, objects: readonly object[]]>,
  many = MANY,
): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  let thread: Thread | undefined;
  let objectsSoFar = 0;
  try {
    for (const [file, objects] of files) {
      // Sets the place in the order, also where the text comes later.
      texts.set(file, '');
      objectsSoFar += objects.length;
      if (objectsSoFar < many) texts.set(file, toYaml(objects));
      else {
        thread ??= new Thread((name, text) => texts.set(name, text));
        thread.write(file, objects);
      }
    }
    await thread?.finished();
  } finally {
    await thread?.end();
  }
  return texts;
}

/** A thread that turns files into YAML, one after the other. */
class Thread {
  private readonly worker = new Worker(require.resolve('./yaml-worker'), {
    execArgv: execArgv(),
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  });
  private readonly waiting: string[] = [];
  private readonly failed: Promise<never>;
  private drained = () => {};

  constructor(onText: (file: string, text: string) => void) {
    this.failed = new Promise((_, reject) => this.worker.on('error', reject));
    // Whoever waits in finished() is told; until then a failure only waits.
    this.failed.catch(() => {});
    this.worker.on('message', (text: string) => {
      onText(this.waiting.shift() as string, text);
      if (this.waiting.length === 0) this.drained();
    });
  }

  write(file: string, objects: readonly object[]): void {
    this.waiting.push(file);
    this.worker.postMessage(JSON.stringify(objects));
  }

  finished(): Promise<void> {
    const drained = new Promise<void>((resolve) => {
      this.drained = resolve;
    });
    return Promise.race([this.waiting.length === 0 ? Promise.resolve() : drained, this.failed]);
  }

  end(): Promise<number> {
    return this.worker.terminate();
  }
}
