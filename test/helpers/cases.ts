import { PGP_KEY } from './pgp';

/** Configurations that stand for all: each profile and pod security, each way to name environments, each access mode. */
export interface Case {
  readonly text: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A profile, with what it asks for outside kind: the image, as if each node had it loaded. */
export const profiled = (profile: string) => `profile: ${profile}\nimages: {devenv: agent-sandbox/devenv:0.1.0}`;
export const STANDARD = profiled('standard');
export const OPENSHIFT = profiled('openshift');

const PROFILES: Readonly<Record<string, string>> = {
  kind: 'profile: kind',
  standard: STANDARD,
  openshift: `${OPENSHIFT}\naccess: {domain: sandbox.example.com}`,
};

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1xR3H5cQv3nS8mJ4mT0gWkqv7yN1d2Zk3pXo5uYb9a alice@example.com';

export const USERS = `profile: kind
environments:
  sshKeys: [${KEY}]
  users:
    alice: {storage: {workspace: 50Gi, className: fast}, env: {EDITOR: vim}, runtimeClass: gvisor}
    bob: {running: false, login: robert}
    carol: {claim: workspace-devenv-0, safeToEvict: true}
  access: [{group: admins, environments: all}, {group: readonly, environments: [alice]}]`;

const AIR_GAPPED = `profile: standard
images: {registry: mirror.example.com/hub, pullSecrets: [mirror], pullPolicy: Always}
labels: {team: sandbox}
annotations: {example.com/owner: sandbox}
environments:
  replicas: 3
  volumes:
    - {name: cache, emptyDir: {}, mountPath: /cache}
    - {name: more, secret: {name: more}, mountPath: /more}
network:
  egress: {internet: false, allow: [{to: 10.1.0.0/16, ports: [443]}]}
  openPorts: [{port: 3000, from: [10.0.0.0/8]}]
  kubernetesApi: [10.96.0.1/32]
vault:
  seal: {type: awskms, region: eu-west-1, keyId: alias/vault}
  recovery: {pgpKeys: [${PGP_KEY}]}
  engines: {terraform: {enabled: true, organization: example}}
  ssh:
    userAuthority: {mount: ssh-2, alsoTrusted: [ssh]}
    maxTtl: 1h
    signers:
      - {name: ci, environments: [devenv-1], serviceAccount: {namespace: ci, name: runner}}
      - {name: people, environments: all}`;

const EXTERNAL = `${STANDARD}
boundary:
  kms: {type: transit}
  database: {externalUrl: "postgresql://boundary@db.example.com/boundary", caConfigMap: database-ca}
keycloak: {demoUsers: true}
certificates: {issuer: {name: company}}
vault:
  seal: {type: gcpckms, project: sandbox-1, region: europe-west1, keyRing: k, cryptoKey: c}
  recovery: {pgpKeys: [${PGP_KEY}]}`;

/** A tenant or client of Azure. */
export const GUID = '11111111-2222-3333-4444-555555555555';

/** For tests alone: nobody kept its key. */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBgjCCASmgAwIBAgIUaF1ty600/q4NXmR//24pHYYpj6swCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMdmF1bHQtYmFja3VwMB4XDTI2MTEyNTEwNTExOVoXDTM2MTEy
MjEwNTExOVowFzEVMBMGA1UEAwwMdmF1bHQtYmFja3VwMFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAE/N29FIcazxutUuJDIuV3C0nEgCP+Mcbq8uS8PJzMXhRllpF6
VU+a9Dq8RHA49kJ7UHMLYr79FLnRGx6vnKR9F6NTMFEwHQYDVR0OBBYEFCh4WEz+
2tfswLLjnldnQj/g19VXMB8GA1UdIwQYMBaAFCh4WEz+2tfswLLjnldnQj/g19VX
MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgY9fbEcpGQr3p3/Zt
ULx+Pg4damOkica63fdGXe0Dc9kCIBiTQwbNmiGzYwYmRsVlppj6Szi16XwYat4U
lBLBzDsk
-----END CERTIFICATE-----
`;

const backup = (target: string) => `vault:
  backup:
    enabled: true
    encryption: {certificate: ${JSON.stringify(CERTIFICATE)}}
    target: ${target}`;

const access = (mode: string, more = '') => `${STANDARD}\naccess: {mode: ${mode}, domain: sandbox.example.com${more}}`;

export const ALONE: Case = {
  text: 'profile: kind',
  env: { SKIP_VAULT: 'true', SKIP_BOUNDARY: 'true', SKIP_VSO: 'true', SKIP_KEYCLOAK: 'true' },
};

const WEB_ACCESS: Readonly<Record<string, string>> = {
  portForward: 'profile: kind',
  nodePort: access('nodePort', ', nodeAddress: 192.0.2.10'),
  loadBalancer: access('loadBalancer', ', loadBalancerAddresses: {web: {alice: alice.example.com}}'),
  ingress: access('ingress', ', tls: {issuer: letsencrypt}, annotations: {example.com/a: b}'),
  gateway: access('gateway', ', gateway: {name: public, namespace: gateways}, annotations: {example.com/a: b}'),
  route: PROFILES.openshift,
};

const WEB_USERS = `web: {enabled: true}
environments: {users: {alice: {webPort: 30990, login: a.liddell}, bob: {webPort: 30991}}}`;

/** Web access in every access mode, by `web MODE`; without a login; with another identity provider. */
export const WEB_CASES: Readonly<Record<string, Case>> = {
  ...Object.fromEntries(
    Object.entries(WEB_ACCESS).map(([mode, text]) => [`web ${mode}`, { text: `${text}\n${WEB_USERS}` }]),
  ),
  'web without a login': { text: `${WEB_ACCESS.ingress}\nweb: {enabled: true, authentication: false}` },
  'web alone': {
    text: `profile: kind
web: {enabled: true}
environments: {replicas: 2}
oidc: {issuer: "https://id.example.com:8444/realm", clientId: platform, groupsClaim: roles, scopes: [profile]}`,
    env: { SKIP_VAULT: 'true', SKIP_BOUNDARY: 'true', SKIP_VSO: 'true' },
  },
  'another identity provider': {
    text: `${WEB_ACCESS.ingress}
${WEB_USERS}
oidc:
  issuer: https://id.example.com
  clientId: platform
  clientSecretName: id-client
  usernameClaim: upn
  groupsClaim: roles
  principalsClaim: members`,
  },
};

/** Every profile with every pod security, by `profile security`. */
export const PROFILE_CASES: Readonly<Record<string, Case>> = Object.fromEntries(
  Object.entries(PROFILES).flatMap(([profile, text]) =>
    ['hardened', 'relaxed'].map((security) => [
      `${profile} ${security}`,
      { text: `${text}\npodSecurity: ${security}` },
    ]),
  ),
);

const TEAM_TOKENS = 'vault: {engines: {terraform: {enabled: true, teamId: team-1}}}';

/** Each way of delivering secrets. */
export const DELIVERY_CASES: Readonly<Record<string, Case>> = {
  'the Vault Secrets Operator with leases': { text: `profile: kind\n${TEAM_TOKENS}` },
  'a Vault Secrets Operator of others': {
    text: `profile: kind
${TEAM_TOKENS}
namespaces: {secretsOperator: shared-operators}
secrets: {operator: {install: false}}`,
  },
  'the External Secrets Operator': {
    text: `profile: kind\n${TEAM_TOKENS}\nsecrets: {delivery: externalSecrets, refreshInterval: 1m30s}`,
  },
  'AWS Secrets Manager': {
    text: `profile: kind
vault: {enabled: false}
boundary: {enabled: false}
secrets:
  delivery: externalSecrets
  externalSecrets:
    store:
      type: awsSecretsManager
      region: eu-west-1
      prefix: sandbox/
      serviceAccountAnnotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::111122223333:role/sandbox"}`,
  },
  'Azure Key Vault': {
    text: `profile: kind
vault: {enabled: false}
boundary: {enabled: false}
secrets:
  delivery: csi
  csi: {azureKeyVault: {name: sandbox-vault, tenantId: 11111111-2222-3333-4444-555555555555, clientId: 11111111-2222-3333-4444-555555555555, keys: [github_token, langfuse_host]}}`,
  },
  'plain Secrets': { text: `profile: kind\n${TEAM_TOKENS}\nsecrets: {delivery: plain}` },
};

