import type { VaultClient } from '../../images/bootstrap/src/vault-client';
import { publishAuthorities } from '../../images/bootstrap/src/vault-setup';

const stored: Record<string, Record<string, string>> = {};
const written = jest.fn((_kind: string, _namespace: string, name: string, values: Record<string, string>) => {
  stored[name] = { ...stored[name], ...values };
});
jest.mock('../../images/bootstrap/src/kubernetes', () => ({
  read: async (_kind: string, _namespace: string, name: string) => stored[name],
  write: async (...args: Parameters<typeof written>) => written(...args),
}));

/** A Vault whose engines have a key each, once it was asked for. */
function vaultOf(keys: Record<string, string>) {
  const made: string[] = [];
  const read = (path: string) => ({ data: { public_key: `${keys[path.split('/')[0]]}\n` } });
  const client = {
    ask: async (method: string, path: string) => {
      if (method === 'POST') made.push(path);
      return { status: method === 'GET' && !made.includes(path) ? 400 : 200 };
    },
    read: async (path: string) => read(path),
  };
  return { client: client as unknown as VaultClient, made };
}

const target = (configMap: string) => ({ namespace: 'devenv', configMap, key: 'keys' });

test('each authority is made once, and stands in a line of its own', async () => {
  const { client, made } = vaultOf({ ssh: 'ssh-ed25519 A', 'ssh-2': 'ssh-ed25519 B' });
  const publish = (mounts: string[], prefix = '') =>
    publishAuthorities(client, { mounts, prefix, publishTo: target('user-ca') });
  await publish(['ssh']);
  expect([stored['user-ca'], made]).toEqual([{ keys: 'ssh-ed25519 A\n' }, ['ssh/config/ca']]);
  await publish(['ssh-2', 'ssh']);
  expect(stored['user-ca']).toEqual({ keys: 'ssh-ed25519 B\nssh-ed25519 A\n' });
  await publish(['ssh-2']);
  expect([stored['user-ca'], made]).toEqual([{ keys: 'ssh-ed25519 B\n' }, ['ssh/config/ca', 'ssh-2/config/ca']]);
  await publishAuthorities(client, {
    mounts: ['ssh'],
    prefix: '@cert-authority *.devenv ',
    publishTo: target('host-ca'),
  });
  expect(stored['host-ca']).toEqual({ keys: '@cert-authority *.devenv ssh-ed25519 A\n' });
});

test('what stands there already is not written again', async () => {
  const { client } = vaultOf({ ssh: 'ssh-ed25519 A' });
  const publish = () => publishAuthorities(client, { mounts: ['ssh'], prefix: '', publishTo: target('again') });
  await publish();
  written.mockClear();
  await publish();
  expect(written).not.toHaveBeenCalled();
});
