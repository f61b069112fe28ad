/** Configurations that stand for all: each profile and pod security, each way to name environments, each access mode. */
export interface Case {
  readonly text: string;
  readonly env?: Readonly<Record<string, string>>;
}

const PROFILES: Readonly<Record<string, string>> = {
  kind: 'profile: kind',
  standard: 'profile: standard',
  openshift: 'profile: openshift\naccess: {domain: sandbox.example.com}',
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
  engines: {terraform: {enabled: true, organization: example}}`;

const access = (mode: string, more = '') =>
  `profile: standard\naccess: {mode: ${mode}, domain: sandbox.example.com${more}}`;

export const ALONE: Case = {
  text: 'profile: kind',
  env: { SKIP_VAULT: 'true', SKIP_BOUNDARY: 'true', SKIP_VSO: 'true', SKIP_KEYCLOAK: 'true' },
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

export const CASES: Readonly<Record<string, Case>> = {
  ...PROFILE_CASES,
  'environments alone': ALONE,
  'named users': { text: USERS },
  'named users alone': { text: USERS, env: ALONE.env },
  'air-gapped': { text: AIR_GAPPED },
  'without Vault': { text: 'profile: kind', env: { SKIP_VAULT: 'true' } },
  'without Boundary': { text: 'profile: kind', env: { SKIP_BOUNDARY: 'true' } },
  'without secret delivery': { text: 'profile: kind', env: { SKIP_VSO: 'true' } },
  'node ports': { text: access('nodePort', ', nodeAddress: 192.0.2.10') },
  ingress: { text: access('ingress', ', tls: {secretName: sandbox-tls}') },
  gateway: { text: access('gateway', ', gateway: {name: public, namespace: gateways}') },
};
