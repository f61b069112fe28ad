import { type ChildProcess, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VaultDatabase, type VaultFacts } from '../../constructs';
import { policyText } from '../../constructs/core/facts';
import type { VaultClient } from '../../images/bootstrap/src/vault-client';
import { applySetup, connectDatabase, type Setup } from '../../images/bootstrap/src/vault-setup';
import { writeStacks } from '../../lib/stacks/write';
import { type Database, startDatabase } from '../helpers/database-server';
import { bootstrapOf } from '../helpers/objects';
import { describeWith } from '../helpers/programs';
import { smallPlatform } from '../helpers/small-platform';
import { synth } from '../helpers/synth';
import { freePort, startVault, until, type VaultServer } from '../helpers/vault-server';

/** What the cluster would hold. */
const secrets: Record<string, Record<string, string>> = {};
jest.mock('../../images/bootstrap/src/kubernetes', () => ({
  read: async (_: string, namespace: string, name: string) => secrets[`${namespace}/${name}`],
  secretValue: async ({ namespace, secretName, key }: { namespace: string; secretName: string; key: string }) => {
    const value = secrets[`${namespace}/${secretName}`]?.[key];
    if (!value) throw new Error(`Secret ${namespace}/${secretName} is not there yet`);
    return value;
  },
  write: async () => {},
}));
jest.mock('../../images/bootstrap/src/program', () => ({ log: () => {} }));

