import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Boundary } from '../../lib/operate/client/boundary';
import { keepInUse } from '../../lib/operate/client/in-use';
import { awaited, loggedIn, logIn, logOut } from '../../lib/operate/client/login';
import { METHODS, TARGETS, TestClient } from '../helpers/test-client';

const client = new TestClient();

describe('a login', () => {
  const show = () => {};

  test.each([
    [undefined, undefined, /^where is Boundary\? Name its address once/],
    ['boundary', undefined, /^"boundary" is no address: give it as https:\/\/HOST/],
    ['http://boundary.example.com', undefined, /would send your login in the clear/],
    ['https://boundary.example.com', '/nowhere/ca.crt', /^--ca \/nowhere\/ca.crt cannot be read/],
    ['https://boundary.example.com', __filename, /holds no certificate in PEM/],
  ])('to %s with the authority %s is refused in words', async (given, ca, words) => {
    await expect(logIn({ address: given, ca, show })).rejects.toThrow(words);
  });

  test('whose server does not answer says where it was looked for', async () => {
    await expect(new Boundary({ address: 'http://127.0.0.1:1' }).targets()).rejects.toThrow(
      /^Boundary does not answer at http:\/\/127\.0\.0\.1:1 /,
    );
  });

  test.each([[[]], [{ items: 'none' }], [{ items: [{ id: 5 }] }]])(
    'at what is no Boundary, and answers %j, says so in one line',
    async (body) => {
      client.replies[TARGETS] = [200, body];
      await expect(new Boundary({ address: client.address }).targets()).rejects.toThrow(
        /^what answers at http:\S+ does not speak as Boundary does: is the address right, and nothing in between[^\n]*$/,
      );
    },
  );

  test('before people can log in says what that waits for', async () => {
    client.replies[METHODS] = [200, { items: [{ id: 'ampw_1', type: 'password' }] }];
    await expect(new Boundary({ address: client.address }).primaryMethod()).rejects.toThrow(
      /^nobody can log in at .* yet: .*boundary-keeper/,
    );
  });

  test.each(['', '{"address', 'null', '"x"', '{"token":"at_1"}'])(
    'is asked for where %j is left of the one that was',
    async (text) => {
      client.remember();
      writeFileSync(client.loginFile, text);
      await expect(loggedIn()).rejects.toThrow('nobody is logged in here: run sandboxctl login');
    },
  );

  test('is asked for where there is none, and where it is over', async () => {
    await expect(loggedIn()).rejects.toThrow('nobody is logged in here: run sandboxctl login');
    client.remember({ expires: '2000-01-01T00:00:00Z' });
    await expect(loggedIn()).rejects.toThrow(/^your login ended at .*: run sandboxctl login$/);
  });

  test('that Boundary knows no more is asked for anew', async () => {
    client.remember();
    client.replies[TARGETS] = [401, { message: 'unauthenticated' }];
    await expect((await loggedIn()).targets()).rejects.toThrow(
      'your login is over (it ends after an hour without use, or was ended): run sandboxctl login',
    );
  });

  test('stays in use while a connection is open', async () => {
    client.remember({ userId: 'u_1' });
    const shown = new Promise<void>((resolve) => {
      let times = 0;
      client.replies[METHODS] = () => {
        times++;
        if (times === 3) resolve();
        // Whatever the answer, it goes on.
        return [times === 1 ? 200 : 503, { items: [{ id: 'amoidc_1', type: 'oidc', is_primary: true }] }];
      };
    });
    const leave = keepInUse(1);
    await shown;
    leave();
  });

  test('of somebody who may enter nothing shows nothing', async () => {
    client.remember();
    client.replies[TARGETS] = [403, { message: 'Forbidden.' }];
    expect(await (await loggedIn()).targets()).toEqual([]);
  });

  test('is forgotten, and the address is not', async () => {
    client.remember();
    logOut();
    await expect(loggedIn()).rejects.toThrow('nobody is logged in here');
    const file = client.loginFile;
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ address: client.address });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(file))).toEqual(['login.json']);
  });
});

