import { OPENSHIFT, profiled, STANDARD } from '../helpers/cases';
import { type KubeObject, nameOf, ofKind } from '../helpers/objects';
import type { Party } from '../helpers/routes';
import { synth } from '../helpers/synth';
import { node, outside, pod, world } from '../helpers/world';

/** Every way in that a platform opens to what is no pod of its own. */
const waysIn = (objects: readonly KubeObject[]) =>
  ofKind(objects, 'NetworkPolicy').filter(
    ({ spec }) =>
      spec.ingress?.length && (!spec.ingress[0].from || spec.ingress[0].from.some((one: any) => one.ipBlock)),
  );
const externals = (objects: readonly KubeObject[]) =>
  ofKind(objects, 'Service').filter(({ spec }) => ['NodePort', 'LoadBalancer'].includes(spec.type));

/** Ports at which the platform's pods are reached from outside. */
const PORTS = { vault: 8200, 'boundary-controller': 9200, 'boundary-worker': 9202, keycloak: 8443, 'devenv-0': 8443 };

/** Whether each pod of these parts is open to a caller. */
const callsTo =
  ({ named, open }: Pick<ReturnType<typeof world>, 'named' | 'open'>, parts: readonly (keyof typeof PORTS)[]) =>
  (from: Party): boolean[] =>
    parts.flatMap((part) => named(part).map((to) => open({ from, to, port: PORTS[part] })));

describe.each(['calico', 'cilium'] as const)('with access.sources, policies read as %s does', (plugin) => {
  const BALANCED = `${STANDARD}\naccess: {sources: [198.51.100.0/24, "2001:db8:9::/48"], loadBalancerClass: internal}`;
  const platform = synth(`${BALANCED}\nweb: {enabled: true}\nenvironments: {replicas: 1}`);
  const { named, open } = world(platform, plugin);
  const allOf = callsTo({ named, open }, ['vault', 'boundary-controller', 'boundary-worker', 'keycloak']);

  test.each(['198.51.100.77', '2001:db8:9::5'])('%s gets in everywhere', (address) => {
    expect(allOf(outside(address))).not.toContain(false);
  });

  // SECURITY.md: "These then stand in the policies before the servers"
  test.each([
    ['another address', outside('203.0.113.1')],
    ['another address of IPv6', outside('2001:db8:a::5')],
    ['a node', node('10.0.0.9')],
    ["somebody's pod", pod('strangers', { app: 'stranger' })],
  ])('%s gets in nowhere', (_who, from) => {
    expect(allOf(from)).not.toContain(true);
  });

  // SECURITY.md: "These then stand in the policies before the servers"
  test('every load balancer is of the class, and takes connections of these networks alone', () => {
    const specs = externals(platform.objects).map(({ spec }) => spec);
    expect(specs.length).toBeGreaterThanOrEqual(6);
    for (const spec of specs)
      expect(spec).toMatchObject({
        loadBalancerClass: 'internal',
        loadBalancerSourceRanges: ['198.51.100.0/24', '2001:db8:9::/48'],
        externalTrafficPolicy: 'Local',
      });
  });
});

describe.each([
  ['ingress', 'standard', 'access: {mode: ingress, domain: a.example.com, controllerNamespace: edge}'],
  [
    'gateway',
    'standard',
    'access: {mode: gateway, domain: a.example.com, gateway: {name: a, namespace: b}, controllerNamespace: edge}',
  ],
  ['route', 'openshift', 'access: {mode: route, domain: a.example.com, controllerNamespace: edge}'],
])('with access.controllerNamespace and the mode %s', (_mode, profile, access) => {
  const platform = synth(`${profiled(profile)}\n${access}\nweb: {enabled: true}\nenvironments: {replicas: 1}`);

  describe.each(['calico', 'cilium'] as const)('policies read as %s does', (plugin) => {
    const { named, open } = world(platform, plugin);
    const allOf = callsTo({ named, open }, ['vault', 'boundary-controller', 'keycloak', 'devenv-0']);

    // SECURITY.md: "What runs in the cluster may still dial the servers behind them"
    test('the pods of that namespace reach every server', () => {
      expect(allOf(pod('edge', { app: 'controller' }))).not.toContain(false);
    });

    test.each([
      ["somebody's pod", pod('strangers', { app: 'controller' })],
      ['a node', node('10.0.0.9')],
      ['an address outside', outside('203.0.113.1')],
    ])('%s reaches none', (_who, from) => {
      expect(allOf(from)).not.toContain(true);
    });
  });
});

describe('portForward', () => {
  const WEB = 'web: {enabled: true}\nenvironments: {replicas: 1}';

  test.each([
    ['standard', `${STANDARD}\naccess: {mode: portForward}`],
    ['openshift', `${OPENSHIFT}\naccess: {mode: portForward}`],
  ])('opens nothing on %s: people forward the ports that they dial', (_profile, text) => {
    const { facts, objects } = synth(`${text}\n${WEB}`);
    expect([...externals(objects), ...waysIn(objects)].map(nameOf)).toEqual([]);
    expect([facts.vault?.externalAddress, facts.boundary?.externalAddress]).toEqual([
      'https://localhost:30820',
      'https://localhost:30920',
    ]);
  });

  test("opens node ports on kind, which are mapped to the machine's loopback", () => {
    const { objects } = synth(`profile: kind\n${WEB}`);
    expect(
      externals(objects)
        .map(({ spec }) => spec.ports[0].nodePort)
        .sort(),
    ).toEqual([30820, 30880, 30920, 30922, 30980]);
  });
});
