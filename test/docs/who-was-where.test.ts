import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { testWith } from '../helpers/programs';
import { whoWasWhere } from './who-was-where';

const session = (id: string, since: string, more = {}) => ({
  id,
  user: 'alice',
  userId: 'u_alice',
  target: 'devenv-alice',
  since: `2026-11-30T${since}Z`,
  ...more,
});
const login = (at: string, id: string, serial: string) =>
  `2026-11-30T${at}Z Accepted publickey for node from 10.1.2.3 port 41234 ssh2: ED25519-CERT SHA256:abc ID ${id} (serial ${serial}) CA ED25519 SHA256:def`;

/** As Boundary lists them, the last one first. */
const SESSIONS = [
  session('s_late', '10:05:00.100000'),
  session('s_unused', '10:00:30.100000'),
  session('s_second', '10:00:10.200000'),
  session('s_elsewhere', '10:00:10.300000', { target: 'devenv-bob' }),
  session('s_bob', '10:00:10.250000', { user: 'bob', userId: 'u_bob' }),
  session('s_first', '10:00:00.100000'),
];
const LOG = [
  '2026-11-30T09:59:59.000000000Z Server listening on 0.0.0.0 port 2222.',
  login('10:00:00.900000000', 'u_alice', '18446744073709551615'),
  login('10:00:10.900000000', 'u_alice', '22'),
  login('10:00:11.000000000', 'u_bob', '33'),
  '2026-11-30T10:00:12.000000000Z Accepted publickey for node from 10.1.2.3 port 4 ssh2: ED25519 SHA256:abc',
  // Again with the first certificate, which is good for three minutes.
  login('10:00:20.000000000', 'u_alice', '18446744073709551615'),
  login('10:04:00.000000000', 'u_alice', '44'),
  login('10:05:00.500000000', 'u_alice', '55'),
  // Of another zone, whose times are no order with those of Boundary.
  login('10:05:01.500000000', 'u_alice', '66').replace('Z ', '+02:00 '),
];

testWith(['jq'], 'one query ties person, session, serial number and environment together', () => {
  const work = mkdtempSync(join(tmpdir(), 'who-was-where-'));
  const said = { sandboxctl: JSON.stringify(SESSIONS), kubectl: LOG.join('\r\n') };
  for (const [name, text] of Object.entries(said)) {
    writeFileSync(join(work, `${name}.said`), `${text}\n`);
    writeFileSync(join(work, name), `#!/bin/sh\nexec cat "$0.said"\n`);
    chmodSync(join(work, name), 0o755);
  }
  const env = { ...process.env, PATH: [work, process.env.PATH].join(delimiter) };
  const { stdout, stderr, status } = spawnSync('sh', ['-c', whoWasWhere()], { env, encoding: 'utf8' });
  rmSync(work, { recursive: true });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => line.split('\t').slice(1));
  expect(rows).toEqual([
    ['alice', 's_first', '18446744073709551615', 'devenv-alice'],
    ['alice', 's_second', '22', 'devenv-alice'],
    ['bob', 's_bob', '33', 'devenv-alice'],
    ['u_alice', '-', '44', 'devenv-alice'],
    ['alice', 's_late', '55', 'devenv-alice'],
  ]);
});
