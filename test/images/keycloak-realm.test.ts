import { type Api, Forbidden, keepRealm } from '../../images/bootstrap/src/keycloak-realm';

const RECORD = 'agent-sandbox.dev/settings';
const SETTINGS = { bruteForceProtected: true, failureFactor: 5, passwordPolicy: 'length(12)' };
const wanted = { settings: SETTINGS, groups: ['admins', 'developers'], record: RECORD };
const recordOf = (settings: object) => ({ [RECORD]: JSON.stringify(settings) });

/** A realm as its API shows it, with the members of its groups, and all that is written to it. */
async function keep(realm: object, members: Record<string, number>, forbidden = /^$/) {
  const written: [string, any][] = [];
  // As it finds them: one that has a group of that name below it is found as well.
  const found = (name: string) =>
    ['above', name]
      .filter((one) => one === 'above' || one in members)
      .map((one) => ({ id: `id-of-${one}`, name: one }));
  const api: Api = async (method, path, body: any) => {
    if (forbidden.test(`${method} ${path}`)) throw new Forbidden();
    if (method !== 'GET') {
      written.push([`${method} ${path}`, body]);
      return undefined;
    }
    if (path === '') return { enabled: true, ...realm };
    const [, name] = /^groups\/id-of-([^/]+)\/members/.exec(path) ?? [];
    if (name) return Array.from({ length: members[name] ?? 0 }, () => ({}));
    return found(new URLSearchParams(path.slice('groups?'.length)).get('search') ?? '');
  };
  return { notes: await keepRealm(api, wanted), written };
}

const FULL = { admins: 1, developers: 1 };

test('a realm that is as it was imported is left alone', async () => {
  const realm = { ...SETTINGS, attributes: recordOf(SETTINGS) };
  expect(await keep(realm, FULL)).toEqual({ notes: [], written: [] });
});

test('what the platform wants otherwise than before arrives, and nothing else of the realm changes', async () => {
  const before = { ...SETTINGS, passwordPolicy: 'length(8)' };
  const realm = { ...before, displayName: 'Ours', attributes: { theirs: 'x', ...recordOf(before) } };
  const { written } = await keep(realm, FULL);
  expect(written).toEqual([
    ['PUT ', { passwordPolicy: 'length(12)', attributes: { theirs: 'x', ...recordOf(SETTINGS) } }],
  ]);
});

test('what an administrator changed stays, while the platform wants what it wanted', async () => {
  const realm = { ...SETTINGS, failureFactor: 3, passwordPolicy: 'length(20)', attributes: recordOf(SETTINGS) };
  expect((await keep(realm, FULL)).written).toEqual([]);
});

test.each([
  ['without a record', {}],
  ['with one that nobody can read', { [RECORD]: 'true that' }],
  ['with one that says no settings', { [RECORD]: '5' }],
])('a realm %s gets what nobody has said of it, and keeps what somebody has', async (_, attributes) => {
  const realm = { bruteForceProtected: false, failureFactor: 30, attributes };
  expect((await keep(realm, FULL)).written).toEqual([
    ['PUT ', { bruteForceProtected: true, passwordPolicy: 'length(12)', attributes: recordOf(SETTINGS) }],
  ]);
});

test('groups that are missing are made, others stay, and those with nobody in them are told', async () => {
  const realm = { ...SETTINGS, attributes: recordOf(SETTINGS) };
  const { written, notes } = await keep(realm, { admins: 0, theirs: 0 });
  expect(written).toEqual([['POST groups', { name: 'developers' }]]);
  expect(notes).toEqual(['group admins has nobody in it', 'group developers has nobody in it']);
});

const MAY_NOT = expect.stringMatching(/^changes of groups .* platform-bootstrap the roles manage-realm/);

test.each([
  ['nothing at all', /./],
  ['see the realm', /^GET $/],
])('a realm whose client may not %s says what that takes', async (_, forbidden) => {
  expect(await keep({}, FULL, forbidden)).toEqual({ notes: [MAY_NOT], written: [] });
});

test('a realm that shows its name alone says what that takes', async () => {
  expect(await keep({ enabled: undefined }, FULL)).toEqual({ notes: [MAY_NOT], written: [] });
});

test('what the client may do of it is done, and the rest said', async () => {
  const groups = await keep(SETTINGS, { admins: 1 }, /^PUT /);
  expect(groups).toEqual({
    notes: [MAY_NOT, 'group developers has nobody in it'],
    written: [['POST groups', { name: 'developers' }]],
  });
  const settings = await keep({ ...SETTINGS, attributes: recordOf({}) }, FULL, / groups/);
  expect(settings).toEqual({ notes: [MAY_NOT], written: [['PUT ', expect.objectContaining(SETTINGS)]] });
});

test('other trouble is told as what it is, so that it is tried again', async () => {
  const api: Api = async (method, path) => {
    if (method === 'POST') throw new Error('POST groups: status 409');
    return path === '' ? { enabled: true, ...SETTINGS, attributes: recordOf(SETTINGS) } : [];
  };
  await expect(keepRealm(api, wanted)).rejects.toThrow('POST groups: status 409');
});
