import { differencesOf, inventoryOf, keyOf } from '../helpers/contents';

const object = (kind: string, name: string, more: object = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'devenv', uid: '1', resourceVersion: '5', creationTimestamp: 'then', ...metadata },
  ...more,
});
const later = { uid: '2', resourceVersion: '9', creationTimestamp: 'now', managedFields: [{}] };
const changes = (before: object[], after: object[]) => differencesOf(inventoryOf(before), inventoryOf(after));

test('a cluster is as it was whatever was made anew, by whom and when', () =>
  expect(
    changes(
      [object('ConfigMap', 'a', { data: { x: '1' } }), object('Service', 'b', { spec: {}, status: { old: 1 } })],
      [object('Service', 'b', { spec: {}, status: { new: 1 } }), object('ConfigMap', 'a', { data: { x: '1' } }, later)],
    ),
  ).toEqual([]));

test('a node that says that it lives is nobody’s change, another lease is one', () => {
  const lease = (namespace: string) => object('Lease', 'node-2', {}, { namespace });
  expect(changes([], [lease('kube-node-lease'), lease('kube-system')])).toEqual(['+ Lease kube-system node-2']);
});

test('what is new, gone or another is told, with the fields', () =>
  expect(
    changes(
      [
        object('ConfigMap', 'a', { data: { x: '1', y: '1' } }),
        object('ConfigMap', 'gone'),
        object('StorageClass', 'c', { provisioner: 'p' }, { annotations: { default: 'true' } }),
        object('Secret', 's', { data: { key: 'one' } }, { labels: { of: 'us' } }),
        object('ClusterRole', 'r', { rules: [{ verbs: ['get'] }] }),
      ],
      [
        object('ConfigMap', 'a', { data: { x: '2', y: '1' } }),
        object('ConfigMap', 'new'),
        object('StorageClass', 'c', { provisioner: 'p' }),
        object('Secret', 's', { data: { key: 'two' } }, { labels: { of: 'them' }, finalizers: ['held'] }),
        object('ClusterRole', 'r', { rules: [{ verbs: ['get', 'list'] }] }),
      ],
    ),
  ).toEqual([
    '~ ClusterRole devenv r: rules',
    '~ ConfigMap devenv a: data.x',
    '- ConfigMap devenv gone',
    '+ ConfigMap devenv new',
    '~ Secret devenv s: labels.of, finalizers, data.key',
    '~ StorageClass devenv c: annotations.default',
  ]));

test('no inventory holds a secret', () =>
  expect(JSON.stringify(inventoryOf([object('Secret', 's', { data: { key: 'aGlkZGVu' } })]))).not.toContain(
    'aGlkZGVu',
  ));

test('names that controllers choose are the same for every one of a kind', () => {
  const label = (name: string, value: string) => ({ labels: { [name]: value } });
  const named: [object, string][] = [
    [object('Pod', 'dns-7c9-x2k', {}, { generateName: 'dns-7c9-', ...label('pod-template-hash', '7c9') }), 'dns-*-*'],
    [object('ReplicaSet', 'dns-7c9', {}, label('pod-template-hash', '7c9')), 'dns-*'],
    [
      object('Pod', 'vault-0', {}, { generateName: 'vault-', ...label('apps.kubernetes.io/pod-index', '0') }),
      'vault-0',
    ],
    [object('Secret', 'sh.helm.release.v1.a-vault.v12'), 'sh.helm.release.v1.a-vault.v*'],
    [object('Job', 'backup-29384756', {}, { ownerReferences: [{ kind: 'CronJob' }] }), 'backup-*'],
    [object('Job', 'schema-29384756'), 'schema-29384756'],
    [object('PersistentVolume', 'pvc-0b4c8a1e-9f62-4a83-8a36-0f0a4e7d9a11'), 'pvc-*'],
  ];
  expect(named.map(([one]) => keyOf(one).split(' ').at(-1))).toEqual(named.map(([, name]) => name));
});

test('what a node is labelled counts, and not what it says of itself', () => {
  const node = (labels: object, spec: object) => object('Node', 'n', { spec }, { labels, annotations: { ttl: '0' } });
  const before = node({ a: '1' }, { taints: [] });
  expect(changes([before], [node({ a: '1' }, { taints: [{}] })])).toEqual([]);
  expect(changes([before], [node({ a: '2' }, { unschedulable: true })])).toEqual([
    '~ Node devenv n: labels.a, unschedulable',
  ]);
});