export const CASES: Readonly<Record<string, Case>> = {
  ...PROFILE_CASES,
  'environments alone': ALONE,
  'named users': { text: USERS },
  'a secret of one environment': {
    text: 'profile: kind\nenvironments: {users: {alice: {secrets: {path: devenv/alice}}, bob: {}}}',
    env: { SKIP_BOUNDARY: 'true', SKIP_KEYCLOAK: 'true' },
  },
  'named users alone': { text: USERS, env: ALONE.env },
  'working hours': { text: 'profile: kind\nenvironments: {replicas: 3, schedule: {from: 08:00, to: 19:00}}' },
  'one claim for each environment': { text: 'environments: {replicas: 2, storage: {layout: oneClaim}}' },
  'air-gapped': { text: AIR_GAPPED },
  'keys and databases elsewhere': { text: EXTERNAL },
  'without Vault': { text: 'profile: kind', env: { SKIP_VAULT: 'true' } },
  'without Boundary': { text: 'profile: kind', env: { SKIP_BOUNDARY: 'true' } },
  'without secret delivery': { text: 'profile: kind', env: { SKIP_VSO: 'true' } },
  'snapshots on a volume': { text: backup('{type: volume, size: 2Gi, storageClassName: slow}') },
  'snapshots in a bucket': {
    text: backup('{type: s3, endpoint: "https://s3.example.com", bucket: backups, secretName: s3, caConfigMap: s3-ca}'),
  },
  "snapshots in a bucket, by the cloud's identity": {
    text: backup('{type: s3, endpoint: "https://10.1.2.3:9000", bucket: backups, prefix: vault/}'),
  },
  'node ports': { text: access('nodePort', ', nodeAddress: 192.0.2.10') },
  ingress: { text: access('ingress', ', tls: {secretName: sandbox-tls}') },
  gateway: { text: access('gateway', ', gateway: {name: public, namespace: gateways}') },
  ...WEB_CASES,
  ...DELIVERY_CASES,
};
