import { request } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from './eventually';
import { find } from './kubectl';
import { standard } from './platform';
import { rootToken, vault } from './vault';

const INTERVAL_MS = 20;
const TIMEOUT_MS = 2000;

function ask(method: string, url: string, token: string, body?: object): Promise<{ status: number; body: any }> {
  return new Promise((resolve, reject) => {
    // Which server answers is no matter of this test; that clients check certificates is shown elsewhere.
    const options = { method, headers: { 'x-vault-token': token }, rejectUnauthorized: false, timeout: TIMEOUT_MS };
    const sent = request(url, options, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text ? JSON.parse(text) : {} }));
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', reject);
    sent.end(body && JSON.stringify(body));
  });
}

/** A client that writes to Vault all the time, and keeps in mind which writes were acknowledged and when. */
export class Writer {
  private stopped = false;
  private number = 0;
  private readonly acknowledged: number[] = [];
  private lastMs = Date.now();
  private longestMs = 0;
  private readonly writing: Promise<void>;

  /** @param mount URL of a key-value engine, version 1 */
  constructor(
    private readonly mount: string,
    private readonly token: string,
  ) {
    this.writing = this.write();
  }

  /** The longest time without an acknowledgement since the last call, in seconds. */
  longestSec(): number {
    const longest = Math.max(this.longestMs, Date.now() - this.lastMs);
    this.longestMs = 0;
    return longest / 1000;
  }

  /** Waits for an acknowledgement, after a time without Vault that is not to count. */
  async goesOn(): Promise<void> {
    const { count } = this;
    await eventually(() => expect(this.count).toBeGreaterThan(count), 60);
    this.longestSec();
  }

  get count(): number {
    return this.acknowledged.length;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.writing;
  }

  /** Stops writing. @returns writes that were acknowledged and are not there */
  async lost(): Promise<number[]> {
    await this.stop();
    const lost: number[] = [];
    for (const number of this.acknowledged) {
      const { status, body } = await ask('GET', `${this.mount}/${number}`, this.token);
      if (![200, 404].includes(status)) throw new Error(`Vault answers with ${status}: ${JSON.stringify(body)}`);
      if (body.data?.number !== number) lost.push(number);
    }
    return lost;
  }

  private async write(): Promise<void> {
    while (!this.stopped) {
      const number = this.number++;
      const answer = await ask('POST', `${this.mount}/${number}`, this.token, { number }).catch(() => undefined);
      if (answer?.status === 204) {
        this.longestMs = Math.max(this.longestMs, Date.now() - this.lastMs);
        this.lastMs = Date.now();
        this.acknowledged.push(number);
      }
      await pause(INTERVAL_MS);
    }
  }
}

/** The platform of three nodes, whose Vault is written to all the time at the address that it publishes. */
export async function writingToStandard(): Promise<{ token: string; writer: Writer }> {
  await standard();
  // Servers that have just come back may have no leader yet.
  const token = await eventually(rootToken, 60);
  await vault('secrets enable -path=writes kv', token);
  const { status } = await find('service', 'vault', 'vault-external');
  return { token, writer: new Writer(`https://${status.loadBalancer.ingress[0].ip}:8200/v1/writes`, token) };
}
