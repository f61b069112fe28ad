import { expectOk } from './http';
import { read, write } from './kubernetes';
import { log } from './program';
import type { VaultClient } from './vault-client';

/** What must stand inside Vault before anything else can use it. Everything here may be applied any number of times. */
export interface Setup {
  /** Role by which the bootstrap itself logs in later. */
  readonly bootstrapRole: string;
  readonly mounts: readonly {
    readonly path: string;
    readonly type: string;
    readonly options?: Record<string, string>;
    readonly description: string;
  }[];
  readonly policies: readonly { readonly name: string; readonly paths: Record<string, readonly string[]> }[];
  readonly roles: readonly {
    readonly name: string;
    readonly serviceAccounts: readonly string[];
    readonly namespaces: readonly string[];
    readonly audience: string;
    readonly policies: readonly string[];
    readonly tokenPeriodSec: number;
  }[];
  readonly tokenRoles: readonly {
    readonly name: string;
    readonly allowedPolicies: readonly string[];
    readonly periodSec: number;
  }[];
  /** SSH mounts whose authority is made here, and where its public key goes. */
  readonly sshAuthorities: readonly {
    readonly mount: string;
    readonly publishTo: readonly { readonly namespace: string; readonly configMap: string; readonly key: string }[];
  }[];
}

export const policyText = (paths: Record<string, readonly string[]>): string =>
  Object.entries(paths)
    .map(
      ([path, capabilities]) => `path ${JSON.stringify(path)} {\n  capabilities = ${JSON.stringify(capabilities)}\n}`,
    )
    .join('\n');

export async function applySetup(vault: VaultClient, setup: Setup): Promise<void> {
  await enable(vault, 'audit', { stdout: { type: 'file', options: { file_path: 'stdout' } } });
  await enable(vault, 'auth', { kubernetes: { type: 'kubernetes' } });
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
  for (const role of setup.roles) {
    await vault.write(`auth/kubernetes/role/${role.name}`, {
      bound_service_account_names: role.serviceAccounts,
      bound_service_account_namespaces: role.namespaces,
      audience: role.audience,
      token_policies: role.policies,
      token_period: role.tokenPeriodSec,
    });
  }
  for (const authority of setup.sshAuthorities) await publishAuthority(vault, authority);
}

async function enable(
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

async function publishAuthority(
  vault: VaultClient,
  { mount, publishTo }: Setup['sshAuthorities'][number],
): Promise<void> {
  const path = `${mount}/config/ca`;
  const present = await vault.ask('GET', path);
  if (present.status >= 400)
    expectOk(await vault.ask('POST', path, { generate_signing_key: true, key_type: 'ed25519' }), `write ${path}`);
  const { data } = await vault.read(path);
  for (const { namespace, configMap, key } of publishTo) {
    const published = await read('configmaps', namespace, configMap);
    if (published?.[key]?.trim() !== data.public_key.trim())
      await write('configmaps', namespace, configMap, { [key]: data.public_key });
  }
}
