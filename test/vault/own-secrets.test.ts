import type { VaultFacts } from '../../constructs';
import { policyText } from '../../constructs/core/facts';
import type { VaultClient } from '../../images/bootstrap/src/vault-client';
import { applySetup } from '../../images/bootstrap/src/vault-setup';
import { bootstrapOf } from '../helpers/objects';
import { describeWith } from '../helpers/programs';
import { synth } from '../helpers/synth';
import { startVault, type VaultServer } from '../helpers/vault-server';

jest.mock('../../images/bootstrap/src/kubernetes', () => ({ read: async () => undefined, write: async () => {} }));
jest.mock('../../images/bootstrap/src/program', () => ({ log: () => {} }));

const PATHS = ['devenv/credentials', 'devenv/alice', 'devenv/bob', 'devenv/alice/more', 'devenv/carol'];

describeWith(['vault'], 'secrets of one environment in a real Vault', () => {
  let vault: VaultServer;
  let facts: VaultFacts;

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
    await applySetup(vault.root, bootstrapOf(platform.objects, 'vault-bootstrap'));
    for (const path of PATHS) await vault.root.write(`secret/data/${path}`, { data: { key: path } });
    // As Terraform writes them, by no more rights than it has.
    const terraform = await tokenWith('terraform');
    for (const { name, paths } of facts.policies)
      await terraform.write(`sys/policies/acl/${name}`, { policy: policyText(paths) });
    for (const { name, ...role } of facts.kubernetesRoles)
      await terraform.write(`auth/kubernetes/role/${name}`, {
        bound_service_account_names: role.serviceAccounts,
        bound_service_account_namespaces: role.namespaces,
        audience: role.audience,
        token_policies: role.policies,
      });
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

  test('each of these logins is one ServiceAccount’s', () => {
    const accounts = facts.kubernetesRoles.flatMap(({ serviceAccounts, namespaces }) =>
      serviceAccounts.map((account) => `${namespaces}/${account}`),
    );
    expect(new Set(accounts).size).toBe(facts.kubernetesRoles.length);
  });
});
