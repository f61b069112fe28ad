import type { Construct } from 'constructs';
import {
  allowKubernetesApi,
  BackupTarget,
  BoundaryControl,
  type BoundaryFacts,
  CertificateAuthority,
  configure,
  type DevEnvStatefulSet,
  type Environment,
  type IdentityProvider,
  Keycloak,
  mirrored,
  PlatformNamespace,
  type PlatformNamespaceProps,
  podPeer,
  VaultBackup,
  VaultCluster,
  type VaultFacts,
  VaultSnapshots,
  VsoBinding,
} from '../../constructs';
import { type PlatformConfig, secondsOf } from '../config';
import { withoutArmor } from '../config/formats/pgp';
import { installsOperator } from '../config/secret-rules';
import { asksOnTheWeb, sessions, signers } from '../relations/entries';
import { each } from '../relations/relation';
import { grantOwnSecrets, grantSecrets, makeDelivery } from './delivery';
import { makeEnvironments } from './environments';
import { exposures } from './exposures';
import { kmsOf, sealOf } from './keys';
import { PlatformChart } from './platform-chart';
import { resourcesOf } from './resources';
import { commonSettings } from './settings';
import { identityOf, makeWeb } from './web';

/** What the stacks need to know of the platform, as plain data. */
export interface PlatformFacts {
  readonly vault?: VaultFacts;
  readonly boundary?: BoundaryFacts;
  /** Where the platform's authority is published. */
  readonly authority?: { readonly namespace: string; readonly configMap: string };
  /** Whether the Vault Secrets Operator keeps its logins over restarts, encrypted by Vault. */
  readonly keepsOperatorLogins: boolean;
  /** Where the images of the operator's chart come from, without their tags. */
  readonly operatorImages: { readonly manager: string; readonly kubeRbacProxy: string };
  /** Namespace that keeps the workspaces. */
  readonly environmentsNamespace: string;
}

/** Makes every chart of the platform below `app`, in the order in which they are applied. */
export function makePlatform(app: Construct, config: PlatformConfig): PlatformFacts {
  configure(app, commonSettings(config));
  makeNamespaces(app, config);
  const authority = makeAuthority(app, config);
  const keycloak = authority && config.keycloak.enabled ? makeKeycloak(app, config, authority) : undefined;
  const vault =
    authority && config.vault.enabled
      ? makeVault(app, config, authority, identityOf(config, keycloak, 'vault'))
      : undefined;
  const boundary =
    authority && config.boundary.enabled
      ? makeBoundary(app, config, { authority, vault, identity: identityOf(config, keycloak, 'boundary') })
      : undefined;
  const delivery = makeDelivery(app, config, vault);
  const { sets, environments } = makeEnvironments(app, config, delivery);
  grantSecrets(config, vault, sets[0]);
  grantOwnSecrets(config, vault, environments);
  if (vault && config.vault.engines.ssh) certify(config, vault, sets, environments);
  for (const [principal, environment] of each(sessions(config), environments))
    boundary?.grantSsh(principal, environment);
  if (config.web.enabled) makeWeb(app, config, environments, { authority, keycloak });
  return {
    vault: vault?.facts,
    boundary: boundary?.facts,
    authority: vault && { namespace: config.namespaces.bootstrap, configMap: CertificateAuthority.BUNDLE },
    keepsOperatorLogins: delivery instanceof VsoBinding && delivery.keepsLogins,
    operatorImages: {
      manager: mirrored(app, 'hashicorp/vault-secrets-operator'),
      kubeRbacProxy: mirrored(app, 'quay.io/brancz/kube-rbac-proxy'),
    },
    environmentsNamespace: config.namespaces.environments,
  };
}

