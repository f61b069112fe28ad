import { loggedIn } from '../../lib/operate/client/login';
import { endPerson } from '../../lib/operate/client/person';
import { TestClient } from '../helpers/test-client';

const client = new TestClient();

describe('the end of all that a person has open', () => {
  const OF = (collection: string) => `GET /v1/${collection}?scope_id=global&recursive=true`;
  /** Boundary with people, logins (whose), and sessions (whose, by which login). */
  const boundaryWith = (logins: Record<string, string>, sessions: Record<string, [user: string, login: string]>) => {
    const ended: string[] = [];
    const over = new Set<string>();
    const items = (list: object[]) => [200, { items: list }] as const;
    const end = (id: string) => {
      ended.push(id);
      over.add(id);
    };
    client.replies[OF('users')] = items([
      { id: 'u_1', full_name: 'alice' },
      { id: 'u_2', full_name: 'alicea' },
      { id: 'u_3', full_name: 'alice' },
    ]);
    client.replies[OF('auth-tokens')] = () =>
      items(Object.entries(logins).map(([id, user]) => ({ id, user_id: user })));
    client.replies[OF('sessions')] = () =>
      items(
        Object.entries(sessions).map(([id, [user]]) => ({
          id,
          user_id: user,
          endpoint: 'tcp://devenv-alice.devenv.svc:22',
          status: over.has(id) ? 'canceling' : 'active',
          created_time: '',
          expiration_time: '',
        })),
      );
    for (const id of Object.keys(logins))
      client.replies[`DELETE /v1/auth-tokens/${id}`] = () => {
        ended.push(id);
        for (const [session, [, login]] of Object.entries(sessions)) if (login === id) over.add(session);
        return [204, {}];
      };
    for (const id of Object.keys(sessions)) {
      client.replies[`GET /v1/sessions/${id}`] = [200, { version: 3 }];
      client.replies[`POST /v1/sessions/${id}:cancel`] = () => {
        end(id);
        return [200, {}];
      };
    }
    return ended;
  };

  beforeEach(() => client.remember());

  test('is that of every login, of the sessions of logins that are over, and of nobody else’s', async () => {
    const ended = boundaryWith(
      { at_a: 'u_1', at_b: 'u_2', at_c: 'u_3' },
      { s_1: ['u_1', 'at_a'], s_2: ['u_2', 'at_b'], s_3: ['u_3', 'over'] },
    );
    expect(await endPerson(await loggedIn(), 'alice')).toEqual({ logins: 2, sessions: 2 });
    expect(ended).toEqual(['at_a', 'at_c', 's_3']);
  });

  test('is said to have failed where a session goes on', async () => {
    boundaryWith({}, { s_1: ['u_1', 'over'] });
    client.replies['POST /v1/sessions/s_1:cancel'] = [403, {}];
    await expect(endPerson(await loggedIn(), 'u_1')).rejects.toThrow('you may not end session s_1');
  });

  test('is for who may see people, and of somebody who is one', async () => {
    boundaryWith({}, {});
    await expect(endPerson(await loggedIn(), 'Alice')).rejects.toThrow(
      /^Boundary knows nobody called Alice: names are/,
    );
    client.replies[OF('users')] = [403, {}];
    await expect(endPerson(await loggedIn(), 'alice')).rejects.toThrow(/log in as one of boundary\.admins/);
  });
});
