import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KILL_HEAD, KILLED, killTable, type Seen } from '../helpers/kill-table';
import { ROOT } from './commands';

const written = (): string[] => {
  const text = readFileSync(join(ROOT, 'docs/ACCESS.md'), 'utf8');
  const [, table = ''] = /<!-- kills -->\n([\s\S]*?)\n<!-- end of kills -->/.exec(text) ?? [];
  return table.split('\n');
};

test('what a failure costs is told of everything that is killed, in the form that the test of it prints', () => {
  const [head, line, ...rows] = written();
  expect([head, line]).toEqual(KILL_HEAD);
  expect(rows.map((row) => row.split(' | ')[0])).toEqual(KILLED.map((killed) => `| ${killed}`));
  const said = /^the session (?:goes on|ends(?: \(".*"\))?|hangs until .*), the copy (?:completes|breaks)$/;
  for (const row of rows) expect(row.split(' | ')[1]).toMatch(said);
});

test('the table of what was killed has what the person saw, and for how long', () => {
  const base = { isCopied: true, silentSec: 0.44, againSec: 19.7 };
  const seen: Seen[] = [
    { ...base, killed: 'Keycloak', session: 'goes on' },
    { ...base, killed: "Boundary's worker", session: { ended: 'Broken | pipe\r\nclosed' }, isCopied: false },
    { ...base, killed: 'Vault, gone', session: 'hangs' },
  ];
  const [, , ...rows] = killTable(seen).split('\n');
  expect(rows).toEqual([
    '| Keycloak | the session goes on, the copy completes | 0.4 s of silence at most, 20 s until a new one opens |',
    '| Boundary\'s worker | the session ends ("Broken \\| pipe; closed"), the copy breaks | 20 s until a new one opens |',
    '| Vault, gone | the session hangs until ssh gives up after two minutes, the copy completes | 20 s until a new one opens |',
  ]);
});
