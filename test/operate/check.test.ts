import { check } from '../../lib/operate/check/check';
import { expectGood, lineOf } from '../../lib/operate/check/finding';
import { Trial } from '../../lib/operate/check/trial';
import { pauseFor } from '../../lib/operate/interruption';
import { checked, failed, KIND, limits, machine, of } from '../helpers/checked';
import { FitCluster, node, storageClass, type Unfit } from '../helpers/fit-cluster';

jest.mock('../../lib/operate/run', () => ({ ...jest.requireActual('../../lib/operate/run'), run: jest.fn() }));

beforeEach(() => machine());

test('a cluster that is fit has nothing to mend, and what was tried out is removed', async () => {
  const cluster = new FitCluster();
  const findings = await checked(cluster);
  expect(failed(findings)).toEqual([]);
  expect(findings.map(({ what }) => what)).toEqual([
    ...['kubectl', 'terraform', 'restic', 'cluster', 'rights', 'names', 'room'],
    ...['images', 'DNS', 'network policies', 'storage', 'Pod Security'],
  ]);
  expect(() => expectGood(findings)).not.toThrow();
  expect(of(findings, 'network policies')[0].seen).toMatch(/denied ones did not, in and out, between nodes$/);
  expect(cluster.told.at(-1)).toBe('delete namespace sandboxctl-check-x7 --ignore-not-found --wait=false');
});

const FAULTS: Readonly<Record<string, [cluster: Unfit, what: string, seen: RegExp, mend: RegExp]>> = {
  'that does not answer': [{ silent: 'connection refused' }, 'cluster', /^connection refused$/, /KUBECONFIG/],
  'that is too old': [{ version: 'v1.29.3' }, 'cluster', /^Kubernetes v1\.29\.3$/, /1\.30 or later/],
  'where this login may not make a kind': [
    { mayMake: (kind) => kind !== 'networkpolicy.networking.k8s.io' },
    'rights',
    /may not make NetworkPolicy$/,
    /log in as who may/,
  ],
  'that enforces no policy': [
    { enforces: [] },
    'network policies',
    /went through, in \(ingress\) and out \(egress\)/,
    /Calico or Cilium/,
  ],
  'that enforces none for what goes out': [
    { enforces: ['Ingress'] },
    'network policies',
    /went through, out \(egress\)/,
    /Calico or Cilium/,
  ],
  'that enforces none for what comes in': [
    { enforces: ['Egress'] },
    'network policies',
    /went through, in \(ingress\)/,
    /Calico or Cilium/,
  ],
  'where a policy breaks what it is not about': [{ breaks: true }, 'network', /an allowed connection failed/, /plugin/],
  'where pods do not reach each other': [{ apart: true }, 'network', /does not reach another/, /on every node/],
  'where names are not found': [
    { resolves: false },
    'DNS',
    /kubernetes\.default\.svc is not found/,
    /--namespace kube-system --selector k8s-app=kube-dns/,
  ],
  'that lacks an image': [
    { nowhere: /^postgres/ },
    'images',
    /^postgres:16 of (keycloak, boundary|boundary, keycloak) cannot be had: no such image$/,
    /push it to a registry/,
  ],
  'without a default StorageClass': [
    { classes: [storageClass('slow', { metadata: { name: 'slow' } })] },
    'storage',
    /no StorageClass is the default/,
    /annotate storageclass slow/,
  ],
  'that makes no volumes': [{ volume: 'unbound' }, 'storage', /standard makes no volume: no disks left/, /has room/],
  'that mounts no volumes': [{ volume: 'unmounted' }, 'storage', /is not mounted: no disks left/, /name another one/],
  'whose volumes are root’s': [{ volume: 'read-only' }, 'storage', /cannot be written to/, /fsGroup/],
  'whose volumes stay': [
    { volume: 'left' },
    'storage',
    /pv-1 of .* not removed/,
    /kubectl delete persistentvolume pv-1/,
  ],
  'that lets privileged pods in': [{ podSecurity: false }, 'Pod Security', /is let into/, /admission plugin/],
  'with too little memory': [
    { nodes: [node({ memory: '1Gi' })] },
    'room',
    /^the platform asks for .* GiB, and nodes have 8\.0 CPUs and 1\.0 GiB left: no node has room for /,
    /add a node, or ask for less/,
  ],
  'with too little left by others': [
    {
      others: [
        {
          metadata: { labels: {} },
          spec: { nodeName: 'node-1', containers: [{ resources: { requests: { cpu: '7900m' } } }] },
          status: { phase: 'Running' },
        },
      ],
    },
    'room',
    /nodes have 0\.1 CPUs and .* no node has room/,
    /add a node/,
  ],
  'whose nodes keep pods out': [
    { nodes: [node({}, { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] })] },
    'room',
    /taints of every node keep out/,
    /tolerations/,
  ],
};

