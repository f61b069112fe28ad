import { execFile } from 'node:child_process';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Seconds until it is killed. @default 120 */
  readonly seconds?: number;
}

/** Runs a program to its end, whatever that is. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { input = '', env, seconds = 120 } = options;
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      { timeout: seconds * 1000, maxBuffer: 64 << 20, env: { ...process.env, ...env } },
      (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0;
        resolve({ code, stdout, stderr: stderr || (error?.message ?? '') });
      },
    );
    // A program that ends without reading is no error of ours.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

/** Runs a program that has to succeed, and returns what it writes. */
export async function must(program: string, args: readonly string[], options?: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, options);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: exit ${code}\n${stderr}${stdout}`);
  return stdout;
}

export const hasProgram = async (name: string): Promise<boolean> =>
  (await run('sh', ['-c', 'command -v "$1"', 'sh', name])).code === 0;
