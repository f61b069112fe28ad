import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { startVault } from '../helpers/vault-server';

const folder = mkdtempSync(join(tmpdir(), 'start-'));
const { PATH } = process.env;
afterAll(() => {
  process.env.PATH = PATH;
  rmSync(folder, { recursive: true });
});

test('a Vault whose port somebody else took is started with another, some times, and waited for no longer', async () => {
  const program = join(folder, 'vault');
  writeFileSync(program, `#!/bin/sh\necho "$*" >>${folder}/starts\nexit 1\n`);
  chmodSync(program, 0o755);
  process.env.PATH = [folder, PATH].join(delimiter);
  await expect(startVault()).rejects.toThrow('vault ended with 1');
  const ports = readFileSync(join(folder, 'starts'), 'utf8').match(/127\.0\.0\.1:\d+/g);
  expect(ports).toHaveLength(3);
});
