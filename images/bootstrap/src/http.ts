import { type IncomingMessage, request as requestClear } from 'node:http';
import { request } from 'node:https';

export interface Answer {
  readonly status: number;
  readonly body: any;
}

export interface Call {
  readonly method?: string;
  readonly url: string;
  /** The only authorities that are trusted, in PEM. @default - those that Node.js comes with */
  readonly ca?: string | Buffer;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly contentType?: string;
  /** Seconds of silence after which it fails. @default 15 */
  readonly timeoutSec?: number;
}

/** Sends a request; its answer is still to be read. Bytes and text are sent as they are, all else as JSON. */
export function send({
  method = 'GET',
  url,
  ca,
  headers = {},
  body,
  contentType = 'application/json',
  timeoutSec = 15,
}: Call): Promise<IncomingMessage> {
  const raw = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const open = url.startsWith('http:') ? requestClear : request;
  return new Promise((resolve, reject) => {
    const sent = open(
      url,
      {
        method,
        ca,
        timeout: timeoutSec * 1000,
        headers: { ...headers, ...(raw && { 'content-type': contentType }) },
      },
      resolve,
    );
    sent.on('timeout', () => sent.destroy(new Error(`no answer from ${url} in ${timeoutSec} s`)));
    sent.on('error', reject);
    sent.end(raw);
  });
}

/** One request with JSON both ways, or text that is sent as it is. Fails on network errors only: every status is an answer. */
export async function call(request: Call): Promise<Answer> {
  const response = await send(request);
  return { status: response.statusCode ?? 0, body: parsed(await textOf(response)) };
}

/** All that an answer still has to say. */
export async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function parsed(text: string): any {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return text;
  }
}

/** The body of an answer that must be a success. The message names the call, never what was sent. */
export function expectOk(answer: Answer, what: string): any {
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  const reason =
    answer.body?.errors?.join?.('; ') ?? answer.body?.message ?? answer.body?.errorMessage ?? answer.body?.error ?? '';
  throw new Error(`${what}: status ${answer.status} ${reason}`.trim());
}
