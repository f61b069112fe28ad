/** Between lines where none is overwritten. */
const PLAIN_MS = 10_000;
const WIDTH = 20;
const MIB = 2 ** 20;
const MINUTE_SEC = 60;

/** Bytes as people read them. */
export const mib = (bytes: number): string => `${(bytes / MIB).toFixed(0)} MiB`;

/** How far something is: so many bytes of those that there are, as far as that is known by then. */
export type Tell = (bytes: number, total?: number) => void;

/** What knows how to show a progress. */
export interface Shown {
  /** @default - whether a terminal is there */
  readonly isTerminal?: boolean;
  /** Milliseconds since some time. */
  readonly now?: () => number;
}

/** Shows in a task how far it is: a bar that moves, without a terminal a line now and then. */
export function progressOf(task: { output: string }, { isTerminal, now = () => performance.now() }: Shown = {}): Tell {
  const isMoving = isTerminal ?? process.stdout.isTTY === true;
  const start = now();
  let told = start;
  return (bytes, total) => {
    const time = now();
    if (!isMoving && time - told < PLAIN_MS) return;
    told = time;
    task.output = (isMoving ? bar(bytes, total) : '') + words(bytes, total, (time - start) / 1000);
  };
}

/** What was expected may be less than what comes: it is never more than all. */
const partOf = (bytes: number, total: number): number => Math.min(bytes / total, 0.99);

function bar(bytes: number, total: number | undefined): string {
  if (!total) return '';
  const full = Math.round(partOf(bytes, total) * WIDTH);
  return `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} `;
}

function words(bytes: number, total: number | undefined, seconds: number): string {
  const rate = seconds > 0 ? bytes / seconds : 0;
  const fast = rate > 0 ? [`${(rate / MIB).toFixed(rate < 10 * MIB ? 1 : 0)} MiB/s`] : [];
  if (!total) return [mib(bytes), ...fast].join(', ');
  const left = rate > 0 && total > bytes ? [`${duration((total - bytes) / rate)} left`] : [];
  const percent = `${(partOf(bytes, total) * 100).toFixed(0)} %`;
  return [percent, `${mib(bytes)} of ${mib(Math.max(bytes, total))}`, ...fast, ...left].join(', ');
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < MINUTE_SEC) return `${whole} s`;
  const minutes = Math.ceil(seconds / MINUTE_SEC);
  return minutes < MINUTE_SEC ? `${minutes} min` : `${Math.floor(minutes / MINUTE_SEC)} h ${minutes % MINUTE_SEC} min`;
}
