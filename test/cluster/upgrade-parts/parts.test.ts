import { platformInUse } from '../support/in-use';
import { EACH, KILLS, Killing, SEED } from '../support/killed';
import { missing, sandboxctl, succeeds } from '../support/stacks';
import { triedUnless } from '../support/tried';
import { held, VERSIONED } from '../support/versions';

const why = missing();
const tried = triedUnless(why);
/** Those that can be had here. */
const HERE = VERSIONED.filter(({ lacking }) => !lacking);

let before: Record<string, unknown>;

const planned = async (...settings: string[]): Promise<{ steps: string[]; notes: string[] }> =>
  JSON.parse((await sandboxctl(['upgrade', ...settings, '--dry-run', '--json'])).stdout);

platformInUse(why, async () => {
  before = await held();
});

tried('of all parts at once is planned in the order in which they need each other', async () => {
  const wanted = await Promise.all(HERE.map(async ({ key, other }) => `${key}=${await other()}`));
  expect((await planned(...wanted)).steps).toEqual(HERE.map(({ step }) => step));
});

describe.each(VERSIONED)('an upgrade of $key', ({ step, key, lacking, now, other }) => {
  triedUnless(why ?? lacking)(
    'replaces that part alone, sees that all others still are Ready, and leaves what people have',
    async () => {
      const [from, to] = [await now(), await other()];
      const said = await succeeds('upgrade', `${key}=${to}`, '--yes');
      const lines = said.split('\n').filter((line) => /^(== |✔ what was Ready)/.test(line));
      expect(lines.map((line) => line.replace(/ \[.*/, ''))).toEqual([
        `== ${step}`,
        '✔ what was Ready still is',
        '== all of it',
      ]);
      expect(await now()).not.toBe(from);
      expect(await succeeds('upgrade', '--yes')).toMatch(/^nothing to upgrade/);
      await succeeds('status');
      expect(await held()).toEqual(before);
    },
    600_000,
  );
});

triedUnless(why ?? (KILLS > 0 ? undefined : 'KILLS says no number'))(
  `one of all parts that is killed comes to the same end by the same command (seed ${SEED})`,
  async () => {
    const kills = new Killing('upgrade');
    const wanted = () => Promise.all(HERE.map(async ({ key, other }) => `${key}=${await other()}`));
    await kills.rehearse(...(await wanted()), '--yes');
    while (!kills.isDone(KILLS, EACH))
      for (const aim of kills.round()) {
        const settings = await wanted();
        await kills.kill(aim, ...settings, '--yes');
        await succeeds('upgrade', ...settings, '--yes');
        expect(await succeeds('upgrade', '--yes')).toMatch(/^nothing to upgrade/);
        expect(await held()).toEqual(before);
        console.info(`killed:\n${kills}`);
      }
  },
  KILLS * 600_000,
);
