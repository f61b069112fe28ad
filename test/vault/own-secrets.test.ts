import type { VaultFacts } from '../../constructs';
import type { VaultClient } from '../../images/bootstrap/src/vault-client';
import { applySetup, type Setup } from '../../images/bootstrap/src/vault-setup';
import { bootstrapOf } from '../helpers/objects';
import { describeWith } from '../helpers/programs';
import { synth } from '../helpers/synth';
import { startVault, type VaultServer } from '../helpers/vault-server';
import { EVERYTHING, OWN_ACCOUNT } from './terraform-requests';

jest.mock('../../images/bootstrap/src/kubernetes', () => ({ read: async () => undefined, write: async () => {} }));
jest.mock('../../images/bootstrap/src/program', () => ({ log: () => {} }));

const PATHS = ['devenv/credentials', 'devenv/alice', 'devenv/bob', 'devenv/alice/more', 'devenv/carol'];

describeWith(['vault'], 'secrets of one environment in a real Vault', () => {
  let vault: VaultServer;
  let facts: VaultFacts;
  let setup: Setup;

  const tokenWith = async (...policies: readonly string[]): Promise<VaultClient> => {
    const { auth } = await vault.root.write('auth/token/create', { policies, no_parent: true });
    return vault.root.with(auth.client_token);
  };
  /** A token as whoever logs in for a role gets it, by what Vault has of that role. */
  const loginFor = async (role: string): Promise<VaultClient> =>
    tokenWith(...(await vault.root.read(`auth/kubernetes/role/${role}`)).data.token_policies);
  const readable = async (client: VaultClient): Promise<string[]> => {
    const answers = await Promise.all(PATHS.map((path) => client.ask('GET', `secret/data/${path}`)));
    return PATHS.filter((_, index) => answers[index].status !== 403);
  };
  const writable = async (client: VaultClient): Promise<string[]> => {
    const answers = await Promise.all(
      PATHS.map((path) => client.ask('POST', `secret/data/${path}`, { data: { a: 'b' } })),
    );
    return PATHS.filter((_, index) => answers[index].status !== 403);
  };

  beforeAll(async () => {
    vault = await startVault();
    const users = 'users: {alice: {secrets: {path: devenv/alice}}, bob: {secrets: {path: devenv/bob}}, carol: {}}';
    const platform = synth(
      `profile: kind\nboundary: {enabled: false}\nkeycloak: {enabled: false}\nenvironments: {${users}}`,
    );
    facts = platform.facts.vault as VaultFacts;
    setup = bootstrapOf(platform.objects, 'vault-bootstrap');
    await applySetup(vault.root, setup);
    // Again as itself, by no more rights than it has: logins are the bootstrap's to write.
    await applySetup(await tokenWith('bootstrap'), setup);
    for (const path of PATHS) await vault.root.write(`secret/data/${path}`, { data: { key: path } });
  });
  afterAll(() => vault?.stop());

  test.each([
    ['alice', 'platform-devenv.devenv-alice', ['devenv/alice']],
    ['bob', 'platform-devenv.devenv-bob', ['devenv/bob']],
    ['all', 'platform-devenv', ['devenv/credentials']],
  ])('who fetches for %s reads that and nothing else, and writes nothing', async (_who, role, paths) => {
    const client = await loginFor(role);
    expect(await readable(client)).toEqual(paths);
    expect(await writable(client)).toEqual([]);
  });

  test.each([
    ['alice', ['devenv/alice']],
    ['bob', ['devenv/bob']],
    ['credentials', ['devenv/credentials']],
  ])('who writes devenv/%s reads and writes that and nothing else', async (name, paths) => {
    const client = await loginFor(`platform-writes-devenv-${name}`);
    expect([await readable(client), await writable(client)]).toEqual([paths, paths]);
  });

  test('Terraform changes no such login and no right of one', async () => {
    const terraform = await tokenWith('terraform');
    const hers = (from: readonly { name: string }[], at: string) =>
      from.filter(({ name }) => name.includes('alice')).map(({ name }) => `${at}/${name}`);
    const paths = [...hers(facts.policies, 'sys/policies/acl'), ...hers(facts.kubernetesRoles, 'auth/kubernetes/role')];
    expect(paths).toHaveLength(4);
    for (const path of paths) {
      expect([path, (await terraform.ask('POST', path, { ...EVERYTHING, ...OWN_ACCOUNT })).status]).toEqual([
        path,
        403,
      ]);
      expect([path, (await terraform.ask('DELETE', path)).status]).toEqual([path, 403]);
    }
  });

  test('what is granted no longer to alice goes, and bob keeps his', async () => {
    const isOthers = ({ name }: { name: string }) => !name.includes('alice');
    const { policies, kubernetesRoles, ...grants } = setup.grants;
    const without = {
      ...grants,
      policies: policies.filter(isOthers),
      kubernetesRoles: kubernetesRoles.filter(isOthers),
    };
    await applySetup(await tokenWith('bootstrap'), { ...setup, grants: without });
    const isGranted = (name: string) => name.startsWith('platform-');
    const left = async (path: string) => (await vault.root.read(`${path}?list=true`)).data.keys.filter(isGranted);
    expect(await left('auth/kubernetes/role')).toEqual(without.kubernetesRoles.map(({ name }) => name).sort());
    expect(await left('sys/policies/acl')).toEqual(without.policies.map(({ name }) => name).sort());
    expect(await readable(await loginFor('platform-devenv.devenv-bob'))).toEqual(['devenv/bob']);
  });

  test('each of these logins is one ServiceAccount’s', () => {
    const accounts = facts.kubernetesRoles.flatMap(({ serviceAccounts, namespaces }) =>
      serviceAccounts.map((account) => `${namespaces}/${account}`),
    );
    expect(new Set(accounts).size).toBe(facts.kubernetesRoles.length);
  });
});
