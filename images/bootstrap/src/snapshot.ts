import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** For each file of the archive what it is, and what Vault's own list says that it must be. */
const SUMS = `case "$TAR_FILENAME" in
SHA256SUMS) sed 's/^/must /' ;;
SHA256SUMS.*) cat >/dev/null ;;
*) printf 'is %s  %s\\n' "$(sha256sum | cut -c 1-64)" "$TAR_FILENAME" ;;
esac`;

/** OpenSSL decrypts in memory, and nothing beyond 2 GB: what cannot be read again is no backup. */
export const LARGEST = 1.5e9;

/** A program between two streams. `ended` fails unless it succeeds. */
function filter(program: string, ...args: string[]) {
  const child = spawn(program, args, { env: { PATH: process.env.PATH, LC_ALL: 'C' } });
  const reason = text(child.stderr);
  // It may end before it has read everything: its exit code says why.
  child.stdin.on('error', () => {});
  const ended = once(child, 'close').then(async ([code]) => {
    if (code !== 0) throw new Error(`${program}: exit ${code} ${(await reason).trim().split('\n')[0]}`);
  });
  return { input: child.stdin, output: child.stdout, ended, stop: () => child.kill('SIGKILL') };
}

async function feed(source: AsyncIterable<Buffer>, ...targets: Writable[]): Promise<void> {
  for await (const chunk of source) {
    const full = targets.filter((target) => !target.write(chunk));
    await Promise.all(full.map((target) => once(target, 'drain').catch(() => {})));
  }
  for (const target of targets) target.end();
}

async function drain(source: Readable, write: (chunk: Buffer) => Promise<void>): Promise<number> {
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > LARGEST) throw new Error(`the snapshot has more than ${LARGEST} bytes, which OpenSSL could not decrypt`);
    await write(chunk);
  }
  return size;
}

/** @throws unless the sums of all files are exactly those that Vault wrote into its archive */
export function compare(report: string): void {
  const said = (word: string) =>
    report
      .split('\n')
      .flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []))
      .sort();
  const [is, must] = [said('is'), said('must')];
  if (!must.some((line) => line.endsWith('  state.bin')))
    throw new Error('the snapshot is incomplete: no list of sums');
  if (is.join() !== must.join()) throw new Error('the snapshot is damaged: its files are not what its sums say');
}

/**
 * Encrypts Vault's snapshot for the certificate in `recipientFile` while it arrives, so that no disk sees it in clear.
 *
 * @returns the bytes written
 * @throws if the snapshot is not whole: what was written until then is worth nothing
 */
export async function seal(
  snapshot: AsyncIterable<Buffer>,
  recipientFile: string,
  write: (chunk: Buffer) => Promise<void>,
): Promise<number> {
  const sums = filter('tar', '-xzf', '-', `--to-command=${SUMS}`);
  const format = ['-binary', '-stream', '-aes-256-gcm', '-outform', 'DER'];
  const encrypt = filter('openssl', 'cms', '-encrypt', ...format, recipientFile);
  try {
    const [size, report] = await Promise.all([
      drain(encrypt.output, write),
      text(sums.output),
      feed(snapshot, sums.input, encrypt.input),
      sums.ended,
      encrypt.ended,
    ]);
    compare(report);
    return size;
  } finally {
    sums.stop();
    encrypt.stop();
  }
}
