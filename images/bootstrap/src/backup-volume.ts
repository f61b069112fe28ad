import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Storage } from './backup';

const PARTIAL = '.partial';

/** A folder on a volume. A file has its name only when it is whole and on the disk. */
export function volume(folder: string): Storage {
  return {
    async begin(name) {
      await mkdir(folder, { recursive: true });
      const partial = join(folder, `${name}${PARTIAL}`);
      const file = await open(partial, 'wx', 0o600);
      return {
        write: (chunk) => file.appendFile(chunk),
        async commit() {
          await file.sync();
          await file.close();
          await rename(partial, join(folder, name));
          const directory = await open(folder);
          await directory.sync();
          await directory.close();
        },
        async discard() {
          await file.close().catch(() => {});
          await rm(partial, { force: true });
        },
      };
    },
    list: () => readdir(folder),
    remove: (name) => rm(join(folder, name)),
    async clean(before) {
      for (const name of (await readdir(folder)).filter((one) => one.endsWith(PARTIAL))) {
        if ((await stat(join(folder, name))).mtime < before) await rm(join(folder, name), { force: true });
      }
    },
  };
}
