import type { KubeObject } from '../../lib/operate/cluster/kubectl';
import { grow, storageChange } from '../../lib/operate/platform/storage';
import { profiled } from '../helpers/cases';
import { find } from '../helpers/objects';
import { synth } from '../helpers/synth';
import { change, claim, clusterWith, FIXED, set } from '../helpers/volumes';

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
