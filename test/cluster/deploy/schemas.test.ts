import * as generated from 'cdk8s-plus-28/lib/imports/k8s';
import { stringify } from 'yaml';
import * as kube from '../../../constructs/core/kube';
import { ConfigError, parsePlatform } from '../../../lib/config';
import { platformSchema } from '../../../lib/config/schema';
import { keysAt } from '../../../lib/config/schema/walk';
import { CASES, CERTIFICATE, GUID } from '../../helpers/cases';
import { type Choice, choices, saying } from '../../helpers/choices';
import { PGP_KEY } from '../../helpers/pgp';
import { synth, synthConfig } from '../../helpers/synth';
import { ApiServer } from '../support/api-server';
import { addKinds, hasKinds, isUnknown } from '../support/kinds';
import { applyAll, type KubeObject, kubectl } from '../support/kubectl';

/** What is the same for all: every mode of access has what it needs. */
const COMMON = `
images: {devenv: agent-sandbox/devenv:0.1.0}
access:
  domain: sandbox.example.com
  nodeAddress: 192.0.2.10
  nodePorts: {vault: 32201, boundary: 32202, boundaryWorker: 32210, keycloak: 32203, web: 32220}
  gateway: {name: public, namespace: gateways}
secrets: {csi: {azureKeyVault: {name: sandbox-vault, tenantId: ${GUID}, clientId: ${GUID}, keys: [github_token]}}}
vault: {backup: {encryption: {certificate: ${JSON.stringify(CERTIFICATE)}}}}`;

/** Platforms that together have all there is, as files over that one. */
const PLATFORMS = [
  '',
  `
environments:
  sshKeys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1xR3H5cQv3nS8mJ4mT0gWkqv7yN1d2Zk3pXo5uYb9a alice@example.com]
  runtimeClass: gvisor
  priorityClass: interactive
  resources: {limits: {nvidia.com/gpu: 1}}
  serviceAccountAnnotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::111122223333:role/sandbox"}
  nodeSelector: {pool: sandbox}
  tolerations:
    - {key: a, operator: Exists, effect: NoSchedule}
    - {key: b, value: c, effect: PreferNoSchedule}
    - {key: d, operator: Exists, effect: NoExecute, tolerationSeconds: 60}
  volumes:
    - {name: cache, mountPath: /cache, emptyDir: {medium: Memory, sizeLimit: 1Gi}}
    - {name: ca, mountPath: /etc/ssl/corporate, readOnly: true, configMap: {name: corporate-ca}}
    - {name: keys, mountPath: /keys, secret: {name: keys, optional: true}}
    - {name: data, mountPath: /data, persistentVolumeClaim: {claimName: shared-data}}
  schedule: {from: 08:00, to: 19:00, timeZone: Europe/Berlin}
  users:
    alice: {webPort: 32230, storage: {className: fast}, annotations: {example.com/a: b}}
    bob: {webPort: 32231, running: false, schedule: false, claim: workspace-devenv-0}
network:
  openPorts: [{port: 3000, from: [10.0.0.0/8]}, {port: 3000, protocol: UDP, from: ["fd00::/8"]}]
  egress: {allow: [{to: 10.1.0.0/16, ports: [443]}, {to: "fd00:1::/32"}], deny: [192.0.2.0/24]}
  kubernetesApi: {addresses: [10.96.0.1/32, "fd00::1/128"], ports: [443, 8443]}
  dns: {addresses: [169.254.20.10, "fd00::a"]}
images: {registry: mirror.example.com/hub, pullSecrets: [mirror]}
infrastructure: {nodeSelector: {pool: platform}, tolerations: [{key: platform, operator: Exists}], priorityClass: high}
storageClassName: fast
labels: {team: sandbox}
annotations: {example.com/owner: sandbox}
vault:
  engines: {terraform: {enabled: true, teamId: team-1}}
  backup: {enabled: true, target: {type: s3, endpoint: "https://s3.example.com", bucket: backups, secretName: s3}}
  ssh: {signers: [{name: ci, environments: all, serviceAccount: {namespace: ci, name: runner}}]}
boundary:
  kms: {type: transit}
  agents: [{name: helper, environments: all, serviceAccount: {namespace: ci, name: runner}}]
  database: {externalUrl: "postgresql://boundary@db.example.com/boundary", caConfigMap: database-ca}
access:
  sources: [198.51.100.0/24, "2001:db8:7::/48"]
  tls: {issuer: letsencrypt}
  annotations: {example.com/a: b}
  loadBalancerClass: example.com/internal
  loadBalancerAnnotations: {example.com/internal: "true"}
web: {enabled: true}`,
  `
environments: {replicas: 2}
certificates: {issuer: {name: company}}
secrets: {delivery: externalSecrets}
access: {tls: {secretName: wildcard}}
web: {enabled: true, authentication: false}`,
];

const FULL = ['profile', 'access.mode', 'podSecurity', 'vault.seal'];
const nameOf = ({ path }: Choice) => path.join('.');
/** What is Terraform's alone makes no object of a cluster. */
const CHOICES = choices().filter(({ path: [first] }) => first !== 'terraform');
const [PROFILES, MODES, SECURITIES, SEALS] = FULL.map(
  (name) => CHOICES.find((choice) => nameOf(choice) === name) as Choice,
);
const OTHERS = CHOICES.filter((choice) => !FULL.includes(nameOf(choice)));

