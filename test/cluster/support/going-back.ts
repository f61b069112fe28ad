import { readFileSync } from 'node:fs';
import { platformInUse } from './in-use';
import { workFile } from './platform';
import { sandboxctl, succeeds } from './stacks';
import { triedUnless } from './tried';
import { held, VERSIONED } from './versions';

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
  platformInUse(why, async () => {
    before = await state();
  });

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
