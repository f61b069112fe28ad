import { App, Chart } from 'cdk8s';
import { type Endpoint, Exposure, podPeer, urlOf } from '../../constructs';
import { type KubeObject, nameOf } from '../helpers/objects';

const identity = { name: 'shop', instance: 'shop', component: 'server' };
const selector = {
  'app.kubernetes.io/name': 'shop',
  'app.kubernetes.io/instance': 'shop',
  'app.kubernetes.io/component': 'server',
};

function expose(exposure: Exposure, endpoint: Partial<Endpoint> = {}) {
  const chart = new Chart(new App(), 'chart', { disableResourceNameHashes: true });
  const address = exposure.expose({
    pods: podPeer(chart, 'shops', identity),
    name: 'shop',
    port: 8200,
    targetPort: 8201,
    protocol: 'https',
    serviceName: 'shop',
    ...endpoint,
  });
  const objects: KubeObject[] = chart.toJson();
  return { address, objects, object: objects.find(({ kind }) => kind !== 'NetworkPolicy') };
}

const open = {
  podSelector: { matchLabels: selector },
  policyTypes: ['Ingress'],
  // Nobody is named: an ipBlock would leave out nodes and pods, such as ingress controllers, with some plugins.
  ingress: [{ ports: [{ protocol: 'TCP', port: 8201 }] }],
};

test('inside the cluster alone: no object, no route', () => {
  expect(expose(Exposure.internal())).toEqual({ address: { host: 'shop.shops.svc', port: 8200 }, objects: [] });
});

test('a port of every node', () => {
  const { address, object } = expose(Exposure.nodePort({ host: '192.0.2.1', nodePort: 30820 }));
  expect(address).toEqual({ host: '192.0.2.1', port: 30820 });
  expect(object?.metadata).toMatchObject({ name: 'shop-external', namespace: 'shops' });
  expect(object?.spec).toEqual({
    type: 'NodePort',
    selector,
    ports: [{ name: 'main', port: 8200, targetPort: 8201, nodePort: 30820 }],
  });
});

test('a load balancer of its own', () => {
  const annotations = { 'example.com/internal': 'true' };
  const { address, object } = expose(Exposure.loadBalancer({ host: 'shop.example.com', annotations }));
  expect(address).toEqual({ host: 'shop.example.com', port: 8200 });
  expect(object?.metadata.annotations).toEqual(annotations);
  expect(object?.spec).toEqual({
    type: 'LoadBalancer',
    selector,
    ports: [{ name: 'main', port: 8200, targetPort: 8201 }],
  });
});

test('a load balancer whose address nobody knows yet is dialled inside', () => {
  expect(expose(Exposure.loadBalancer({})).address).toEqual({ host: 'shop.shops.svc', port: 8200 });
});

const SOURCES = ['192.0.2.0/24', '2001:db8:7::/48'];

describe('for some networks alone', () => {
  // SECURITY.md: "These then stand in the policies before the servers"
  test.each([
    ['node ports', Exposure.nodePort({ host: 'localhost', nodePort: 30000, sources: SOURCES })],
    ['load balancers', Exposure.loadBalancer({ sources: SOURCES })],
  ])('%s let these in, and hand on the address that clients have', (_name, exposure) => {
    const { object, objects } = expose(exposure);
    const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy');
    expect(policies.map(nameOf)).toEqual(['NetworkPolicy shops/shop-from-sources']);
    expect(policies[0].spec.ingress).toEqual([
      { ports: [{ protocol: 'TCP', port: 8201 }], from: SOURCES.map((cidr) => ({ ipBlock: { cidr } })) },
    ]);
    expect(object?.spec.externalTrafficPolicy).toBe('Local');
  });

  test('a load balancer takes connections of no other', () => {
    const { object } = expose(Exposure.loadBalancer({ sources: SOURCES, loadBalancerClass: 'example.com/internal' }));
    expect(object?.spec).toMatchObject({
      loadBalancerSourceRanges: SOURCES,
      loadBalancerClass: 'example.com/internal',
    });
  });

  // SECURITY.md: "Ingresses and Routes tell ingress-nginx and OpenShift's router by annotations"
  test('an Ingress and a Route tell their controllers', () => {
    const ingress = Exposure.ingress({ host: 'a.example.com', className: 'nginx', sources: SOURCES });
    expect(expose(ingress).object?.metadata.annotations).toMatchObject({
      'nginx.ingress.kubernetes.io/whitelist-source-range': '192.0.2.0/24,2001:db8:7::/48',
    });
    const route = Exposure.route({ host: 'a.example.com', sources: SOURCES });
    expect(expose(route).object?.metadata.annotations).toEqual({
      'haproxy.router.openshift.io/ip_allowlist': '192.0.2.0/24 2001:db8:7::/48',
      'haproxy.router.openshift.io/ip_whitelist': '192.0.2.0/24 2001:db8:7::/48',
    });
  });
});

