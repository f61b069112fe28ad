import { existsSync } from 'node:fs';
import { type Agent, agentIn, logInAs } from '../../lib/operate/client/agent';
import { METHODS, TARGETS, TestClient } from '../helpers/test-client';

const client = new TestClient();

describe('an agent', () => {
  const STORED = { data: { data: { username: 'builder', password: 'its own' } } };
  const LOGIN = 'POST /v1/auth-methods/ampw_1:authenticate';
  const SAID = {
    SANDBOXCTL_AGENT: 'builder',
    BOUNDARY_ADDR: 'https://boundary.example.com',
    VAULT_ADDR: 'https://vault.example.com/',
    SANDBOXCTL_TOKEN: 'a token',
  };
  /** With this test's server in the place of both. */
  const agent = (): Agent => ({ ...(agentIn(SAID) as Agent), boundary: client.address, vault: client.address });

  beforeEach(() => {
    client.replies['POST /v1/auth/kubernetes/login'] = [200, { auth: { client_token: 'hvs.1' } }];
    client.replies['GET /v1/platform/data/boundary/agents/builder'] = [200, STORED];
    client.replies['POST /v1/auth/token/revoke-self'] = [204, {}];
    client.replies[METHODS] = [200, { items: [{ id: 'ampw_1', type: 'password' }] }];
    const attributes = { token: 'at_2', expiration_time: '2999-01-01T00:00:00Z', user_id: 'u_2' };
    client.replies[LOGIN] = [200, { attributes }];
  });

  test('is whoever the environment says, with all that it needs', () => {
    expect(agentIn({})).toBeUndefined();
    expect(() => agentIn({ SANDBOXCTL_AGENT: 'builder' })).toThrow(/^BOUNDARY_ADDR is not set: the agent builder/);
    expect(() => agentIn({ ...SAID, SANDBOXCTL_TOKEN: undefined })).toThrow(
      /^SANDBOXCTL_TOKEN_FILE: .* cannot be read/,
    );
    expect(() => agentIn({ ...SAID, VAULT_ADDR: 'http://vault.example.com' })).toThrow(/in the clear/);
    expect(agentIn(SAID)).toMatchObject({ name: 'builder', login: 'kubernetes', vault: 'https://vault.example.com' });
  });

  test('is nobody, and has nothing, by variables that are set but empty', () => {
    expect(agentIn({ ...SAID, SANDBOXCTL_AGENT: '' })).toBeUndefined();
    expect(agentIn({ ...SAID, SANDBOXCTL_VAULT_LOGIN: '', VAULT_CACERT: '' })).toEqual(agentIn(SAID));
    for (const file of [{}, { SANDBOXCTL_TOKEN_FILE: '' }])
      expect(() => agentIn({ ...SAID, SANDBOXCTL_TOKEN: '', ...file })).toThrow(
        'SANDBOXCTL_TOKEN_FILE: /var/run/secrets/vault/token cannot be read',
      );
  });

  test('logs in by its password in Vault, and leaves nothing on disk', async () => {
    const boundary = await logInAs(agent());
    client.replies[TARGETS] = [200, {}];
    expect(await boundary.targets()).toEqual([]);
    expect(existsSync(client.loginFile)).toBe(false);
  });

  test('that Vault does not know is told so', async () => {
    client.replies['POST /v1/auth/kubernetes/login'] = [403, { errors: ['permission denied'] }];
    await expect(logInAs(agent())).rejects.toThrow(
      /^Vault does not know the agent builder: is it among boundary\.agents.*permission denied$/,
    );
  });

  test.each(['POST /v1/auth/kubernetes/login', 'GET /v1/platform/data/boundary/agents/builder'])(
    'that something else than Vault answers at %s is told so',
    async (path) => {
      client.replies[path] = [200, {}];
      await expect(logInAs(agent())).rejects.toThrow(/^what answers at http:\S+ does not speak as Vault does: /);
    },
  );

  test('whose password Boundary does not take asks once more, and says where to look', async () => {
    client.replies[LOGIN] = [401, {}];
    await expect(logInAs(agent())).rejects.toThrow(/look at the log of boundary-keeper$/);
  });
});
