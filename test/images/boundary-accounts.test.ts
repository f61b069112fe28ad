import { keptPassword, passwordOf } from '../../images/bootstrap/src/boundary-accounts';
import type { VaultClient } from '../../images/bootstrap/src/vault-client';

jest.mock('../../images/bootstrap/src/program', () => ({ log: () => {} }));

const ACCOUNT = { name: 'agent-builder', password: { mount: 'platform', path: 'boundary/agents/builder' } };
const since = (hours: number) => new Date(Date.now() - hours * 3600 * 1000).toISOString();
const stored = (hours: number) => ({
  status: 200,
  body: { data: { data: { password: 'kept' }, metadata: { version: 3, created_time: since(hours) } } },
});

/** Vault with one answer, and what is written to it. */
function vault(answer: { status: number; body?: unknown }) {
  const written: any[] = [];
  const client = { ask: async () => answer, write: async (_: string, body: unknown) => void written.push(body) };
  return { client: client as unknown as VaultClient, written };
}

test('a password that is there is kept until it is old', async () => {
  const { client, written } = vault(stored(1));
  expect(await passwordOf(client, ACCOUNT, 24 * 3600)).toBe('kept');
  expect(written).toEqual([]);
});

test.each([
  ['old', stored(25), 3],
  ['missing', { status: 404, body: { errors: [] } }, 0],
  ['deleted', { status: 404, body: { data: { data: null, metadata: { version: 7 } } } }, 7],
])('one that is %s is followed by another, unless somebody was faster', async (_, answer, cas) => {
  const { client, written } = vault(answer);
  const password = await passwordOf(client, ACCOUNT, 24 * 3600);
  expect(password).toMatch(/^[\w-]{32}$/);
  expect(written).toEqual([{ options: { cas }, data: { username: ACCOUNT.name, password } }]);
});

test('a moment’s trouble of Vault’s is no reason for another password', async () => {
  const { client, written } = vault({ status: 503, body: { errors: ['no leader'] } });
  await expect(passwordOf(client, ACCOUNT)).rejects.toThrow(/503/);
  await expect(keptPassword(client, ACCOUNT)).rejects.toThrow(/503/);
  expect(written).toEqual([]);
});
