import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Reply = readonly [status: number, body: object];

export const METHODS = 'GET /v1/auth-methods?scope_id=global';
export const TARGETS = 'GET /v1/targets?scope_id=global&recursive=true';

/** A server that answers as Boundary or Vault would, and the home of a person who uses it; new for each test of a file. */
export class TestClient {
  /** What it answers, by method and path, once and for all or as it comes to be asked; 404 to all else. */
  readonly replies: Record<string, Reply | (() => Reply)> = {};
  address = '';
  home = '';
  private server?: Server;

  constructor() {
    beforeAll(() => this.listen());
    afterAll(() => void this.server?.close());
    beforeEach(() => this.moveIn());
    afterEach(() => rmSync(this.home, { recursive: true }));
  }

  get connections(): string {
    return join(this.home, 'run/sandboxctl/connections');
  }

  get loginFile(): string {
    return join(this.home, '.config/sandboxctl/login.json');
  }

  /** As if somebody had logged in here. */
  remember(more: object = {}): void {
    mkdirSync(join(this.home, '.config/sandboxctl'), { recursive: true });
    const login = { address: this.address, token: 'at_1', expires: '2999-01-01T00:00:00Z', ...more };
    writeFileSync(this.loginFile, JSON.stringify(login));
  }

  private listen(): Promise<void> {
    const server = createServer((request, response) => {
      const reply = this.replies[`${request.method} ${request.url}`] ?? [404, { message: 'not found' }];
      const [status, body] = typeof reply === 'function' ? reply() : reply;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    this.server = server;
    return new Promise((resolve) =>
      server.listen(0, '127.0.0.1', () => {
        this.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        resolve();
      }),
    );
  }

  private moveIn(): void {
    this.home = mkdtempSync(join(tmpdir(), 'client-'));
    Object.assign(process.env, {
      HOME: this.home,
      XDG_CONFIG_HOME: join(this.home, '.config'),
      XDG_RUNTIME_DIR: join(this.home, 'run'),
    });
    for (const key of Object.keys(this.replies)) delete this.replies[key];
  }
}
