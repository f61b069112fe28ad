import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chartsIn, environmentsIn, leavingServers, removedEnvironments } from '../../lib/charts/removed';
import { writeManifests, writtenManifests } from '../../lib/charts/write';
import { writeStacks } from '../../lib/stacks/write';
import { synth } from '../helpers/synth';

const ALONE = { SKIP_VAULT: 'true', SKIP_BOUNDARY: 'true' };
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'removed-'));
  folders.push(folder);
  return folder;
};
const platform = (environments: string) => synth(`environments: {${environments}}`, ALONE);

/** The lines of a synth of `after` where one of `before` was written. */
async function lines(before: string, after: string): Promise<string[]> {
  const folder = newFolder();
  await writeManifests(platform(before).files, folder);
  return removedEnvironments(writtenManifests(folder), environmentsIn(platform(after).objects));
}

const HOURS = 'schedule: {from: 08:00, to: 19:00}';
const CLAIMS = '{workspace,bash-history,claude-config}';
const stop = (name: string) =>
  `${name} is left out now, and kubectl apply leaves it running; to end it: kubectl delete statefulset --namespace devenv ${name}.`;
const stay = (claims: string, names = CLAIMS) =>
  ` The files stay, in the claims ${names}-${claims} of the namespace devenv; to lose them: kubectl delete persistentvolumeclaim --namespace devenv ${names}-${claims}`;
const MOVED =
  'has other volumes now, and begins without files: sandboxctl backup takes them along before this is applied, sandboxctl restore brings them back after it.';

test.each([
  [
    'a user who is gone',
    'users: {alice: {}, bob: {}}',
    'users: {alice: {}}',
    [stop('devenv-bob') + stay('devenv-bob-0')],
  ],
  [
    'a stopped user who is gone',
    'users: {alice: {}, bob: {running: false}}',
    'users: {alice: {}}',
    [stop('devenv-bob') + stay('devenv-bob-0')],
  ],
  ['fewer replicas', 'replicas: 4', 'replicas: 1', [`devenv has 1 of 4 environments now.${stay('devenv-{1..3}')}`]],
  ['replicas that became users', 'replicas: 2', 'users: {bob: {}}', [stop('devenv') + stay('devenv-{0..1}')]],
  [
    'replicas of which a user has one’s claims',
    'replicas: 4',
    'users: {bob: {claim: workspace-devenv-1}}',
    [stop('devenv') + stay('devenv-{0,2,3}')],
  ],
  [
    'replicas whose claims are all adopted',
    'replicas: 1',
    'users: {bob: {claim: workspace-devenv-0}}',
    [stop('devenv')],
  ],
  [
    'a user who had adopted a replica’s claims',
    'users: {bob: {claim: workspace-devenv-3}, alice: {}}',
    'users: {alice: {}}',
    [stop('devenv-bob') + stay('devenv-3')],
  ],
  [
    'fewer replicas with working hours',
    `replicas: 4, ${HOURS}`,
    `replicas: 1, ${HOURS}`,
    [`devenv has 1 of 4 environments now.${stay('devenv-{1..3}')}`],
  ],
  ['working hours', 'replicas: 2', `replicas: 2, ${HOURS}`, []],
  ['no working hours any more', `replicas: 2, ${HOURS}`, 'replicas: 2', []],
  ['a new user', 'users: {alice: {}}', 'users: {alice: {}, bob: {}}', []],
  ['a user who stops', 'users: {bob: {}}', 'users: {bob: {running: false}}', []],
  ['more replicas', 'replicas: 1', 'replicas: 3', []],
  [
    'a user who is gone, of whom one claim has all',
    'users: {alice: {}, bob: {storage: {layout: oneClaim}}}',
    'users: {alice: {}}',
    [stop('devenv-bob') + stay('devenv-bob-0', 'environment')],
  ],
  [
    'a user who had adopted a replica’s one claim, and mounted another’s',
    `users: {alice: {}, bob: {claim: environment-devenv-3, storage: {layout: oneClaim},
      volumes: [{name: shared, mountPath: /shared, persistentVolumeClaim: {claimName: shared-devenv-7}}]}}`,
    'users: {alice: {}}',
    [stop('devenv-bob') + stay('devenv-3', 'environment')],
  ],
  [
    'replicas of which a user has the one claim',
    'replicas: 3, storage: {layout: oneClaim}',
    'storage: {layout: oneClaim}, users: {bob: {claim: environment-devenv-1}}',
    [stop('devenv') + stay('devenv-{0,2}', 'environment')],
  ],
  [
    'another layout',
    'replicas: 2',
    'replicas: 2, storage: {layout: oneClaim}',
    [`devenv ${MOVED}${stay('devenv-{0..1}')}`],
  ],
  [
    'the layout of before',
    'users: {alice: {storage: {layout: oneClaim}}, bob: {}}',
    'users: {alice: {}, bob: {}}',
    [`devenv-alice ${MOVED}${stay('devenv-alice-0', 'environment')}`],
  ],
  ['other settings', 'replicas: 2', 'replicas: 2, image: debian, env: {A: b}', []],
])('%s', async (_title, before, after, expected) => {
  expect(await lines(before, after)).toEqual(expected);
});

test('nothing is said where there was no output', () => {
  expect(removedEnvironments(writtenManifests(join(newFolder(), 'none')), platform('').objects)).toEqual([]);
  expect(removedEnvironments(chartsIn(newFolder()), platform('').objects)).toEqual([]);
});

test('the stacks’ charts tell the same', () => {
  const folder = newFolder();
  writeStacks({ ...platform('users: {alice: {}, bob: {}}'), folder });
  expect(readdirSync(folder)).toContain('stacks');
  expect(removedEnvironments(chartsIn(folder), platform('users: {alice: {}}').objects)).toEqual([
    stop('devenv-bob') + stay('devenv-bob-0'),
  ]);
});

test('fewer servers of Vault are named, with what has to come before their pods go; as many or more are not', async () => {
  const folder = newFolder();
  await writeManifests(synth('vault: {replicas: 3}', { SKIP_BOUNDARY: 'true' }).files, folder);
  const before = writtenManifests(folder);
  expect(leavingServers(before, 1)).toEqual([
    expect.stringMatching(/^Vault has 1 of 3 servers now\. .*out of its cluster before .*sandboxctl up does that/),
  ]);
  expect([3, 5].flatMap((replicas) => leavingServers(before, replicas))).toEqual([]);
  expect(leavingServers([], 1)).toEqual([]);
});
