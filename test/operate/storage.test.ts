import type { Kubectl, KubeObject } from '../../lib/operate/cluster/kubectl';
import { differenceOfVolumes } from '../../lib/operate/platform/dry-run';
import { release } from '../../lib/operate/platform/renewal';
import { grow, storageChange } from '../../lib/operate/platform/storage';
import { profiled } from '../helpers/cases';
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

  test('are refused all at once, a line each, and what is too much to read is counted', async () => {
    const refused = (count: number) =>
      change(
        set('2Gi'),
        [set('1Gi')],
        Array.from({ length: count }, (_, n) => claim('1Gi', n)),
        FIXED,
      );
    await expect(refused(2)).rejects.toThrow(/devenv-0 in devenv has .*\n.*devenv-1 in devenv has [^\n]*$/);
    await expect(refused(300)).rejects.toThrow(/devenv-5 in [^\n]*\n294 more of the same kind$/);
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

describe('other volumes of an environment', () => {
  const setOf = (text: string, name: string) => find(synth(`environments: {${text}}`).objects, 'StatefulSet', name);
  const alice = (more = '') => setOf(`users: {alice: {${more}}}`, 'devenv-alice');
  const running = (set: KubeObject, replicas: number): KubeObject => ({ ...set, spec: { ...set.spec, replicas } });
  const ONE = 'storage: {layout: oneClaim}';
  const ADOPTED = 'claim: workspace-devenv-7';

  test.each([
    ['in another layout', alice(ONE), alice()],
    ['for the layout of before', alice(), alice(ONE)],
    ['by a claim that is adopted', alice(ADOPTED), alice()],
    ['by another claim that is adopted', alice('claim: workspace-devenv-8'), alice(ADOPTED)],
    ['by a claim that is no longer adopted', alice(), alice(ADOPTED)],
  ])('%s are refused while it runs, as it would begin without its files', async (_, wanted, standing) => {
    await expect(change(wanted, [running(standing, 1)], [])).rejects.toThrow(
      /^devenv-alice runs, .* without the files that it has: .* sandboxctl stop alice, sandboxctl backup alice --to FOLDER, and only then the change, sandboxctl start alice, sandboxctl restore alice/,
    );
    await expect(change(running(wanted, 0), [running(standing, 1)], [])).rejects.toThrow(/without the files/);
    expect(await change(wanted, [running(standing, 0)], [])).toMatchObject({ growths: [] });
  });

  test('of numbered ones are refused alike, and what to do is named', async () => {
    const one = setOf('replicas: 3, storage: {layout: oneClaim}', 'devenv');
    await expect(change(one, [running(setOf('replicas: 3', 'devenv'), 3)], [])).rejects.toThrow(
      /^devenv runs, .*sandboxctl scale 0, sandboxctl backup --to FOLDER, .*sandboxctl scale 3, sandboxctl restore --from FOLDER/,
    );
  });

  test('of those that working hours have stopped are refused as well, by whatever sets or ends the hours', async () => {
    const hours = "schedule: {from: '08:00', to: '19:00', timeZone: Europe/Berlin}";
    const scheduled = (more = '') => setOf(`${hours}, users: {alice: {${more}}}`, 'devenv-alice');
    const asleep = running(scheduled(), 0);
    const words =
      /^devenv-alice runs in its working hours, and would .* sandboxctl stop alice, sandboxctl backup alice/;
    for (const wanted of [scheduled(ONE), alice(ONE)])
      await expect(change(wanted, [asleep], [])).rejects.toThrow(words);
    const numbered = (more = '') => setOf(`${hours}, replicas: 3${more}`, 'devenv');
    await expect(change(numbered(`, ${ONE}`), [running(numbered(), 0)], [])).rejects.toThrow(/sandboxctl scale 3,/);
  });

  test('of one that somebody stopped come with its start, into working hours too', async () => {
    const wanted = setOf(
      `schedule: {from: '08:00', to: '19:00', timeZone: Europe/Berlin}, users: {alice: {${ONE}}}`,
      'devenv-alice',
    );
    expect((await change(wanted, [running(alice(), 0)], [])).anew).toEqual([{ set: wanted, endsPods: true }]);
  });

  test('are none where its own claims are adopted', async () => {
    const wanted = alice('claim: workspace-devenv-alice-0');
    expect((await change(wanted, [running(alice(), 1)], [])).anew).toEqual([{ set: wanted, endsPods: true }]);
  });

  test('are taken as they are by what goes back to what was', async () => {
    const { kubectl } = clusterWith([running(alice(ONE), 1)], []);
    expect((await storageChange(kubectl, [alice()], { mayShrink: true })).anew).toHaveLength(1);
  });

  test('are new: those of before neither grow nor go, and a dry run says so', async () => {
    const layout = (storage: string) => alice(`storage: {${storage}}`);
    const wanted = layout('layout: oneClaim, workspace: 5Gi');
    const before = { ...claim('1Gi'), metadata: { ...claim('1Gi').metadata, name: 'workspace-devenv-alice-0' } };
    const seen = await change(wanted, [running(layout('workspace: 1Gi'), 0)], [before]);
    expect(seen).toEqual({ growths: [], anew: [{ set: wanted, endsPods: true }] });
    expect(differenceOfVolumes(seen)).toEqual([
      {
        name: 'volumes',
        changes: true,
        text: expect.stringMatching(/^~ devenv\/devenv-alice: other volumes; those of/),
      },
    ]);
  });
});

describe('a platform of the profile kind that moves to standard', () => {
  const [before, after] = ['kind', 'standard'].map((profile) => synth(profiled(profile)).objects);
  const sets = before.filter(({ kind }) => kind === 'StatefulSet');
  const claims = sets.flatMap(({ metadata, spec }) =>
    (spec.volumeClaimTemplates ?? []).map((template: KubeObject) => ({
      ...template,
      metadata: { name: `${template.metadata.name}-${metadata.name}-0`, namespace: metadata.namespace },
      spec: { ...template.spec, storageClassName: 'standard' },
      status: { phase: 'Bound' },
    })),
  );
  const LARGER = ['data-boundary-database-0', 'data-vault-0'];

  test('has larger volumes of Vault and of Boundary’s database, under servers that run on', async () => {
    const { growths, anew } = await storageChange(clusterWith(sets, claims).kubectl, after);
    expect(growths.map((growth) => growth.claim).sort()).toEqual(LARGER);
    expect(anew.map(({ set: { metadata }, endsPods }) => [metadata.name, endsPods]).sort()).toEqual([
      ['boundary-database', false],
      ['vault', false],
    ]);
  });

  test('is told of each that cannot become larger, and changes nothing', async () => {
    const { kubectl, asked } = clusterWith(sets, claims, FIXED);
    const { message } = await storageChange(kubectl, after).catch((error) => error);
    expect(
      message
        .split('\n')
        .map((line: string) => line.split(' ')[2])
        .sort(),
    ).toEqual(LARGER);
    expect(asked).toEqual([]);
  });

  test('asks the API server for nothing else that a StatefulSet or Deployment cannot become', () => {
    const changeable =
      /^(replicas|template|volumeClaimTemplates|persistentVolumeClaimRetentionPolicy|strategy|updateStrategy)$/;
    const fixed = ({ spec }: KubeObject) => Object.entries(spec).filter(([field]) => !changeable.test(field));
    for (const object of before.filter(({ kind }) => /^(StatefulSet|Deployment)$/.test(kind)))
      expect(fixed(find(after, object.kind, object.metadata.name))).toEqual(fixed(object));
  });
});
