import { projectsPlatform } from '../support/day2';
import { DEMO_USERS, environmentsOf } from '../support/demo-users';
import { missing } from '../support/stacks';
import { triedUnless } from '../support/tried';

const why = missing();
const tried = triedUnless(why);

beforeAll(async () => {
  if (why) return;
  await projectsPlatform();
}, 900_000);

tried.each(DEMO_USERS)('%s logs in at once, and sees what its group may enter', async (user, environments) => {
  expect(await environmentsOf(user)).toEqual(environments);
});
