import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { create, read, secretValue, write } from './kubernetes';
import { configuration, keep, log } from './program';

interface Certificate {
  readonly namespace: string;
  readonly secretName: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

interface Config {
  readonly authority: { readonly namespace: string; readonly secretName: string };
  /** Whether somebody else issues: then the Secret is one of its certificates, and its authority is published. */
  readonly isFollowed: boolean;
  readonly certificateDays: number;
  readonly bundle: string;
  readonly certificates: readonly Certificate[];
  readonly publishTo: readonly string[];
}

interface KeyPair {
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
      '/CN=agent-sandbox-platform',
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

export function issue(
  authority: KeyPair,
  { dnsNames, ipAddresses }: Pick<Certificate, 'dnsNames' | 'ipAddresses'>,
  days: number,
): Promise<KeyPair> {
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
export function isGood(
  pem: string | undefined,
  authority: string,
  wanted: Pick<Certificate, 'dnsNames' | 'ipAddresses'>,
  now = Date.now(),
): boolean {
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

async function authority(config: Config): Promise<KeyPair> {
  const { namespace, secretName } = config.authority;
  for (;;) {
    const kept = await read('secrets', namespace, secretName);
    if (kept) return { certificate: kept['tls.crt'], key: kept['tls.key'] };
    const made = await makeAuthority();
    // Created, never overwritten: whoever comes second takes the first one's.
    if (
      await create(
        'secrets',
        namespace,
        secretName,
        { 'tls.crt': made.certificate, 'tls.key': made.key },
        'kubernetes.io/tls',
      )
    )
      log('authority created');
  }
}

async function publish({ publishTo, bundle }: Config, certificate: string): Promise<void> {
  for (const namespace of publishTo) {
    for (const kind of ['configmaps', 'secrets'] as const) {
      const published = await read(kind, namespace, bundle);
      if (published?.['ca.crt'] !== certificate) await write(kind, namespace, bundle, { 'ca.crt': certificate });
    }
  }
}

export async function reconcile(config: Config): Promise<undefined> {
  if (config.isFollowed) return void (await publish(config, await secretValue({ ...config.authority, key: 'ca.crt' })));
  const ca = await authority(config);
  await publish(config, ca.certificate);
  for (const wanted of config.certificates) {
    const kept = await read('secrets', wanted.namespace, wanted.secretName);
    if (kept?.['ca.crt'] === ca.certificate && isGood(kept['tls.crt'], ca.certificate, wanted)) continue;
    const made = await issue(ca, wanted, config.certificateDays);
    const values = { 'tls.crt': made.certificate, 'tls.key': made.key, 'ca.crt': ca.certificate };
    await write('secrets', wanted.namespace, wanted.secretName, values, 'kubernetes.io/tls');
    log(`${wanted.namespace}/${wanted.secretName}: issued for ${wanted.dnsNames[0]}`);
  }
  return undefined;
}

if (process.argv[2]) {
  const config = configuration<Config>();
  keep(3600, () => reconcile(config));
}
