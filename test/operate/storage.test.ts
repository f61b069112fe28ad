import type { Kubectl, KubeObject } from '../../lib/operate/cluster/kubectl';
import { grow, release, storageChange } from '../../lib/operate/platform/storage';
import { find } from '../helpers/objects';
import { synth } from '../helpers/synth';

const LABELS = { 'app.kubernetes.io/part-of': 'agent-sandbox-platform' };
const claimSpec = (storage: string, storageClassName?: string) => ({
  accessModes: ['ReadWriteOnce'],
  storageClassName,
  resources: { requests: { storage } },
});
const set = (storage: string, storageClassName?: string, labels: object = LABELS): KubeObject => ({
  kind: 'StatefulSet',
  metadata: { name: 'devenv', namespace: 'devenv' },
  spec: {
    volumeClaimTemplates: [{ metadata: { name: 'workspace', labels }, spec: claimSpec(storage, storageClassName) }],
  },
});
const claim = (storage: string, number = 0, status: object = {}): KubeObject => ({
  kind: 'PersistentVolumeClaim',
  metadata: { name: `workspace-devenv-${number}`, namespace: 'devenv', uid: `claim-${number}` },
  spec: claimSpec(storage, 'standard'),
  status: { phase: 'Bound', capacity: { storage }, ...status },
});
const storageClass = (name: string, allowVolumeExpansion: boolean, isDefault = false): KubeObject => ({
  metadata: { name, annotations: { 'storageclass.kubernetes.io/is-default-class': String(isDefault) } },
  allowVolumeExpansion,
});
const GROWING = [storageClass('standard', true, true), storageClass('fast', true)];
const FIXED = [storageClass('standard', false, true)];

/** A cluster with these objects, which notes what it is asked to do. */
function clusterWith(sets: KubeObject[], claims: KubeObject[], classes: KubeObject[] = GROWING) {
  const asked: string[][] = [];
  const lists: Record<string, KubeObject[]> = {
    statefulsets: sets,
    persistentvolumeclaims: claims,
    storageclasses: classes,
    events: [],
  };
  const kubectl = {
    list: async (kinds: string) => lists[kinds],
    answer: async (args: readonly string[]) => {
      asked.push([...args]);
      return '';
    },
  } as Partial<Kubectl> as Kubectl;
  return { kubectl, asked };
}
const change = (wanted: KubeObject, ...given: Parameters<typeof clusterWith>) =>
  storageChange(clusterWith(...given).kubectl, [wanted]);

describe('volumes', () => {
  test('that are as they have to be, or not there yet, are left alone', async () => {
    expect(await change(set('1Gi'), [set('1024Mi')], [claim('1Gi')])).toEqual({ growths: [], anew: [] });
    expect(await change(set('1Gi'), [], [])).toEqual({ growths: [], anew: [] });
  });

  test('become larger, all that a StatefulSet has, which is made anew for it', async () => {
    const wanted = set('2Gi');
    expect(await change(wanted, [set('1Gi')], [claim('1Gi'), claim('1Gi', 7)])).toEqual({
      growths: [
        { namespace: 'devenv', claim: 'workspace-devenv-0', from: '1Gi', to: '2Gi' },
        { namespace: 'devenv', claim: 'workspace-devenv-7', from: '1Gi', to: '2Gi' },
      ],
      anew: [{ set: wanted, endsPods: false }],
    });
  });

  test('do not change while working hours say how many environments run, since those would stop', async () => {
    const byHours = (object: KubeObject, replicas?: number): KubeObject => ({
      ...object,
      metadata: { ...object.metadata, annotations: { 'agent-sandbox.dev/working-hours': '{}' } },
      spec: { ...object.spec, replicas },
    });
    const wanted = byHours(set('2Gi'));
    await expect(change(wanted, [byHours(set('1Gi'), 3)], [claim('1Gi')])).rejects.toThrow(
      /of devenv cannot become others while working hours.*there are 3: sandboxctl schedule --off/,
    );
    expect((await change(wanted, [byHours(set('1Gi'), 1)], [claim('1Gi')])).anew).toEqual([
      { set: wanted, endsPods: false },
    ]);
  });

  test('of another StatefulSet with a name that begins alike stay', async () => {
    const other = { ...claim('1Gi'), metadata: { name: 'workspace-devenv-alice-0', namespace: 'devenv' } };
    expect((await change(set('2Gi'), [set('1Gi')], [other])).growths).toEqual([]);
  });

  test('that a run which was killed left half done go on', async () => {
    const claims = [claim('2Gi'), claim('1Gi', 1)];
    expect((await change(set('2Gi'), [set('1Gi')], claims)).growths.map((growth) => growth.claim)).toEqual([
      'workspace-devenv-1',
    ]);
    expect(await change(set('2Gi'), [], claims)).toMatchObject({
      growths: [{ claim: 'workspace-devenv-1' }],
      anew: [],
    });
  });

  test('that somebody enlarged by hand may stay so', async () =>
    expect(await change(set('1Gi'), [set('1Gi')], [claim('5Gi')])).toEqual({ growths: [], anew: [] }));

  test('never become smaller, and claim, sizes and mend are named', async () =>
    expect(change(set('1Gi'), [set('2Gi')], [claim('2Gi')])).rejects.toThrow(
      /^the volume workspace-devenv-0 in devenv has 2Gi and cannot become smaller \(1Gi\): ask for 2Gi or more/,
    ));

  test('stay where only their description goes back', async () => {
    const { kubectl } = clusterWith([set('2Gi')], [claim('2Gi')]);
    const wanted = set('1Gi');
    expect(await storageChange(kubectl, [wanted], { mayShrink: true })).toEqual({
      growths: [],
      anew: [{ set: wanted, endsPods: false }],
    });
  });

  test('never become those of another StorageClass', async () => {
    await expect(change(set('1Gi', 'fast'), [set('1Gi')], [claim('1Gi')])).rejects.toThrow(
      /is of the StorageClass standard and cannot become one of fast/,
    );
    // The default one may be named.
    expect((await change(set('1Gi', 'standard'), [set('1Gi')], [claim('1Gi')])).growths).toEqual([]);
  });

  test('do not become larger where their StorageClass does not allow it', async () => {
    await expect(change(set('2Gi'), [set('1Gi')], [claim('1Gi')], FIXED)).rejects.toThrow(
      /has 1Gi and cannot become larger \(2Gi\): its StorageClass standard does not allow it \(allowVolumeExpansion\)/,
    );
    // Kept from another time, it is no worse than it was.
    expect((await change(set('2Gi'), [], [claim('1Gi')], FIXED)).growths).toEqual([]);
  });

  test('a StatefulSet with other labels on its claims is made anew as well', async () =>
    expect((await change(set('1Gi', undefined, { team: 'a' }), [set('1Gi')], [claim('1Gi')])).anew).toHaveLength(1));

  test('a claim by itself grows like others, and shrinks as little', async () => {
    const own = (storage: string) => ({ ...claim(storage), metadata: { ...claim(storage).metadata, name: 'backup' } });
    expect((await change(own('2Gi'), [], [own('1Gi')])).growths).toHaveLength(1);
    await expect(change(own('1Gi'), [], [own('2Gi')])).rejects.toThrow(/cannot become smaller/);
  });
});

