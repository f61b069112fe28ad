import { readFileSync } from 'node:fs';
import { type Answer, call, expectOk } from './http';

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

  ask(method: string, path: string, body?: unknown): Promise<Answer> {
    return call({
      method,
      url: `${this.address}/v1/${path}`,
      ca: readFileSync(this.caFile),
      headers: this.token ? { 'x-vault-token': this.token } : {},
      body,
    });
  }

  async read(path: string): Promise<any> {
    return expectOk(await this.ask('GET', path), `read ${path}`);
  }

  async write(path: string, body: unknown): Promise<any> {
    return expectOk(await this.ask('POST', path, body), `write ${path}`);
  }

  /** Logs in with the pod's own token of the audience that Vault expects. */
  async login(role: string): Promise<VaultClient> {
    const jwt = readFileSync('/var/run/secrets/platform/token', 'utf8');
    const { auth } = await this.write('auth/kubernetes/login', { role, jwt });
    return this.with(auth.client_token);
  }
}
