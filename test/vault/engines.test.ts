import { X509Certificate } from 'node:crypto';
import type { VaultClient } from '../../images/bootstrap/src/vault-client';
import { applySetup, connectDatabase } from '../../images/bootstrap/src/vault-setup';
import { type Database, startDatabase } from '../helpers/database-server';
import { describeWith } from '../helpers/programs';
import { until, type VaultServer } from '../helpers/vault-server';
import { type RealEngines, startEngines } from './real-engines';

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
  let engines: RealEngines;
  let database: Database;
  let vault: VaultServer;
  let setup: RealEngines['setup'];
  const loginWith = (...policies: string[]) => engines.loginWith(...policies);
  const loginToRotate = () => engines.loginOf('vault-rotations');
  const writeRole: RealEngines['writeRole'] = (type, path) => engines.writeRole(type, path);

  beforeAll(async () => {
    database = await startDatabase();
    engines = await startEngines(database.port);
    ({ vault, setup } = engines);
  });

  afterAll(() => {
    engines?.stop();
    database?.stop();
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
});
