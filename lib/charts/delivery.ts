import type { Construct } from 'constructs';
import {
  type Environment,
  ExternalSecretsBinding,
  KvSecret,
  PlainSecrets,
  type SecretConsumer,
  type SecretDelivery,
  SecretsStoreBinding,
  type VaultCluster,
  VsoBinding,
} from '../../constructs';
import type { PlatformConfig } from '../config';
import { SHARED_PATH } from '../config/own-secret-rules';
import { installsOperator } from '../config/secret-rules';
import { each } from '../relations/relation';
import { hasWriters, ownSecrets, readsTokens, sharedSecrets } from '../relations/secrets';
import { PlatformChart } from './platform-chart';

type Way = PlatformConfig['secrets']['delivery'];

/** Folder of the objects of kinds that somebody else brings: applied after those, and not by whoever applies the rest. */
const FOLDERS: Readonly<Partial<Record<Way, string>>> = {
  vso: 'vault-secrets-operator',
  externalSecrets: 'external-secrets',
  csi: 'secrets-store-csi-driver',
};

/** What brings secrets into the environments' namespace, if anything does. */
export function makeDelivery(
  app: Construct,
  config: PlatformConfig,
  vault: VaultCluster | undefined,
): SecretDelivery | undefined {
  const { delivery, refreshInterval, externalSecrets, csi } = config.secrets;
  const { environments: namespace, secretsOperator: operatorNamespace } = config.namespaces;
  if (delivery === 'none') return undefined;
  const chart = new PlatformChart(app, '60-secret-delivery');
  const folder = FOLDERS[delivery];
  const customResources = folder ? new PlatformChart(app, '70-secrets', { folder }) : undefined;
  const common = { namespace, refreshInterval, customResources };
  if (delivery === 'plain') return new PlainSecrets(chart, 'delivery', common);
  if (delivery === 'csi') {
    const { name: keyVault, ...key } = required(csi.azureKeyVault, 'secrets.csi.azureKeyVault');
    return new SecretsStoreBinding(chart, 'delivery', { ...common, keyVault, ...key });
  }
  if (delivery === 'vso') {
    const foreignOperator = !installsOperator(config);
    return new VsoBinding(chart, 'delivery', {
      ...common,
      operatorNamespace,
      foreignOperator,
      vault: required(vault, 'vault'),
    });
  }
  const { store, namespace: controllers } = externalSecrets;
  return new ExternalSecretsBinding(chart, 'delivery', {
    ...common,
    operatorNamespace: controllers,
    store: store.type === 'vault' ? required(vault, 'vault') : store,
  });
}

const secretAt = ({ vault: { engines } }: PlatformConfig, vault: VaultCluster | undefined, path: string): KvSecret =>
  vault && engines.kv ? vault.kv.secret(path) : new KvSecret('secret', path);

/** The engines that the configuration names, and what environments are granted of them. */
export function grantSecrets(config: PlatformConfig, vault: VaultCluster | undefined, consumer: SecretConsumer): void {
  const { engines } = config.vault;
  const { organization, teamId, userId, host, ttl } = engines.terraform;
  const owner = { organization, teamId, userId, ttl };
  const terraform = vault && engines.terraform.enabled ? vault.terraformCloud({ host, ...owner }) : undefined;
  // The engine is there without readers, too.
  secretAt(config, vault, SHARED_PATH);
  // Every environment of the namespace shares what is delivered there, so one grant serves them all.
  for (const { to } of sharedSecrets(config)) {
    const secret = secretAt(config, vault, to.path);
    secret.grantRead(consumer, to.secretName);
    if (vault && hasWriters(config)) secret.grantWrite(vault);
  }
  if (readsTokens(config)) terraform?.grantToken(consumer);
}

/** What single environments are granted, and nobody beside them. */
export function grantOwnSecrets(
  config: PlatformConfig,
  vault: VaultCluster | undefined,
  environments: readonly Environment[],
): void {
  for (const [{ path, secretName }, environment] of each(ownSecrets(config), environments)) {
    const secret = secretAt(config, vault, path);
    secret.grantRead(environment, secretName);
    if (vault && hasWriters(config)) secret.grantWrite(vault, environment);
  }
}

function required<T>(value: T | undefined, setting: string): T {
  if (value === undefined) throw new Error(`this way of delivering secrets needs ${setting}`);
  return value;
}
