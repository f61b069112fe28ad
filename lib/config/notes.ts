import { contains, METADATA } from '../../constructs/core/rules/networks';
import { balancerOf, keepsSources } from './access';
import type { PlatformConfig } from './schema';
import { BUILT_IMAGE } from './schema/images';
import { installsOperator } from './secret-rules';
import { ageNote, TESTED, tagOf } from './versions';

const CHOICES = 'choose transit, awskms, gcpckms or azurekeyvault before anything of value is in it';

/** What has a load balancer, by the keys of `access.loadBalancerAddresses`, and no address in the configuration yet. */
function missingAddresses(config: PlatformConfig): string[] {
  const { access, vault, boundary, keycloak, web, environments } = config;
  const { mode, loadBalancerAddresses: known } = access;
  if (mode === 'portForward' || mode === 'nodePort') return [];
  const workers = [known.boundaryWorker ?? []].flat().length;
  const missing =
    boundary.enabled && workers < boundary.workers ? [`boundaryWorker (${workers} of ${boundary.workers})`] : [];
  // Behind a proxy are all but the workers.
  if (mode !== 'loadBalancer') return missing;
  const parts = { vault, boundary, keycloak };
  const servers = (['vault', 'boundary', 'keycloak'] as const).filter((part) => parts[part].enabled && !known[part]);
  const numbered = Array.from({ length: environments.replicas }, (_, index) => `devenv-${index}`);
  const users = Object.keys(environments.users).filter((name) => !balancerOf(config, `devenv-${name}`, name));
  const sites = web.enabled ? [...numbered.filter((name) => !known.web[name]), ...users] : [];
  return [
    ...servers,
    ...missing,
    ...sites.slice(0, 1).map((name) => `web.${name}${sites.length > 1 ? ' and others' : ''}`),
  ];
}

/** Users whom Keycloak, which keeps names in small letters, never calls so. */
function unheardLogins({ keycloak, environments }: PlatformConfig): string | false {
  const users = Object.entries(environments.users).filter(([, { login }]) => login !== login.toLowerCase());
  const [[user, { login }] = ['', { login: '' }]] = users;
  const others = users.length > 1 ? ` (and others)` : '';
  return (
    keycloak.enabled &&
    users.length > 0 &&
    `WARNING: environments.users.${user}.login is ${JSON.stringify(login)}${others}, and Keycloak keeps names in small letters: nobody enters as that; did you mean ${login.toLowerCase()}?`
  );
}

/** What is said of a configuration; nothing where it does not apply. */
type Note = (config: PlatformConfig) => string | false | undefined;

/** What answers whoever reaches its address, as long as no sources are named. */
const openServers = ({ access, vault, boundary, keycloak }: PlatformConfig): string[] => {
  const { mode, nodeAddress, sources } = access;
  const isHere = mode === 'portForward' || (mode === 'nodePort' && nodeAddress === 'localhost');
  if (isHere || sources.length > 0) return [];
  const parts = { vault, boundary, keycloak };
  return (['vault', 'boundary', 'keycloak'] as const).filter((part) => parts[part].enabled);
};

const networkNotes: Note[] = [
  (config) => {
    const open = openServers(config);
    return (
      open.length > 0 &&
      `access.sources is empty: ${open.join(', ')} answer${open.length > 1 ? '' : 's'} whoever reaches the address, administration included; name the networks that may`
    );
  },
  ({ network: { egress } }) => {
    const wide = egress.allow.find(({ to }) => Object.values(METADATA).some((address) => contains(to, address)));
    return (
      wide &&
      `WARNING: network.egress.allow has ${wide.to}: environments reach private networks and the cloud's metadata address; for the internet without them, network.egress.internet is true`
    );
  },
  ({ access }) =>
    access.sources.length > 0 &&
    !keepsSources(access) &&
    `WARNING: access.sources holds for the load balancers of Boundary's workers alone: what stands behind ${access.mode === 'gateway' ? 'a Gateway' : `the IngressClass ${access.ingressClass}`} is narrowed there`,
  (config) => {
    const missing = missingAddresses(config);
    return (
      missing.length > 0 &&
      `access.loadBalancerAddresses lacks ${missing.join(', ')}: nobody outside the cluster reaches them until it has what "kubectl get services --all-namespaces" shows as EXTERNAL-IP once they are applied`
    );
  },
  ({ access: { mode, nodeAddress } }) =>
    mode === 'nodePort' &&
    nodeAddress === 'localhost' &&
    'access.nodeAddress is localhost: nobody elsewhere reaches the node ports until it names a node',
];

