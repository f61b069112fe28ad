import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../failure';
import { connectionsFolder } from './places';

export interface Prepared {
  readonly host: string;
  /** What opens the connection. */
  readonly token?: string;
  /** Why there is none, in the words for the person. */
  readonly failure?: string;
}

/**
 * The files of one ssh process, known by its number: ssh asks for them to be prepared while it reads its configuration,
 * and reads them right after that, before its ProxyCommand has begun.
 */
export const folderOf = (ssh: number): string => join(connectionsFolder(), `${ssh}`);
export const configOf = (ssh: number): string => `${folderOf(ssh)}.conf`;

/** What was prepared for an ssh process. @throws Failure in the words of what went wrong then */
export function prepared(ssh: number): { readonly host: string; readonly token: string } {
  const file = join(folderOf(ssh), 'prepared.json');
  if (!existsSync(file))
    throw new Failure('nothing is prepared for this connection: write "sandboxctl ssh-config" again');
  const { host, token, failure }: Prepared = JSON.parse(readFileSync(file, 'utf8'));
  if (failure || !token) throw new Failure(failure ?? 'nothing is prepared for this connection');
  return { host, token };
}

/** Removes what a connection leaves. */
export function forget(ssh: number): void {
  rmSync(configOf(ssh), { force: true });
  rmSync(folderOf(ssh), { recursive: true, force: true });
}

/** Removes what ssh processes left that are gone. */
export function sweep(): void {
  for (const name of readdirSync(connectionsFolder())) {
    const ssh = Number.parseInt(name, 10);
    if (!isRunning(ssh)) forget(ssh);
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
