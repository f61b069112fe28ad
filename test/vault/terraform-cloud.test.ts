import { policyText } from '../../constructs/core/facts';
import { bootstrapOf } from '../helpers/objects';
import { describeWith } from '../helpers/programs';
import { synth } from '../helpers/synth';
import { freePort, until, type VaultServer } from '../helpers/vault-server';
import { type RealEngines, startEngines } from './real-engines';

jest.mock('../../images/bootstrap/src/kubernetes', () => ({ read: async () => undefined, write: async () => {} }));
jest.mock('../../images/bootstrap/src/program', () => ({ log: () => {} }));

describeWith(['vault', 'node'], 'the engine for Terraform Cloud in a real Vault', () => {
  let engines: RealEngines;
  let vault: VaultServer;
  let cloud: string;
  const loginWith = (...policies: string[]) => engines.loginWith(...policies);
  const loginOf = (operator: string) => engines.loginOf(operator);
  const journal = () => engines.journal();
  const writeRole: RealEngines['writeRole'] = (type, path) => engines.writeRole(type, path);

  beforeAll(async () => {
    engines = await startEngines(await freePort());
    ({ vault, cloud } = engines);
  });
  afterAll(() => engines?.stop());

  // SECURITY.md: "ServiceAccount terraform-config-writer, and run commands in Vault's pods | Can: write"
  // SECURITY.md: "ServiceAccount terraform-config-writer, and run commands in Vault's pods | Cannot: read"
  test('who gives the engine for Terraform Cloud its token names the host of the configuration, and does nothing else', async () => {
    await vault.root.write('sys/mounts/terraform', { type: 'terraform' });
    const writer = await loginOf('terraform-config-writer');
    for (const token of ['one', 'another', 'engine-token'])
      await writer.write('terraform/config', { address: cloud, token });
    for (const body of [
      { address: 'https://elsewhere.example.com', token: 'x' },
      { address: `${cloud}.example.com`, token: 'x' },
      { token: 'x' },
      { address: cloud },
      {},
    ])
      expect([body, (await writer.ask('POST', 'terraform/config', body)).status]).toEqual([body, 403]);
    for (const [method, path] of [
      ['GET', 'terraform/config'],
      ['DELETE', 'terraform/config'],
      ['GET', 'terraform/creds/devenv'],
      ['POST', 'terraform/role/devenv'],
      ['POST', 'terraform/rotate-role/devenv'],
      ['GET', 'secret/data/devenv/credentials'],
      ['GET', 'sys/mounts'],
      ['GET', 'auth/token/lookup-self'],
    ])
      expect([path, (await writer.ask(method, path, method === 'POST' ? {} : undefined)).status]).toEqual([path, 403]);
    expect((await writer.ask('POST', 'auth/token/revoke-self')).status).toBe(204);
  });

  // With the token that was written last.
  test('a token of Terraform Cloud is made when it is asked for, renewed, and revoked with its lease', async () => {
    await writeRole('vault_terraform_cloud_secret_role', (name) => `terraform/role/${name}`);
    expect(await journal()).toEqual([]);
    const granted = await loginWith('platform-devenv-tfe-dynamic-token');
    const { data, lease_id, lease_duration, renewable } = await granted.read('terraform/creds/devenv');
    expect([data.token, lease_duration, renewable]).toEqual(['at-1.atlasv1.test', 60, true]);
    expect((await granted.write('sys/leases/renew', { lease_id })).lease_duration).toBe(60);
    expect(await journal()).toEqual([{ made: 'at-1', owner: 'team-1' }]);
    await granted.write('sys/leases/revoke', { lease_id });
    await until(async () => expect(await journal()).toContainEqual({ revoked: 'at-1' }));
  });

  // SECURITY.md: "whoever may create tokens of the ServiceAccount vault-rotations, and run commands in Vault's pods | Can:"
  // SECURITY.md: "whoever may create tokens of the ServiceAccount vault-rotations, and run commands in Vault's pods | Cannot:"
  test("an organization's token is replaced by whoever may do just that, and does not see it", async () => {
    const { objects } = synth('vault: {engines: {terraform: {enabled: true, organization: acme}}}');
    const { paths } = bootstrapOf(objects, 'vault-bootstrap').policies.find(
      ({ name }: { name: string }) => name === 'vault-rotations',
    );
    await vault.root.write('sys/policies/acl/rotations-of-acme', { policy: policyText(paths) });
    const login = { policies: ['rotations-of-acme'], no_default_policy: true };
    const rotations = vault.root.with((await vault.root.write('auth/token/create', login)).auth.client_token);
    await vault.root.ask('DELETE', 'terraform/role/devenv');
    await vault.root.write('terraform/role/devenv', { organization: 'acme' });
    const tokenNow = async () => (await vault.root.read('terraform/creds/devenv')).data.token;
    const before = await tokenNow();
    const { status, body } = await rotations.ask('POST', 'terraform/rotate-role/devenv', {});
    expect(status).toBeLessThan(300);
    const after = await tokenNow();
    expect(after).not.toBe(before);
    expect(JSON.stringify(body ?? '')).not.toContain(after);
    for (const [method, path] of [
      ['GET', 'terraform/creds/devenv'],
      ['GET', 'terraform/role/devenv'],
      ['POST', 'terraform/rotate-role/other'],
      ['POST', 'terraform/config'],
    ])
      expect([path, (await rotations.ask(method, path, method === 'POST' ? {} : undefined)).status]).toEqual([
        path,
        403,
      ]);
  });

  test('one that stands is revoked when Terraform destroys its stack: the role first, then the engine', async () => {
    await vault.root.ask('DELETE', 'terraform/role/devenv');
    await writeRole('vault_terraform_cloud_secret_role', (name) => `terraform/role/${name}`);
    const granted = await loginWith('platform-devenv-tfe-dynamic-token');
    const [id] = (await granted.read('terraform/creds/devenv')).data.token.split('.');
    const terraform = await loginWith('terraform');
    for (const path of ['terraform/role/devenv', 'sys/mounts/terraform'])
      expect((await terraform.ask('DELETE', path)).status).toBe(204);
    expect((await journal()).slice(-2)).toEqual([{ made: id, owner: 'team-1' }, { revoked: id }]);
  });
});
