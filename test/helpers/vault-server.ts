import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { VaultClient } from '../../images/bootstrap/src/vault-client';

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });

/** Waits until `attempt` succeeds; after five minutes its error says why it never does. */
export async function until<T>(attempt: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + 300_000; ; await pause(100)) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

/** A client outside of any cluster, where there is no API server that a login could ask. */
class OutsideClient extends VaultClient {
  override with(token: string): VaultClient {
    return new OutsideClient(this.address, this.authority, token);
  }

  override async write(path: string, body: unknown): Promise<any> {
    return path === 'auth/kubernetes/config' ? {} : super.write(path, body);
  }

  constructor(
    address: string,
    private readonly authority: string,
    token: string,
  ) {
    super(address, authority, token);
  }
}

export interface VaultServer {
  readonly root: VaultClient;
  /** File with the authority of its certificate. */
  readonly authority: string;
  stop(): void;
}

/**
 * A Vault in memory, with TLS, unsealed, whose root token is known. Others may have taken its port, or the next one, which
 * it takes for its servers, since somebody looked: so it is started again, with others.
 */
export async function startVault(attempts = 3): Promise<VaultServer> {
  const folder = mkdtempSync(join(tmpdir(), 'vault-'));
  const port = await freePort();
  const flags = ['-dev', '-dev-tls', `-dev-tls-cert-dir=${folder}`, '-dev-root-token-id=root', '-dev-no-store-token'];
  const vault: ChildProcess = spawn('vault', ['server', ...flags, `-dev-listen-address=127.0.0.1:${port}`], {
    env: { ...process.env, HOME: folder },
    stdio: 'ignore',
  });
  let end: Error | undefined;
  vault.once('error', (error) => {
    end = error;
  });
  vault.once('exit', (code) => {
    end = new Error(`vault ended with ${code}`);
  });
  const stop = () => {
    vault.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  const authority = join(folder, 'vault-ca.pem');
  const root = new OutsideClient(`https://127.0.0.1:${port}`, authority, 'root');
  // Whoever has the port may answer, too.
  await until(async () => end ?? (await root.read('sys/health')));
  if (!end) return { root, authority, stop };
  stop();
  if (attempts > 1) return startVault(attempts - 1);
  throw end;
}