test('inside the cluster, and at the end of a forwarded port', () => {
  const { address, objects } = expose(Exposure.internal({ host: 'localhost', port: 30820 }));
  expect([address, objects]).toEqual([{ host: 'localhost', port: 30820 }, []]);
});

test('an Ingress', () => {
  const props = { host: 'shop.example.com', className: 'nginx', tlsSecretName: 'shop-tls', annotations: { a: 'b' } };
  const { address, object } = expose(Exposure.ingress(props));
  expect(address).toEqual({ host: 'shop.example.com', port: 443, front: {} });
  expect(object?.metadata.annotations).toEqual({ a: 'b', 'nginx.ingress.kubernetes.io/backend-protocol': 'HTTPS' });
  expect(object?.spec).toEqual({
    ingressClassName: 'nginx',
    tls: [{ hosts: ['shop.example.com'], secretName: 'shop-tls' }],
    rules: [
      {
        host: 'shop.example.com',
        http: {
          paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'shop', port: { number: 8200 } } } }],
        },
      },
    ],
  });
});

test('an Ingress of a server without TLS asks for none behind it', () => {
  const { object } = expose(Exposure.ingress({ host: 'a.example.com', className: 'nginx' }), { protocol: 'http' });
  expect(object?.metadata.annotations).toBeUndefined();
});

test.each([
  ['https', 'TLSRoute'],
  ['http', 'HTTPRoute'],
] as const)('a Gateway API route of a server that speaks %s: a %s', (protocol, kind) => {
  const gateway = { name: 'public', namespace: 'gateways' };
  const exposure = Exposure.gateway({ host: 'shop.example.com', gateway, annotations: { a: 'b' } });
  const { address, object } = expose(exposure, { protocol });
  expect(address).toEqual({ host: 'shop.example.com', port: 443 });
  expect(object).toMatchObject({ apiVersion: 'gateway.networking.k8s.io/v1', kind });
  expect(object?.metadata.annotations).toEqual({ a: 'b' });
  expect(object?.spec).toEqual({
    parentRefs: [gateway],
    hostnames: ['shop.example.com'],
    rules: [{ backendRefs: [{ name: 'shop', port: 8200 }] }],
  });
});

test('an address as a URL leaves out the port that its scheme implies', () => {
  const urls = [
    urlOf({ host: 'a.example.com', port: 443 }),
    urlOf({ host: 'a.example.com', port: 80 }, 'http'),
    urlOf({ host: 'a.example.com', port: 80 }),
    urlOf({ host: '::1', port: 30880 }),
    urlOf({ host: '2001:0DB8:0::10', port: 443 }),
  ];
  expect(urls).toEqual([
    'https://a.example.com',
    'http://a.example.com',
    'https://a.example.com:80',
    'https://[::1]:30880',
    'https://[2001:db8::10]',
  ]);
});

