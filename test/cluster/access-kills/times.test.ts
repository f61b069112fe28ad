import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { access, endAccess, NAME, PASSWORD } from '../support/access';
import { eventually } from '../support/eventually';
import { exec } from '../support/kubectl';
import { OpenSession } from '../support/open-session';
import { Person } from '../support/person';
import { ROOT, workFile } from '../support/platform';
import { must, type Outcome, run } from '../support/run';
import { clientOptions, withTunnel } from '../support/ssh';
import { missing } from '../support/stacks';
import { triedUnless } from '../support/tried';

const why = missing();
const tried = triedUnless(why);

/** By hand 30 connections, 500 MB and 50 sessions. */
const ROUNDS = Number(process.env.ROUNDS ?? 5);
/** Of less, connecting would be a part of the time that counts. */
const COPY_MB = Number(process.env.COPY_MB ?? 200);
/** Pairs of copies, one each way by turns. */
const COPIES = 3;
const SESSIONS = Number(process.env.SESSIONS ?? 10);
/** What connecting through Boundary may take more than directly. */
const MORE_SEC = 0.5;
/** What a copy through Boundary has at least of the direct one's rate. */
const SHARE = 0.7;

let alice: Person;

const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);

/** Seconds that each of several connections takes, sorted. */
async function times(connect: () => Promise<Outcome>): Promise<number[]> {
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    expect(await connect()).toMatchObject({ code: 0 });
    took.push((performance.now() - start) / 1000);
  }
  return sorted(took);
}

const at = (took: readonly number[], share: number) => took[Math.ceil(share * took.length) - 1];
const median = (values: readonly number[]) => at(sorted(values), 0.5);
const p50and95 = (took: readonly number[]) => `p50 ${at(took, 0.5).toFixed(2)} s, p95 ${at(took, 0.95).toFixed(2)} s`;

/** Prints a row of the table in docs/PERFORMANCE.md. */
const printRow = (...cells: string[]) => console.info(`| ${cells.join(' | ')} |`);

/** By the API server's way to the environment's Service, with a key of one's own. */
const direct = (...args: string[]) => [...clientOptions(), ...args];

beforeAll(async () => {
  if (why) return;
  // What people run is compiled.
  await must('npm', ['run', '--silent', '--prefix', ROOT, 'build']);
  const platform = await access();
  alice = new Person('alice', {}, [join(ROOT, 'build/lib/operate/cli.js')]);
  await alice.logIn(platform.addresses.boundary, PASSWORD);
  await alice.sandboxctl('ssh-config');
  writeFileSync(workFile('large'), randomBytes(1e6 * COPY_MB));
}, 900_000);

afterAll(endAccess);

tried(
  `connecting through Boundary takes at most ${MORE_SEC} s more than directly`,
  () =>
    withTunnel('devenv', NAME, async ({ port }) => {
      const straight = await times(() => run('ssh', direct('-p', String(port), 'node@127.0.0.1', 'true')));
      const through = await times(() => alice.ssh(NAME, 'true'));
      const inside = await times(() => exec({ namespace: 'devenv', pod: NAME }, ['true']));
      printRow(
        `\`ssh\` by name through Boundary, ${ROUNDS} times`,
        p50and95(through),
        `${p50and95(straight)} by a forwarded port and a key; \`kubectl exec\` ${p50and95(inside)}`,
      );
      expect(at(through, 0.5) - at(straight, 0.5)).toBeLessThan(MORE_SEC);
    }),
  600_000,
);

tried(
  `scp of ${COPY_MB} MB through Boundary has at least ${SHARE} of the direct rate`,
  () =>
    withTunnel('devenv', NAME, async ({ port }) => {
      const cipher = ['-o', 'Ciphers=aes128-gcm@openssh.com'];
      const copy = async (args: readonly string[], host: string) => {
        const start = performance.now();
        const options = { env: alice.env, seconds: 600 };
        await must('scp', [...args, ...cipher, workFile('large'), `${host}:/workspace/large`], options);
        return COPY_MB / ((performance.now() - start) / 1000);
      };
      const straight: number[] = [];
      const through: number[] = [];
      for (let pair = 0; pair < COPIES; pair++) {
        straight.push(await copy(direct('-P', String(port)), 'node@127.0.0.1'));
        through.push(await copy(['-F', alice.sshConfig], NAME));
      }
      const rate = (rates: readonly number[]) => `${median(rates).toFixed(0)} MB/s`;
      printRow(
        `\`scp\` of ${COPY_MB} MB through Boundary`,
        rate(through),
        `${rate(straight)} by a forwarded port, same cipher`,
      );
      expect(median(through) / median(straight)).toBeGreaterThanOrEqual(SHARE);
    }),
  2_400_000,
);

tried(
  `${SESSIONS} sessions at once on one worker`,
  async () => {
    const memory = async () => {
      const file = ['cat', '/proc/1/status'];
      const { stdout } = await exec({ namespace: 'boundary', pod: 'boundary-worker-0' }, file);
      return Number(/VmRSS:\s+(\d+) kB/.exec(stdout)?.[1]) / 1024;
    };
    const before = await memory();
    const sessions = await Promise.all(Array.from({ length: SESSIONS }, () => OpenSession.of(alice, NAME, 120)));
    await eventually(() => expect(sessions.filter(({ isOpen }) => isOpen)).toHaveLength(SESSIONS), 10);
    const mib = (value: number) => `${value.toFixed(0)} MiB`;
    printRow(`a worker's memory, ${SESSIONS} sessions at once`, mib(await memory()), `${mib(before)} before`);
    for (const session of sessions) session.close();
  },
  300_000,
);
