import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const NAME = 'agent-sandbox-platform';

/** The version of this program, as its package above a folder says; undefined where that is not there. */
export function ownVersion(folder = __dirname): string | undefined {
  const file = join(folder, 'package.json');
  const { name, version } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  if (name === NAME) return version;
  return dirname(folder) === folder ? undefined : ownVersion(dirname(folder));
}
