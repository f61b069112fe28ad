import type { PlatformConfig } from '../config';
import type { Grant } from './relation';
import { ALL, environmentsIn, type IsGiven, party, type Row, valuesOf } from './row';
import { hasWriters, ownSecrets, readsTokens, sharedSecrets, type WrittenSecret } from './secrets';

/** Secrets of the namespace that environments see whoever makes them, besides what is granted. */
const KNOWN = ['devenv-secrets', 'devenv-vault-secrets', 'tfe-dynamic-token'];
const TOKENS = 'tfe-dynamic-token';
const FOLDER = '/run/secrets/devenv';

/** A secret as its store names it. */
function nameIn({ secrets, namespaces }: PlatformConfig, { path, secretName }: WrittenSecret): string {
  const { delivery, csi, externalSecrets } = secrets;
  const { store } = externalSecrets;
  if (delivery === 'plain') return `Secret ${namespaces.environments}/${secretName}`;
  if (delivery === 'csi') return `${path.replace(/[^A-Za-z0-9]+/g, '-')}-… of the key vault ${csi.azureKeyVault?.name}`;
  if (delivery === 'externalSecrets' && store.type === 'awsSecretsManager')
    return `${store.prefix ?? ''}${path} of AWS Secrets Manager`;
  return `secret/${path} of Vault`;
}

const filesOf = (secretName: string, keys = 'each key') =>
  `${keys} as a variable and a file of ${FOLDER} (${secretName})`;

/** What is granted, and who writes it. */
function granted(config: PlatformConfig): Row[] {
  const { csi, delivery } = config.secrets;
  const keys = delivery === 'csi' ? csi.azureKeyVault?.keys.join(', ') : undefined;
  return [...sharedSecrets(config), ...ownSecrets(config)].flatMap(({ to, environments, by }: Grant<WrittenSecret>) => {
    const what = party('secret', nameIn(config, to));
    const writer = `${config.namespaces.bootstrap}/${to.path.replace(/\//g, '-')}-writer`;
    return [
      ...environmentsIn(config, environments).map(
        (who): Row => ({ who, what, how: filesOf(to.secretName, keys), allowed: 'yes', by }),
      ),
      ...(hasWriters(config)
        ? [{ who: party('serviceAccount', writer), what, how: 'reads and writes it', allowed: 'yes', by } as const]
        : []),
    ];
  });
}

/** Tokens that Vault makes, one for all. */
function tokens(config: PlatformConfig): Row[] {
  const { organization, teamId, userId } = config.vault.engines.terraform;
  const owner = organization ?? teamId ?? userId;
  const what = party('secret', `token of HCP Terraform for ${owner}`);
  const how = filesOf(TOKENS, 'TFE_TOKEN');
  const by = ['vault', 'engines', 'terraform', 'enabled'];
  return readsTokens(config) ? [{ who: ALL, what, how, allowed: 'yes', by }] : [];
}

/** Secrets of the environments' namespace that people make, under names that environments look for. */
function unmade(config: PlatformConfig): Row[] {
  const made = [...sharedSecrets(config).map(({ to }) => to.secretName), ...(readsTokens(config) ? [TOKENS] : [])];
  return KNOWN.filter((name) => !made.includes(name)).map((name) => ({
    who: ALL,
    what: party('secret', `Secret ${config.namespaces.environments}/${name}`),
    how: `${filesOf(name, name === TOKENS ? 'TFE_TOKEN' : undefined)}, once somebody makes it`,
    allowed: 'yes',
  }));
}

/** Secrets and claims that are mounted by name. */
const mounted = (config: PlatformConfig, isGiven: IsGiven): Row[] =>
  valuesOf(config, 'volumes', isGiven).flatMap(({ to, environments, by }) =>
    to.flatMap(({ mountPath, readOnly, secret, persistentVolumeClaim: claim }, index) => {
      const { environments: namespace } = config.namespaces;
      const what = secret
        ? party('secret', `Secret ${namespace}/${secret.name}`)
        : claim && party('volume', `claim ${namespace}/${claim.claimName}`);
      const how = `files of ${mountPath}${claim && readOnly ? ', read only' : ''}`;
      return what
        ? environmentsIn(config, environments).map(
            (who): Row => ({ who, what, how, allowed: 'yes', by: [...by, index] }),
          )
        : [];
    }),
  );

/** The cloud, as which environments are somebody. */
const clouds = (config: PlatformConfig, isGiven: IsGiven): Row[] =>
  valuesOf(config, 'serviceAccountAnnotations', isGiven).flatMap(({ to, environments, by }) =>
    Object.entries(to).flatMap(([key, value]) =>
      environmentsIn(config, environments).map(
        (who): Row => ({ who, what: party('part', `cloud identity ${value}`), how: key, allowed: 'yes', by }),
      ),
    ),
  );

/** Folders of people, who log in to Vault where its identity provider has a client with a secret. */
function folders({ vault, keycloak, oidc }: PlatformConfig): Row[] {
  const logsIn = oidc ? oidc.clientSecretName !== undefined : keycloak.enabled;
  if (!vault.enabled || !vault.engines.kv || !logsIn) return [];
  return [
    {
      who: party('anyone', 'everyone who logs in'),
      what: party('secret', 'secret/people/NAME of Vault'),
      how: 'reads and writes what is below the own name',
      allowed: 'yes',
      by: oidc ? ['oidc'] : ['keycloak', 'enabled'],
    },
  ];
}

/** Which secrets arrive where, and who writes them. */
export const reachOfSecrets = (config: PlatformConfig, isGiven: IsGiven): Row[] => [
  ...granted(config),
  ...tokens(config),
  ...unmade(config),
  ...mounted(config, isGiven),
  ...clouds(config, isGiven),
  ...folders(config),
];
