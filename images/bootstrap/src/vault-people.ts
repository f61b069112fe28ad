import { policyText } from '../../../constructs/core/facts';
import { authorityOf, type IssuerAuthority } from './issuer';
import { type SecretKey, secretValue } from './kubernetes';
import { log } from './program';
import type { VaultClient } from './vault-client';
import { enable } from './vault-setup';

/** How people log in, and whose name in which claim they then have. */
export interface People extends IssuerAuthority {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: SecretKey;
  readonly scopes: readonly string[];
  readonly usernameClaim: string;
  readonly groupsClaim: string;
  readonly redirectUris: readonly string[];
  /** Folder of a key-value engine with a folder for each person. */
  readonly folder: { readonly mount: string; readonly path: string };
}

const METHOD = 'oidc';
const ROLE = 'people';

/** What a person may do: everything below the folder of the name that the login gave. */
export function ownPaths({ mount, path }: People['folder'], accessor: string): Record<string, readonly string[]> {
  const own = `${path}/{{identity.entity.aliases.${accessor}.name}}`;
  return {
    [`${mount}/data/${own}/*`]: ['create', 'read', 'update', 'patch', 'delete'],
    [`${mount}/metadata/${own}`]: ['list'],
    [`${mount}/metadata/${own}/*`]: ['create', 'read', 'update', 'delete', 'list'],
    [`${mount}/delete/${own}/*`]: ['update'],
    [`${mount}/undelete/${own}/*`]: ['update'],
  };
}

/** Lets people log in. Vault asks their identity provider while this is written, so it fails until that one answers. */
export async function letPeopleIn(vault: VaultClient, people: People): Promise<void> {
  await enable(vault, 'auth', { [METHOD]: { type: 'oidc', config: { listing_visibility: 'unauth' } } });
  const { accessor } = (await vault.read('sys/auth')).data[`${METHOD}/`];
  await vault.write(`sys/policies/acl/${ROLE}`, { policy: policyText(ownPaths(people.folder, accessor)) });
  await vault.write(`auth/${METHOD}/config`, {
    oidc_discovery_url: people.issuer,
    // Empty, it takes one away that was there before.
    oidc_discovery_ca_pem: authorityOf(people) ?? '',
    oidc_client_id: people.clientId,
    oidc_client_secret: await secretValue(people.clientSecret),
    default_role: ROLE,
  });
  await vault.write(`auth/${METHOD}/role/${ROLE}`, {
    role_type: 'oidc',
    user_claim: people.usernameClaim,
    groups_claim: people.groupsClaim,
    oidc_scopes: people.scopes,
    allowed_redirect_uris: people.redirectUris,
    token_policies: [ROLE],
    token_ttl: 3600,
    token_max_ttl: 8 * 3600,
  });
  log('people can log in');
}
