import { readFileSync } from 'node:fs';
import { sign } from 'aws4';
import { type AwsCredentials, credentials } from './aws-credentials';
import type { Storage } from './backup';
import { send, textOf } from './http';

export interface Bucket {
  readonly endpoint: string;
  readonly bucket: string;
  /** What the names of its objects begin with. */
  readonly prefix: string;
  readonly region: string;
  /** The authority of the server's certificate. @default - those that everybody trusts */
  readonly caFile?: string;
}

/** Every part but the last one; S3 takes no smaller ones than 5 MiB and at most 10,000. */
const PART = 8 << 20;

/** A bucket of anything that speaks S3. An object is there when all of its parts are, or not at all. */
export function s3(bucket: Bucket): Storage {
  const ask = caller(bucket);
  return {
    async begin(name) {
      const upload = tag((await ask('POST', name, { uploads: '' })).text, 'UploadId');
      if (!upload) throw new Error('the server began no upload');
      return multipart(ask, name, upload);
    },
    list: () => list(ask, bucket.prefix),
    remove: async (name) => void (await ask('DELETE', name)),
    clean: (before) => clean(ask, bucket.prefix, before),
  };
}

type Query = Readonly<Record<string, string>>;
type Ask = (method: string, name: string | undefined, query?: Query, body?: Buffer) => Promise<Reply>;
interface Reply {
  readonly text: string;
  readonly headers: NodeJS.Dict<string | string[]>;
}

/** Calls with a signature each. `name` is an object below the prefix, undefined the bucket itself. */
function caller({ endpoint, bucket, prefix, region, caFile }: Bucket): Ask {
  const { host, origin, pathname } = new URL(endpoint);
  const ca = caFile ? readFileSync(caFile) : undefined;
  let identity: Promise<AwsCredentials> | undefined;
  return async (method, name, query = {}, body) => {
    identity ??= credentials(region);
    const object = name === undefined ? '' : `/${prefix}${name}`;
    const search = Object.entries(query).map((pair) => pair.map(encodeURIComponent).join('='));
    const path = `${pathname.replace(/\/$/, '')}/${bucket}${object}${search.length > 0 ? `?${search.join('&')}` : ''}`;
    const contentType = 'application/octet-stream';
    const headers = {
      'content-type': contentType,
      ...(method !== 'GET' && { 'content-length': `${body?.length ?? 0}` }),
    };
    const signed = sign({ service: 's3', region, host, path, method, headers, body }, await identity);
    const url = `${origin}${path}`;
    const sent = { method, url, ca, body, contentType, headers: signed.headers as Record<string, string> };
    const response = await send({ ...sent, timeoutSec: 60 });
    const text = await textOf(response);
    // An upload may fail after its answer has begun with 200.
    if ((response.statusCode ?? 0) >= 300 || /<Error>/.test(text))
      throw new Error(`${method} ${bucket}${object}: status ${response.statusCode} ${tag(text, 'Code') ?? ''}`.trim());
    return { text, headers: response.headers };
  };
}

function multipart(ask: Ask, name: string, uploadId: string): Awaited<ReturnType<Storage['begin']>> {
  const etags: string[] = [];
  let [waiting, size, total]: [Buffer[], number, number] = [[], 0, 0];
  const flush = async () => {
    const query = { partNumber: `${etags.length + 1}`, uploadId };
    const { headers } = await ask('PUT', name, query, Buffer.concat(waiting));
    etags.push(`${headers.etag}`);
    total += size;
    [waiting, size] = [[], 0];
  };
  return {
    async write(chunk) {
      waiting.push(chunk);
      size += chunk.length;
      if (size >= PART) await flush();
    },
    async commit() {
      if (size > 0) await flush();
      const parts = etags.map((etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
      const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
      await ask('POST', name, { uploadId }, Buffer.from(body));
      const stored = (await ask('HEAD', name)).headers['content-length'];
      if (Number(stored) !== total) throw new Error(`the server has ${stored} bytes of ${total}`);
    },
    discard: async () => void (await ask('DELETE', name, { uploadId })),
  };
}

async function list(ask: Ask, prefix: string): Promise<string[]> {
  const names: string[] = [];
  for (let last = ''; ; ) {
    const query = { 'list-type': '2', prefix, ...(last && { 'start-after': last }) };
    const { text } = await ask('GET', undefined, query);
    const keys = tags(text, 'Key');
    names.push(...keys.map((key) => key.slice(prefix.length)));
    if (tag(text, 'IsTruncated') !== 'true' || keys.length === 0) return names;
    last = keys[keys.length - 1];
  }
}

/** Ends uploads that nobody goes on with: they are in no list of objects, and cost as much. */
async function clean(ask: Ask, prefix: string, before: Date): Promise<void> {
  const { text } = await ask('GET', undefined, { uploads: '', prefix });
  for (const upload of tags(text, 'Upload')) {
    const [key = '', uploadId = ''] = [tag(upload, 'Key'), tag(upload, 'UploadId')];
    if (new Date(tag(upload, 'Initiated') ?? Date.now()) < before)
      await ask('DELETE', key.slice(prefix.length), { uploadId });
  }
}

/** Contents of an element, of the few that S3 answers with and that hold no markup. */
const tags = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'g'))].map(([, content]) => content);
const tag = (xml: string, name: string): string | undefined => tags(xml, name)[0];
