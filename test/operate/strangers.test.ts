import { Kubectl, type KubeObject } from '../../lib/operate/cluster/kubectl';
import { strangersIn } from '../../lib/operate/cluster/strangers';

const object = (kind: string, name: string, metadata: object = {}): KubeObject => ({
  kind,
  metadata: { name, namespace: 'vault', ...metadata },
});
const ours = { labels: { 'app.kubernetes.io/part-of': 'agent-sandbox-platform' } };

/** A cluster with these objects. */
class Told extends Kubectl {
  constructor(private readonly objects: readonly KubeObject[]) {
    super();
  }

  override answer = async () => 'configmaps\nsecrets\nevents.events.k8s.io\n';
  override list = async (kinds: string) => {
    expect(kinds).toBe('configmaps,secrets');
    return [...this.objects];
  };
}

test('what the platform made, what follows from that, and what every namespace has is nobody else’s', async () => {
  const known = [
    object('ConfigMap', 'vault-config', ours),
    object('Pod', 'vault-0', { ownerReferences: [{ kind: 'StatefulSet' }] }),
    object('ConfigMap', 'kube-root-ca.crt'),
    object('ServiceAccount', 'default'),
    object('Secret', 'sh.helm.release.v1.agent-sandbox-vault.v3'),
    object('Service', 'metrics', { annotations: { 'meta.helm.sh/release-name': 'vault-secrets-operator' } }),
    object('Job', 'pre-delete', {
      annotations: { 'helm.sh/hook': 'pre-delete' },
      labels: { 'app.kubernetes.io/instance': 'vault-secrets-operator' },
    }),
    object('Secret', 'vso-cc-storage-hmac-key'),
  ];
  expect(await strangersIn(new Told(known), ['vault'])).toEqual([]);
});

test('each platform knows its own releases by their prefix', async () => {
  const record = new Told([object('Secret', 'sh.helm.release.v1.second-vault.v3')]);
  expect(await strangersIn(record, ['vault'], 'second')).toEqual([]);
  expect(await strangersIn(record, ['vault'], 'first')).toHaveLength(1);
});

test.each([
  ['an object that somebody made by hand', object('ConfigMap', 'mine')],
  [
    'one of another Helm release',
    object('Secret', 'theirs', { annotations: { 'meta.helm.sh/release-name': 'their-app' } }),
  ],
  [
    'another release’s hook',
    object('Job', 'theirs', {
      annotations: { 'helm.sh/hook': 'pre-delete' },
      labels: { 'app.kubernetes.io/instance': 'app' },
    }),
  ],
  ['another release’s record', object('Secret', 'sh.helm.release.v1.their-app.v1')],
])('%s is', async (_, stranger) =>
  expect(await strangersIn(new Told([stranger]), ['vault'])).toEqual([
    `${stranger.kind} vault/${stranger.metadata.name}`,
  ]),
);
