import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { credentials } from '../../images/bootstrap/src/aws-credentials';
import { backUp, type Make, nameAt, type Storage, surplus } from '../../images/bootstrap/src/backup';
import { s3 } from '../../images/bootstrap/src/backup-s3';
import { volume } from '../../images/bootstrap/src/backup-volume';
import { seal } from '../../images/bootstrap/src/snapshot';

jest.mock('../../images/bootstrap/src/program', () => ({ log: () => {} }));

const folder = mkdtempSync(join(tmpdir(), 'backup-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (...names: string[]) => join(folder, ...names);

const day = (date: number) => new Date(Date.UTC(2026, 10, date, 3));
const names = (...dates: number[]) => dates.map((date) => nameAt(day(date)));
const content: Make = async (write) => {
  await write(Buffer.from('some'));
  await write(Buffer.from('thing'));
  return 9;
};
const broken: Make = async (write) => {
  await write(Buffer.from('some'));
  throw new Error('not whole');
};

describe('what is kept', () => {
  test('is as many as shall be, the newest ones', () => {
    expect(nameAt(day(3))).toBe('vault-20261103T030000Z.snap.cms');
    expect(surplus(names(4, 1, 3, 2), names(4)[0], 2)).toEqual(names(2, 1));
    expect(surplus(names(1, 2), names(2)[0], 2)).toEqual([]);
  });

  test('has the one just made, also with a clock that went back, or if only one is kept', () => {
    expect(surplus(names(1, 8, 9), names(1)[0], 2)).toEqual(names(8));
    expect(surplus(names(1, 2), names(2)[0], 1)).toEqual(names(1));
  });

  test('has whatever is no snapshot of Vault', () => {
    expect(surplus(['lost+found', 'vault.snap', `${names(1)[0]}.partial`], names(2)[0], 1)).toEqual([]);
  });
});

/** A storage in memory that tells what was asked of it. */
function recorder(...there: string[]) {
  const calls: string[] = [];
  const storage: Storage = {
    begin: async (name) => ({
      write: async () => {},
      commit: async () => void calls.push(`commit ${name}`),
      discard: async () => void calls.push(`discard ${name}`),
    }),
    list: async () => there,
    remove: async (name) => void calls.push(`remove ${name}`),
    clean: async (before) => void calls.push(`clean ${before.toISOString()}`),
  };
  const run = (make: Make, retention: number | 'all') =>
    backUp({ retention, deadlineSec: 3600 }, storage, make, async () => void calls.push('told'), day(3));
  return { calls, run };
}

describe('a run', () => {
  const [first, second, third] = names(1, 2, 3);

  test('stores, tells, and only then removes', async () => {
    const { calls, run } = recorder(first, second, third);
    await run(content, 1);
    const removed = [`remove ${second}`, `remove ${first}`];
    expect(calls).toEqual([`commit ${third}`, 'told', ...removed, 'clean 2026-11-03T02:00:00.000Z']);
  });

  test('that fails removes nothing but what it began', async () => {
    const { calls, run } = recorder(first, second);
    await expect(run(broken, 1)).rejects.toThrow('not whole');
    expect(calls).toEqual([`discard ${third}`]);
  });

  test('that leaves removal to the bucket only stores', async () => {
    const { calls, run } = recorder(first);
    await run(content, 'all');
    expect(calls).toEqual([`commit ${third}`, 'told']);
  });
});

describe('a volume', () => {
  test('has no file of a final name before all of it is there', async () => {
    const storage = volume(path('volume'));
    const pending = await storage.begin('a');
    await content(pending.write);
    expect(readdirSync(path('volume'))).toEqual(['a.partial']);
    await pending.commit();
    expect(readdirSync(path('volume'))).toEqual(['a']);
    expect(readFileSync(path('volume', 'a'), 'utf8')).toBe('something');
  });

  test('forgets what was discarded, and what nobody goes on with', async () => {
    const storage = volume(path('volume'));
    await (await storage.begin('b')).discard();
    for (const name of ['old.partial', 'new.partial']) writeFileSync(path('volume', name), '');
    utimesSync(path('volume', 'old.partial'), day(1), day(1));
    await storage.clean(day(2));
    expect(await storage.list()).toEqual(['a', 'new.partial']);
    await storage.remove('a');
    expect(await storage.list()).toEqual(['new.partial']);
  });
});

interface Asked {
  readonly method?: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** A server on loopback that answers as it is told, and keeps what it was asked. */
async function answering(answer: (asked: Asked) => string | [number, string]) {
  const asked: Asked[] = [];
  const server: Server = createServer(async (request, response) => {
    const { method, url = '', headers } = request;
    const one = { method, url, headers, body: await text(request) };
    asked.push(one);
    const [status, body] = [answer(one)].flat() as [number, string] | [string];
    if (typeof status === 'number') response.writeHead(status).end(body);
    else
      response
        .writeHead(200, { etag: `"${asked.length}"`, 'content-type': 'text/xml' })
        .end(method === 'HEAD' ? '' : status);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  servers.push(server);
  return { asked, url };
}

describe('a bucket', () => {
  const bucket = (endpoint: string) => s3({ endpoint, bucket: 'b', prefix: 'p/', region: 'r' });
  beforeAll(() => Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' }));
  afterAll(() => {
    delete process.env.AWS_ACCESS_KEY_ID;
    delete process.env.AWS_SECRET_ACCESS_KEY;
  });

  test('lists page after page, below its prefix, with signed calls', async () => {
    const { asked, url } = await answering(({ url }) =>
      url.includes('start-after')
        ? '<IsTruncated>false</IsTruncated><Contents><Key>p/b</Key></Contents>'
        : '<IsTruncated>true</IsTruncated><Contents><Key>p/a</Key></Contents>',
    );
    expect(await bucket(url).list()).toEqual(['a', 'b']);
    expect(asked.map(({ url }) => url)).toEqual([
      '/b?list-type=2&prefix=p%2F',
      '/b?list-type=2&prefix=p%2F&start-after=p%2Fa',
    ]);
    expect(asked[0].headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=id\/\d{8}\/r\/s3\/aws4_request, /);
  });

  test('does not take an upload for done whose answer begins with 200 and ends in an error', async () => {
    const { asked, url } = await answering(({ method, url }) => {
      if (url.endsWith('?uploads=')) return '<UploadId>u</UploadId>';
      return method === 'POST' ? '<Error><Code>InternalError</Code></Error>' : '';
    });
    const run = backUp({ retention: 1, deadlineSec: 1 }, bucket(url), content, async () => {}, day(1));
    await expect(run).rejects.toThrow(/InternalError/);
    const [name] = names(1);
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `POST /b/p/${name}?uploads=`,
      `PUT /b/p/${name}?partNumber=1&uploadId=u`,
      `POST /b/p/${name}?uploadId=u`,
      `DELETE /b/p/${name}?uploadId=u`,
    ]);
  });

  test('ends uploads that nobody goes on with, and no others', async () => {
    const upload = (key: string, at: Date) =>
      `<Upload><Key>p/${key}</Key><UploadId>${key}</UploadId><Initiated>${at.toISOString()}</Initiated></Upload>`;
    const { asked, url } = await answering(() => upload('old', day(1)) + upload('new', day(3)));
    await bucket(url).clean(day(2));
    expect(asked.slice(1).map(({ method, url }) => `${method} ${url}`)).toEqual(['DELETE /b/p/old?uploadId=old']);
  });
});

describe('who it is to AWS', () => {
  test('are the keys of a Secret, if there is one', async () => {
    expect(await credentials('r', { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' })).toMatchObject({
      accessKeyId: 'a',
      secretAccessKey: 'b',
    });
    await expect(credentials('r', {})).rejects.toThrow('no credentials: name a Secret');
  });

  test('is its pod identity', async () => {
    writeFileSync(path('token'), 'of-the-pod\n');
    const { asked, url } = await answering(() => '{"AccessKeyId":"a","SecretAccessKey":"b","Token":"c"}');
    const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: url, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: path('token') };
    expect(await credentials('r', env)).toEqual({ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' });
    expect(asked[0].headers.authorization).toBe('of-the-pod');
  });

  test("is the role of its ServiceAccount's token", async () => {
    const made = { AccessKeyId: 'a', SecretAccessKey: 'b', SessionToken: 'c' };
    const answer = { AssumeRoleWithWebIdentityResponse: { AssumeRoleWithWebIdentityResult: { Credentials: made } } };
    const { asked, url } = await answering(() => JSON.stringify(answer));
    const env = { AWS_ENDPOINT_URL_STS: url, AWS_ROLE_ARN: 'arn:x', AWS_WEB_IDENTITY_TOKEN_FILE: path('token') };
    expect(await credentials('r', env)).toEqual({ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' });
    expect(asked[0].body).toContain('RoleArn=arn%3Ax&RoleSessionName=vault-backup&WebIdentityToken=of-the-pod');
  });
});

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
