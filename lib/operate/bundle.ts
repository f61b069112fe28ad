// Writes build/lib/operate/cli.js, the command line in one file, and beside it the licences of what is in it.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { licences } from '../../images/bootstrap/licences';

const ROOT = resolve(__dirname, '../..');
const OUT = 'build/lib/operate';

const { metafile } = buildSync({
  entryPoints: ['lib/operate/cli.ts'],
  outfile: join(OUT, 'cli.js'),
  absWorkingDir: ROOT,
  bundle: true,
  minify: true,
  metafile: true,
  platform: 'node',
  target: 'node20',
  legalComments: 'none',
  logLevel: 'warning',
});
writeFileSync(join(ROOT, OUT, 'LICENSES.txt'), `${licences(ROOT, Object.keys(metafile.inputs)).join('\n\n---\n\n')}\n`);
