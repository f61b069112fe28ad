import { request } from 'node:https';

export interface Answer {
  readonly status: number;
  readonly body: any;
}

export interface Call {
  readonly method?: string;
  readonly url: string;
  /** The only authorities that are trusted, in PEM. */
  readonly ca: string | Buffer;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly contentType?: string;
}

/** One HTTPS request with JSON both ways. Fails on network errors only: every status is an answer. */
export function call({
  method = 'GET',
  url,
  ca,
  headers = {},
  body,
  contentType = 'application/json',
}: Call): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method, ca, timeout: 15_000, headers: { ...headers, ...(text && { 'content-type': contentType }) } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString()) }),
        );
      },
    );
    sent.on('timeout', () => sent.destroy(new Error(`no answer from ${url} in 15 s`)));
    sent.on('error', reject);
    sent.end(text);
  });
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
  const reason = answer.body?.errors?.join?.('; ') ?? answer.body?.message ?? '';
  throw new Error(`${what}: status ${answer.status} ${reason}`.trim());
}
