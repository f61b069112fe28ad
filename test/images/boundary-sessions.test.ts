import { endUnfounded, opens, type Roles, reaches } from '../../images/bootstrap/src/boundary-sessions';

jest.mock('../../images/bootstrap/src/program', () => ({ log: () => {} }));

test.each([
  [{ ids: ['ttcp_1'], actions: ['read', 'authorize-session'] }, true],
  [{ ids: ['*'], type: 'target', actions: ['*'] }, true],
  [{ ids: ['*'], type: '*', actions: ['authorize-session'] }, true],
  [{ ids: ['ttcp_2'], actions: ['authorize-session'] }, false],
  [{ ids: ['ttcp_1'], actions: ['read'] }, false],
  [{ ids: ['*'], type: 'session', actions: ['*'] }, false],
  [{ type: 'target', actions: ['list'] }, false],
])('a grant %j opens sessions: %s', (grant, expected) => expect(opens(grant, 'ttcp_1')).toBe(expected));

/** Boundary with two open sessions to one target: alice's, whose group may, and an agent's, which may itself. */
function boundary() {
  const role = (id: string, principal: string) => ({
    id,
    version: 1,
    scope_id: 'p_1',
    grant_scope_ids: ['this'],
    principal_ids: [principal],
    grants: [{ json: { ids: ['ttcp_1'], actions: ['authorize-session'] } }],
  });
  const roles = new Map([role('r_1', 'mgoidc_1'), role('r_2', 'u_agent')].map((one) => [one.id, one]));
  const session = (id: string, user_id: string) => ({
    id,
    version: 2,
    user_id,
    target_id: 'ttcp_1',
    status: 'active',
    scope_id: 'p_1',
  });
  const ended: string[] = [];
  let asked = 0;
  const answers: Record<string, () => unknown> = {
    sessions: () => ({ items: [session('s_1', 'u_alice'), session('s_2', 'u_agent')] }),
    roles: () => ({ items: [...roles.values()].map(({ id, version }) => ({ id, version })) }),
    groups: () => ({}),
    'users/u_alice': () => ({ account_ids: ['acctoidc_1'] }),
    'users/u_agent': () => ({ account_ids: ['acctpw_1'] }),
    'accounts/acctoidc_1': () => ({ managed_group_ids: ['mgoidc_1'] }),
    'accounts/acctpw_1': () => ({}),
  };
  const api = async (method: string, path: string) => {
    if (method === 'POST') return void ended.push(path);
    const [what] = path.split('?');
    if (what.startsWith('roles/')) asked++;
    return (answers[what] ?? (() => roles.get(what.split('/')[1])))();
  };
  return { api, roles, ended, asked: () => asked };
}

/** Two looks, so many milliseconds after each other. */
async function looks({ api }: ReturnType<typeof boundary>, between: () => void, ms = 10_000) {
  const known: Roles = new Map();
  const since = await endUnfounded(api, known, new Map(), 0);
  between();
  return endUnfounded(api, known, since, ms);
}

test('sessions that are granted go on, and roles are read once', async () => {
  const given = boundary();
  expect((await looks(given, () => {})).size).toBe(0);
  expect([given.ended, given.asked()]).toEqual([[], 2]);
});

test.each([
  ['r_1', 's_1'],
  ['r_2', 's_2'],
])('without the role %s, the session %s ends after a while', async (role, session) => {
  const given = boundary();
  given.roles.delete(role);
  await looks(given, () => expect(given.ended).toEqual([]), 3000);
  expect(given.ended).toEqual([]);
  await looks(given, () => {});
  expect(given.ended).toEqual([`sessions/${session}:cancel`]);
});

test('a role that is replaced within a moment ends nothing', async () => {
  const given = boundary();
  const role = given.roles.get('r_1') as NonNullable<ReturnType<typeof given.roles.get>>;
  given.roles.delete('r_1');
  expect((await looks(given, () => given.roles.set('r_3', { ...role, id: 'r_3' }))).size).toBe(0);
  expect(given.ended).toEqual([]);
});

const PROJECT = { scope_id: 'p_1', scope: { parent_scope_id: 'o_1' } };
test.each([
  [{ scope_id: 'p_1' }, true],
  [{ scope_id: 'p_2' }, false],
  [{ scope_id: 'global', grant_scope_ids: ['this', 'descendants'] }, true],
  [{ scope_id: 'global', grant_scope_ids: ['this', 'children'] }, false],
  [{ scope_id: 'global', grant_scope_ids: ['p_1'] }, true],
  [{ scope_id: 'o_1', grant_scope_ids: ['children'] }, true],
  [{ scope_id: 'o_2', grant_scope_ids: ['descendants'] }, false],
])('a role %j counts in a project: %s', (role, expected) => expect(reaches(role, PROJECT)).toBe(expected));
