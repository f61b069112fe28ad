import type { KubeObject } from '../../lib/operate/cluster/kubectl';
import { differencesOfPreparation } from '../../lib/operate/platform/preparation';
import { release } from '../../lib/operate/platform/renewal';
import { storageChange } from '../../lib/operate/platform/storage';
import { find } from '../helpers/objects';
import { synth } from '../helpers/synth';
import { change, claim, clusterWith, LABELS, set } from '../helpers/volumes';

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
    expect(differencesOfPreparation({ storage: seen })).toEqual([
      {
        name: 'volumes',
        changes: true,
        text: expect.stringMatching(/^~ devenv\/devenv-alice: other volumes; those of/),
      },
    ]);
  });
});
