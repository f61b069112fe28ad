import type { Inventory } from '../../helpers/contents';
import { eventually } from '../support/eventually';
import { changed, inventory, inventoryBefore } from '../support/inventory';
import { EACH, KILLS, Killing, SEED } from '../support/killed';
import { noPlatform } from '../support/platform';
import { leftInProject, makeProject, missing, succeeds } from '../support/stacks';
import { triedUnless } from '../support/tried';

/** How often `down` is killed at least: 15 times where `up` is 40 times. commands.test.ts kills each once. */
const DOWN_KILLS = Math.ceil((KILLS * 3) / 8);

const why = missing() ?? (KILLS > 0 ? undefined : 'KILLS says no number');
const tried = triedUnless(why);

const up = new Killing('up');
const down = new Killing('down', ['--yes']);
let before: Inventory;
/** Names of all objects of a platform that nobody disturbed. */
let standing: string[];

const names = async (): Promise<string[]> => Object.keys(await inventory());

/** A platform as one that nobody disturbed. */
async function isUp(): Promise<void> {
  await succeeds('status');
  await eventually(async () => expect(await names()).toEqual(standing), 120);
}

/** A cluster, and a project, as they were. */
async function isGone(): Promise<void> {
  await succeeds('down', '--delete-workspaces', '--yes');
  await eventually(async () => expect(await changed(before)).toEqual([]), 60);
  expect(leftInProject()).toEqual([]);
}

beforeAll(async () => {
  if (why) return;
  await noPlatform();
  before = await inventoryBefore();
  await makeProject({ environments: { replicas: 1 } });
  await up.rehearse();
  standing = await names();
  await down.rehearse();
  await isGone();
}, 900_000);

tried(
  `however often up and down are killed, the next one ends as if nothing had been (seed ${SEED})`,
  async () => {
    const isDone = () => up.isDone(KILLS, EACH) && down.isDone(DOWN_KILLS, EACH);
    for (let round = 1; !isDone(); round++) {
      const aims = up.round();
      // Every other time what is half made is removed.
      const isHalf = round % 2 === 0;
      for (const aim of isHalf ? aims.slice(0, 1 + (round % aims.length)) : aims) await up.kill(aim);
      if (!isHalf) {
        await succeeds('up');
        await isUp();
        const more = round % 4 === 1 ? ['--delete-workspaces'] : [];
        for (const aim of down.round()) await down.kill(aim, ...more);
      }
      await isGone();
      console.info(`killed:\n${up}\n\n${down}`);
    }
  },
  KILLS * 120_000,
);
