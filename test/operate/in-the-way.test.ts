import { Kubectl, type KubeObject } from '../../lib/operate/cluster/kubectl';
import { expectNothingInTheWay } from '../../lib/operate/platform/in-the-way';

const OURS = 'agent-sandbox-platform';
const object = (kind: string, name: string, more: object = {}): KubeObject => ({
  apiVersion: kind === 'StatefulSet' ? 'apps/v1' : kind === 'VaultAuth' ? 'secrets.hashicorp.com/v1beta1' : 'v1',
  kind,
  metadata: { name, namespace: 'devenv', ...more },
});
const ours = { labels: { 'app.kubernetes.io/part-of': OURS } };
const wanted = [
  object('StatefulSet', 'devenv', ours),
  object('ConfigMap', 'settings', ours),
  object('VaultAuth', 'login', ours),
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'devenv', ...ours } },
];

/** A cluster with these objects, and kinds that it does not know. */
class Told extends Kubectl {
  constructor(
    private readonly objects: readonly KubeObject[],
    private readonly unknown: string = 'nothing',
  ) {
    super();
  }

  override answer = async ([verb, kinds, ...more]: readonly string[]) => {
    // Nothing that would bring values of Secrets along.
    expect([verb, more.includes('json')]).toEqual(['get', false]);
    if (kinds.includes(this.unknown))
      throw new Error(`error: the server doesn't have a resource type "${this.unknown}"`);
    const nameOf = ({ apiVersion, kind, metadata }: KubeObject) =>
      `${kind.toLowerCase()}${/\//.test(apiVersion) ? `.${apiVersion.split('/')[0]}` : ''}/${metadata.name}`;
    return this.objects
      .filter((one) => kinds.split(',').some((kind) => nameOf(one).startsWith(`${kind}/`)))
      .map((one) => `${nameOf(one)}   0/1   3d (2h ago)   ${one.metadata.labels ? OURS : ''}\n`)
      .join('');
  };
  override find = async (kind: string, name: string) =>
    this.objects.find((one) => kind.startsWith(one.kind.toLowerCase()) && one.metadata.name === name);
}

const look = (...standing: KubeObject[]) =>
  expectNothingInTheWay(new Told(standing), { objects: wanted, releasePrefix: 'second' });
const foreign = (one: KubeObject) => ({ ...one, metadata: { ...one.metadata, labels: undefined } });

test('what the platform made itself, and what has another name, is in nobody’s way', async () =>
  expect(await look(...wanted, object('StatefulSet', 'other'), object('ConfigMap', 'devenv-0'))).toBe(undefined));

test('what a Helm release of the platform made is its own, with a label or without', async () => {
  const of = (release: string) => ({ annotations: { 'meta.helm.sh/release-name': release } });
  expect(await look(object('ConfigMap', 'settings', of('second-environments')))).toBe(undefined);
  await expect(look(object('ConfigMap', 'settings', of('first-environments')))).rejects.toThrow('settings');
});

test('somebody else’s objects of the platform’s names are, of every kind, and each is named', async () => {
  await expect(look(...wanted.slice(0, 3).map(foreign))).rejects.toThrow(
    /: StatefulSet devenv\/devenv, ConfigMap devenv\/settings, VaultAuth devenv\/login; nothing is changed\. .*docs\/MIGRATION\.md$/,
  );
  await expect(look(foreign(wanted[3]))).rejects.toThrow(
    / Namespace devenv; nothing is changed\. .*handed over: kubectl label namespace devenv app\.kubernetes\.io\/part-of=agent-sandbox-platform$/,
  );
});

test('of a kind that the cluster does not know nothing is', async () => {
  const cluster = new Told(wanted.slice(0, 2).map(foreign), 'vaultauth');
  await expect(expectNothingInTheWay(cluster, { objects: wanted, releasePrefix: undefined })).rejects.toThrow(
    'its own: StatefulSet devenv/devenv, ConfigMap devenv/settings; nothing',
  );
});
