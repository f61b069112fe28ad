import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../failure';

export interface Prepared {
  readonly host: string;
  /** What opens the connection. */
  readonly token?: string;
  /** Why there is none, in the words for the person. */
  readonly failure?: string;
}

/**
 * The files of one ssh process, known by its number: ssh asks for them to be prepared while it reads its configuration,
 * and reads them right after that, before its ProxyCommand has begun. They lie in the folder that its configuration
 * names, whatever the environment says that ssh was started in.
 */
export class Connection {
  constructor(
    private readonly connections: string,
    readonly ssh: number,
  ) {}

  get folder(): string {
    return join(this.connections, `${this.ssh}`);
  }

  get config(): string {
    return `${this.folder}.conf`;
  }

  /** What was prepared. @throws Failure in the words of what went wrong then */
  prepared(): { readonly host: string; readonly token: string } {
    const { host, token, failure } = this.read();
    if (!host)
      throw new Failure(
        `nothing is prepared for this connection in ${this.connections}, a folder that may be full, or there only while you are at work: make room, or write "sandboxctl ssh-config" again, from where ssh is started`,
      );
    if (failure || !token) throw new Failure(failure ?? 'nothing is prepared for this connection');
    return { host, token };
  }

  /** What is there; nothing of it where a full disk or a kill left half. */
  private read(): Partial<Prepared> {
    try {
      return JSON.parse(readFileSync(join(this.folder, 'prepared.json'), 'utf8'));
    } catch {
      return {};
    }
  }

  /** Removes what a connection leaves. */
  forget(): void {
    rmSync(this.config, { force: true });
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Removes what ssh processes left that are gone. */
export function sweep(connections: string): void {
  for (const name of readdirSync(connections)) {
    const ssh = Number.parseInt(name, 10);
    if (!isRunning(ssh)) new Connection(connections, ssh).forget();
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
