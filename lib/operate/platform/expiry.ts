import { X509Certificate } from 'node:crypto';
import { parseCertificate } from '../../../images/bootstrap/src/ssh-certificate';
import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { ENVIRONMENTS, isEnvironment, labelOf } from '../cluster/labels';
import { isReady } from '../cluster/pods';

const DAY_MS = 86_400_000;
/** Certificates are renewed when a third of their life is left; one that has less than this was not. */
const LATE_SHARE = 1 / 6;
const MOST_LATE_DAYS = 14;
/** Nothing renews the authority by itself, so that there is a year for it. */
const AUTHORITY_SOON_DAYS = 365;

/** Something that ends, at a time in ISO 8601, unless it is renewed. */
export interface Ending {
  readonly name: string;
  readonly ends: string;
}

export interface CertificateStatus extends Ending {
  /** ISO 8601. @default - a month or more before */
  readonly begins?: string;
  /** Whether it is an authority's, and another one is trusted beside it. @default false */
  readonly isReplaced?: boolean;
}

/** Whether a certificate is the platform's authority. */
export const isAuthority = (name: string): boolean => /\/certificate-authority-key$/.test(name);

const iso = (time: string | number): string => new Date(time).toISOString();

/** Servers' certificates, and the authority's. */
export async function certificatesIn(kubectl: Kubectl, namespaces: readonly string[]): Promise<CertificateStatus[]> {
  const secrets = await kubectl.list('secrets', { fields: 'type=kubernetes.io/tls' });
  return secrets
    .filter(({ metadata, data }) => namespaces.includes(metadata.namespace) && data?.['tls.crt'])
    .map(({ metadata, data }) => {
      const { validFrom, validTo } = new X509Certificate(Buffer.from(data['tls.crt'], 'base64'));
      const isReplaced = 'next.crt' in data || 'previous.crt' in data;
      return {
        name: `${metadata.namespace}/${metadata.name}`,
        begins: iso(validFrom),
        ends: iso(validTo),
        ...(isReplaced && { isReplaced }),
      };
    });
}

/** What environments show to SSH, of those that run. */
export async function hostCertificatesOf(kubectl: Kubectl, pods: readonly KubeObject[]): Promise<CertificateStatus[]> {
  const environments = pods.filter((pod) => isEnvironment(pod, 'Pod') && isReady(pod));
  if (environments.length === 0) return [];
  const all = await kubectl.list('secrets', { selector: ENVIRONMENTS });
  return environments.flatMap((pod) => {
    const { name, namespace } = pod.metadata;
    const start = `${labelOf(pod, 'instance')}-ssh-host`;
    const kept = all.find(
      ({ metadata, data }) => metadata.namespace === namespace && metadata.name.startsWith(start) && data?.[name],
    );
    const found = kept && parseCertificate(Buffer.from(kept.data[name], 'base64').toString());
    return found ? { name: `${namespace}/${name}`, begins: iso(found.from), ends: iso(found.to) } : [];
  });
}

/** What the operator leases for environments, and until when unless it is renewed. */
export async function leasesOf(kubectl: Kubectl): Promise<Ending[]> {
  const which = ['vaultdynamicsecrets', '--all-namespaces', '--output', 'json'];
  const { exitCode, stdout } = await kubectl.run(['get', ...which]);
  if (exitCode !== 0) return [];
  return JSON.parse(String(stdout))
    .items.filter(({ status }: KubeObject) => status?.secretLease?.duration)
    .map(({ metadata, status }: KubeObject) => ({
      name: `${metadata.namespace}/${metadata.name}`,
      ends: iso((status.lastRenewalTime + status.secretLease.duration) * 1000),
    }));
}

/** When the tokens end that Boundary's stores log in to Vault with, in seconds since 1970. */
const TOKENS = `PGHOST=/tmp PGUSER="$1" PGDATABASE="$1" exec psql --no-psqlrc --tuples-only --no-align --command \
"select store_id, extract(epoch from expiration_time)::bigint from credential_vault_token where status = 'current'"`;

/** Boundary's tokens of Vault, which renew themselves while it runs; none where its database is somebody else's. */
export async function tokensOf(kubectl: Kubectl, pods: readonly KubeObject[]): Promise<Ending[]> {
  const database = pods.find((pod) => labelOf(pod, 'instance') === 'boundary-database' && isReady(pod));
  if (!database) return [];
  const { name, namespace } = database.metadata;
  const secret = await kubectl.find('secret', 'boundary-database', namespace);
  const user = Buffer.from(secret?.data?.username ?? '', 'base64').toString();
  const place = ['--namespace', namespace, name, '--container', 'postgresql'];
  const { exitCode, stdout } = await kubectl.run(['exec', ...place, '--', 'sh', '-c', TOKENS, 'sh', user]);
  if (exitCode !== 0) return [];
  const rows = String(stdout).split('\n').filter(Boolean);
  return rows.map((row) => {
    const [store, seconds] = row.split('|');
    return { name: `Boundary's credential store ${store}`, ends: iso(Number(seconds) * 1000) };
  });
}

/** Whether so little of its life is left that whoever renews it did not. */
function isLate({ begins, ends }: CertificateStatus, now: number): boolean {
  const life = begins ? Date.parse(ends) - Date.parse(begins) : Number.POSITIVE_INFINITY;
  return Date.parse(ends) - now < Math.min(MOST_LATE_DAYS * DAY_MS, life * LATE_SHARE);
}

/** What people should know of certificates, the authority's first. */
export function certificateWarnings(certificates: readonly CertificateStatus[], now = Date.now()): string[] {
  const authorities = certificates.filter(({ name }) => isAuthority(name));
  const others = certificates.filter((one) => !authorities.includes(one));
  return [
    ...authorities
      .filter(({ ends }) => Date.parse(ends) - now < AUTHORITY_SOON_DAYS * DAY_MS)
      .map(
        ({ ends }) =>
          `the authority of all certificates ends on ${ends.slice(0, 10)}: sandboxctl secrets replace-authority makes another one`,
      ),
    ...authorities
      .filter(({ isReplaced }) => isReplaced)
      .map(() => 'two authorities are trusted: sandboxctl secrets replace-authority goes on until one is'),
    ...others
      .filter((one) => isLate(one, now))
      .map(({ name, ends }) => `the certificate ${name} ends on ${ends.slice(0, 10)}, and should have been renewed`),
  ];
}

/** What people should know of what is renewed all the time. */
export const endedWarnings = (what: string, all: readonly Ending[], now = Date.now()): string[] =>
  all
    .filter(({ ends }) => Date.parse(ends) < now)
    .map(({ name, ends }) => `the ${what} of ${name} ended on ${ends.slice(0, 10)}, and should have been renewed`);
