import type { Construct } from 'constructs';
import {
  allow,
  BoundaryControl,
  type BoundaryFacts,
  CertificateAuthority,
  configure,
  type Environment,
  type IdentityProvider,
  Keycloak,
  KUBERNETES_API_PORTS,
  kubernetesApi,
  PlatformNamespace,
  type PlatformNamespaceProps,
  podPeer,
  Seal,
  VaultCluster,
  type VaultFacts,
  VsoBinding,
} from '../../constructs';
import type { PlatformConfig } from '../config';
import { makeEnvironments } from './environments';
import { exposures } from './exposures';
import { PlatformChart } from './platform-chart';
import { withDisk } from './resources';

/** What the stacks need to know of the platform, as plain data. */
export interface PlatformFacts {
  readonly vault?: VaultFacts;
  readonly boundary?: BoundaryFacts;
  /** Where the platform's authority is published. */
  readonly authority?: { readonly namespace: string; readonly configMap: string };
  /** Namespace that keeps the workspaces. */
  readonly environmentsNamespace: string;
}

/** Makes every chart of the platform below `app`, in the order in which they are applied. */
export function makePlatform(app: Construct, config: PlatformConfig): PlatformFacts {
  configure(app, {
    podSecurity: config.podSecurity,
    assignedUids: config.profile === 'openshift',
    imagePullPolicy: config.images.pullPolicy,
    imagePullSecrets: config.images.pullSecrets,
    labels: config.labels,
    annotations: config.annotations,
    bootstrapImage: config.images.bootstrap,
    ...(config.network.kubernetesApi.length > 0 && { kubernetesApi: config.network.kubernetesApi }),
  });
  makeNamespaces(app, config);
  const authority = makeAuthority(app, config);
  const vault = authority && config.vault.enabled ? makeVault(app, config, authority) : undefined;
  const keycloak = authority && config.keycloak.enabled ? makeKeycloak(app, config, authority) : undefined;
  const boundary =
    authority && config.boundary.enabled
      ? makeBoundary(app, config, { authority, vault, identity: keycloak?.identityFor('boundary') })
      : undefined;
  const delivery = vault && config.secrets.delivery === 'vso' ? makeDelivery(app, config, vault) : undefined;
  const { sets, environments } = makeEnvironments(app, config, delivery);
  if (vault && delivery) {
    const { kv, terraform } = config.vault.engines;
    // Every environment of the namespace shares what is delivered there, so one grant serves them all.
    if (kv) vault.kv.secret('devenv/credentials').grantRead(sets[0], 'devenv-vault-secrets');
    if (terraform.enabled) {
      const { host, organization, teamId } = terraform;
      vault.terraformCloud({ host, ...(teamId ? { teamId } : { organization }) }).grantToken(sets[0]);
    }
  }
  if (boundary && vault && config.boundary.targets && config.vault.engines.ssh)
    grantAccess(config, boundary, environments);
  return {
    vault: vault?.facts,
    boundary: boundary?.facts,
    authority: vault && { namespace: config.namespaces.bootstrap, configMap: CertificateAuthority.BUNDLE },
    environmentsNamespace: config.namespaces.environments,
  };
}

function makeNamespaces(app: Construct, config: PlatformConfig): void {
  const { namespaces, vault, boundary, keycloak, secrets } = config;
  const relaxed = config.podSecurity === 'relaxed';
  const chart = new PlatformChart(app, '00-namespaces');
  const wanted: readonly (PlatformNamespaceProps & { readonly when: boolean })[] = [
    { name: namespaces.bootstrap, when: vault.enabled || boundary.enabled || keycloak.enabled },
    { name: namespaces.vault, when: vault.enabled },
    { name: namespaces.keycloak, when: keycloak.enabled },
    { name: namespaces.boundary, when: boundary.enabled },
    { name: namespaces.secretsOperator, when: secrets.delivery === 'vso' },
    {
      name: namespaces.environments,
      when: true,
      podSecurity: relaxed ? 'baseline' : 'restricted',
      keep: config.deletion.keepWorkspaces,
    },
  ];
  for (const { when, ...props } of wanted) {
    if (when) new PlatformNamespace(chart, props.name, { ...props, dns: config.network.dns });
  }
  if (secrets.delivery === 'vso') allowOperator(chart, namespaces.secretsOperator);
}

