import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { Failure } from '../failure';
import { answer } from '../run';

const HTTPS = 443;
const HTTP = 80;
/** What restic on this machine knows of a bucket by its environment. */
const PASSED = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'RESTIC_COMPRESSION',
  'RESTIC_PACK_SIZE',
];

/** A bucket that pods may reach as well as this machine. */
export interface Bucket {
  /** Address, where the endpoint is one. */
  readonly address?: string;
  readonly port: number;
}

/** The bucket that a repository of restic is in, if it is in one that others could reach. */
export function bucketOf(location: string): Bucket | undefined {
  const [, rest] = /^s3:(.+)$/.exec(location) ?? [];
  if (!rest) return undefined;
  const { protocol, hostname, port } = new URL(/^https?:/.test(rest) ? rest : `https://${rest}`);
  const name = hostname.replace(/^\[|\]$/g, '');
  if (name === 'localhost' || name.startsWith('127.') || name === '::1') return undefined;
  const address = isIP(name) ? { address: name } : {};
  return { ...address, port: Number(port) || (protocol === 'http:' ? HTTP : HTTPS) };
}

/**
 * What restic needs elsewhere to log in where it does here, as variables of its environment.
 * @throws Failure - where that is in files that only this machine has
 */
export async function loginOf(env: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, RESTIC_CACERT } = process.env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY)
    throw new Failure('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not in the environment');
  const passed = PASSED.flatMap((name) => (process.env[name] ? [[name, process.env[name] as string]] : []));
  const login: Record<string, string> = {
    ...Object.fromEntries(passed),
    ...env,
    ...(RESTIC_CACERT && { SANDBOXCTL_CA: (await readFile(RESTIC_CACERT)).toString('base64') }),
    RESTIC_PASSWORD: env.RESTIC_PASSWORD ?? (await passwordInWords()),
  };
  if (Object.values(login).some((value) => value.includes('\n'))) throw new Failure('the password has several lines');
  return login;
}

/** As restic reads it. */
async function passwordInWords(): Promise<string> {
  const { RESTIC_PASSWORD, RESTIC_PASSWORD_FILE, RESTIC_PASSWORD_COMMAND } = process.env;
  if (RESTIC_PASSWORD_FILE) return (await readFile(RESTIC_PASSWORD_FILE, 'utf8')).trim();
  if (RESTIC_PASSWORD_COMMAND) return (await answer('sh', ['-c', RESTIC_PASSWORD_COMMAND])).trim();
  return RESTIC_PASSWORD ?? '';
}
