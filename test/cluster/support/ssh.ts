import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { listeningPort } from './listening';
import { KEY, workFile } from './platform';
import { type Outcome, type RunOptions, run } from './run';

/** The local end of a way into the cluster. */
export interface Tunnel {
  readonly port: number;
}

/** Port 22 of a Service, while `use` runs. */
export async function withTunnel<T>(
  namespace: string,
  service: string,
  use: (tunnel: Tunnel) => Promise<T>,
): Promise<T> {
  const child = spawn('kubectl', ['port-forward', '-n', namespace, `service/${service}`, ':22'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    return await use({ port: await listeningPort(child) });
  } finally {
    child.kill();
  }
}

export interface SshOptions extends RunOptions {
  /** File name of the key in the run's folder. @default the key that the platform lets in */
  readonly key?: string;
  /** @default 'node' */
  readonly user?: string;
  /** Settings in the place of those that every client has. @default {} */
  readonly settings?: Readonly<Record<string, string>>;
  /** Further options of ssh. @default [] */
  readonly options?: readonly string[];
}

/** What every client here has in common: nothing of the person's own configuration. */
export function clientOptions({ key = KEY, options = [], settings = {} }: SshOptions = {}): string[] {
  const all = {
    IdentityAgent: 'none',
    IdentitiesOnly: 'yes',
    BatchMode: 'yes',
    ConnectTimeout: '15',
    LogLevel: 'ERROR',
    StrictHostKeyChecking: 'no',
    UserKnownHostsFile: '/dev/null',
    ...settings,
  };
  const flags = Object.entries(all).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return ['-F', '/dev/null', '-i', workFile(key), ...flags, ...options];
}

export function ssh({ port }: Tunnel, command: string, options: SshOptions = {}): Promise<Outcome> {
  const target = `${options.user ?? 'node'}@127.0.0.1`;
  return run('ssh', [...clientOptions(options), '-p', String(port), target, command], options);
}

/** One command in an environment, over a way of its own; it has to succeed. */
export async function inEnvironment(namespace: string, name: string, command: string): Promise<string> {
  return withTunnel(namespace, name, async (tunnel) => {
    const { code, stdout, stderr } = await ssh(tunnel, command);
    if (code !== 0) throw new Error(`ssh ${name} ${command}: exit ${code}\n${stderr}`);
    return stdout.trim();
  });
}

/** The public host key that a server shows. */
export async function hostKey({ port }: Tunnel): Promise<string> {
  const { stdout } = await run('ssh-keyscan', ['-t', 'ed25519', '-p', String(port), '127.0.0.1']);
  const key = /ssh-ed25519 (\S+)/.exec(stdout)?.[1];
  if (!key) throw new Error(`no host key: ${stdout}`);
  return key;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
