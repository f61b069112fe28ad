import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VaultClient } from '../../images/bootstrap/src/vault-client';
import { applyGrants } from '../../images/bootstrap/src/vault-grants';
import { applySetup, type Setup } from '../../images/bootstrap/src/vault-setup';
import { writeStacks } from '../../lib/stacks/write';
import { bootstrapOf } from '../helpers/objects';
import { describeWith } from '../helpers/programs';
import { synth } from '../helpers/synth';
import { startVault, type VaultServer } from '../helpers/vault-server';
import { EVERYTHING, loginFor, OWN_ACCOUNT, type Request, TERRAFORM_MAY_NOT } from './terraform-requests';

jest.mock('../../images/bootstrap/src/kubernetes', () => ({ read: async () => ({}), write: async () => {} }));
jest.mock('../../images/bootstrap/src/program', () => ({ log: () => {} }));

const PLATFORM = `profile: kind
environments: {users: {alice: {secrets: {path: devenv/alice}}}}
boundary: {agents: [{name: robot, serviceAccount: {namespace: ci, name: runner}, environments: all}]}
vault: {engines: {terraform: {enabled: true, teamId: team-1}}}`;

describeWith(['vault'], 'Terraform in a real Vault', () => {
  let vault: VaultServer;
  let setup: Setup;
  let terraform: VaultClient;
  let resource: Record<string, Record<string, Record<string, unknown>>>;

  const loginWith = async (...policies: string[]): Promise<VaultClient> => {
    const { auth } = await vault.root.write('auth/token/create', { policies, no_parent: true });
    return vault.root.with(auth.client_token);
  };
  const statusOf = async ([method, path, body]: Request, client = terraform) =>
    (await client.ask(method, path, body)).status;

  beforeAll(async () => {
    vault = await startVault();
    const { objects, config, facts, files } = synth(PLATFORM);
    setup = bootstrapOf(objects, 'vault-bootstrap');
    await vault.root.ask('DELETE', 'sys/mounts/secret');
    await applySetup(vault.root, setup);
    const folder = mkdtempSync(join(tmpdir(), 'stacks-'));
    writeStacks({ config, facts, files, folder });
    ({ resource } = JSON.parse(readFileSync(join(folder, 'stacks', 'vault', 'cdk.tf.json'), 'utf8')));
    const { policies } = setup.roles.find(({ name }) => name === 'terraform') ?? { policies: [] };
    terraform = await loginWith(...policies);
  });
  afterAll(() => vault?.stop());

  // SECURITY.md: "what the roles of ssh/, and those of pki/ and database/"
  // SECURITY.md: "whether the engines secret/ and terraform/ are there"
  test('does all that its stack asks of it', async () => {
    const asked = Object.keys(resource).filter((type) => type.startsWith('vault_'));
    const { backend: mount, address } = resource.vault_terraform_cloud_secret_backend['terraform-cloud'];
    expect(asked.sort()).toEqual([
      'vault_mount',
      'vault_ssh_secret_backend_role',
      'vault_terraform_cloud_secret_backend',
      'vault_terraform_cloud_secret_role',
    ]);
    // As the provider does, with what it sends besides.
    const lifetimes = { default_lease_ttl: '0s', max_lease_ttl: '0s' };
    for (const { path, type, options, description } of Object.values(resource.vault_mount)) {
      await terraform.write(`sys/mounts/${path}`, { type, options, description, config: lifetimes, local: false });
      await terraform.read(`sys/mounts/${path}/tune`);
      await terraform.write(`sys/mounts/${path}/tune`, { ...lifetimes, options });
    }
    await terraform.write(`sys/mounts/${mount}`, { type: 'terraform', description: '', config: lifetimes });
    await terraform.write(`sys/mounts/${mount}/tune`, lifetimes);
    for (const body of [{ address, base_path: '/api/v2/' }, { address, token: 'x' }, { token: 'x' }])
      await terraform.write(`${mount}/config`, body);
    for (const { backend: _, name, ...role } of Object.values(resource.vault_terraform_cloud_secret_role)) {
      await terraform.write(`terraform/role/${name}`, role);
      await terraform.read(`terraform/role/${name}`);
    }
    for (const { backend, name, ...role } of Object.values(resource.vault_ssh_secret_backend_role)) {
      await terraform.write(`${backend}/roles/${name}`, role);
      await terraform.read(`${backend}/roles/${name}`);
    }
    for (const path of ['sys/mounts', 'auth/token/lookup-self', 'sys/policies/acl/platform-boundary'])
      await terraform.read(path);
  });

  // SECURITY.md: "Terraform's own policy names what is left to it"
  // SECURITY.md: "So nothing that Terraform writes gives its login more."
  // SECURITY.md: "It may not ask for any of them itself"
  // SECURITY.md: "The engine's token of Terraform Cloud goes to the host of the configuration and to no other."
  describe.each(Object.entries(TERRAFORM_MAY_NOT))('does not %s', (_, requests) => {
    test.each(requests)('%s %s', async (...request) => expect(await statusOf(request as unknown as Request)).toBe(403));
  });

  test('finds by the same requests that another policy would have let it', async () => {
    // Whoever denies everything denies these, too: so they are tried with a policy as Terraform's once was.
    const { paths } = setup.policies.find(({ name }) => name === 'terraform') ?? { paths: {} };
    const wide = ['sys/policies/acl/platform-*', 'auth/+/role/platform-*'];
    const policy = [...Object.keys(paths), ...wide].map(
      (path) => `path "${path}" { capabilities = ["create", "update"] }`,
    );
    await vault.root.write('sys/policies/acl/wide', { policy: policy.join('\n') });
    const before = await loginWith('wide');
    for (const request of [
      ['POST', 'sys/policies/acl/platform-new', EVERYTHING],
      ['POST', 'auth/kubernetes/role/platform-new', loginFor('platform-new')],
      ['POST', 'terraform/config', { address: 'https://elsewhere.example.com' }],
    ] as const) {
      expect([request[1], await statusOf(request, before)]).toEqual([request[1], 204]);
      expect([request[1], await statusOf(request)]).toEqual([request[1], 403]);
    }
  });

  describe('the bootstrap, which writes logins in its place', () => {
    const there = async (path: string) => (await vault.root.ask('GET', path)).status === 200;
    const old = [
      'auth/kubernetes/role/platform-old',
      'auth/jwt-old/role/platform-old',
      'sys/policies/acl/platform-old',
    ];
    const others = ['auth/kubernetes/role/other', 'auth/jwt-old/role/other', 'sys/policies/acl/other'];

    // SECURITY.md: "vault-bootstrap, and whoever may create tokens of its ServiceAccount | Can:"
    test('gives each what was granted to it', async () => {
      const { data } = await vault.root.read('auth/kubernetes/role/platform-agent.robot');
      expect(data).toMatchObject({
        bound_service_account_names: ['runner'],
        bound_service_account_namespaces: ['ci'],
        audience: 'vault',
        token_policies: ['platform-agent.robot'],
      });
      const robot = await loginWith('platform-agent.robot');
      await vault.root.write('platform/data/boundary/agents/robot', { data: { password: 'x' } });
      expect(await statusOf(['GET', 'platform/data/boundary/agents/robot'], robot)).toBe(200);
      expect(await statusOf(['GET', 'platform/data/boundary/keeper'], robot)).toBe(403);
      const store = await loginWith('platform-boundary');
      const key = { key_type: 'ed25519' };
      expect(await statusOf(['POST', 'ssh/issue/devenv-alice.session', key], store)).toBe(200);
      expect(await statusOf(['POST', 'ssh/issue/devenv-bob.session', key], store)).toBe(403);
    });

    test('takes away what is granted no longer, by its own policy, and nothing of other people’s', async () => {
      await vault.root.write('sys/auth/jwt-old', { type: 'jwt' });
      for (const path of [...old, ...others])
        await vault.root.write(path, {
          ...OWN_ACCOUNT,
          policy: 'path "x" { capabilities = ["read"] }',
          role_type: 'jwt',
          user_claim: 'sub',
          bound_audiences: ['x'],
        });
      await applySetup(await loginWith('bootstrap'), setup);
      expect(await Promise.all([...old, ...others].map(there))).toEqual([false, false, false, true, true, true]);
      expect(await there('auth/kubernetes/role/platform-agent.robot')).toBe(true);
    });

    test('leaves the logins of an administrator alone, wherever they are', async () => {
      const own = ['clusters/prod', 'github', 'jwt-team/ci'];
      const role = { ...OWN_ACCOUNT, role_type: 'jwt', user_claim: 'sub', bound_audiences: ['x'] };
      for (const mount of own) {
        await vault.root.write(`sys/auth/${mount}`, { type: mount === 'github' ? 'jwt' : 'kubernetes' });
        await vault.root.write(`auth/${mount}/role/platform-team`, role);
      }
      await applySetup(await loginWith('bootstrap'), setup);
      for (const mount of own) expect([mount, await there(`auth/${mount}/role/platform-team`)]).toEqual([mount, true]);
    });

    test('knows a login with tokens of another issuer', async () => {
      const role = {
        name: 'platform-ci',
        mount: 'jwt-ci',
        audience: 'a',
        claims: { sub: 'x,y' },
        policies: ['platform-ci'],
      };
      await vault.root.write('sys/auth/jwt-ci', { type: 'jwt' });
      await applyGrants(await loginWith('bootstrap'), { ...setup.grants, jwtRoles: [role] });
      expect((await vault.root.read('auth/jwt-ci/role/platform-ci')).data).toMatchObject({
        role_type: 'jwt',
        bound_audiences: ['a'],
        bound_claims: { sub: 'x,y' },
        token_policies: ['platform-ci'],
        token_max_ttl: 900,
      });
    });
  });
});
