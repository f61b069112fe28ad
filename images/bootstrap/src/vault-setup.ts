import { policyText, type VaultRule } from '../../../constructs/core/facts';
import { expectOk } from './http';
import { authorityOf, type IssuerAuthority } from './issuer';
import { read, type SecretKey, secretValue, write } from './kubernetes';
import { log } from './program';
import type { VaultClient } from './vault-client';
import { applyGrants, type Grants, type KubernetesRole, writeKubernetesRole } from './vault-grants';

/** What must stand inside Vault before anything else can use it. Everything here may be applied any number of times. */
export interface Setup {
  /** File of each server with its audit log. */
  readonly auditLog: string;
  /** Role by which the bootstrap itself logs in later. */
  readonly bootstrapRole: string;
  readonly mounts: readonly {
    readonly path: string;
    readonly type: string;
    readonly options?: Record<string, string>;
    readonly description: string;
    readonly config?: Record<string, string>;
  }[];
  readonly policies: readonly { readonly name: string; readonly paths: Record<string, VaultRule> }[];
  readonly roles: readonly KubernetesRole[];
  readonly tokenRoles: readonly {
    readonly name: string;
    readonly allowedPolicies: readonly string[];
    readonly periodSec: number;
  }[];
  /** SSH mounts whose authorities are made here, and where their public keys go, a line each with `prefix` before it. */
  readonly sshAuthorities: readonly {
    readonly mounts: readonly string[];
    readonly prefix: string;
    readonly publishTo: { readonly namespace: string; readonly configMap: string; readonly key: string };
  }[];
  /** Roles that sign host keys for names below domains. */
  readonly sshHostRoles: readonly {
    readonly mount: string;
    readonly name: string;
    readonly domains: readonly string[];
    readonly ttlSec: number;
  }[];
  /** PKI mounts whose authority is made here, its key inside Vault. */
  readonly certificateAuthorities: readonly {
    readonly mount: string;
    readonly commonName: string;
    readonly ttlSec: number;
  }[];
  /** Databases that Vault makes users in, and the Secret with the password of the user that it does so by. */
  readonly databases: readonly {
    readonly mount: string;
    readonly name: string;
    /** With `{{username}}` and `{{password}}` in their places. */
    readonly url: string;
    readonly username: string;
    readonly password: SecretKey;
    /** What signs its certificate, in PEM, unless everybody trusts that. */
    readonly certificateAuthority?: string;
  }[];
  /** Logins with tokens of other issuers. */
  readonly issuers: readonly ({ readonly mount: string; readonly issuer: string } & IssuerAuthority)[];
  /** Who logs in by grants. */
  readonly grants: Grants;
  /** Keys of transit engines. */
  readonly transitKeys: readonly { readonly mount: string; readonly name: string }[];
  /** Tokens that pods hold, each of a token role, and the Secret that each is in. */
  readonly tokens: readonly (SecretKey & { readonly role: string; readonly policies: readonly string[] })[];
}

export async function applySetup(vault: VaultClient, setup: Setup): Promise<void> {
  const auditTo = (path: string) => ({ type: 'file', options: { file_path: path } });
  // Vault goes on as long as one of them takes what it writes.
  await enable(vault, 'audit', { stdout: auditTo('stdout'), file: auditTo(setup.auditLog) });
  const issuers = setup.issuers.map(({ mount }) => [mount, { type: 'jwt' }]);
  await enable(vault, 'auth', { kubernetes: { type: 'kubernetes' }, ...Object.fromEntries(issuers) });
  await vault.write('auth/kubernetes/config', { kubernetes_host: 'https://kubernetes.default.svc' });
  await enable(vault, 'mounts', Object.fromEntries(setup.mounts.map(({ path, ...mount }) => [path, mount])));
  for (const { name, paths } of setup.policies)
    await vault.write(`sys/policies/acl/${name}`, { policy: policyText(paths) });
  for (const role of setup.tokenRoles) {
    await vault.write(`auth/token/roles/${role.name}`, {
      allowed_policies: role.allowedPolicies,
      orphan: true,
      renewable: true,
      token_period: role.periodSec,
      token_type: 'service',
    });
  }
  for (const role of setup.roles) await writeKubernetesRole(vault, role);
  await applyGrants(vault, setup.grants);
  for (const authorities of setup.sshAuthorities) await publishAuthorities(vault, authorities);
  for (const { mount, name, domains, ttlSec } of setup.sshHostRoles) {
    await vault.write(`${mount}/roles/${name}`, {
      key_type: 'ca',
      allow_host_certificates: true,
      allowed_domains: domains.join(','),
      allow_subdomains: true,
      ttl: ttlSec,
      max_ttl: ttlSec,
    });
  }
  for (const authority of setup.certificateAuthorities) await makeAuthority(vault, authority);
  for (const { mount, name } of setup.transitKeys) await makeKey(vault, `${mount}/keys/${name}`);
  for (const token of setup.tokens) await keepToken(vault, token);
}

