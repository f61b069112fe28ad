import {
  type Authority,
  bundleOf,
  kept,
  make,
  markEverywhere,
  type Place,
  type Replacement,
  replace,
} from './authority';
import { change, read, readVersioned, write } from './kubernetes';
import { configuration, fail, keep, log } from './program';
import { isGood, issue, type Names } from './signing';

interface Certificate extends Names {
  readonly namespace: string;
  readonly secretName: string;
}

export interface Config {
  readonly authority: Place;
  /** Whether somebody else issues: then the Secret is one of its certificates, and its authority is published. */
  readonly isFollowed: boolean;
  readonly certificateDays: number;
  readonly bundle: string;
  readonly certificates: readonly Certificate[];
  readonly publishTo: readonly string[];
}

/** Which version of the authority is everywhere, and when that was looked at last. */
export interface Done {
  version?: string;
  atMs: number;
}

/** As often for what only time changes, and what others took away. */
const LOOK_AGAIN_MS = 3600_000;

async function publish({ publishTo, bundle }: Config, certificates: string): Promise<void> {
  for (const namespace of publishTo) {
    for (const kind of ['configmaps', 'secrets'] as const) {
      const published = await read(kind, namespace, bundle);
      if (published?.['ca.crt'] !== certificates) await write(kind, namespace, bundle, { 'ca.crt': certificates });
    }
  }
}

/** Keeps a server's certificate good, and what its Secret says is trusted. */
async function keepCertificate(
  wanted: Certificate,
  { signs }: Authority,
  trusted: string,
  days: number,
): Promise<void> {
  const { namespace, secretName } = wanted;
  const present = await read('secrets', namespace, secretName);
  if (isGood(present?.['tls.crt'], signs.certificate, wanted)) {
    if (present?.['ca.crt'] !== trusted) await change('secrets', namespace, secretName, { 'ca.crt': trusted });
    return;
  }
  const made = await issue(signs, wanted, days);
  const values = { 'tls.crt': made.certificate, 'tls.key': made.key, 'ca.crt': trusted };
  await write('secrets', namespace, secretName, values, 'kubernetes.io/tls');
  log(`${namespace}/${secretName}: issued for ${wanted.dnsNames[0]}`);
}

/** Brings an authority everywhere. First what is trusted, so that nobody meets a certificate of one that is not. */
async function bring(config: Config, authority: Authority): Promise<string> {
  const trusted = bundleOf(authority);
  await publish(config, trusted);
  for (const wanted of config.certificates) await keepCertificate(wanted, authority, trusted, config.certificateDays);
  return markEverywhere(config.authority, authority);
}

export async function reconcile(config: Config, done: Done): Promise<undefined> {
  const isDue = Date.now() - done.atMs > LOOK_AGAIN_MS;
  if (config.isFollowed) {
    const { namespace, secretName } = config.authority;
    const issued = await readVersioned('secrets', namespace, secretName);
    if (!issued?.values['ca.crt']) throw new Error(`Secret ${namespace}/${secretName} is not there yet`);
    if (!isDue && issued.version === done.version) return;
    await publish(config, issued.values['ca.crt']);
    done.version = issued.version;
  } else {
    const authority = (await kept(config.authority)) ?? (await make(config.authority));
    if (!isDue && authority.version === done.version) return;
    done.version = await bring(config, authority);
  }
  done.atMs = Date.now();
}

if (process.argv[2]) {
  const config = configuration<Config | Replacement>();
  const done: Done = { atMs: 0 };
  if ('settleSec' in config) replace(process.argv[3], config).catch(fail);
  else keep(10, () => reconcile(config, done));
}
