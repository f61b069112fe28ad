import { adopt, logInUnlessDone } from '../../images/bootstrap/src/keycloak-adopt';
import type { Api } from '../../images/bootstrap/src/keycloak-realm';

const KEEPER = {
  clientId: 'platform-bootstrap',
  secret: 'made in the cluster',
  roles: ['manage-clients', 'manage-users'],
};
/** As Keycloak has them for every realm that brings none of its own. */
const SCOPES = [
  { id: 'm1', name: 'basic', protocol: 'openid-connect', protocolMappers: [{ id: 'x', name: 'sub' }] },
  { id: 'm2', name: 'profile', protocol: 'openid-connect', protocolMappers: [] },
  { id: 'm3', name: 'role_list', protocol: 'saml' },
];

/** Keycloak with a realm that has these scopes and clients, and all that is changed in it. */
function keycloak(scopes: readonly string[], clients: readonly string[], administrators = ['bootstrap']) {
  const changes: [string, unknown][] = [];
  const has = { scopes: [...scopes], clients: [...clients, 'realm-management'] };
  const byId = (names: readonly string[]) => names.map((name) => ({ id: `id-of-${name}`, name, clientId: name }));
  const master: Api = async (method, path) => {
    if (method !== 'GET') return void changes.push([`${method} master/${path}`, undefined]);
    if (path === 'default-default-client-scopes') return SCOPES;
    const [, id] = /^client-scopes\/(.*)$/.exec(path) ?? [];
    if (id) return SCOPES.find((scope) => scope.id === id);
    return administrators.filter((name) => path.endsWith(`username=${name}`)).map((name) => ({ id: `id-of-${name}` }));
  };
  const realm: Api = async (method, path, body: any) => {
    if (method !== 'GET') {
      if (path === 'client-scopes') has.scopes.push(body.name);
      if (path === 'clients') has.clients.push(body.clientId);
      return void changes.push([`${method} ${path}`, body]);
    }
    if (path === 'client-scopes') return byId(has.scopes);
    if (path.startsWith('clients?')) return byId(has.clients.filter((name) => path === `clients?clientId=${name}`));
    if (path.endsWith('/service-account-user')) return { id: 'its-user' };
    return { name: path.split('/').at(-1) };
  };
  return { changes, servers: { master, realm, administrator: 'bootstrap' } };
}

const roles = [
  'POST users/its-user/role-mappings/clients/id-of-realm-management',
  [{ name: 'manage-clients' }, { name: 'manage-users' }],
];
const secret = ['PUT clients/id-of-platform-bootstrap', expect.objectContaining({ secret: KEEPER.secret })];
const gone = ['DELETE master/users/id-of-bootstrap', undefined];
const works = async () => {};

test('a realm of the first version gets its scopes, the client that keeps it, and no administrator', async () => {
  const { changes, servers } = keycloak(['groups'], ['boundary']);
  await adopt(servers, KEEPER, ['boundary', 'vault'], works);
  expect(changes).toEqual([
    ['POST client-scopes', { name: 'basic', protocol: 'openid-connect', protocolMappers: [{ name: 'sub' }] }],
    ['POST client-scopes', { name: 'profile', protocol: 'openid-connect', protocolMappers: [] }],
    ['PUT default-default-client-scopes/id-of-basic', undefined],
    ['PUT clients/id-of-boundary/default-client-scopes/id-of-basic', undefined],
    ['PUT default-default-client-scopes/id-of-profile', undefined],
    ['PUT clients/id-of-boundary/default-client-scopes/id-of-profile', undefined],
    ['POST clients', expect.objectContaining({ clientId: 'platform-bootstrap', secret: KEEPER.secret })],
    roles,
    gone,
  ]);
});

test('one that has its client already gets the secret and the roles that it lacks', async () => {
  const { changes, servers } = keycloak(['basic', 'profile', 'ours'], ['platform-bootstrap']);
  await adopt(servers, KEEPER, [], works);
  expect(changes).toEqual([secret, roles, gone]);
});

test('the administrator stays where the client cannot log in', async () => {
  const { changes, servers } = keycloak(['basic', 'profile'], ['platform-bootstrap']);
  const refused = async () => Promise.reject(new Error('status 401'));
  await expect(adopt(servers, KEEPER, [], refused)).rejects.toThrow('status 401');
  expect(changes).toEqual([secret, roles]);
});

test('one who is gone already is not missed', async () => {
  const { changes, servers } = keycloak(['basic', 'profile'], ['platform-bootstrap'], []);
  await adopt(servers, KEEPER, [], works);
  expect(changes).toEqual([secret, roles]);
});

describe('a run after one that was broken off', () => {
  const refuses = async () => {
    throw new Error('status 400 invalid_grant');
  };

  test('has nothing to do where the administrator is gone and the realm keeps itself', async () =>
    expect(await logInUnlessDone(refuses, async () => 'in')).toBe(undefined));

  test('goes on as the administrator where that is still there, whether or not the realm keeps itself', async () =>
    expect(await logInUnlessDone(async () => 'in', refuses)).toBe('in'));

  test('says that the administrator is refused where nothing keeps the realm', async () =>
    expect(logInUnlessDone(refuses, refuses)).rejects.toThrow('status 400 invalid_grant'));
});
