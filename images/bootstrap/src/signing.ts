import { execFile } from 'node:child_process';
import { randomBytes, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What a certificate is for. */
export interface Names {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** How Node.js begins an address among a certificate's names. */
const ADDRESS = 'IP Address:';
const AUTHORITY_DAYS = 3650;
const openssl = (...args: string[]) => promisify(execFile)('openssl', args);
const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Runs `work` in a folder in memory that is gone afterwards: keys touch no disk. */
async function inFolder<T>(work: (path: (name: string) => string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'certificate-'));
  try {
    return await work((name) => join(folder, name));
  } finally {
    await rm(folder, { recursive: true });
  }
}

export function makeAuthority(): Promise<KeyPair> {
  return inFolder(async (path) => {
    await openssl(
      'req',
      '-x509',
      ...curve,
      '-days',
      `${AUTHORITY_DAYS}`,
      '-subj',
      // Whoever trusts two finds by its name which one has signed.
      `/CN=agent-sandbox-platform ${randomBytes(4).toString('hex')}`,
      '-keyout',
      path('key'),
      '-out',
      path('crt'),
      '-addext',
      'basicConstraints=critical,CA:TRUE,pathlen:0',
      '-addext',
      'keyUsage=critical,keyCertSign,cRLSign',
    );
    return { certificate: await readFile(path('crt'), 'utf8'), key: await readFile(path('key'), 'utf8') };
  });
}

export function issue(authority: KeyPair, { dnsNames, ipAddresses }: Names, days: number): Promise<KeyPair> {
  const names = [...dnsNames.map((name) => `DNS:${name}`), ...ipAddresses.map((ip) => `IP:${ip}`)].join(',');
  return inFolder(async (path) => {
    await writeFile(path('ca.key'), authority.key, { mode: 0o600 });
    await writeFile(path('ca.crt'), authority.certificate);
    await writeFile(
      path('ext'),
      `subjectAltName=${names}\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n`,
    );
    await openssl(
      'req',
      '-new',
      ...curve,
      '-subj',
      `/CN=${dnsNames[0].slice(0, 64)}`,
      '-keyout',
      path('key'),
      '-out',
      path('csr'),
    );
    await openssl(
      'x509',
      '-req',
      '-in',
      path('csr'),
      '-CA',
      path('ca.crt'),
      '-CAkey',
      path('ca.key'),
      '-days',
      `${days}`,
      '-extfile',
      path('ext'),
      '-out',
      path('crt'),
    );
    return { certificate: await readFile(path('crt'), 'utf8'), key: await readFile(path('key'), 'utf8') };
  });
}

/** An address as one text: IPv6 has many. */
const canonical = (address: string) => (isIPv6(address) ? new URL(`https://[${address}]`).hostname : address);

/** Whether a certificate is this authority's, for exactly these names, and has more than a third of its life left. */
export function isGood(pem: string | undefined, authority: string, wanted: Names, now = Date.now()): boolean {
  if (!pem) return false;
  const certificate = new X509Certificate(pem);
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  const names = [
    ...wanted.dnsNames.map((name) => `DNS:${name}`),
    ...wanted.ipAddresses.map((ip) => `${ADDRESS}${canonical(ip)}`),
  ];
  const has = (certificate.subjectAltName ?? '')
    .split(', ')
    .map((name) => (name.startsWith(ADDRESS) ? `${ADDRESS}${canonical(name.slice(ADDRESS.length))}` : name));
  return (
    certificate.verify(new X509Certificate(authority).publicKey) &&
    names.length === has.length &&
    names.every((name) => has.includes(name)) &&
    to - now > (to - from) / 3
  );
}
