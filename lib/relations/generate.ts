import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parsePlatform } from '../config';
import { pageOf } from './page';
import { reachOf } from './reach';

const ROOT = resolve(__dirname, '../..');
const NAME = 'platform.yaml';

/** The page of the platform that the repository comes with, whatever the environment here says. */
if (require.main === module)
  writeFileSync(
    resolve(ROOT, 'docs/REACH.md'),
    pageOf(reachOf(parsePlatform([{ name: NAME, text: readFileSync(resolve(ROOT, NAME), 'utf8') }]))),
  );