export async function enable(
  vault: VaultClient,
  kind: 'audit' | 'auth' | 'mounts',
  wanted: Record<string, object>,
): Promise<void> {
  const answer = await vault.read(`sys/${kind}`);
  const present = answer.data ?? answer;
  for (const [path, body] of Object.entries(wanted)) {
    if (present[`${path}/`]) continue;
    await vault.write(`sys/${kind}/${path}`, body);
    log(`enabled ${kind} ${path}`);
  }
}

export async function publishAuthorities(
  vault: VaultClient,
  { mounts, prefix, publishTo: { namespace, configMap, key } }: Setup['sshAuthorities'][number],
): Promise<void> {
  const keys: string[] = [];
  for (const mount of mounts) keys.push(await publicKey(vault, mount));
  const text = keys.map((line) => `${prefix}${line}\n`).join('');
  const published = await read('configmaps', namespace, configMap);
  if (published?.[key] !== text) await write('configmaps', namespace, configMap, { [key]: text });
}

/** The public key of a mount's authority, which is made where there is none. */
async function publicKey(vault: VaultClient, mount: string): Promise<string> {
  const path = `${mount}/config/ca`;
  if ((await vault.ask('GET', path)).status >= 400)
    expectOk(await vault.ask('POST', path, { generate_signing_key: true, key_type: 'ed25519' }), `write ${path}`);
  return (await vault.read(path)).data.public_key.trim();
}

async function makeAuthority(
  vault: VaultClient,
  { mount, commonName, ttlSec }: Setup['certificateAuthorities'][number],
): Promise<void> {
  if ((await vault.ask('GET', `${mount}/cert/ca`)).status === 200) return;
  const key = { key_type: 'ec', key_bits: 256 };
  await vault.write(`${mount}/root/generate/internal`, { common_name: commonName, ttl: `${ttlSec}s`, ...key });
  log(`made the authority of ${mount}`);
}

/** Lets tokens of another issuer be shown. Vault asks it for its keys while this is written. */
export async function trustIssuer(
  vault: VaultClient,
  { mount, issuer, ...authority }: Setup['issuers'][number],
): Promise<void> {
  const oidc_discovery_ca_pem = authorityOf(authority) ?? '';
  await vault.write(`auth/${mount}/config`, {
    oidc_discovery_url: issuer,
    bound_issuer: issuer,
    oidc_discovery_ca_pem,
  });
  log(`${issuer} is trusted`);
}

/** Tells Vault of a database that it knows otherwise or not at all. Fails while that is out of reach. */
export async function connectDatabase(
  vault: VaultClient,
  { mount, name, url, username, password: at, certificateAuthority: tls_ca = '' }: Setup['databases'][number],
): Promise<void> {
  const path = `${mount}/config/${name}`;
  const known = (await vault.ask('GET', path)).body?.data?.connection_details;
  if (known?.connection_url === url && known.username === username && (known.tls_ca ?? '') === tls_ca) return;
  const password = await secretValue(at);
  const plugin = { plugin_name: 'postgresql-database-plugin', password_authentication: 'scram-sha-256' };
  await vault.write(path, { ...plugin, connection_url: url, username, password, tls_ca, allowed_roles: '*' });
  log(`connected ${path}`);
}

async function makeKey(vault: VaultClient, path: string): Promise<void> {
  if ((await vault.ask('GET', path)).status === 200) return;
  await vault.write(path, { type: 'aes256-gcm96' });
  log(`made ${path}`);
}

/** Renews the token that stands in a Secret; where there is none that Vault knows, makes one. */
async function keepToken(
  vault: VaultClient,
  { role, policies, namespace, secretName, key }: Setup['tokens'][number],
): Promise<void> {
  const kept = (await read('secrets', namespace, secretName))?.[key];
  const renewed = kept ? await vault.with(kept).ask('POST', 'auth/token/renew-self', {}) : undefined;
  // Only Vault's word that it knows no such token counts, not a moment's trouble.
  if (renewed && renewed.status !== 403) return void expectOk(renewed, `renew the token in ${namespace}/${secretName}`);
  const { auth } = await vault.write(`auth/token/create/${role}`, { policies, display_name: role });
  await write('secrets', namespace, secretName, { [key]: auth.client_token });
  log(`made the token in ${namespace}/${secretName}`);
}
