import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from '../../constructs/core/packed';
import { configuration } from '../../images/bootstrap/src/program';

const folder = mkdtempSync(join(tmpdir(), 'program-'));
const { argv } = process;
afterAll(() => {
  process.argv = argv;
  rmSync(folder, { recursive: true });
});

test('a program has the values that are packed beside its configuration', () => {
  const policies = Array.from({ length: 20_000 }, (_, number) => `platform-${number}`);
  writeFileSync(join(folder, 'config.json'), '{"keys": {"namespace": "a"}}');
  process.argv = [argv[0], 'program.mjs', join(folder, 'config.json')];
  expect(configuration()).toEqual({ keys: { namespace: 'a' } });
  writeFileSync(join(folder, 'grants.json.br'), Buffer.from(pack({ policies }) ?? '', 'base64'));
  expect(configuration()).toEqual({ keys: { namespace: 'a' }, grants: { policies } });
});

test('what is short is not packed', () => {
  expect(pack({ policies: ['a'] })).toBeUndefined();
  expect(pack(undefined)).toBeUndefined();
});
