import { OPENSHIFT, STANDARD } from '../helpers/cases';
import { ofKind } from '../helpers/objects';
import type { Connection, Party, Plugin } from '../helpers/routes';
import { synth } from '../helpers/synth';
import { instanceOf, node, outside, pod, world } from '../helpers/world';

/** A cluster as people have it, and the settings that it takes. */
interface Cluster {
  readonly plugins: readonly Plugin[];
  readonly settings: string;
  /** Where the API server answers, behind its Service. */
  readonly api: readonly (readonly [Party, port: number])[];
  /** Who answers to DNS. @default CoreDNS in kube-system */
  readonly dns?: readonly (readonly [Party, port: number])[];
  /** What Vault calls to be unsealed. */
  readonly seal?: readonly (readonly [Party, port: number])[];
  readonly family?: 4 | 6;
}

const CORE_DNS = pod('kube-system', { 'k8s-app': 'kube-dns' });
const BOTH: readonly Plugin[] = ['calico', 'cilium'];
const GATEWAY = 'access: {mode: gateway, domain: sandbox.example.com, gateway: {name: public, namespace: gateways}}';

const CLUSTERS: Readonly<Record<string, Cluster>> = {
  kind: { plugins: BOTH, settings: 'profile: kind', api: [[node('172.18.0.2'), 6443]] },
  'minikube, its API server on 8443': {
    plugins: BOTH,
    settings: 'network: {kubernetesApi: {ports: [8443]}}',
    api: [[node('192.168.49.2'), 8443]],
  },
  'MicroK8s, its API server on 16443': {
    plugins: ['calico'],
    settings: 'network: {kubernetesApi: {addresses: [10.1.2.3/32], ports: [443, 16443]}}',
    api: [[node('10.1.2.3'), 16443]],
  },
  'a managed API server at a known public address': {
    plugins: BOTH,
    settings: `network: {kubernetesApi: [203.0.113.10/32]}\n${GATEWAY}`,
    api: [[outside('203.0.113.10'), 443]],
  },
  'NodeLocal DNSCache': {
    plugins: ['calico'],
    settings: 'network: {dns: {addresses: [169.254.20.10]}}',
    api: [[node('10.0.0.4'), 6443]],
    dns: [
      [node('169.254.20.10'), 53],
      [CORE_DNS, 53],
    ],
  },
  "NodeLocal DNSCache on Dataplane V2, which sends queries to the node's pod": {
    plugins: ['cilium'],
    settings: 'network: {dns: {podLabels: {k8s-app: node-local-dns}}}',
    api: [[outside('172.16.0.2'), 443]],
    dns: [[pod('kube-system', { 'k8s-app': 'node-local-dns' }), 53]],
  },
  'GKE Autopilot, with Cloud DNS': {
    plugins: ['cilium'],
    settings: `${STANDARD}\nnetwork: {dns: {addresses: [169.254.169.254/32]}}`,
    api: [[outside('172.16.0.2'), 443]],
    dns: [[outside('169.254.169.254'), 53]],
  },
  OpenShift: {
    plugins: ['calico'],
    settings: `${OPENSHIFT}\naccess: {domain: apps.example.com}`,
    api: [[node('10.0.0.5'), 6443]],
    dns: [[pod('openshift-dns', { 'dns.operator.openshift.io/daemonset-dns': 'default' }), 5353]],
  },
  'IPv6 alone': {
    plugins: BOTH,
    settings: 'access: {mode: nodePort, nodeAddress: "2001:db8::10"}',
    api: [[node('2001:db8::10'), 6443]],
    dns: [[pod('kube-system', { 'k8s-app': 'kube-dns' }, 'fd00:10:244::2'), 53]],
    family: 6,
  },
  'two families': {
    plugins: BOTH,
    // The nodes' addresses of IPv6 are public, as they often are.
    settings: `${STANDARD}\nnetwork: {egress: {deny: ["2001:db8::/64"]}}`,
    api: [
      [node('10.0.0.5'), 6443],
      [node('2001:db8::5'), 6443],
    ],
  },
  'another Vault that unseals this one': {
    plugins: BOTH,
    settings: 'vault: {seal: {type: transit, address: "https://vault.example.com:8200", keyName: k, tokenSecret: t}}',
    api: [[node('10.0.0.5'), 6443]],
    seal: [
      [outside('198.51.100.7'), 8200],
      [pod('other-vault', { app: 'vault' }), 8200],
    ],
  },
  'EKS with a key in KMS': {
    plugins: ['calico'],
    settings: 'vault: {seal: {type: awskms, region: eu-west-1, keyId: alias/vault}}',
    api: [[outside('10.0.77.1'), 443]],
    seal: [
      [outside('52.94.1.1'), 443],
      [outside('10.0.5.5'), 443],
      [node('169.254.170.23'), 80],
    ],
  },
  'GKE with a key in Cloud KMS': {
    plugins: BOTH,
    settings: 'vault: {seal: {type: gcpckms, project: sandbox-1, region: europe-west1, keyRing: k, cryptoKey: c}}',
    api: [[outside('172.16.0.2'), 443]],
    seal: [
      [outside('142.250.1.1'), 443],
      [outside('169.254.169.254'), 80],
      [outside('169.254.169.252'), 988],
    ],
  },
  'AKS with a key vault': {
    plugins: BOTH,
    settings: `network: {egress: {deny: [20.1.1.1/32]}}
vault: {seal: {type: azurekeyvault, tenantId: 11111111-2222-3333-4444-555555555555, vaultName: sandbox-vault, keyName: k}}`,
    api: [[outside('20.1.1.1'), 443]],
    seal: [[outside('20.50.1.1'), 443]],
  },
};

