import { clash, path, type Rule, shared, when } from './contradiction';
import { settings, users } from './people';
import type { PlatformConfig } from './schema';
import { deliversFromVault } from './secret-rules';

/** Below `secret/`, or by a store's names: the credentials that all environments have. */
export const SHARED_PATH = 'devenv/credentials';

/** The Secret that a user's environment has alone; no user's is called as one that all have. */
export const ownSecretName = (user: string): string => `devenv-${user}-vault-secrets`;

/** Secrets that one environment has alone, and where each stands. */
const ownSecrets = (config: PlatformConfig) =>
  users(config).flatMap(({ at, name, user }) =>
    user.secrets ? [{ at: [...at, 'secrets', 'path'], name, path: user.secrets.path }] : [],
  );

/** What is made of a path for names of objects, and of secrets in stores without folders. */
const nameOf = (secret: string): string => secret.replace(/[^a-z0-9]+/g, '-');

/** What a secret of one environment needs of the other settings. */
export const ownSecretRules: Rule[] = [
  (config) =>
    ownSecrets(config).flatMap(({ at }) =>
      when(config.secrets.delivery === 'none', () =>
        clash(
          `cannot arrive: nobody delivers secrets here${config.vault.enabled ? '' : ', as there is no Vault'}; choose another way in secrets.delivery, or leave this out`,
          at,
          'secrets.delivery',
        ),
      ),
    ),
  (config) =>
    ownSecrets(config).flatMap(({ at }) =>
      when(deliversFromVault(config) && !config.vault.engines.kv, () =>
        clash('contradicts vault.engines.kv: false: the engine that would have it is left out', at, 'vault.engines.kv'),
      ),
    ),
  (config) =>
    ownSecrets(config).flatMap(({ at, name, path: own }) =>
      when(nameOf(own) === nameOf(SHARED_PATH), () =>
        clash(
          `given ${JSON.stringify(own)}, is called as ${SHARED_PATH}, which all environments have: choose another, such as devenv/${name}`,
          at,
        ),
      ),
    ),
  (config) =>
    shared(
      ownSecrets(config).map(({ at, path: own }) => [at, nameOf(own)]),
      (other) =>
        `is the secret of ${other} too, or called as it where / and . are written -: each environment has its own, and what several have stands in ${SHARED_PATH}`,
    ),
  (config, written) => {
    const owners = new Map(ownSecrets(config).map(({ name }) => [ownSecretName(name), name]));
    return settings(config, written, 'volumes').flatMap(({ at, own: { volumes } }) =>
      volumes.flatMap(({ secret }, index) => {
        const owner = owners.get(secret?.name ?? '');
        return when(owner !== undefined && at.at(-1) !== owner, () => {
          const message = `is the Secret that ${owner} has alone (environments.users.${owner}.secrets): leave this volume out`;
          return clash(
            message,
            [...at, 'volumes', index, 'secret', 'name'],
            path(`environments.users.${owner}.secrets`),
          );
        });
      }),
    );
  },
];