const NOTES: Note[] = [
  ({ profile, images, environments }) =>
    profile !== 'kind' &&
    images.devenv === BUILT_IMAGE &&
    [images.bootstrap, environments.image].includes(BUILT_IMAGE) &&
    !images.registry &&
    `WARNING: images.devenv is ${BUILT_IMAGE}, which no registry has for the nodes of this cluster: push it to yours, and name it there`,
  ({ web }) =>
    web.enabled &&
    !web.authentication &&
    'WARNING: web.authentication is false: whoever reaches the address of an environment uses its web server',
  ({ vault: { enabled, seal } }) =>
    enabled &&
    seal.type === 'development' &&
    `WARNING: vault.seal is development: its keys lie in a Secret, who reads that opens Vault: ${CHOICES}`,
  ({ vault: { enabled, seal, recovery } }) =>
    enabled &&
    seal.type !== 'development' &&
    recovery.pgpKeys.length === 0 &&
    "WARNING: vault.recovery.pgpKeys is empty: Vault's recovery key lies in a Secret of the cluster",
  ({ boundary: { enabled, kms } }) =>
    enabled &&
    kms.type === 'aead' &&
    `WARNING: boundary.kms is aead: its keys lie in a Secret of the cluster: ${CHOICES}`,
  ({ boundary, keycloak, oidc }) =>
    boundary.enabled &&
    !keycloak.enabled &&
    !oidc &&
    'WARNING: nobody can log in to Boundary: keycloak.enabled is false, and oidc names no other provider',
  ({ vault, keycloak, oidc, environments }) => {
    const names = Object.entries(environments.users).filter(([, { login }]) => login.includes('+'));
    return (
      vault.enabled &&
      (keycloak.enabled || oidc?.clientSecretName) &&
      names.length > 0 &&
      `environments.users.${names[0][0]}${names.length > 1 ? ' and others' : ''}: a login with a + has no folder of secrets in Vault, which from 1.21.6 and 2.0.1 on takes no such name in a policy`
    );
  },
  unheardLogins,
  ...networkNotes,
];

/** Programs of the platform that are older than what it is known to work with. */
function ages(config: PlatformConfig): string[] {
  const { images, vault, boundary, keycloak, web, secrets } = config;
  const used = {
    vault: vault.enabled,
    boundary: boundary.enabled,
    keycloak: keycloak.enabled,
    postgres: keycloak.enabled || (boundary.enabled && !boundary.database.externalUrl),
    oauth2Proxy: web.enabled && web.authentication,
  };
  const { chart, chartVersion } = secrets.operator;
  const operator =
    installsOperator(config) && !chart
      ? ageNote(`secrets.operator.chartVersion is ${chartVersion}`, TESTED.operator, chartVersion)
      : undefined;
  return (Object.keys(used) as (keyof typeof used)[])
    .filter((key) => used[key])
    .map((key) => ageNote(`images.${key} is ${images[key]}`, TESTED[key], tagOf(images[key])))
    .concat(operator)
    .filter((note) => note !== undefined);
}

/** What works, and should not stay as it is. */
export const notesOn = (config: PlatformConfig): string[] => [
  ...NOTES.flatMap((note) => note(config) || []),
  ...ages(config),
];