/** Namespaces that nobody else has; what may run in them depends on the pod security. */
const namespaces = (security: unknown) =>
  Object.fromEntries(
    keysAt(platformSchema, ['namespaces'], {}).map((part) => [part, `schemas-${security}-${part.toLowerCase()}`]),
  );

type Said = readonly (readonly [Choice, unknown])[];

const distinct = new Map<string, KubeObject>();

/** Keeps what no platform before had of one with these choices. @returns why there may be no such platform */
function refusal(platform: string, said: Said): string | undefined {
  const [, security = 'hardened'] = said.find(([choice]) => choice === SECURITIES) ?? [];
  const [, seal] = said.find(([choice]) => choice === SEALS) ?? [];
  // Operators only where there is a recovery key to share among them.
  const hasRecovery = typeof seal === 'object' && !JSON.stringify(seal).includes('development');
  const recovery = { vault: { recovery: { pgpKeys: hasRecovery ? [PGP_KEY] : [] } } };
  const layers = [
    { namespaces: namespaces(security) },
    recovery,
    ...said.map(([{ path }, value]) => saying(path, value)),
  ];
  const texts = [COMMON, platform || '{}', ...layers.map((layer) => stringify(layer))];
  try {
    const { config } = parsePlatform(texts.map((text, i) => ({ name: `${i}.yaml`, text })));
    for (const object of synthConfig(config).objects) distinct.set(JSON.stringify(object), object);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

let removeKinds = async () => {};
const made = SECURITIES.values.flatMap((security) => Object.values(namespaces(security)));

beforeAll(async () => {
  removeKinds = await addKinds(['cert-manager']);
});

afterAll(async () => {
  await kubectl(['delete', 'namespace', ...made, '--ignore-not-found', '--wait=false']);
  await removeKinds();
}, 300_000);

test('every profile has every mode of access, with every pod security and seal; Routes are of OpenShift alone', () => {
  const refused = new Set<string>();
  for (const profile of PROFILES.values)
    for (const [m, mode] of MODES.values.entries())
      for (const [s, security] of SECURITIES.values.entries())
        for (const [l, seal] of SEALS.values.entries()) {
          const platform = PLATFORMS[(m + s + l) % PLATFORMS.length];
          const said: Said = [
            [PROFILES, profile],
            [MODES, mode],
            [SECURITIES, security],
            [SEALS, seal],
          ];
          if (refusal(platform, said)) refused.add(`${profile} ${mode}`);
        }
  expect([...refused]).toEqual(['kind route', 'standard route']);
});

test('every value of every other setting is one that a platform may have', () => {
  const values = OTHERS.flatMap((choice) => choice.values.map((value) => [choice, value] as const));
  expect(values.length).toBeGreaterThan(50);
  const lost = values.flatMap((said, v) => {
    const profile = (p: number) => PROFILES.values[(v + p) % PROFILES.values.length];
    const refusals = PLATFORMS.map((platform, p) => refusal(platform, [[PROFILES, profile(p)], said]));
    return refusals.every(Boolean) ? [`${nameOf(said[0])}: ${JSON.stringify(said[1])}: ${refusals.join('; ')}`] : [];
  });
  expect(lost).toEqual([]);
});

test('every kind of object that a platform has is among them', () => {
  const kindOf = ({ apiVersion, kind }: KubeObject) => `${apiVersion} ${kind}`;
  const classes: unknown[] = Object.values(generated);
  const own = Object.entries(kube).filter((entry) => !classes.includes(entry[1]));
  const known = [
    ...own.map(([, Kind]) => kindOf((Kind as typeof kube.KubeSecret).GVK)),
    ...Object.values(CASES).flatMap(({ text, env }) => synth(text, env).objects.map(kindOf)),
  ];
  const kinds = new Set([...distinct.values()].map(kindOf));
  expect(own.length).toBeGreaterThan(10);
  expect([...new Set(known)].filter((kind) => !kinds.has(kind))).toEqual([]);
});

(hasKinds ? test : test.skip)(
  `the API server accepts every object, with all of its fields and without a warning${hasKinds ? '' : ' (skipped: the kinds of other projects are not here)'}`,
  async () => {
    const objects = [...distinct.values()].filter((object) => !isUnknown(object));
    expect(
      [...new Set(objects.map(({ metadata }) => metadata.namespace))].filter((name) => name && !made.includes(name)),
    ).toEqual([]);
    await applyAll(
      ...made.map((name) => objects.find(({ kind, metadata }) => kind === 'Namespace' && metadata.name === name)),
    );
    await ApiServer.use(async (server) => {
      expect(await server.complaints(objects)).toEqual([]);
      const [{ spec, ...first }] = objects.filter(({ kind }) => kind === 'StatefulSet');
      expect(await server.complaints([{ ...first, spec: { ...spec, unheardOf: 1 } }])).toEqual([
        expect.stringContaining('unheardOf'),
      ]);
    });
    console.info(`${objects.length} different objects`);
  },
);
