import { sectionsOf } from '../../docs/commands';
import { projectsPlatform } from '../support/day2';
import { DEMO_USERS, environmentsOf } from '../support/demo-users';
import { find } from '../support/kubectl';
import { missing, succeeds, typed } from '../support/stacks';
import { triedUnless } from '../support/tried';

const why = missing();
const tried = triedUnless(why);

const [{ blocks: BLOCKS }] = sectionsOf('docs/OPERATIONS.md').filter(
  ({ title }) => title === 'When a database is lost for good',
);
/** The block of each database, as the page has it. */
const RECIPES = ['boundary', 'keycloak'].map((name): [string, string[]] => [
  name,
  BLOCKS.filter(({ text }) => text.includes(`data-${name}-database-0`)).map(({ text }) => text),
]);

const volumeOf = async (database: string): Promise<string> =>
  (await find('persistentvolumeclaim', database, `data-${database}-database-0`)).metadata.uid;

beforeAll(async () => {
  if (why) return;
  await projectsPlatform();
}, 900_000);

tried.each(RECIPES)(
  `the database of %s is made anew by the commands of docs/OPERATIONS.md, and people come in as before`,
  async (database, recipe) => {
    const lost = await volumeOf(database);
    expect(recipe).toHaveLength(1);
    const { code, stderr } = await typed(recipe[0]);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(await volumeOf(database)).not.toBe(lost);
    for (const [user, environments] of DEMO_USERS) expect(await environmentsOf(user)).toEqual(environments);
    await succeeds('status');
  },
  900_000,
);
