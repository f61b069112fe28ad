import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seal } from '../../images/bootstrap/src/snapshot';

const folder = mkdtempSync(join(tmpdir(), 'snapshot-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (...names: string[]) => join(folder, ...names);

const hasPrograms = (() => {
  try {
    execFileSync('sh', ['-c', 'openssl version | grep -q "OpenSSL 3" && tar --version | grep -q GNU']);
    return true;
  } catch {
    return false;
  }
})();

(hasPrograms ? describe : describe.skip)('sealing (needs OpenSSL 3 and GNU tar)', () => {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const state = Buffer.alloc(3 << 20, 'state of a Vault ');

  /** An archive as Vault's are, with what its list says of the state. */
  function archive(name: string, listed?: Buffer): Buffer {
    mkdirSync(path(name), { recursive: true });
    const sum = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    writeFileSync(path(name, 'meta.json'), '{}');
    writeFileSync(path(name, 'state.bin'), state);
    if (listed)
      writeFileSync(path(name, 'SHA256SUMS'), `${sum(Buffer.from('{}'))}  meta.json\n${sum(listed)}  state.bin\n`);
    writeFileSync(path(name, 'SHA256SUMS.sealed'), 'opaque');
    const files = ['meta.json', 'state.bin', ...(listed ? ['SHA256SUMS'] : []), 'SHA256SUMS.sealed'];
    return execFileSync('tar', ['-czf', '-', '-C', path(name), ...files], { maxBuffer: 1 << 26 });
  }

  async function sealed(...chunks: Buffer[]): Promise<Buffer> {
    const written: Buffer[] = [];
    const source = (async function* () {
      yield* chunks;
    })();
    const size = await seal(source, path('rsa.crt'), async (chunk) => void written.push(chunk));
    expect(Buffer.concat(written)).toHaveLength(size);
    return Buffer.concat(written);
  }

  beforeAll(() => {
    for (const [name, key] of Object.entries({
      rsa: ['rsa:2048'],
      ec: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
    })) {
      const files = ['-keyout', path(`${name}.key`), '-out', path(`${name}.crt`)];
      openssl('req', '-x509', '-newkey', ...key, '-nodes', '-days', '1', '-subj', '/CN=backup', ...files);
    }
  });

  // SECURITY.md: "the key that opens snapshots of Vault | Where it stands: with you alone"
  // SECURITY.md: "What is stored is encrypted once more, to your certificate"
  test('only the private key opens it', async () => {
    const snapshot = archive('whole', state);
    writeFileSync(path('sealed'), await sealed(snapshot.subarray(0, 1000), snapshot.subarray(1000)));
    const open = (key: string) =>
      execFileSync(
        'openssl',
        ['cms', '-decrypt', '-binary', '-inform', 'DER', '-in', path('sealed'), '-inkey', path(key)],
        {
          maxBuffer: 1 << 26,
          stdio: ['ignore', 'pipe', 'ignore'],
        },
      );
    expect(open('rsa.key').equals(snapshot)).toBe(true);
    expect(() => open('ec.key')).toThrow();
  });

  // SECURITY.md: "to your certificate, while it arrives: it is in no file before."
  test('no file is written while it is encrypted', async () => {
    const before = readdirSync('.');
    await sealed(archive('whole', state));
    expect(readdirSync('.')).toEqual(before);
  });

  test('what is cut off, damaged, unlisted or nothing at all is refused', async () => {
    const whole = archive('whole', state);
    // Either sees the end of its input: whoever says so first.
    await expect(sealed(whole.subarray(0, whole.length - 100))).rejects.toThrow(/^(tar: exit 2|openssl: exit )/);
    await expect(sealed(archive('changed', Buffer.from('another')))).rejects.toThrow('damaged');
    await expect(sealed(archive('unlisted'))).rejects.toThrow('incomplete');
    await expect(sealed()).rejects.toThrow(/^(tar: exit 2|openssl: exit )/);
  });

  test('a storage that fails is the reason', async () => {
    const source = (async function* () {
      yield archive('whole', state);
    })();
    const full = async () => Promise.reject(new Error('no space left'));
    await expect(seal(source, path('rsa.crt'), full)).rejects.toThrow('no space left');
  });
});
