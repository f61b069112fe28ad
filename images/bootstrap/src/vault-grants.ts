import {
  ISSUER_MOUNT,
  pathsOf,
  policyText,
  type VaultJwtRole,
  type VaultKubernetesRole,
} from '../../../constructs/core/facts';
import { expectOk } from './http';
import { log } from './program';
import type { VaultClient } from './vault-client';

export interface KubernetesRole extends VaultKubernetesRole {
  /** Leaves out what every token may do: look at itself, renew and revoke itself. @default false */
  readonly noDefaultPolicy?: boolean;
}

/** Logins that follow from grants, and what each may do. */
export interface Grants {
  /** All names of policies and roles begin so, and what begins so and is not among them goes. */
  readonly prefix: string;
  /** With a line for each path, capabilities first. */
  readonly policies: readonly { readonly name: string; readonly rules: readonly string[] }[];
  readonly kubernetesRoles: readonly KubernetesRole[];
  readonly jwtRoles: readonly VaultJwtRole[];
}

const JWT_TOKEN_SEC = 900;

/** Writes what was granted, and removes what is granted no longer: logins first, then what they could do. */
export async function applyGrants(vault: VaultClient, grants: Grants): Promise<void> {
  const { prefix, policies, kubernetesRoles, jwtRoles } = grants;
  for (const { name, rules } of policies)
    await vault.write(`sys/policies/acl/${name}`, { policy: policyText(pathsOf(rules)) });
  for (const role of kubernetesRoles) await writeKubernetesRole(vault, role);
  for (const role of jwtRoles) await writeJwtRole(vault, role);
  const roles = [
    ...kubernetesRoles.map(({ name }) => `auth/kubernetes/role/${name}`),
    ...jwtRoles.map(({ mount, name }) => `auth/${mount}/role/${name}`),
  ];
  for (const mount of await loginMounts(vault, jwtRoles))
    await removeOthers(vault, `auth/${mount}/role`, prefix, roles);
  const written = policies.map(({ name }) => `sys/policies/acl/${name}`);
  await removeOthers(vault, 'sys/policies/acl', prefix, written);
}

export async function writeKubernetesRole(vault: VaultClient, role: KubernetesRole): Promise<void> {
  await vault.write(`auth/kubernetes/role/${role.name}`, {
    bound_service_account_names: role.serviceAccounts,
    bound_service_account_namespaces: role.namespaces,
    audience: role.audience,
    token_policies: role.policies,
    // A period and no maximum, or the operator would restart its consumers whenever its token ends.
    token_period: role.tokenPeriodSec,
    token_no_default_policy: role.noDefaultPolicy ?? false,
  });
}

async function writeJwtRole(vault: VaultClient, { mount, name, audience, claims, policies }: VaultJwtRole) {
  await vault.write(`auth/${mount}/role/${name}`, {
    role_type: 'jwt',
    user_claim: 'sub',
    bound_audiences: [audience],
    bound_claims: claims,
    token_policies: policies,
    token_ttl: JWT_TOKEN_SEC,
    token_max_ttl: JWT_TOKEN_SEC,
  });
}

/** Logins that the platform made, those included whose issuer is trusted no longer. Administrators may have made others. */
async function loginMounts(vault: VaultClient, jwtRoles: readonly VaultJwtRole[]): Promise<string[]> {
  const answer = await vault.read('sys/auth');
  const methods: [string, { type: string }][] = Object.entries(answer.data ?? answer);
  const issuers = methods
    .filter(([path, { type }]) => type === 'jwt' && path.startsWith(ISSUER_MOUNT))
    .map(([path]) => path.slice(0, -1))
    .filter((path) => !path.includes('/'));
  return [...new Set(['kubernetes', ...jwtRoles.map(({ mount }) => mount), ...issuers])];
}

async function removeOthers(vault: VaultClient, path: string, prefix: string, wanted: readonly string[]) {
  const answer = await vault.ask('GET', `${path}?list=true`);
  // So Vault says that there is none.
  if (answer.status === 404) return;
  const names: string[] = expectOk(answer, `list ${path}`).data.keys;
  const stay = new Set(wanted);
  for (const name of names) {
    const one = `${path}/${name}`;
    if (!name.startsWith(prefix) || stay.has(one)) continue;
    expectOk(await vault.ask('DELETE', one), `delete ${one}`);
    log(`removed ${one}, which nothing grants any more`);
  }
}