describeWith(['vault', 'initdb', 'postgres', 'psql', 'node'], 'engines of a real Vault', () => {
  let vault: VaultServer;
  let database: Database;
  let terraformCloud: ChildProcess;
  let cloud = '';
  let setup: Setup;
  let facts: VaultFacts;
  /** Writes a role as Terraform would, by the rights that Terraform has. */
  let writeRole: (type: string, path: (name: string) => string) => Promise<void>;

  const loginWith = async (...policies: string[]): Promise<VaultClient> => {
    const { auth } = await vault.root.write('auth/token/create', { policies, no_parent: true });
    return vault.root.with(auth.client_token);
  };
  const loginOf = async (operator: string): Promise<VaultClient> => {
    const [{ name, policies, noDefaultPolicy }] = setup.roles.filter((role) => role.name === operator);
    expect([policies, noDefaultPolicy]).toEqual([[name], true]);
    const { auth } = await vault.root.write('auth/token/create', { policies, no_default_policy: true });
    return vault.root.with(auth.client_token);
  };
  const loginToRotate = () => loginOf('vault-rotations');
  const journal = async (): Promise<object[]> => (await fetch(`${cloud}/journal`)).json() as Promise<object[]>;

  beforeAll(async () => {
    [vault, database] = await Promise.all([startVault(), startDatabase()]);
    const port = await freePort();
    cloud = `http://127.0.0.1:${port}`;
    terraformCloud = spawn('node', [join(__dirname, '../cluster/support/terraform-cloud-server.mjs'), String(port)]);
    await until(journal);
    const platform = smallPlatform(({ chart, vault: cluster, devenv }) => {
      cluster.pki.grantCertificate(devenv, { secretName: 'api', dnsNames: ['api.example.com', 'b.example.com'] });
      cluster.terraformCloud({ host: cloud, teamId: 'team-1', ttl: '60s' }).grantToken(devenv);
      new VaultDatabase(chart, 'orders', {
        vault: cluster,
        name: 'orders',
        url: `postgresql://vault@127.0.0.1:${database.port}/postgres?sslmode=disable`,
        passwordSecretName: 'orders-admin',
      }).grantUser(devenv, { secretName: 'orders', roles: ['reader'], ttl: '1m' });
    });
    facts = platform.facts.vault;
    setup = bootstrapOf(platform.objects, 'vault-bootstrap');
    await vault.root.ask('DELETE', 'sys/mounts/secret');
    await applySetup(vault.root, setup);
    const { config, facts: others, files } = synth('profile: kind');
    const folder = mkdtempSync(join(tmpdir(), 'stacks-'));
    writeStacks({ config, facts: { ...others, vault: facts }, files, folder });
    const { resource } = JSON.parse(readFileSync(join(folder, 'stacks', 'vault', 'cdk.tf.json'), 'utf8'));
    const terraform = await loginWith('terraform');
    writeRole = async (type, path) => {
      for (const { name, backend: _, ...role } of Object.values<Record<string, string>>(resource[type]))
        await terraform.write(path(name), role);
    };
  });

  afterAll(() => {
    vault?.stop();
    database?.stop();
    terraformCloud?.kill();
  });

  test('the bootstrap applies its setup again by its own policy, and the authority stays', async () => {
    const before = await vault.root.read('pki/cert/ca');
    const own = await loginWith('bootstrap');
    await applySetup(own, setup);
    expect((await vault.root.read('pki/cert/ca')).data).toEqual(before.data);
    expect((await own.ask('POST', 'pki/roles/any', {})).status).toBe(403);
  });

  // SECURITY.md: "ServiceAccount vault-break-glass, and run commands in Vault's pods | Can: begin, feed"
  // SECURITY.md: "ServiceAccount vault-break-glass, and run commands in Vault's pods | Cannot: read"
  test('who breaks the glass may begin, feed and cancel an attempt at a root token or another recovery key, and nothing else', async () => {
    const capabilities = async (path: string) => {
      const { auth } = await vault.root.write('auth/token/create', {
        policies: ['vault-break-glass'],
        no_default_policy: true,
      });
      return (await vault.root.write('sys/capabilities', { token: auth.client_token, paths: [path] })).data[path];
    };
    for (const path of ['sys/generate-root/attempt', 'sys/rekey-recovery-key/init', 'sys/rekey-recovery-key/verify'])
      expect(await capabilities(path)).toEqual(expect.arrayContaining(['read', 'update', 'delete']));
    for (const path of ['sys/generate-root/update', 'sys/rekey-recovery-key/update'])
      expect(await capabilities(path)).toContain('update');
    expect(await capabilities('auth/token/revoke-self')).toEqual(['update']);
    for (const other of [
      'sys/rekey/init',
      'sys/seal',
      'sys/policies/acl/platform-a',
      'secret/data/a',
      'auth/token/create',
    ])
      expect(await capabilities(other)).toEqual(['deny']);
  });

  // SECURITY.md: "whoever may create tokens of the ServiceAccount vault-rotations, and run commands in Vault's pods | Can:"
  // SECURITY.md: "whoever may create tokens of the ServiceAccount vault-rotations, and run commands in Vault's pods | Cannot:"
  test('who rotates has a key of the transit engine replaced, which opens what it sealed before, and uses none', async () => {
    const rotations = await loginToRotate();
    const [{ mount, name }] = setup.transitKeys;
    const { data } = await vault.root.write(`${mount}/encrypt/${name}`, { plaintext: 'Zmlyc3Q=' });
    await rotations.write(`${mount}/keys/${name}/rotate`, {});
    expect((await vault.root.read(`${mount}/keys/${name}`)).data.latest_version).toBe(2);
    expect((await vault.root.write(`${mount}/decrypt/${name}`, data)).data.plaintext).toBe('Zmlyc3Q=');
    for (const path of [
      `decrypt/${name}`,
      `encrypt/${name}`,
      `keys/${name}`,
      `keys/${name}/config`,
      'keys/other/rotate',
    ])
      expect((await rotations.ask('POST', `${mount}/${path}`, data)).status).toBe(403);
  });

  describe('PKI', () => {
    const role = 'platform-devenv-api';
    const issue = (client: VaultClient, names: object, path = role) => client.ask('POST', `pki/issue/${path}`, names);
    let granted: VaultClient;

    beforeAll(async () => {
      await writeRole('vault_pki_secret_backend_role', (name) => `pki/roles/${name}`);
      granted = await loginWith('platform-devenv-api');
    });

    test('the granted names get a certificate of the authority, for three days', async () => {
      const { status, body } = await issue(granted, { common_name: 'api.example.com', alt_names: 'b.example.com' });
      expect(status).toBe(200);
      const certificate = new X509Certificate(body.data.certificate);
      const authority = new X509Certificate(body.data.issuing_ca);
      expect(certificate.verify(authority.publicKey)).toBe(true);
      expect(certificate.subjectAltName).toBe('DNS:api.example.com, DNS:b.example.com');
      const days = (Date.parse(certificate.validTo) - Date.now()) / 86_400_000;
      expect(days).toBeGreaterThan(2.9);
      expect(days).toBeLessThanOrEqual(3);
      expect(Date.parse(authority.validTo) - Date.now()).toBeGreaterThan(9 * 365 * 86_400_000);
    });

    test.each([
      ['another name', { common_name: 'other.example.com' }],
      ['a name below', { common_name: 'x.api.example.com' }],
      ['an address', { common_name: 'api.example.com', ip_sans: '10.0.0.1' }],
    ])('%s gets none', async (_, names) => expect((await issue(granted, names)).status).toBe(400));

    // SECURITY.md: "the PKI authority's key, where certificates are granted | Where it stands: inside Vault"
    // SECURITY.md: "the PKI authority's key, where certificates are granted | Who reads it: Vault"
    test('not even a root token reads the key of the authority', async () => {
      const { keys } = (await vault.root.read('pki/keys?list=true')).data;
      expect(keys).toHaveLength(1);
      for (const path of [`pki/key/${keys[0]}`, 'pki/cert/ca', 'pki/issuer/default'])
        expect(JSON.stringify(await vault.root.read(path))).not.toMatch(/PRIVATE KEY|private_key"/);
    });

    // SECURITY.md: "the PKI authority's key, where certificates are granted | Where it stands: inside Vault"
    test('Terraform cannot change the authority', async () => {
      const terraform = await loginWith('terraform');
      for (const path of [
        'pki/root/generate/internal',
        'pki/root/generate/exported',
        'pki/root/replace',
        'pki/config/ca',
        'pki/issuers/import/bundle',
        'pki/issuer/default',
        'pki/keys/import',
      ])
        expect([path, (await terraform.ask('POST', path, {})).status]).toEqual([path, 403]);
      expect((await terraform.ask('DELETE', 'pki/root')).status).toBe(403);
    });

    test('whoever was granted nothing gets none', async () => {
      const other = await loginWith('platform-devenv-orders');
      expect((await issue(other, { common_name: 'api.example.com' })).status).toBe(403);
    });
  });

  describe('PostgreSQL', () => {
    let own: VaultClient;
    beforeAll(async () => {
      own = await loginWith('bootstrap');
      await writeRole('vault_database_secret_backend_role', (name) => `database/roles/${name}`);
      database.query(`CREATE ROLE vault LOGIN CREATEROLE PASSWORD 'first'; CREATE TABLE orders (id int);
        CREATE TABLE other (id int); CREATE ROLE reader; GRANT SELECT ON orders TO reader;
        GRANT reader TO vault WITH ADMIN OPTION`);
    });

    // SECURITY.md: "the password by which Vault makes database users | Where it stands:"
    test('waits for the password, and hands it to Vault alone', async () => {
      const [orders] = setup.databases;
      await expect(connectDatabase(own, orders)).rejects.toThrow('is not there yet');
      secrets['platform-bootstrap/orders-admin'] = { password: 'wrong' };
      await expect(connectDatabase(own, orders)).rejects.toThrow(/authentication failed/);
      secrets['platform-bootstrap/orders-admin'] = { password: 'first' };
      await connectDatabase(own, orders);
      expect(JSON.stringify(await own.read('database/config/orders'))).not.toContain('first');
      // What Vault knows is left alone, whatever the Secret says by then.
      secrets['platform-bootstrap/orders-admin'] = { password: 'wrong' };
      await connectDatabase(own, orders);
    });

    test('a user has the rights of its roles and no more, and is dropped with its lease', async () => {
      const granted = await loginWith('platform-devenv-orders');
      const { data, lease_id, lease_duration } = await granted.read('database/creds/platform-devenv-orders');
      expect(lease_duration).toBe(60);
      expect(database.query('SELECT count(*) FROM orders', data)).toBe('0');
      expect(() => database.query('SELECT * FROM other', data)).toThrow('permission denied');
      await granted.write('sys/leases/renew', { lease_id });
      await granted.write('sys/leases/revoke', { lease_id });
      await until(async () =>
        expect(database.query(`SELECT FROM pg_roles WHERE rolname = '${data.username}'`)).toBe(''),
      );
      expect(() => database.query('SELECT 1', data)).toThrow('authentication failed');
    });

    test('the password by which users are made is replaced by whoever may do just that, and Vault alone has the new one', async () => {
      const rotations = await loginToRotate();
      const login = { username: 'vault', password: 'first' };
      expect(database.query('SELECT 1', login)).toBe('1');
      await rotations.write('database/rotate-root/orders', {});
      expect(() => database.query('SELECT 1', login)).toThrow('authentication failed');
      // Neither the bootstrap nor a grant notices.
      await connectDatabase(own, setup.databases[0]);
      const granted = await loginWith('platform-devenv-orders');
      const { data } = await granted.read('database/creds/platform-devenv-orders');
      expect(database.query('SELECT count(*) FROM orders', data)).toBe('0');
      for (const path of ['database/config/orders', 'database/creds/platform-devenv-orders'])
        expect((await rotations.ask('GET', path)).status).toBe(403);
      expect((await rotations.ask('POST', 'database/rotate-root/other', {})).status).toBe(403);
    });

    test('whoever was granted nothing gets none', async () => {
      const other = await loginWith('platform-devenv-api');
      expect((await other.ask('GET', 'database/creds/platform-devenv-orders')).status).toBe(403);
    });
  });

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
