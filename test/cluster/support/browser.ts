import { request as requestClear } from 'node:http';
import { request } from 'node:https';

export interface Page {
  readonly url: string;
  readonly status: number;
  readonly location?: string;
  readonly text: string;
}

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What a person does in a browser, as far as a login needs it: cookies by host name, redirects, a form. */
export class Browser {
  private readonly cookies = new Map<string, string>();

  constructor(private readonly ca: string) {}

  /** One request, whatever its answer. */
  send(url: string, { method = 'GET', headers = {}, body }: Sent = {}): Promise<Page> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    // Command lines listen for the end of a login in the clear, on loopback.
    const open = url.startsWith('http:') ? requestClear : request;
    return new Promise((resolve, reject) => {
      const sent = open(url, { method, ca: this.ca, headers: { cookie, ...headers }, timeout: 15_000 }, (answer) => {
        for (const line of answer.headers['set-cookie'] ?? []) this.keep(line);
        const chunks: Buffer[] = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('end', () => {
          const { location } = answer.headers;
          resolve({
            url,
            status: answer.statusCode ?? 0,
            location: location && new URL(location, url).href,
            text: Buffer.concat(chunks).toString(),
          });
        });
      });
      sent.on('timeout', () => sent.destroy(new Error(`no answer from ${url}`)));
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** A page at the end of its redirects. */
  async open(url: string, sent?: Sent): Promise<Page> {
    let page = await this.send(url, sent);
    for (let hops = 0; page.location && hops < 10; hops++) page = await this.send(page.location);
    return page;
  }

  /** Opens a page that asks for a login, and gives it. */
  async logIn(url: string, username: string, password: string): Promise<Page> {
    const { url: page, text } = await this.open(url);
    const action = /<form[^>]*\saction="([^"]*)"/.exec(text)?.[1].replace(/&amp;/g, '&');
    // Each provider calls it otherwise.
    const field = /<input[^>]*\sname="(username|login)"/.exec(text)?.[1];
    if (action === undefined || !field) throw new Error(`no form to log in with: ${text.slice(0, 500)}`);
    const last = await this.open(new URL(action, page).href, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ [field]: username, password }).toString(),
    });
    if (last.status >= 500) throw new Error(`${last.url}: ${last.status} ${last.text}`);
    return last;
  }

  private keep(line: string): void {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (!name) return;
    if (value === '' || /;\s*max-age=0/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
