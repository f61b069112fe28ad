import { S3Server } from '../support/backup';
import { becomesReady, inside, prepare, succeeds, whyNot } from '../support/files-backup';
import { kubectl } from '../support/kubectl';
import { isFound, workFile } from '../support/platform';
import { triedUnless } from '../support/tried';

/** How much is moved to see how fast that is, in MiB and files; by hand, 2048 in 50000. */
const SIZE_MIB = Number(process.env.SIZE_MIB ?? 128);
const FILES = Number(process.env.FILES ?? 3000);
const IS_LONG = SIZE_MIB >= 2048;
/** How many times as fast as the way of the original. */
const FASTER = 3;

/** Files of text and random bytes, as sources and what is built of them. */
const MAKE_FILES = `
const { mkdirSync, writeFileSync } = require("node:fs");
const { randomBytes } = require("node:crypto");
const [count, size] = process.argv.slice(1).map(Number);
for (let i = 0; i < count; i++) {
  const folder = "/workspace/many/" + (i % 100);
  if (i < 100) mkdirSync(folder, { recursive: true });
  const half = randomBytes(Math.floor(size / 2));
  writeFileSync(folder + "/" + i, Buffer.concat([half, Buffer.from(half.toString("hex")).subarray(0, half.length)]));
}`;

const tried = triedUnless(whyNot);

beforeAll(async () => {
  if (!whyNot) await prepare();
}, 400_000);

tried(
  `${SIZE_MIB} MiB in ${FILES} files take a part of the time that the original's way takes`,
  async () => {
    await inside(
      `rm -rf /workspace/many; node -e '${MAKE_FILES}' ${FILES} ${Math.floor((SIZE_MIB * 2 ** 20) / FILES)}`,
    );
    const seconds = async (use: () => Promise<unknown>) => {
      const start = performance.now();
      await use();
      return (performance.now() - start) / 1000;
    };
    const archive = workFile('original.tgz');
    const cp = (from: string, to: string) => kubectl(['cp', '--retries=3', from, to], { seconds: 900 });
    const original = {
      backup: await seconds(async () => {
        await inside('tar czf /tmp/backup.tar.gz /workspace 2>/dev/null');
        await cp('devenv/devenv-0:/tmp/backup.tar.gz', archive);
      }),
      restore: await seconds(async () => {
        await cp(archive, 'devenv/devenv-0:/tmp/backup.tar.gz');
        // It ends with an error where roots of volumes are somebody else's.
        await inside('tar xzf /tmp/backup.tar.gz -C / 2>/dev/null || true');
      }),
    };
    await inside('rm /tmp/backup.tar.gz');
    const server = isFound('versitygw') ? await S3Server.startOutside(7072) : undefined;
    const measured = async (to: string, more?: Record<string, string>) => ({
      backup: await seconds(() => succeeds(['backup', 'devenv-0', '--to', to], more)),
      again: await seconds(() => succeeds(['backup', 'devenv-0', '--to', to], more)),
      restore: await seconds(async () => {
        await succeeds(['restore', 'devenv-0', '--from', to, '--yes'], more);
      }),
      ready: await seconds(() => becomesReady('devenv-0')),
      verify: await seconds(() => succeeds(['backups', '--from', to, '--verify'], more)),
    });
    try {
      const ours = await measured(workFile('fast'));
      const direct = server && (await measured(server.repository('fast'), S3Server.client()));
      console.info(
        `the original's way ${JSON.stringify(original)}, to a folder ${JSON.stringify(ours)}, to a bucket ${JSON.stringify(direct)}`,
      );
      expect(await inside('find /workspace/many -type f | wc -l')).toBe(`${FILES}\n`);
      if (IS_LONG && direct) {
        expect(original.backup / direct.backup).toBeGreaterThan(FASTER);
        expect(original.restore / direct.restore).toBeGreaterThan(FASTER);
      }
    } finally {
      server?.stop();
    }
    await inside('rm -rf /workspace/many');
  },
  1_800_000,
);
