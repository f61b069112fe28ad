import { App, Chart } from 'cdk8s';
import { configure, PlatformNamespace } from '../../constructs';
import { mirrored, settingsOf } from '../../constructs/core/settings';
import { containersOf, nameOf, workloads } from '../helpers/objects';
import { smallPlatform } from '../helpers/small-platform';

const chartWith = (registry: string) => {
  const chart = new Chart(new App(), 'chart');
  configure(chart, { registry });
  return chart;
};

test.each([
  ['', 'postgres:16', 'postgres:16'],
  ['mirror.example.com', 'postgres:16', 'mirror.example.com/library/postgres:16'],
  ['mirror.example.com/hub', 'docker.io/postgres:16', 'mirror.example.com/hub/library/postgres:16'],
  ['mirror.example.com/hub', 'docker.io/library/postgres:16', 'mirror.example.com/hub/library/postgres:16'],
  ['mirror.example.com', 'docker.io/hashicorp/vault:1', 'mirror.example.com/hashicorp/vault:1'],
  ['mirror.example.com', 'quay.io/a:1', 'mirror.example.com/a:1'],
  ['mirror.example.com/', 'hashicorp/vault:1', 'mirror.example.com/hashicorp/vault:1'],
  ['mirror.example.com/hub', 'quay.io/team/a:1', 'mirror.example.com/hub/team/a:1'],
  ['mirror.example.com/hub', 'mirror.example.com/hub/a:1', 'mirror.example.com/hub/a:1'],
  ['mirror.example.com', 'localhost/a', 'mirror.example.com/a'],
  ['mirror.example.com', 'localhost:5000/a', 'mirror.example.com/a'],
  ['mirror.example.com', 'a@sha256:00', 'mirror.example.com/library/a@sha256:00'],
])('mirror "%s" and image %s', (registry, image, expected) => {
  expect(mirrored(chartWith(registry), image)).toBe(expected);
});

test('settings of a part add to those of the whole, and stay with it', () => {
  const app = new App();
  configure(app, { labels: { a: 'b' }, registry: 'one' });
  const [part, other] = ['part', 'other'].map((id) => new Chart(app, id));
  configure(part, { registry: 'two' });
  expect(settingsOf(part)).toMatchObject({ labels: { a: 'b' }, registry: 'two', podSecurity: 'hardened' });
  expect(settingsOf(other).registry).toBe('one');
});

test('settings come before what they are for', () => {
  const app = new App();
  new Chart(app, 'chart');
  expect(() => configure(app, { registry: 'late' })).toThrow(/after children/i);
});

test('labels and annotations reach every object and pod, and override no label that selects', () => {
  const labels = { team: 'a', 'app.kubernetes.io/name': 'hijacked' };
  const { objects } = smallPlatform(undefined, { labels, annotations: { note: 'b' } });
  const plain = smallPlatform().objects;
  for (const [index, { metadata }] of objects.entries()) {
    expect(metadata.labels).toEqual({ ...plain[index].metadata.labels, team: 'a' });
    expect(metadata.annotations).toMatchObject({ note: 'b' });
  }
  for (const { spec } of workloads(objects)) {
    expect(spec.template.metadata.labels).toMatchObject({ team: 'a' });
    expect(spec.template.metadata.labels['app.kubernetes.io/name']).not.toBe('hijacked');
  }
});

test('mirror, pull policy, pull secrets and the bootstraps’ image reach every pod', () => {
  const { objects } = smallPlatform(undefined, {
    registry: 'mirror.example.com',
    imagePullPolicy: 'Always',
    imagePullSecrets: ['mirror', 'mirror'],
    bootstrapImage: 'team/node:20',
  });
  for (const workload of workloads(objects)) {
    expect(workload.spec.template.spec.imagePullSecrets).toEqual([{ name: 'mirror' }]);
    for (const { image, imagePullPolicy } of containersOf(workload)) {
      expect([image, imagePullPolicy]).toEqual([expect.stringMatching(/^mirror\.example\.com\//), 'Always']);
    }
  }
  const bootstraps = workloads(objects)
    .flatMap(containersOf)
    .filter(({ name }) => name === 'bootstrap');
  expect(new Set(bootstraps.map(({ image }) => image))).toEqual(new Set(['mirror.example.com/team/node:20']));
});

test('a storage class goes to every claim that names none', () => {
  const { objects } = smallPlatform(undefined, { storageClassName: 'fast' });
  const claims = workloads(objects).flatMap(({ spec }) => spec.volumeClaimTemplates ?? []);
  expect(claims.length).toBeGreaterThan(5);
  expect(new Set(claims.map(({ spec }) => spec.storageClassName))).toEqual(new Set(['fast']));
});

test('an API server that may be anywhere is a port and no address, since some plugins match no node by one', () => {
  const anywhere = [{}, { kubernetesApi: [] }, { kubernetesApi: ['0.0.0.0/0'] }, { kubernetesApi: ['::/0'] }];
  for (const settings of anywhere) {
    const { objects } = smallPlatform(undefined, { ...settings, kubernetesApiPorts: [8443] });
    const routes = objects.filter(({ metadata }) => metadata.name.endsWith('-to-kubernetes-api'));
    for (const { spec } of routes) expect(spec.egress).toEqual([{ ports: [{ protocol: 'TCP', port: 8443 }] }]);
  }
});

test('an API server without a port is refused in words', () => {
  expect(() => smallPlatform(undefined, { kubernetesApiPorts: [] })).toThrow(
    'kubernetesApiPorts is empty: name a port',
  );
});

test('the API server’s addresses narrow every route to it', () => {
  const { objects } = smallPlatform(undefined, { kubernetesApi: ['10.96.0.1/32'] });
  const routes = objects.filter(({ metadata }) => metadata.name.endsWith('-to-kubernetes-api'));
  expect(routes.length).toBeGreaterThan(3);
  for (const { spec } of routes) expect(spec.egress[0].to).toEqual([{ ipBlock: { cidr: '10.96.0.1/32' } }]);
});

test.each([
  ['restricted', 'restricted', 'restricted'],
  ['baseline', 'restricted', 'baseline'],
  ['privileged', 'privileged', 'privileged'],
] as const)('a namespace at level %s audits %s and warns at %s', (podSecurity, audit, warn) => {
  const chart = new Chart(new App(), 'chart', { disableResourceNameHashes: true });
  new PlatformNamespace(chart, 'namespace', { name: 'team', podSecurity, keep: podSecurity === 'baseline' });
  const [namespace, ...policies] = chart.toJson();
  expect(namespace.metadata.labels).toMatchObject({
    'pod-security.kubernetes.io/enforce': podSecurity,
    'pod-security.kubernetes.io/audit': audit,
    'pod-security.kubernetes.io/warn': warn,
  });
  expect(namespace.metadata.annotations?.['helm.sh/resource-policy']).toBe(
    podSecurity === 'baseline' ? 'keep' : undefined,
  );
  expect(policies.map(nameOf)).toEqual(['NetworkPolicy team/default-deny', 'NetworkPolicy team/allow-dns']);
});
