import { App, Chart } from 'cdk8s';
import fc from 'fast-check';
import { configure, NetworkIsolation, PlatformNamespace } from '../../constructs';
import { ConfigError, parsePlatform } from '../../lib/config';

const SEED = Number(process.env.SEED ?? 4);
const newChart = () => new Chart(new App(), 'chart');
const inConfig = (tree: object) => () => parsePlatform([{ name: 'p', text: JSON.stringify(tree) }]);
const refused = (make: () => unknown): boolean => {
  try {
    make();
    return false;
  } catch {
    return true;
  }
};

const OWN = ['default', 'kube-system', 'kube-public', 'kube-node-lease', 'openshift', 'openshift-dns', 'kube-x'];
const KEYS = ['environments', 'vault', 'bootstrap', 'boundary', 'keycloak', 'web', 'secretsOperator'];

test.each(OWN)('the platform takes over no namespace of the cluster: %s', (name) => {
  for (const key of KEYS) {
    expect(inConfig({ namespaces: { [key]: name } })).toThrow(
      `namespaces.${key}: given "${name}", must not be one of the cluster's own (default, openshift, and what begins with kube- or openshift-): choose another`,
    );
  }
  const message = `namespace "${name}" is one of the cluster's own: choose another`;
  expect(() => new PlatformNamespace(newChart(), 'n', { name })).toThrow(message);
  expect(() => new NetworkIsolation(newChart(), 'n', { namespace: name })).toThrow(message);
});

test('nor that of its DNS, by whatever name', () => {
  expect(inConfig({ namespaces: { web: 'dns' }, network: { dns: { namespace: 'dns' } } })).toThrow(
    "namespaces.web: is the namespace of the cluster's DNS: choose another",
  );
});

test('each part has a namespace of its own', () => {
  const pair = fc.tuple(fc.constantFrom(...KEYS), fc.constantFrom(...KEYS)).filter(([one, other]) => one !== other);
  fc.assert(
    fc.property(pair, ([one, other]) => {
      expect(inConfig({ namespaces: { [one]: 'same', [other]: 'same' } })).toThrow(ConfigError);
    }),
    { numRuns: 60, seed: SEED },
  );
});

// SECURITY.md: "Namespaces are selected by kubernetes.io/metadata.name"
test.each([
  'pod-security.kubernetes.io/enforce-version',
  'pod-security.kubernetes.io/enforce',
  'kubernetes.io/metadata.name',
  'statefulset.kubernetes.io/pod-name',
  'networking.k8s.io/x',
  'k8s.io/x',
  'helm.sh/resource-policy',
  'meta.helm.sh/release-name',
  'pod-template-hash',
  'job-name',
])('no label or annotation on every object tells Kubernetes something: %s', (key) => {
  for (const what of ['labels', 'annotations']) {
    expect(inConfig({ [what]: { [key]: 'x' } })).toThrow('tells Kubernetes or Helm what to do with an object');
    expect(() => configure(newChart(), { [what]: { [key]: 'x' } })).toThrow(
      `"${key}" tells Kubernetes or Helm what to do with an object: set it on single ones`,
    );
  }
});

test('other keys are anybody’s, and a load balancer or an Ingress has those of its controller', () => {
  for (const key of ['team', 'example.com/team', 'mykubernetes.io/a', 'istio.io/rev', 'k8s-app']) {
    expect(inConfig({ labels: { [key]: 'x' }, annotations: { [key]: 'x' } })).not.toThrow();
    expect(() => configure(newChart(), { labels: { [key]: 'x' }, annotations: { [key]: 'x' } })).not.toThrow();
  }
  const annotations = { 'nginx.ingress.kubernetes.io/proxy-body-size': '0' };
  const loadBalancerAnnotations = { 'service.beta.kubernetes.io/aws-load-balancer-type': 'nlb' };
  expect(inConfig({ access: { annotations, loadBalancerAnnotations } })).not.toThrow();
});

test('the configuration and the library refuse the same keys', () => {
  const host = fc.constantFrom(
    'kubernetes.io',
    'k8s.io',
    'x.k8s.io',
    'a.b.kubernetes.io',
    'k8s.io.example.com',
    'helm.sh',
  );
  const key = fc
    .tuple(host, fc.constantFrom('', 'x', 'my'), fc.stringMatching(/^[a-z]{1,4}$/))
    .map(([prefix, before, name]) => `${before}${prefix}/${name}`);
  fc.assert(
    fc.property(key, (one) => {
      const library = refused(() => configure(newChart(), { labels: { [one]: 'x' } }));
      expect(refused(inConfig({ labels: { [one]: 'x' } }))).toBe(library);
    }),
    { numRuns: 200, seed: SEED },
  );
});

test('what is no label or annotation is refused before it is on every object', () => {
  for (const key of ['a b', '-a', 'a/b/c', 'Team.Example/x', 'é', 'a'.repeat(64)]) {
    expect(() => configure(newChart(), { labels: { [key]: 'x' } })).toThrow(
      `label "${key}" must be a key such as team`,
    );
    expect(() => configure(newChart(), { annotations: { [key]: 'x' } })).toThrow(/must be a key such as team/);
    expect(inConfig({ labels: { [key]: 'x' } })).toThrow(ConfigError);
  }
  for (const value of ['a b', '-a', 'a/b', 'a'.repeat(64)]) {
    expect(() => configure(newChart(), { labels: { team: value } })).toThrow(`got "${value}"`);
    expect(() => configure(newChart(), { annotations: { team: value } })).not.toThrow();
    expect(inConfig({ labels: { team: value } })).toThrow(ConfigError);
  }
  expect(() => configure(newChart(), { labels: { 'example.com/team': '', tier: 'A_1.b' } })).not.toThrow();
});
