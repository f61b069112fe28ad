import { containersOf, find, type KubeObject, ofKind } from '../helpers/objects';
import { synth } from '../helpers/synth';

const setOf = (text: string, name: string) => find(synth(text).objects, 'StatefulSet', name);
const templates = ({ spec }: KubeObject) =>
  (spec.volumeClaimTemplates ?? []).map((claim: any) => [
    claim.metadata.name,
    claim.spec.resources.requests.storage,
    claim.spec.storageClassName,
  ]);
const folders = (set: KubeObject, container = 'devenv') =>
  containersOf(set)
    .find(({ name }) => name === container)
    .volumeMounts.filter(({ name }: any) => name === 'environment' || name === 'workspace');

const FOLDERS = [
  { name: 'environment', mountPath: '/workspace', subPath: 'workspace' },
  { name: 'environment', mountPath: '/commandhistory', subPath: 'bash-history' },
  { name: 'environment', mountPath: '/home/node/.claude', subPath: 'claude-config' },
];

describe('one claim for each environment', () => {
  const set = setOf(
    'environments: {replicas: 2, storage: {layout: oneClaim, workspace: 20Gi, className: fast}}',
    'devenv',
  );

  test('is one disk, as large as is said of the workspace', () =>
    expect(templates(set)).toEqual([['environment', '20Gi', 'fast']]));

  test('has the three folders beside each other', () => expect(folders(set)).toEqual(FOLDERS));

  test('keeps the host key where sshd’s scripts look for it', () => {
    expect(folders(set, 'prepare')).toEqual([FOLDERS[0]]);
    expect(folders(set, 'host-key')).toEqual([FOLDERS[0]]);
  });

  test('outlives its environment as three do', () =>
    expect(set.spec.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: 'Retain', whenScaled: 'Retain' }));
});

test('without a layout there are three claims, as there were', () => {
  const { objects } = synth('environments: {storage: {layout: threeClaims}}');
  expect(objects).toEqual(synth('environments: {}').objects);
  expect(templates(find(objects, 'StatefulSet', 'devenv'))).toEqual([
    ['workspace', '10Gi', undefined],
    ['bash-history', '1Gi', undefined],
    ['claude-config', '1Gi', undefined],
  ]);
  expect(JSON.stringify(ofKind(objects, 'StatefulSet'))).not.toMatch(/"subPath":"(workspace|bash|claude)/);
});

test('a user may have another layout than all', () => {
  const text = `environments:
  storage: {bashHistory: 2Gi}
  users: {alice: {storage: {layout: oneClaim}}, bob: {}}`;
  expect(templates(setOf(text, 'devenv-alice')).map(([name]: string[]) => name)).toEqual(['environment']);
  expect(templates(setOf(text, 'devenv-bob'))[1]).toEqual(['bash-history', '2Gi', undefined]);
});

test('a user takes over the one claim of a number', () => {
  const text = 'environments: {storage: {layout: oneClaim}, users: {alice: {claim: environment-devenv-3}}}';
  const { spec, ...rest } = setOf(text, 'devenv-alice');
  expect(spec.volumeClaimTemplates).toBeUndefined();
  expect(spec.template.spec.volumes.filter((volume: any) => volume.persistentVolumeClaim)).toEqual([
    { name: 'environment', persistentVolumeClaim: { claimName: 'environment-devenv-3' } },
  ]);
  expect(folders({ spec, ...rest } as KubeObject)).toEqual(FOLDERS);
});