/** The operator's pods, as its chart labels them, work through the API server. */
function allowOperator(chart: PlatformChart, namespace: string): void {
  const identity = {
    name: 'vault-secrets-operator',
    instance: 'vault-secrets-operator',
    component: 'controller-manager',
  };
  const peer = {
    ...podPeer(chart, namespace, identity),
    podLabels: { 'app.kubernetes.io/name': 'vault-secrets-operator' },
  };
  allow(peer, kubernetesApi(chart), KUBERNETES_API_PORTS);
}

function makeAuthority(
  app: Construct,
  { namespaces, vault, boundary, keycloak }: PlatformConfig,
): CertificateAuthority | undefined {
  if (!vault.enabled && !boundary.enabled && !keycloak.enabled) return undefined;
  return new CertificateAuthority(new PlatformChart(app, '10-certificates'), 'authority', {
    namespace: namespaces.bootstrap,
  });
}

function makeVault(app: Construct, config: PlatformConfig, authority: CertificateAuthority): VaultCluster {
  const { replicas, storage, storageClassName, resources, seal, engines } = config.vault;
  const vault = new VaultCluster(new PlatformChart(app, '20-vault'), 'vault', {
    namespace: config.namespaces.vault,
    bootstrapNamespace: config.namespaces.bootstrap,
    image: config.images.vault,
    replicas: replicas as 1 | 3 | 5,
    storage,
    storageClassName,
    resources: withDisk(resources, '64Mi', '1Gi'),
    seal: sealOf(seal),
    authority,
    exposure: exposures(config).vault,
  });
  if (engines.ssh) vault.ssh.publishTo(config.namespaces.environments);
  return vault;
}

function sealOf(seal: PlatformConfig['vault']['seal']): Seal {
  switch (seal.type) {
    case 'transit':
      return Seal.transit({ ...seal, tokenSecretName: seal.tokenSecret });
    case 'awskms':
      return Seal.awsKms(seal);
    case 'gcpckms':
      return Seal.gcpCloudKms(seal);
    case 'azurekeyvault':
      return Seal.azureKeyVault(seal);
    default:
      return Seal.development();
  }
}

function makeKeycloak(app: Construct, config: PlatformConfig, authority: CertificateAuthority): Keycloak {
  const { storage, realm, groups } = config.keycloak;
  return new Keycloak(new PlatformChart(app, '30-keycloak'), 'keycloak', {
    namespace: config.namespaces.keycloak,
    image: config.images.keycloak,
    database: { image: config.images.postgres, storage },
    authority,
    exposure: exposures(config).keycloak,
    realm,
    groups,
  });
}

function makeBoundary(
  app: Construct,
  config: PlatformConfig,
  uses: { authority: CertificateAuthority; vault?: VaultCluster; identity?: IdentityProvider },
): BoundaryControl {
  const { controllers, workers, database } = config.boundary;
  const { boundary: exposure, boundaryWorker: workerExposure } = exposures(config);
  return new BoundaryControl(new PlatformChart(app, '40-boundary'), 'boundary', {
    namespace: config.namespaces.boundary,
    image: config.images.boundary,
    controllers,
    workers,
    database: { image: config.images.postgres, storage: database.storage },
    exposure,
    workerExposure,
    ...uses,
  });
}

function makeDelivery(app: Construct, config: PlatformConfig, vault: VaultCluster): VsoBinding {
  const { namespaces, secrets } = config;
  return new VsoBinding(new PlatformChart(app, '60-secret-delivery'), 'delivery', {
    vault,
    namespace: namespaces.environments,
    operatorNamespace: namespaces.secretsOperator,
    refreshInterval: secrets.refreshInterval,
    // Kinds that only the operator brings: applied after it, and not by whoever applies the rest.
    customResources: new PlatformChart(app, '70-secrets', { folder: 'vault-secrets-operator' }),
  });
}

/** People enter their own environment; groups enter those that the configuration names. */
function grantAccess(config: PlatformConfig, boundary: BoundaryControl, environments: readonly Environment[]): void {
  for (const environment of environments) {
    const { user } = environment;
    if (user) boundary.grantSsh({ kind: 'user', name: config.environments.users[user].login }, environment);
  }
  for (const { group, environments: names } of config.environments.access) {
    for (const environment of environments) {
      const named =
        names === 'all' || names.includes(environment.name) || (environment.user && names.includes(environment.user));
      if (named) boundary.grantSsh({ kind: 'group', name: group }, environment);
    }
  }
}
