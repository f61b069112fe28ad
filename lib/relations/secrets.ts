import type { PlatformConfig } from '../config';
import { ownSecretName, SHARED_PATH } from '../config/own-secret-rules';
import { deliversFromVault } from '../config/secret-rules';
import type { Grant } from './relation';

/** A secret that people write, and the Secret by which environments have it. */
export interface WrittenSecret {
  readonly path: string;
  readonly secretName: string;
}

const isDelivered = ({ secrets }: PlatformConfig): boolean => secrets.delivery !== 'none';

/** What all environments read: their namespace shares what is delivered there. */
export const sharedSecrets = (config: PlatformConfig): Grant<WrittenSecret>[] =>
  isDelivered(config) && config.vault.engines.kv
    ? [
        {
          to: { path: SHARED_PATH, secretName: 'devenv-vault-secrets' },
          environments: 'all',
          by: ['secrets', 'delivery'],
        },
      ]
    : [];

/** What single environments read, and nobody beside them. */
export const ownSecrets = ({ environments: { users } }: PlatformConfig): Grant<WrittenSecret>[] =>
  Object.entries(users).flatMap(([user, { secrets }]) =>
    secrets
      ? [
          {
            to: { path: secrets.path, secretName: ownSecretName(user) },
            environments: [user],
            by: ['environments', 'users', user, 'secrets', 'path'],
          },
        ]
      : [],
  );

/** Whether all environments get tokens of HCP Terraform. */
export const readsTokens = (config: PlatformConfig): boolean =>
  isDelivered(config) && config.vault.enabled && config.vault.engines.terraform.enabled;

/** Whether a login of Vault's writes each of these secrets: elsewhere their stores' own tools do. */
export const hasWriters = (config: PlatformConfig): boolean => config.vault.enabled && deliversFromVault(config);
