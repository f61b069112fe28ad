import fc from 'fast-check';
import { dump } from 'js-yaml';
import type { PlatformInput } from '../../lib/config';
import { CERTIFICATE, GUID } from '../helpers/cases';
import { PGP_KEY } from '../helpers/pgp';

type Tree = Record<string, unknown>;

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl someone@example.com';

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 1 });
const some = <T extends object>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  maybe(fc.record(shape, { requiredKeys: [] }));
const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,10}[a-z0-9])?$/);
const size = fc.constantFrom('1Gi', '20Gi', '512Mi', '10G', '1.5Ti');
const cidr = fc.constantFrom('10.0.0.0/8', '192.168.1.0/24', '172.16.5.4/32', 'fd00::/8', '0.0.0.0/0');
const image = fc.constantFrom(
  'team/devenv:1.0',
  'registry.example.com:5000/team/devenv:2',
  'debian',
  'localhost/dev:1',
);
const small = fc.record({ cpu: fc.constantFrom('100m', '1', 2, 0.5), memory: fc.constantFrom('256Mi', '1Gi') });
const large = fc
  .record({
    cpu: fc.constantFrom('2', 4, '8000m'),
    memory: fc.constantFrom('8Gi', '16G'),
    devices: fc.constantFrom({}, { 'nvidia.com/gpu': 1 }, { 'sgx.intel.com/epc': '10Mi', 'amd.com/gpu': 0 }),
  })
  .map(({ devices, ...amounts }) => ({ ...amounts, ...devices }));
const resources = fc.record({ requests: small, limits: large });
const environmentName = fc.constantFrom('EDITOR', 'LANG', '_x', 'NODE_OPTIONS');
const volumes = fc.constantFrom(
  [{ name: 'cache', mountPath: '/cache', emptyDir: {} }],
  [
    { name: 'ca', mountPath: '/etc/ssl/corporate', configMap: { name: 'corporate-ca' } },
    { name: 'data', mountPath: '/data', persistentVolumeClaim: { claimName: 'shared-data' } },
    { name: 'keys', mountPath: '/keys', secret: { name: 'keys', optional: true } },
  ],
);

const volume = { className: maybe(label), workspace: maybe(size), tmp: maybe(fc.constantFrom('64Mi', '2Gi')) };
const storage = maybe(
  fc.oneof(
    fc.record({
      ...volume,
      bashHistory: maybe(size),
      claudeConfig: maybe(size),
      layout: fc.constant('threeClaims' as const),
    }),
    fc.record({ ...volume, layout: fc.constant('oneClaim' as const) }),
  ),
);

const scheduling = {
  nodeSelector: maybe(fc.dictionary(label, label, { maxKeys: 2 })),
  tolerations: maybe(fc.constantFrom([{ key: 'agents', operator: 'Exists', effect: 'NoSchedule' } as const])),
};

const settings = {
  image: maybe(image),
  resources: maybe(resources),
  storage,
  sshKeys: maybe(fc.constantFrom([], [KEY])),
  env: maybe(fc.dictionary(environmentName, fc.string({ maxLength: 10 }), { maxKeys: 2 })),
  volumes: maybe(volumes),
  ...scheduling,
  priorityClass: maybe(label),
  serviceAccountAnnotations: maybe(
    fc.constantFrom({}, { 'iam.gke.io/gcp-service-account': 'a@p.iam.gserviceaccount.com' }),
  ),
  runtimeClass: maybe(fc.constantFrom('gvisor', 'kata')),
  safeToEvict: maybe(fc.boolean()),
  annotations: maybe(fc.constantFrom({}, { 'example.com/owner': 'team' })),
};

const user = fc.option(fc.record({ ...settings, running: maybe(fc.boolean()) }), { nil: null });
const population = fc.oneof(
  fc.record({ replicas: fc.integer({ min: 0, max: 4 }) }),
  fc.record({ users: fc.dictionary(label, user, { maxKeys: 3 }) }),
);
/** Users have ports of their own, where web access asks for them. */
const withPorts = (people: object) => {
  const { users } = people as { users?: Record<string, object | null> };
  if (!users) return people;
  const ported = Object.entries(users).map(([name, own], index) => [name, { ...own, webPort: 31_000 + index }]);
  return { users: Object.fromEntries(ported) };
};
/** Every other user has a secret alone, where secrets are delivered. */
const withSecrets = (environments?: object) => {
  const { users } = (environments ?? {}) as { users?: Record<string, object | null> };
  if (!users) return environments;
  const own = Object.entries(users).map(([name, user], index) => [
    name,
    index % 2 === 0 ? user : { ...user, secrets: { path: `of/${name}/${index}` } },
  ]);
  return { ...environments, users: Object.fromEntries(own) };
};
const hours = fc.constantFrom(
  {},
  { schedule: { from: '08:00', to: '19:00' } },
  { schedule: { from: '22:00', to: '06:30', timeZone: 'Europe/Berlin', days: ['fri' as const], warning: '1h' } },
);
const environments = fc
  .tuple(fc.record(settings), population, hours)
  .map(([common, people, schedule]) => ({ ...common, ...withPorts(people), ...schedule }));