test.each([
  ['https', { termination: 'passthrough' }],
  ['http', { termination: 'edge', insecureEdgeTerminationPolicy: 'Redirect' }],
] as const)('an OpenShift Route of a server that speaks %s', (protocol, tls) => {
  const { address, object } = expose(Exposure.route({ host: 'shop.example.com' }), { protocol });
  expect(address).toEqual({ host: 'shop.example.com', port: 443 });
  expect(object).toMatchObject({ apiVersion: 'route.openshift.io/v1', kind: 'Route' });
  expect(object?.spec).toEqual({
    host: 'shop.example.com',
    to: { kind: 'Service', name: 'shop', weight: 100 },
    port: { targetPort: 8201 },
    tls,
  });
});

// SECURITY.md: "What access.mode exposes is open to any address until access.sources"
test.each([
  ['nodePort', Exposure.nodePort({ host: 'localhost', nodePort: 30000 })],
  ['loadBalancer', Exposure.loadBalancer({})],
  ['ingress', Exposure.ingress({ host: 'a.example.com', className: 'nginx' })],
  ['gateway', Exposure.gateway({ host: 'a.example.com', gateway: { name: 'a', namespace: 'b' } })],
  ['route', Exposure.route({ host: 'a.example.com' })],
])('%s opens the network to the pods’ port and no other', (_name, exposure) => {
  const policies = expose(exposure).objects.filter(({ kind }) => kind === 'NetworkPolicy');
  expect(policies.map(nameOf)).toEqual(['NetworkPolicy shops/shop-from-anywhere']);
  expect(policies[0].spec).toEqual(open);
});

test.each([
  ['node ports', Exposure.nodePort({ host: 'localhost', nodePort: 30000 })],
  ['load balancers', Exposure.loadBalancer({})],
])('%s carry raw TCP, and may mean one pod of several', (_name, exposure) => {
  const pod = { 'statefulset.kubernetes.io/pod-name': 'shop-1' };
  expect(expose(exposure, { protocol: 'tcp', selector: pod }).object?.spec.selector).toEqual({ ...selector, ...pod });
});

test('cert-manager is not told to fill one Secret for two hosts', () => {
  const chart = new Chart(new App(), 'chart', { disableResourceNameHashes: true });
  const ingress = (name: string, annotations: Record<string, string>) => {
    const pods = podPeer(chart, 'shops', { ...identity, instance: name });
    const props = { host: `${name}.example.com`, className: 'nginx', tlsSecretName: 'tls', annotations };
    const endpoint: Endpoint = { pods, name, port: 80, targetPort: 80, protocol: 'http', serviceName: name };
    return Exposure.ingress(props).expose(endpoint);
  };
  const issued = { 'cert-manager.io/cluster-issuer': 'letsencrypt' };
  ingress('one', issued);
  expect(() => ingress('two', issued)).toThrow(
    'cert-manager would write certificates for "one.example.com" and "two.example.com" into the Secret "tls" in turn: name one for each',
  );
  // A Secret of one's own may have a certificate for all hosts.
  expect(() => ingress('three', {})).not.toThrow();
});

test('no annotation lets in others than the sources', () => {
  const sources = ['10.0.0.0/8'];
  for (const list of ['whitelist', 'allowlist']) {
    const nginx = { [`nginx.ingress.kubernetes.io/${list}-source-range`]: '0.0.0.0/0' };
    const ingress = { host: 'shop.example.com', className: 'nginx', annotations: nginx };
    expect(() => expose(Exposure.ingress({ ...ingress, sources }))).toThrow(/contradicts sources: name networks there/);
    expect(() => expose(Exposure.ingress(ingress))).not.toThrow();
    const router = { [`haproxy.router.openshift.io/ip_${list}`]: '0.0.0.0/0' };
    const route = { host: 'shop.example.com', annotations: router };
    expect(() => expose(Exposure.route({ ...route, sources }))).toThrow(/contradicts sources: name networks there/);
    expect(() => expose(Exposure.route(route))).not.toThrow();
  }
});