test.each(Object.entries(FAULTS))(
  'a cluster %s fails by that alone, with its mend',
  async (_, [is, what, seen, mend]) => {
    const findings = await checked(new FitCluster(is));
    expect(failed(findings)).toEqual([
      { what, ok: false, seen: expect.stringMatching(seen), mend: expect.stringMatching(mend) },
    ]);
    expect(() => expectGood(findings)).toThrow(`1 of ${findings.length} checks failed`);
    expect(lineOf(failed(findings)[0])).toMatch(/^FAIL .*\n {5}mend: /);
  },
);

describe('where the environments’ image cannot be had', () => {
  const text = `${KIND}\nimages: {devenv: nowhere/devenv:1}`;

  test('policies are tried out with another one that has a shell', async () => {
    const cluster = new FitCluster({ nowhere: /^nowhere/, bare: /^hashicorp\/vault/, enforces: ['Ingress'] });
    const findings = await checked(cluster, text);
    expect(failed(findings).map(({ what }) => what)).toEqual(['images', 'network policies']);
    const servers = cluster.applied.filter(({ metadata }) => metadata.name === 'server');
    expect(servers.at(-1)?.spec.containers[0].image).not.toMatch(/^(nowhere|hashicorp\/vault)/);
  });

  test('and no other one either, nothing is proven, which is said', async () => {
    const findings = await checked(new FitCluster({ nowhere: /./ }), text);
    const untried = failed(findings).filter(({ what }) => what !== 'images');
    expect(untried.map(({ what }) => what)).toEqual(['DNS', 'network policies', 'storage']);
    for (const { seen, mend } of untried)
      expect([seen, mend]).toEqual([expect.stringContaining('not tried'), expect.stringContaining('mend the images')]);
  });
});

describe('images with a pull secret', () => {
  const text = `${KIND}\nimages: {pullSecrets: [mirror]}`;
  const mirror = {
    metadata: { name: 'mirror', namespace: 'vault' },
    type: 'kubernetes.io/dockerconfigjson',
    data: { x: 'eA==' },
  };

  test('are pulled with it, from wherever the platform has it', async () => {
    const cluster = new FitCluster({ secrets: [mirror] });
    expect(failed(await checked(cluster, text))).toEqual([]);
    expect(cluster.applied.find(({ kind }) => kind === 'Secret')).toMatchObject({
      metadata: { name: 'mirror', namespace: 'sandboxctl-check-x7' },
      data: mirror.data,
    });
    expect(cluster.applied.find(({ kind }) => kind === 'Pod')?.spec.imagePullSecrets).toEqual([{ name: 'mirror' }]);
  });

  test('that is nowhere are told of by that', async () =>
    expect(failed(await checked(new FitCluster({ nowhere: /vault/ }), text))).toMatchObject([
      { what: 'images', mend: expect.stringContaining('make the pull secret mirror') },
    ]));
});

test('a volume is none that stays: its class may keep those of claims that go', async () => {
  const cluster = new FitCluster();
  await checked(cluster);
  expect(cluster.told).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^patch persistentvolume pv-1 .*"persistentVolumeReclaimPolicy":"Delete"/),
    ]),
  );
});

test('volumes that are made by hand are not used up', async () => {
  const cluster = new FitCluster({ classes: [storageClass('local', { provisioner: 'kubernetes.io/no-provisioner' })] });
  const findings = await checked(cluster);
  expect(of(findings, 'storage')[0]).toMatchObject({ ok: true, seen: expect.stringContaining('not tried') });
  expect(cluster.applied.filter(({ kind }) => kind === 'PersistentVolumeClaim')).toEqual([]);
});

test('what a check left that was killed is removed, and none that runs', async () => {
  const made = (name: string, msAgo: number) => ({
    metadata: { name, creationTimestamp: new Date(Date.now() - msAgo).toISOString() },
  });
  const cluster = new FitCluster({
    left: [made('sandboxctl-check-old', 3_600_000), made('sandboxctl-check-new', 1000)],
  });
  await checked(cluster);
  expect(cluster.told[0]).toBe('delete namespace sandboxctl-check-old --ignore-not-found --wait=false');
});

test('objects of the platform’s own Helm releases are nobody else’s, whatever these are called', async () => {
  const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'devenv' } };
  const names = async (release: string) => {
    const standing = {
      ...settings,
      metadata: { ...settings.metadata, annotations: { 'meta.helm.sh/release-name': release } },
    };
    const cluster = new FitCluster({ standing: [standing] });
    const platform = { parts: [], objects: [settings], releasePrefix: 'second' };
    return of(await check(cluster, platform, { limits }), 'names').map(({ ok, seen }) => [ok, seen]);
  };
  expect(await names('second-environments')).toEqual([[true, expect.stringContaining("nothing of somebody else's")]]);
  expect(await names('agent-sandbox-environments')).toEqual([
    [false, expect.stringMatching(/not its own: ConfigMap devenv\/settings$/)],
  ]);
});

test('who interrupts it leaves nothing behind', async () => {
  const cluster = new FitCluster();
  const trial = Trial.with(cluster, limits, () => {
    process.emit('SIGINT');
    return pauseFor(3_600_000);
  });
  await expect(trial).rejects.toMatchObject({ status: 130 });
  expect(cluster.told).toEqual(['delete namespace sandboxctl-check-x7 --ignore-not-found --wait=false']);
});