const sealed = fc.constantFrom(
  { type: 'development' as const },
  {
    type: 'transit' as const,
    address: 'https://other-vault.example.com',
    keyName: 'unseal',
    tokenSecret: 'unseal-token',
  },
  { type: 'awskms' as const, region: 'eu-central-1', keyId: 'alias/vault' },
  { type: 'gcpckms' as const, project: 'sandbox-1', region: 'global', keyRing: 'ring', cryptoKey: 'key' },
  { type: 'azurekeyvault' as const, tenantId: GUID, vaultName: 'sandbox-vault', keyName: 'k' },
);

/** Operators only where there is a recovery key to share among them. */
const OPERATORS = { recovery: { pgpKeys: [PGP_KEY] } };
const operators = fc.constantFrom({}, OPERATORS);
const seal = fc
  .tuple(sealed, operators)
  .map(([chosen, recovery]) => ({ seal: chosen, ...(chosen.type !== 'development' && recovery) }));
const backup = fc
  .record({
    schedule: fc.constantFrom('0 3 * * *', '*/15 8-18/2 1,15 JAN-mar sun', '30 4 29 2 *', '0 0 31 * MON', '@daily'),
    retention: fc.constantFrom(1, 14),
    target: fc.constantFrom(
      { type: 'volume' as const, size: '1Gi' },
      { type: 's3' as const, endpoint: 'https://s3.example.com', bucket: 'backups', secretName: 's3' },
      { type: 's3' as const, endpoint: 'http://10.0.0.1:9000', bucket: 'b.c-d', prefix: 'a/b', region: 'eu-west-1' },
    ),
  })
  .map((settings) => ({ ...settings, encryption: { certificate: CERTIFICATE } }));

const access = fc.constantFrom(
  { mode: 'portForward' as const },
  { mode: 'nodePort' as const, nodeAddress: '10.1.2.3' },
  { mode: 'loadBalancer' as const, loadBalancerAddresses: { vault: 'vault.example.com' } },
  {
    mode: 'loadBalancer' as const,
    sources: ['198.51.100.0/24', 'fd00::/8'],
    loadBalancerClass: 'example.com/internal',
  },
  { mode: 'ingress' as const, domain: 'sandbox.example.com', tls: { secretName: 'wildcard' } },
  { mode: 'gateway' as const, domain: 'sandbox.example.com', gateway: { name: 'public', namespace: 'gateways' } },
);

const network = some({
  openPorts: fc.uniqueArray(
    fc.record({
      port: fc.integer({ min: 3000, max: 3999 }),
      from: fc.uniqueArray(cidr, { minLength: 1, maxLength: 2 }),
    }),
    { maxLength: 3, selector: ({ port }) => port },
  ),
  egress: fc.record({ internet: fc.boolean(), allow: fc.uniqueArray(fc.record({ to: cidr }), { maxLength: 2 }) }),
  kubernetesApi: fc.oneof(
    fc.uniqueArray(cidr, { maxLength: 2 }),
    some({
      addresses: fc.uniqueArray(cidr, { maxLength: 2 }),
      ports: fc.uniqueArray(fc.constantFrom(443, 6443, 8443, 16443), { minLength: 1 }),
    }),
  ),
  dns: some({ addresses: fc.constantFrom([], ['169.254.20.10'], ['10.0.0.10/32', 'fd00::a']) }),
});

const vaults = fc
  .tuple(
    fc.record({ enabled: fc.boolean(), replicas: fc.constantFrom(1 as const, 3 as const, 5 as const) }),
    seal,
    maybe(backup),
  )
  // Only a Vault that is there can be backed up.
  .map(([vault, sealing, kept]) => ({
    ...vault,
    ...sealing,
    backup: kept && { ...kept, enabled: vault.enabled },
  }));

const aws = { type: 'awsSecretsManager' as const, region: 'eu-west-1', prefix: 'sandbox/' };
const azure = { name: 'sandbox-vault', tenantId: GUID, clientId: GUID, keys: ['github_token', 'langfuse.host'] };

const needsVault = (secrets?: { delivery: string; externalSecrets?: object }) =>
  secrets?.delivery === 'vso' || (secrets?.delivery === 'externalSecrets' && !secrets.externalSecrets);

/** Ways of delivering secrets, with the engine whose tokens some of them carry. */
const deliveries = fc.oneof(
  fc.record({
    secrets: fc.constantFrom({ delivery: 'vso' as const }, { delivery: 'externalSecrets' as const }),
    terraform: fc.constantFrom(
      { organization: 'o' },
      { teamId: 'team-1', ttl: '90m' },
      { userId: 'user-1' },
      undefined,
    ),
  }),
  fc.record({
    secrets: fc.constantFrom(
      { delivery: 'plain' as const },
      { delivery: 'none' as const },
      { delivery: 'csi' as const, csi: { azureKeyVault: azure } },
      { delivery: 'externalSecrets' as const, externalSecrets: { namespace: 'eso', store: aws } },
    ),
    terraform: fc.constant(undefined),
  }),
);