describe('a login in the browser', () => {
  const AUTHENTICATE = 'POST /v1/auth-methods/amoidc_1:authenticate';
  const GOT = { token: 'at_3', expiration_time: '2999-01-01T00:00:00Z', user_id: 'u_3' };
  const begun = () => {
    const attributes = { token_id: 'tk_1', auth_url: 'https://keycloak.example.com/' };
    client.replies[AUTHENTICATE] = [200, { attributes }];
    return new Boundary({ address: client.address }).beginLogin('amoidc_1');
  };
  const replies = (...list: (readonly [number, object])[]) => {
    client.replies[AUTHENTICATE] = () => list.shift() ?? [404, {}];
  };

  test('is waited for while Boundary starts anew, or something before it answers in its place', async () => {
    const { poll } = await begun();
    replies([202, {}], [502, {}], [503, { message: 'starting' }], [202, {}], [200, { attributes: GOT }]);
    expect(await awaited(poll, 60, 1)).toEqual({ token: 'at_3', expires: GOT.expiration_time, userId: 'u_3' });
  });

  test.each([[[200, {}]], [[200, []]], [[302, {}]]] as const)(
    'is waited for while a network that wants a login of its own answers %j',
    async (reply) => {
      const { poll } = await begun();
      replies(reply, [200, { attributes: GOT }]);
      expect(await awaited(poll, 60, 1)).toMatchObject({ token: 'at_3' });
    },
  );

  test('is waited for while the network is away', async () => {
    const { poll } = await begun();
    replies([200, { attributes: GOT }]);
    const away = await new Boundary({ address: 'http://127.0.0.1:1' })
      .beginLogin('amoidc_1')
      .catch((error: Error) => error);
    const polls = [() => Promise.reject(away), poll];
    expect(await awaited(() => polls.shift()?.() ?? poll(), 60, 1)).toMatchObject({ token: 'at_3' });
  });

  test('that never comes says where it may be seen why', async () => {
    const { poll } = await begun();
    replies([202, {}]);
    await expect(awaited(poll, 0, 1)).rejects.toThrow(
      /^nobody logged in within 0 seconds, .*Keycloak's: "Events" .* deployment\/boundary-controller .*run sandboxctl login$/,
    );
  });

  test('that cannot be asked for to the end says that', async () => {
    const { poll } = await begun();
    replies([503, { message: 'starting' }]);
    await expect(awaited(poll, 0, 1)).rejects.toThrow(
      'no login within 0 seconds: Boundary had no answer to the login (starting). Then run sandboxctl login',
    );
  });

  test.each([401, 403])('that Boundary refuses with %i is not told as a login that is missing', async (status) => {
    const { poll } = await begun();
    client.replies[AUTHENTICATE] = [status, { message: 'Forbidden.' }];
    const words = /^Boundary refused the login: Forbidden\.: it may be too old, .*look at the logs of deployment/;
    await expect(awaited(poll, 60, 1)).rejects.toThrow(words);
    await expect(new Boundary({ address: client.address }).beginLogin('amoidc_1')).rejects.toThrow(words);
  });
});

describe('a list of sessions', () => {
  const SESSIONS = 'GET /v1/sessions?scope_id=global&recursive=true';
  const USERS = 'GET /v1/users?scope_id=global&recursive=true';
  const session = (id: string, user: string) => ({
    id,
    user_id: user,
    endpoint: 'tcp://devenv-alice.devenv.svc:22',
    status: 'active',
    created_time: '2026-01-01T00:00:00Z',
    expiration_time: '2026-01-01T08:00:00Z',
  });

  beforeEach(() => {
    client.remember();
    client.replies[SESSIONS] = [200, { items: [session('s_1', 'u_1'), session('s_2', 'u_2')] }];
  });

  test('names people as far as one may know them', async () => {
    client.replies[USERS] = [403, {}];
    expect((await (await loggedIn()).sessions()).map(({ user }) => user)).toEqual(['u_1', 'u_2']);
    client.replies[USERS] = [
      200,
      {
        items: [
          { id: 'u_1', full_name: 'alice' },
          { id: 'u_2', name: 'builder' },
        ],
      },
    ];
    expect((await (await loggedIn()).sessions()).map(({ user }) => user)).toEqual(['alice', 'builder']);
  });

  test('shows those that lead to no address, too', async () => {
    client.replies[SESSIONS] = [200, { items: [{ ...session('s_1', 'u_1'), endpoint: '' }, session('s_2', 'u_2')] }];
    client.replies[USERS] = [403, {}];
    expect((await (await loggedIn()).sessions()).map(({ target }) => target)).toEqual(['', 'devenv-alice']);
  });

  test('may be ended by whoever may, and by nobody else', async () => {
    const boundary = await loggedIn();
    await expect(boundary.endSession('s_1')).rejects.toThrow(/^there is no session s_1 that you may end/);
    client.replies['GET /v1/sessions/s_1'] = [200, { version: 3 }];
    client.replies['POST /v1/sessions/s_1:cancel'] = [200, {}];
    await boundary.endSession('s_1');
  });
});