const METADATA = ['169.254.169.254', '168.63.129.16', 'fd00:ec2::254'];
const WHO_ASKS_THE_API = ['certificate-authority', 'vault-bootstrap', 'ssh-host-signer', 'vault'];

const cases = Object.entries(CLUSTERS).flatMap(([title, cluster]) =>
  cluster.plugins.map((plugin) => [title, plugin, cluster] as const),
);

describe.each(cases)('on %s, policies read as %s does', (_title, plugin, cluster) => {
  const platform = synth(`${cluster.settings}\nenvironments: {replicas: 2}`);
  const { pods, named, open } = world(platform, plugin, cluster.family);
  const { dns = [[CORE_DNS, 53] as const] } = cluster;
  const [environment, neighbour] = named('devenv');
  const stranger = pod('strangers', { app: 'stranger' });
  const ends = (from: readonly Party[], to: readonly Party[], port: number) =>
    from.flatMap((one) => to.map((other) => ({ from: one, to: other, port })));
  const allOpen = (ways: readonly Connection[]) => expect(ways.filter((way) => !open(way))).toEqual([]);
  const allShut = (ways: readonly Connection[]) => expect(ways.filter(open)).toEqual([]);

  // SECURITY.md: "Resolvers that network.dns names answer on their port"
  test('every pod resolves names', () => {
    for (const protocol of ['UDP', 'TCP'] as const)
      allOpen(dns.flatMap(([to, port]) => pods.map((from) => ({ from, to, port, protocol }))));
  });

  test('whatever works through the API server reaches it', () => {
    const operators = pods.filter(({ labels }) => labels['app.kubernetes.io/name'] === 'vault-secrets-operator');
    expect(operators).toHaveLength(1);
    const callers = [...operators, ...WHO_ASKS_THE_API.flatMap(named)];
    allOpen(cluster.api.flatMap(([to, port]) => ends(callers, [to], port)));
  });

  test('the parts reach what they work with', () => {
    const [vault, controller, worker] = ['vault', 'boundary-controller', 'boundary-worker'].map(named);
    allOpen([
      ...ends(vault, vault, 8201),
      ...ends([...named('vault-bootstrap'), ...named('ssh-host-signer'), ...controller], vault, 8200),
      ...ends(controller, named('boundary-database'), 5432),
      ...ends(worker, controller, 9201),
      ...ends(named('keycloak'), named('keycloak-database'), 5432),
      ...ends([...vault, ...controller], named('keycloak'), 8443),
    ]);
  });

  // SECURITY.md: "What access.mode exposes is open to any address until access.sources"
  test('clients get in, whoever hands their connection on', () => {
    const callers = [
      outside('198.51.100.1'),
      node('10.0.0.9'),
      pod('gateways', { app: 'envoy' }),
      outside('2001:db8:9::1'),
    ];
    allOpen([
      ...ends(callers, named('vault'), 8200),
      ...ends(callers, named('boundary-controller'), 9200),
      ...ends(callers, named('boundary-worker'), 9202),
      ...ends(callers, named('keycloak'), 8443),
    ]);
  });

  // SECURITY.md: "So network policies let nobody but the bootstrap and the other servers reach such a server"
  test('a server of Vault that is not initialised is reached by its bootstrap and by other servers alone', () => {
    const fresh = named('vault').map((one) => ({ ...one, labels: { ...one.labels, 'vault-initialized': 'false' } }));
    allOpen(ends([...named('vault-bootstrap'), ...named('vault')], fresh, 8200));
    const others = pods.filter((one) => !['vault', 'vault-bootstrap'].includes(instanceOf(one.labels)));
    const strangers = [stranger, outside('198.51.100.1'), node('10.0.0.9'), pod('gateways', { app: 'envoy' })];
    allShut(ends([...others, ...strangers], fresh, 8200));
  });

  test('Vault reaches what unseals it', () => {
    allOpen((cluster.seal ?? []).flatMap(([to, port]) => ends(named('vault'), [to], port)));
  });

  // SECURITY.md: "someone in an environment, person or agent | Can: everything inside the pod; the internet"
  // SECURITY.md: "someone in an environment, person or agent | Cannot: reach other environments"
  test('an environment reaches the internet and nothing of the cluster, the cloud or the platform', () => {
    allOpen([outside('1.1.1.1'), outside('2606:4700::1111')].map((to) => ({ from: environment, to, port: 443 })));
    allShut([
      ...cluster.api.flatMap(([to, port]) => ends([environment], [to], port)),
      ...METADATA.flatMap((address) => ends([environment], [outside(address), node(address)], 80)),
      ...ends([environment], [neighbour, stranger], 2222),
      ...ends([environment], named('vault'), 8200),
      ...ends([environment], [...named('boundary-database'), ...named('keycloak-database')], 5432),
      ...ends([environment], [outside('10.0.5.5'), node('10.0.0.9')], 443),
    ]);
  });

  // SECURITY.md: "Two ways lead in, and both need the network policy of a grant"
  // SECURITY.md: "Port 8080 of an environment is closed, until web.enabled"
  test('nobody but workers reaches an environment, nobody but its server a database', () => {
    allOpen(ends(named('boundary-worker'), [environment, neighbour], 2222));
    const callers = [stranger, outside('198.51.100.1'), node('10.0.0.9'), ...named('vault')];
    allShut([...ends(callers, [environment], 2222), ...ends([...callers, environment], [environment], 8080)]);
    allShut(ends([...callers, ...named('boundary-worker')], named('boundary-database'), 5432));
  });
});

// SECURITY.md: "The few pods that need the API server may call any address on ports 443 and 6443 unless"
test.each([
  ['profile: kind', [443, 6443], undefined],
  ['network: {kubernetesApi: [203.0.113.10/32]}', [443, 6443], ['203.0.113.10/32']],
])('who needs the API server reaches it where that may be: %s', (text, ports, networks) => {
  const policies = ofKind(synth(text).objects, 'NetworkPolicy').filter(({ metadata }) =>
    metadata.name.endsWith('-to-kubernetes-api'),
  );
  expect(policies.length).toBeGreaterThan(5);
  for (const { spec } of policies) {
    const [{ ports: opened, to }] = spec.egress;
    expect([opened.map(({ port }: any) => port), to?.map(({ ipBlock }: any) => ipBlock.cidr)]).toEqual([
      ports,
      networks,
    ]);
  }
});