/** Platforms that are right by construction. */
export const validPlatform: fc.Arbitrary<PlatformInput> = fc
  .record(
    {
      profile: fc.constantFrom('kind' as const, 'standard' as const, 'openshift' as const),
      podSecurity: fc.constantFrom('hardened' as const, 'relaxed' as const),
      labels: fc.dictionary(label, label, { maxKeys: 2 }),
      images: fc.record({ registry: fc.constantFrom('', 'mirror.example.com/all'), devenv: image }),
      storageClassName: label,
      infrastructure: some({ ...scheduling, priorityClass: label }),
      environments,
      vault: vaults,
      delivery: deliveries,
      boundary: fc.record({ enabled: fc.boolean(), workers: fc.integer({ min: 1, max: 3 }) }),
      refreshInterval: fc.constantFrom('30s', '5m', '1h30m'),
      network,
      access,
      web: fc.record({ enabled: fc.boolean(), authentication: fc.boolean() }),
      deletion: fc.record({ keepWorkspaces: fc.boolean() }),
    },
    { requiredKeys: ['access'] },
  )
  .map(({ delivery, refreshInterval, ...platform }) => {
    const { secrets, terraform } = delivery ?? {};
    const engines = terraform && { terraform: { enabled: true, ...terraform } };
    // Without Vault there is nothing to deliver from it, which is an error where both are written.
    const without = platform.vault?.enabled === false && needsVault(secrets);
    const arrives = secrets && !without ? secrets.delivery !== 'none' : platform.vault?.enabled !== false;
    // Outside kind the image is named, or a mirror has it.
    const isKind = (platform.profile ?? 'kind') === 'kind';
    const needsImage = !isKind && !platform.images;
    // As are operators, wherever there is a recovery key.
    const { seal: sealing, recovery } = platform.vault ?? {};
    const needsOperators = !isKind && sealing && sealing.type !== 'development' && !recovery;
    return JSON.parse(
      JSON.stringify({
        ...platform,
        ...(arrives && { environments: withSecrets(platform.environments) }),
        ...(needsImage && { images: { devenv: 'registry.example.com/devenv:1' } }),
        vault: platform.vault && { ...platform.vault, engines, ...(needsOperators && OPERATORS) },
        secrets: { refreshInterval, ...(without ? {} : secrets) },
      }),
    );
  });

const junk = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom('', '10GB', '-1', 'UPPER case', '10.0.0.1/8', 'a\nb', '\u2028', 1e21, '__proto__', 'x'.repeat(300)),
);

const pathsOf = (tree: unknown): string[][] =>
  typeof tree === 'object' && tree !== null
    ? Object.entries(tree).flatMap(([key, child]) => [[key], ...pathsOf(child).map((path) => [key, ...path])])
    : [];

/** Puts a value at a path, or a key of that name beside it. */
function damaged(tree: PlatformInput, choice: number, value: unknown, key?: string): unknown {
  const copy = JSON.parse(JSON.stringify(tree));
  const paths = pathsOf(copy);
  const path = paths[choice % paths.length] ?? ['profile'];
  const parent = path.slice(0, -1).reduce((node, part) => node[part] as Tree, copy as Tree);
  Object.defineProperty(parent, key ?? path[path.length - 1], {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
  return copy;
}

const damagedPlatform = fc
  .tuple(validPlatform, fc.nat(), junk, maybe(fc.oneof(label, fc.constantFrom('__proto__', 'constructor', ''))))
  .map(([tree, choice, value, key]) => damaged(tree, choice, value, key));

const asText = (tree: unknown) => {
  const json = JSON.stringify(tree) ?? 'null';
  return json.length % 2 === 0 ? json : dump(JSON.parse(json), { noRefs: true });
};

/** Texts of platform.yaml: right, nearly right, and anything at all. */
export const platformText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: validPlatform.map(asText) },
  { weight: 3, arbitrary: damagedPlatform.map(asText) },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom('a: ', '- ', '{', '[', '&a ', '*a', '\n', '  ', '"', 'profile', '---\n', '!x ', '<<: '))
        .map((parts) => parts.join('')),
    ),
  },
);

/** Process environments, mostly harmless. */
export const environment: fc.Arbitrary<Record<string, string>> = fc.oneof(
  { weight: 8, arbitrary: fc.constant({}) },
  {
    weight: 2,
    arbitrary: fc.dictionary(
      fc.constantFrom('DEVENV_REPLICAS', 'SKIP_VAULT', 'DEPLOY_VSO', 'DEVENV_CPU_LIMIT', 'VAULT_NAMESPACE', 'PATH'),
      fc.constantFrom('true', 'false', '2', '', 'vault', 'x y', 'on'),
      { maxKeys: 3 },
    ),
  },
);