function makeNamespaces(app: Construct, config: PlatformConfig): void {
  const { namespaces, vault, boundary, keycloak, environments } = config;
  const proxied = asksOnTheWeb(config);
  const bootstrapped = vault.enabled || boundary.enabled || keycloak.enabled || proxied || environments.schedule;
  const relaxed = config.podSecurity === 'relaxed';
  const chart = new PlatformChart(app, '00-namespaces');
  const wanted: readonly (PlatformNamespaceProps & { readonly when: boolean })[] = [
    { name: namespaces.bootstrap, when: Boolean(bootstrapped) },
    { name: namespaces.vault, when: vault.enabled },
    { name: namespaces.keycloak, when: keycloak.enabled },
    { name: namespaces.boundary, when: boundary.enabled },
    { name: namespaces.web, when: proxied },
    { name: namespaces.secretsOperator, when: installsOperator(config) },
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
  if (installsOperator(config)) allowOperator(chart, namespaces.secretsOperator);
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
  allowKubernetesApi(peer);
}

function makeAuthority(app: Construct, config: PlatformConfig): CertificateAuthority | undefined {
  const { namespaces, vault, boundary, keycloak } = config;
  if (!vault.enabled && !boundary.enabled && !keycloak.enabled && !asksOnTheWeb(config)) return undefined;
  return new CertificateAuthority(new PlatformChart(app, '10-certificates'), 'authority', {
    namespace: namespaces.bootstrap,
    issuer: config.certificates.issuer,
  });
}

function makeVault(
  app: Construct,
  config: PlatformConfig,
  authority: CertificateAuthority,
  identity: IdentityProvider | undefined,
): VaultCluster {
  const { replicas, storage, auditStorage, storageClassName, resources, seal, recovery, engines, backup, ssh } =
    config.vault;
  const { namespace: readers, podLabels } = config.vault.metrics;
  const chart = new PlatformChart(app, '20-vault');
  const vault = new VaultCluster(chart, 'vault', {
    namespace: config.namespaces.vault,
    bootstrapNamespace: config.namespaces.bootstrap,
    image: config.images.vault,
    replicas: replicas as 1 | 3 | 5,
    storage,
    auditStorage,
    storageClassName,
    resources: resourcesOf(resources),
    seal: sealOf(seal),
    recovery: { ...recovery, pgpKeys: recovery.pgpKeys.map(withoutArmor) },
    ssh: { ...ssh, maxTtlSec: secondsOf(ssh.maxTtl), hostTtlSec: secondsOf(ssh.hostTtl) },
    authority,
    clusterDomain: config.network.dns.clusterDomain,
    metrics: readers ? { namespace: readers, podLabels } : undefined,
    // Vault needs a client with a secret; a public one lets people in elsewhere.
    identity: identity?.clientSecretName ? identity : undefined,
    exposure: exposures(config).vault,
  });
  if (engines.ssh) vault.ssh.publishTo(config.namespaces.environments);
  new VaultSnapshots(chart, 'snapshots', { vault });
  if (backup.enabled) makeBackup(chart, vault, backup);
  return vault;
}

function makeBackup(chart: PlatformChart, vault: VaultCluster, backup: PlatformConfig['vault']['backup']): void {
  const { schedule, retention, encryption, target } = backup;
  new VaultBackup(chart, 'vault-backup', {
    vault,
    schedule,
    retention,
    certificate: encryption.certificate ?? '',
    target: target.type === 's3' ? BackupTarget.s3(target) : BackupTarget.volume(target),
  });
}

/** Host certificates for all environments, and who may have keys signed for which. */
function certify(
  config: PlatformConfig,
  vault: VaultCluster,
  sets: readonly DevEnvStatefulSet[],
  environments: readonly Environment[],
): void {
  for (const set of sets) vault.ssh.issueHostCertificates(set);
  for (const [signer, environment] of each(signers(config), environments)) vault.ssh.grantSign(signer, environment);
}

function makeKeycloak(app: Construct, config: PlatformConfig, authority: CertificateAuthority): Keycloak {
  const { storage, storageClassName, realm, groups, demoUsers } = config.keycloak;
  return new Keycloak(new PlatformChart(app, '30-keycloak'), 'keycloak', {
    namespace: config.namespaces.keycloak,
    image: config.images.keycloak,
    database: { image: config.images.postgres, storage, storageClassName },
    authority,
    exposure: exposures(config).keycloak,
    realm,
    groups,
    demoUsers,
  });
}

function makeBoundary(
  app: Construct,
  config: PlatformConfig,
  uses: { authority: CertificateAuthority; vault?: VaultCluster; identity?: IdentityProvider },
): BoundaryControl {
  const { controllers, workers, database, kms, previousKms, loginTtl, workerGracePeriod, admins, auditors } =
    config.boundary;
  const { boundary: exposure, boundaryWorker: workerExposure } = exposures(config);
  const { storage, storageClassName } = database;
  return new BoundaryControl(new PlatformChart(app, '40-boundary'), 'boundary', {
    namespace: config.namespaces.boundary,
    image: config.images.boundary,
    controllers,
    workers,
    database: { image: config.images.postgres, storage, storageClassName },
    externalDatabase: database.externalUrl ? { ...database, url: database.externalUrl } : undefined,
    kms: kmsOf(kms, uses.vault),
    previousKms: previousKms && kmsOf(previousKms, uses.vault),
    loginTtlSec: secondsOf(loginTtl),
    workerGraceSec: secondsOf(workerGracePeriod),
    oversight: { admins, auditors },
    exposure,
    workerExposure,
    ...uses,
  });
}
