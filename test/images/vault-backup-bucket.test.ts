import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { credentials } from '../../images/bootstrap/src/aws-credentials';
import { backUp } from '../../images/bootstrap/src/backup';
import { s3 } from '../../images/bootstrap/src/backup-s3';
import { content, day, names } from '../helpers/vault-backups';

jest.mock('../../images/bootstrap/src/program', () => ({ log: () => {} }));

const folder = mkdtempSync(join(tmpdir(), 'bucket-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (...names: string[]) => join(folder, ...names);

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
