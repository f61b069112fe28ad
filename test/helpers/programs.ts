import { spawnSync } from 'node:child_process';

/** Whether a program can be run here. */
const has = (program: string): boolean =>
  spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program], { stdio: 'ignore' }).status === 0;

/** What a name says where some of what it needs is missing; nothing where all is here. */
export const missing = (...programs: string[]): string => {
  const absent = programs.filter((program) => !has(program));
  return absent.length > 0 ? ` (skipped: no ${absent.join(', no ')} here)` : '';
};

/** A group of tests that run programs other than Node and a shell's own; skipped with the reason in its name. */
export function describeWith(programs: readonly string[], name: string, body: () => void): void {
  const reason = missing(...programs);
  (reason ? describe.skip : describe)(`${name}${reason}`, body);
}

/** The same for one test; what mostly waits may do so beside others. */
export function testWith(programs: readonly string[], name: string, body: () => unknown, { concurrent = false } = {}) {
  const reason = missing(...programs);
  const run = concurrent ? test.concurrent : test;
  (reason ? test.skip : run)(`${name}${reason}`, body as () => Promise<void>);
}
