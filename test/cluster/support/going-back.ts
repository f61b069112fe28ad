import { readFileSync } from 'node:fs';
import { noPlatform, workFile } from './platform';
import { makeProject, sandboxctl, succeeds } from './stacks';
import { triedUnless } from './tried';
import { give, held, VERSIONED } from './versions';

const settings = () => readFileSync(workFile('stacks/overlay.yaml'), 'utf8');
const versions = () =>
  Promise.all(VERSIONED.filter(({ lacking }) => !lacking).map(async ({ key, now }) => [key, await now()]));

let before: [settings: string, held: unknown, versions: unknown];

const state = async (): Promise<typeof before> => [settings(), await held(), await versions()];

/** All is as before the upgrades, and works. */
export async function isBack(): Promise<void> {
  expect(await state()).toEqual(before);
  await succeeds('status');
  expect(await succeeds('upgrade', '--yes')).toMatch(/^nothing to upgrade/);
}

/** A platform, and for each of these steps an upgrade that fails in it. @param why nothing is tried here */
export function goingBack(why: string | undefined, steps: readonly string[]): void {
  beforeAll(async () => {
    if (why) return;
    await noPlatform();
    await makeProject({ environments: { replicas: 1 } });
    await succeeds('up');
    await give();
    before = await state();
  }, 900_000);

  afterAll(async () => {
    if (!why) await sandboxctl(['down', '--delete-workspaces', '--yes']);
  }, 600_000);

  describe.each(VERSIONED.filter(({ step }) => steps.includes(step)))(
    'an upgrade of $key that cannot start',
    ({ key, lacking, seconds, broken }) => {
      triedUnless(why ?? lacking)(
        'goes back, and all is as it was',
        async () => {
          const outcome = await sandboxctl([
            'upgrade',
            `${key}=${await broken()}`,
            '--timeout',
            `${seconds}s`,
            '--yes',
          ]);
          expect(outcome).toMatchObject({
            code: 1,
            stderr: expect.stringMatching(/(is not Ready|not through) after .*all is back as it was/s),
          });
          await isBack();
        },
        600_000,
      );
    },
  );
}
