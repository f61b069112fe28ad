import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BACKUP } from './backup';
import { BENCHMARKS, type Figure } from './figures';
import { ROTATION } from './rotation';
import { UP_BENCHMARKS } from './up';
import { VAULT_BENCHMARKS } from './vault';

const ALL = [...BENCHMARKS, ...UP_BENCHMARKS, ...VAULT_BENCHMARKS, ROTATION, BACKUP];

const line = (name: string, { name: what, unit, ours, reference }: Figure) =>
  [
    `${name}: ${what}`.padEnd(64),
    ...[ours, reference].map((value) => `${value.toFixed(unit === 's' ? 2 : 0)} ${unit}`.padStart(9)),
    (ours / reference).toFixed(2).padStart(6),
  ].join('  ');

async function main(): Promise<void> {
  const pattern = new RegExp(process.argv[2] ?? '', 'i');
  console.log(`${'figure'.padEnd(64)}  ${'ours'.padStart(9)}  ${'reference'.padStart(9)}  ${'ratio'.padStart(6)}`);
  for (const { name, run } of ALL.filter((benchmark) => pattern.test(benchmark.name))) {
    const folder = mkdtempSync(join(tmpdir(), 'bench-'));
    try {
      const outcome = await run(folder);
      if ('skipped' in outcome) console.log(`${name}: skipped: ${outcome.skipped}`);
      else for (const figure of outcome) console.log(line(name, figure));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

main().catch((error) => {
  console.error(`error: ${(error as Error).message}`);
  process.exit(1);
});
