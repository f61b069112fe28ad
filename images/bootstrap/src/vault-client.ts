import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { type Answer, call, expectOk, send } from './http';

/** Vault's HTTP API at one address, with one token. */
export class VaultClient {
  constructor(
    readonly address: string,
    private readonly caFile: string,
    private readonly token?: string,
  ) {}

  /** The same server with another token. */
  with(token: string): VaultClient {
    return new VaultClient(this.address, this.caFile, token);
  }

  ask(method: string, path: string, body?: unknown, timeoutSec?: number): Promise<Answer> {
    return call({
      method,
      timeoutSec,
      url: `${this.address}/v1/${path}`,
      ca: readFileSync(this.caFile),
      headers: this.token ? { 'x-vault-token': this.token } : {},
      body,
    });
  }

  /** Whether it is initialised and sealed. A server that is there says so at once; the address may be of one that was. */
  async sealStatus(): Promise<any> {
    return expectOk(await this.ask('GET', 'sys/seal-status', undefined, 3), 'read sys/seal-status');
  }

  async read(path: string): Promise<any> {
    return expectOk(await this.ask('GET', path), `read ${path}`);
  }

  async write(path: string, body: unknown): Promise<any> {
    return expectOk(await this.ask('POST', path, body), `write ${path}`);
  }

  /** An answer too large to hold, still to be read. It comes from the leader, for which no other server answers. */
  async download(path: string): Promise<IncomingMessage> {
    const { leader_address: leader } = await this.read('sys/leader');
    if (!leader) throw new Error(`read ${path}: Vault has no leader at this moment`);
    const url = `${leader}/v1/${path}`;
    const headers = { 'x-vault-token': this.token ?? '' };
    const response = await send({ url, ca: readFileSync(this.caFile), headers, timeoutSec: 300 });
    if (response.statusCode !== 200) throw new Error(`read ${path}: status ${response.statusCode}`);
    return response;
  }

  /** Logs in with the pod's own token of the audience that Vault expects. */
  async login(role: string): Promise<VaultClient> {
    const jwt = readFileSync('/var/run/secrets/platform/token', 'utf8');
    const { auth } = await this.write('auth/kubernetes/login', { role, jwt });
    return this.with(auth.client_token);
  }
}
