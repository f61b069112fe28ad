import type { Kubectl, KubeObject } from '../../lib/operate/cluster/kubectl';
import { KubernetesStore } from '../../lib/operate/secrets/kubernetes-store';
import { readersOf } from '../../lib/operate/secrets/readers';
import type { SecretStore } from '../../lib/operate/secrets/store';
import { VaultStore } from '../../lib/operate/secrets/vault-store';

const labels = (instance: string) => ({
  'app.kubernetes.io/part-of': 'agent-sandbox-platform',
  'app.kubernetes.io/component': 'environment',
  'app.kubernetes.io/instance': instance,
});
const pod = (set: string): KubeObject => ({
  metadata: { name: `${set}-0`, namespace: 'devenv', labels: labels(set) },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
});
const secret = (name: string, ...keys: string[]): KubeObject => ({
  metadata: { name, namespace: 'devenv' },
  data: Object.fromEntries(keys.map((key) => [key, 'eA=='])),
});

const inVault = { name: 'secret/devenv/credentials in Vault' } as SecretStore;
const ofAlice = { name: 'secret/devenv/alice in Vault' } as SecretStore;
const beside = (name: string) => new KubernetesStore({} as Kubectl, 'devenv', name);

/** What is said before a key is taken away where these Secrets are. */
function said(
  key: string,
  store: SecretStore,
  secrets: KubeObject[],
  user?: string,
  sets = ['devenv-alice', 'devenv-bob'],
) {
  const list = async (kinds: string) => (kinds === 'secrets' ? secrets : sets.map(pod));
  return readersOf({ list } as Partial<Kubectl> as Kubectl, key, store, user);
}

describe('before a key is removed it is said', () => {
  test('where it is read, and what logs in with it', async () =>
    expect(await said('github_token', inVault, [secret('devenv-vault-secrets', 'github_token')])).toBe(
      'github_token of secret/devenv/credentials in Vault is read in devenv-alice-0, devenv-bob-0; git logs in with it',
    ));

  test('that a user who has another alone keeps that', async () =>
    expect(await said('jira', inVault, [secret('devenv-alice-vault-secrets', 'jira')])).toBe(
      'jira of secret/devenv/credentials in Vault is read in devenv-bob-0',
    ));

  test.each<[string, SecretStore, string[], string | undefined, string]>([
    ['of all, in Vault', inVault, ['devenv-secrets', 'devenv-vault-secrets'], undefined, 'devenv-secrets'],
    ['of one user', ofAlice, ['devenv-vault-secrets', 'devenv-secrets'], 'alice', 'devenv-vault-secrets'],
    [
      'of all, beside',
      beside('devenv-secrets'),
      ['devenv-secrets', 'tfe-dynamic-token'],
      undefined,
      'tfe-dynamic-token',
    ],
  ])('which other value counts then: %s', async (_title, store, names, user, left) =>
    expect(
      await said(
        'jira',
        store,
        names.map((name) => secret(name, 'jira')),
        user,
      ),
    ).toMatch(new RegExp(`; what counts after it is that of Secret devenv/${left}$`)),
  );

  test('that nobody reads it where nothing runs', async () =>
    expect(await said('github_token', inVault, [], undefined, [])).toMatch(/ is read by nobody now$/));

  test('how many there are beside those that are named', async () => {
    const sets = Array.from({ length: 11 }, (_, index) => `devenv-u${index}`);
    expect(await said('jira', inVault, [], undefined, sets)).toMatch(/devenv-u6-0 and 3 more$/);
  });
});

describe('a key is removed', () => {
  test('from Vault by a patch that leaves the others', async () => {
    const annotations = { 'agent-sandbox.dev/vault-secret': 'secret/a', 'agent-sandbox.dev/vault-role': 'writer' };
    const calls: [string, string][] = [];
    const kubectl = {
      answer: async () => 'jwt',
      list: async () => [pod('vault')],
      run: async (args: readonly string[], { input }: { input: string }) => {
        calls.push([args.slice(-6).join(' '), input.split('\n').at(-1) as string]);
        return { exitCode: 0, stdout: '', stderr: '' };
      },
    } as unknown as Kubectl;
    const writer = { metadata: { name: 'writer', namespace: 'platform-bootstrap', annotations } };
    await new VaultStore(kubectl, writer).remove('github_token');
    expect(calls).toEqual([['vault kv patch -method=patch secret/a -', '{"github_token":null}']]);
  });

  test('from a Secret by a patch that leaves the others', async () => {
    const answer = jest.fn(async (_: readonly string[]) => '');
    await new KubernetesStore({ answer } as Partial<Kubectl> as Kubectl, 'devenv', 'mine').remove('a.b');
    expect(answer.mock.calls[0][0].join(' ')).toBe(
      'patch secret mine --namespace devenv --type json --patch [{"op":"remove","path":"/data/a.b"}]',
    );
  });
});