describe('a growth', () => {
  const growth = { namespace: 'devenv', claim: 'workspace-devenv-0', from: '1Gi', to: '2Gi' };
  const options = { timeoutSec: 0, signal: new AbortController().signal, tell: () => {} };
  const patch = (size: string) => expect.stringContaining(`"storage":"${size}"`);

  test.each([
    ['the volume has its size', { capacity: { storage: '2Gi' } }],
    ['but the file system has', { conditions: [{ type: 'FileSystemResizePending', status: 'True' }] }],
  ])('is through once %s', async (_, status) => {
    const { kubectl, asked } = clusterWith([], [claim('2Gi', 0, { capacity: { storage: '1Gi' }, ...status })]);
    await grow(kubectl, [growth], options);
    expect(asked).toEqual([expect.arrayContaining(['patch', 'workspace-devenv-0', patch('2Gi')])]);
  });

  test('that nobody carries out is given up, and asked back', async () => {
    const { kubectl, asked } = clusterWith([], [claim('2Gi', 0, { capacity: { storage: '1Gi' } })]);
    await expect(grow(kubectl, [growth], options)).rejects.toThrow(
      /has 1Gi of 2Gi after 0 s \(nobody says why\): see that the driver of its StorageClass standard .*asks for 1Gi again/,
    );
    expect(asked.at(-1)).toEqual(expect.arrayContaining([patch('1Gi')]));
  });
});

describe('a StatefulSet that is made anew', () => {
  const { volumeClaimTemplates } = set('1Gi').spec;
  const audit = { ...volumeClaimTemplates[0], metadata: { name: 'audit', labels: LABELS } };
  const withAudit = { ...set('1Gi'), spec: { volumeClaimTemplates: [...volumeClaimTemplates, audit] } };

  test('ends its pods for another layout, whose claims are new: those of before neither grow nor go', async () => {
    const layout = (storage: string) =>
      find(synth(`environments: {storage: {${storage}}}`).objects, 'StatefulSet', 'devenv');
    const wanted = layout('layout: oneClaim, workspace: 5Gi');
    expect(await change(wanted, [layout('workspace: 1Gi')], [claim('1Gi')])).toEqual({
      growths: [],
      anew: [{ set: wanted, endsPods: true }],
    });
  });

  test.each([
    ['leaves its pods to the next one', set('2Gi'), 'orphan'],
    // A StatefulSet does not replace pods that lack a volume: it would wait for ever.
    ['takes those along that lack a volume', withAudit, 'foreground'],
  ])('%s', async (_, wanted, cascade) => {
    const { kubectl, asked } = clusterWith([set('1Gi')], [claim('1Gi')]);
    const { anew } = await storageChange(kubectl, [wanted]);
    await release(kubectl, anew);
    expect(asked).toEqual([expect.arrayContaining(['delete', 'statefulset', 'devenv', `--cascade=${cascade}`])]);
  });
});
