import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Benchmark, Figure, Outcome } from './figures';
import { TIME } from './measure';
import { ROOT } from './program';

/** MiB that are kept and put back. */
const [SMALL, LARGE] = [64, 1024];

/** Peaks in MB of the program and of restic. */
interface Peaks {
  readonly program: number;
  readonly restic: number;
}

/** Has what is run as restic write down what memory it took. */
function watched(folder: string, restic: string): string {
  const path = join(folder, 'restic');
  writeFileSync(path, `#!/bin/sh\nexec ${TIME} --quiet --format=%M --append --output=${folder}/peaks ${restic} "$@"\n`);
  chmodSync(path, 0o755);
  return folder;
}

function peaksOf(home: string, size: number, restic: string): Peaks {
  const folder = join(home, String(size));
  mkdirSync(folder);
  const env = {
    ...process.env,
    PATH: `${watched(folder, restic)}:${process.env.PATH}`,
    RESTIC_PASSWORD: 'of a benchmark',
    RESTIC_CACHE_DIR: join(folder, 'cache'),
  };
  const program = ['--import', join(ROOT, 'node_modules/tsx/dist/loader.mjs'), join(ROOT, 'bench/keeping.ts')];
  const said = execFileSync(process.execPath, [...program, join(folder, 'kept'), String(size)], { env });
  const peaks = readFileSync(join(folder, 'peaks'), 'utf8').trim().split('\n').map(Number);
  return { program: Number(said), restic: Math.max(...peaks) / 1024 };
}

function measure(folder: string): Outcome {
  const restic = spawnSync('sh', ['-c', 'command -v restic'], { encoding: 'utf8' }).stdout.trim();
  if (!restic) return { skipped: '"restic" is not on PATH' };
  if (!existsSync(TIME)) return { skipped: 'GNU time is not installed' };
  const [small, large] = [SMALL, LARGE].map((size) => peaksOf(folder, size, restic));
  const figure = (of: keyof Peaks): Figure => ({
    name: `peak of ${of === 'restic' ? of : 'this program'}`,
    unit: 'MB',
    ours: large[of],
    reference: small[of],
  });
  return [figure('program'), figure('restic')];
}

export const BACKUP: Benchmark = {
  name: `memory of backup and restore, ${LARGE} MiB (reference: ${SMALL} MiB)`,
  run: measure,
};
