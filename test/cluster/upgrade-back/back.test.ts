import { goingBack, isBack } from '../support/going-back';
import { EACH, KILLS, Killing, SEED } from '../support/killed';
import { missing, sandboxctl } from '../support/stacks';
import { triedUnless } from '../support/tried';
import { noImages, VERSIONED } from '../support/versions';

const why = missing();

goingBack(why, ['operators', 'vault']);

triedUnless(why ?? noImages ?? (KILLS > 0 ? undefined : 'KILLS says no number'))(
  `one that is killed on its way, or on its way back, ends as it was (seed ${SEED})`,
  async () => {
    const part = VERSIONED.find(({ step }) => step === 'vault');
    const args = [`images.vault=${await part?.broken()}`, '--timeout', `${part?.seconds}s`, '--yes'];
    const kills = new Killing('upgrade', args);
    expect(await kills.watch()).toBe(1);
    while (!kills.isDone(KILLS, EACH))
      for (const aim of kills.round()) {
        await kills.kill(aim);
        expect(await sandboxctl(['upgrade', ...args])).toMatchObject({ code: 1 });
        await isBack();
        console.info(`killed:\n${kills}`);
      }
  },
  KILLS * 600_000,
);
