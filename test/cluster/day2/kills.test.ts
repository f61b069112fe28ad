import { eventually } from '../support/eventually';
import { added, inventory } from '../support/inventory';
import { Hits, PHASES } from '../support/killed';
import { noPlatform } from '../support/platform';
import { randomNumbers } from '../support/random';
import { makeProject, missing, succeeds } from '../support/stacks';
import { triedUnless } from '../support/tried';

/** How often `up` is killed at least, by hand; `down` is killed a fifth as often. commands.test.ts kills each a few times. */
const KILLS = Number(process.env.KILLS ?? 0);
/** Decides when something is killed. */
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
/** How often each phase is hit at least. */
const EACH = 3;

const why = missing() ?? (KILLS > 0 ? undefined : 'KILLS says no number');
const tried = triedUnless(why);

let before: string[];

beforeAll(async () => {
  if (why) return;
  await noPlatform();
  before = await inventory();
  await makeProject({ environments: { replicas: 1 } });
}, 600_000);

tried(
  `however often up and down are killed, the next one ends as if nothing had been (seed ${SEED})`,
  async () => {
    const hits = new Hits(randomNumbers(SEED));
    const isDone = () =>
      hits.total('up') >= KILLS &&
      hits.total('down') >= KILLS / 5 &&
      Math.min(hits.rarest('up'), hits.rarest('down')) >= EACH;
    for (let round = 1; !isDone(); round++) {
      for (const phase of PHASES.up) await hits.kill('up', [], phase);
      // Every other time what is half made is removed.
      if (round % 2 === 1) {
        await succeeds('up');
        await succeeds('status');
        for (const phase of PHASES.down) await hits.kill('down', ['--yes'], phase);
      }
      await succeeds('down', '--delete-workspaces', '--yes');
      await eventually(async () => expect(await added(before)).toEqual([]), 60);
      console.info(`killed: ${hits}`);
    }
  },
  KILLS * 90_000,
);
