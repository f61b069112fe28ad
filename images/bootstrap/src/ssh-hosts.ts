import {
  HOST_ANNOTATION,
  HOST_KEY_CONTAINER,
  hostCertificateSecret,
  hostDomains,
} from '../../../constructs/core/host-certificates';
import { expectOk } from './http';
import { pods, read, write } from './kubernetes';
import { configuration, keep, log } from './program';
import { isGood, KEY_TYPE } from './ssh-certificate';
import { VaultClient } from './vault-client';

export interface Config {
  readonly vault: string;
  readonly caFile: string;
  /** Role to log in to Vault with. */
  readonly role: string;
  /** Engine that signs, with a role for each namespace. */
  readonly mount: string;
  readonly namespaces: readonly string[];
  readonly clusterDomain: string;
  /** Labels of environments' pods. */
  readonly selector: string;
}

/** An environment as its pod's status tells it. */
export interface Host {
  readonly pod: string;
  readonly secretName: string;
  readonly principals: readonly string[];
  /** Public key, without its type and comment. */
  readonly key: string;
}

/** What a pod is certified for; undefined while it has not said its key, or says what no environment says. */
export function hostOf(pod: any, clusterDomain: string): Host | undefined {
  const { name, namespace, labels, annotations } = pod.metadata;
  const set = labels['app.kubernetes.io/instance'];
  const ordinal = /^\d+$/.exec(name.slice(`${set}-`.length))?.[0];
  if (!name.startsWith(`${set}-`) || ordinal === undefined) return undefined;
  const service = annotations?.[HOST_ANNOTATION] ?? name;
  // Its own name, or that of a set that it is alone in: never another environment's.
  if (service !== name && name !== `${service}-0`) return undefined;
  const status = pod.status?.initContainerStatuses?.find((one: any) => one.name === HOST_KEY_CONTAINER);
  const [type, key] = (status?.state?.terminated?.message ?? '').trim().split(' ');
  if (type !== KEY_TYPE || !/^AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]{43}$/.test(key ?? '')) return undefined;
  return {
    pod: name,
    secretName: hostCertificateSecret(set, Number(ordinal)),
    principals: hostDomains(namespace, clusterDomain).map((domain) => `${service}.${domain}`),
    key,
  };
}

/** Certificates that stand in Secrets, by namespace and Secret, as far as they were looked at. */
export type Known = Map<string, Record<string, string>>;

/** Has a host key signed, and returns the certificate as a line. */
export type Sign = (namespace: string, host: Host) => Promise<string>;

/** What the program asks and tells others. */
export interface World {
  readonly hosts: (namespace: string) => Promise<Host[]>;
  /** Public key of the authority. */
  readonly authority: () => Promise<string>;
  readonly signer: () => Promise<Sign>;
  readonly read: (namespace: string, secretName: string) => Promise<Record<string, string> | undefined>;
  readonly write: (namespace: string, secretName: string, values: Record<string, string>) => Promise<void>;
}

/**
 * Makes what is missing or old, a Secret at a time. Asks for nothing more than pods and authority where nothing is.
 * One that fails holds no other back. @throws the first failure
 */
export async function reconcile(namespaces: readonly string[], world: World, known: Known): Promise<undefined> {
  const authority = await world.authority();
  let signer: ReturnType<World['signer']> | undefined;
  const sign: Sign = async (namespace, host) => {
    signer ??= world.signer();
    return (await signer)(namespace, host);
  };
  const failures: unknown[] = [];
  for (const namespace of namespaces) {
    for (const [secretName, hosts] of bySecret(await world.hosts(namespace))) {
      const secret = { namespace, secretName, hosts, authority };
      await certify(secret, world, known, sign).catch((error) => failures.push(error));
    }
  }
  if (failures.length > 0) throw failures[0];
  return undefined;
}

async function certify(
  {
    namespace,
    secretName,
    hosts,
    authority,
  }: { namespace: string; secretName: string; hosts: Host[]; authority: string },
  world: World,
  known: Known,
  sign: Sign,
): Promise<void> {
  const id = `${namespace}/${secretName}`;
  const lacking = () => hosts.filter((host) => !isGood(known.get(id)?.[host.pod], { ...host, authority }));
  if (lacking().length === 0) return;
  // Only what was never looked at, or needs renewal: another one of this program may have done it.
  known.set(id, (await world.read(namespace, secretName)) ?? {});
  const wanted = lacking();
  if (wanted.length === 0) return;
  const made: Record<string, string> = {};
  for (const host of wanted) made[host.pod] = await sign(namespace, host);
  await world.write(namespace, secretName, made);
  known.set(id, { ...known.get(id), ...made });
  log(`${id}: certified ${wanted.map(({ pod }) => pod).join(', ')}`);
}

function bySecret(hosts: readonly Host[]): Map<string, Host[]> {
  const found = new Map<string, Host[]>();
  for (const host of hosts) found.set(host.secretName, [...(found.get(host.secretName) ?? []), host]);
  return found;
}

/** The cluster and Vault. */
export function real({ vault, caFile, role, mount, clusterDomain, selector }: Config): World {
  const client = new VaultClient(vault, caFile);
  return {
    hosts: async (namespace) => {
      const found: Host[] = [];
      for await (const pod of pods(namespace, selector)) {
        const host = hostOf(pod, clusterDomain);
        if (host) found.push(host);
      }
      return found;
    },
    // Vault shows it to everyone.
    authority: async () =>
      String(expectOk(await client.ask('GET', `${mount}/public_key`), 'read the authority'))
        .split(' ')[1]
        .trim(),
    signer: async () => {
      const own = await client.login(role);
      return async (namespace, { principals, key }) => {
        const { data } = await own.write(`${mount}/sign/${namespace}`, {
          cert_type: 'host',
          public_key: `${KEY_TYPE} ${key}`,
          valid_principals: principals.join(','),
        });
        return data.signed_key;
      };
    },
    read: (namespace, secretName) => read('secrets', namespace, secretName),
    write: (namespace, secretName, values) => write('secrets', namespace, secretName, values),
  };
}

/** Seconds after which pods are looked at again. */
const LOOK_EVERY = 20;

if (process.argv[2]) {
  const config = configuration<Config>();
  const world = real(config);
  const known: Known = new Map();
  keep(LOOK_EVERY, () => reconcile(config.namespaces, world, known));
}
