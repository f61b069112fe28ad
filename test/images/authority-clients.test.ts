import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentialStore, type Config as StoreConfig } from '../../images/bootstrap/src/boundary';
import { logIn } from '../../images/bootstrap/src/boundary-api';
import { followLogin } from '../../images/bootstrap/src/boundary-keeper';
import type { Identity } from '../../images/bootstrap/src/boundary-login';
import { issue, type KeyPair, makeAuthority } from '../../images/bootstrap/src/signing';
import { type Config, type Done, reconcile } from '../../images/bootstrap/src/vault';
import { describeWith } from '../helpers/programs';

const written: string[] = [];
const versions = { secret: '1' };

jest.mock('../../images/bootstrap/src/program', () => ({
  ...jest.requireActual('../../images/bootstrap/src/program'),
  configuration: () => ({}),
  keep: () => {},
  log: () => {},
  untilDone: async () => {},
}));
jest.mock('../../images/bootstrap/src/kubernetes', () => ({
  readVersioned: async () => ({ values: {}, version: versions.secret }),
  secretValue: async () => 'a secret',
}));
jest.mock('../../images/bootstrap/src/vault-keys', () => ({ kept: async () => ({ isConfigured: true }) }));
jest.mock('../../images/bootstrap/src/vault-setup', () => ({
  applySetup: async () => {},
  connectDatabase: async () => {},
  trustIssuer: async () => {},
  enable: async () => {},
}));
jest.mock('../../images/bootstrap/src/vault-client', () => {
  class VaultClient {
    constructor(readonly address: string) {}
    sealStatus = async () => ({ initialized: true, sealed: false });
    login = async () => this;
    read = async (path: string) =>
      path === 'sys/leader' ? { leader_address: 'v' } : { data: { 'oidc/': { accessor: 'a' } } };
    write = async (path: string, body: Record<string, string>) => {
      if (path === 'auth/oidc/config') written.push(body.oidc_discovery_ca_pem);
      return { auth: { client_token: 'another token' } };
    };
  }
  return { VaultClient };
});

const folder = mkdtempSync(join(tmpdir(), 'authority-'));
const caFile = join(folder, 'ca.crt');
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  written.length = 0;
});

const PEMS = ['one', 'two'].map((text) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`);
const identity = {
  caFile,
  usernameClaim: 'name',
  clientSecret: { namespace: 'boundary', secretName: 'oidc-client', key: 'client-secret' },
} as unknown as Identity;

test('Vault asks the identity provider with the authorities of now, and is told once of each change', async () => {
  const people = { ...identity, folder: { mount: 'secret', path: 'people' } };
  const config = { servers: ['v'], autoUnseal: true, doneFile: devNull, databases: [], issuers: [], people };
  const done: Done = { steps: new Map() };
  for (const text of [PEMS[0], PEMS.join(''), PEMS[1]]) {
    writeFileSync(caFile, text);
    for (let rounds = 0; rounds < 3; rounds++) await reconcile(config as unknown as Config, done);
  }
  expect(written).toEqual([PEMS[0], PEMS.join(''), PEMS[1]]);
});

test('Boundary asks the identity provider with the authorities of now, each by itself', async () => {
  const told: unknown[] = [];
  const api = async (method: string, _path: string, body?: any) => {
    if (method === 'PATCH') told.push(body.attributes.idp_ca_certs.map((pem: string) => pem.trim()));
    return { version: 1, attributes: { state: 'active-public' }, primary_auth_method_id: 'amoidc_1' };
  };
  const known = {};
  for (const text of [PEMS[0], PEMS.join(''), PEMS[1]]) {
    writeFileSync(caFile, text);
    for (let rounds = 0; rounds < 3; rounds++) await followLogin({ identity }, known, api, 'amoidc_1');
  }
  const [one, two] = PEMS.map((pem) => pem.trim());
  expect(told).toEqual([[one], [one, two], [two]]);
});

test('Boundary’s credential store knows Vault’s authority before it is given a token that it tries', async () => {
  writeFileSync(caFile, PEMS.join(''));
  const sent: [unknown, unknown][] = [];
  const api = async (method: string, _path: string, body?: any) => {
    if (method === 'GET') return { items: [{ id: 'csvlt_1', version: 4 }] };
    sent.push([body.version, body.attributes]);
    return { version: body.version + 1 };
  };
  const config = { vault: 'https://vault', caFile, store: { tokenRole: 'boundary-store', policies: [], periodSec: 1 } };
  await credentialStore(api, 'p_1', config as unknown as StoreConfig);
  expect(sent).toEqual([
    [4, { address: 'https://vault', ca_cert: PEMS.join('') }],
    [5, { token: 'another token' }],
  ]);
});

test('the store of a Vault that was begun anew is given its token first: with the one of before it takes nothing', async () => {
  writeFileSync(caFile, PEMS[0]);
  const sent: unknown[] = [];
  const api = async (method: string, _path: string, body?: any) => {
    if (method === 'GET') return { items: [{ id: 'csvlt_1', version: 4 }] };
    const isKnown = sent.length > 0 || 'token' in body.attributes;
    if (!isKnown) throw new Error('cannot lookup token for updated store');
    sent.push([body.version, Object.keys(body.attributes)]);
    return { version: body.version + 1 };
  };
  const config = { vault: 'https://vault', caFile, store: { tokenRole: 'boundary-store', policies: [], periodSec: 1 } };
  await credentialStore(api, 'p_1', config as unknown as StoreConfig);
  expect(sent).toEqual([
    [4, ['token']],
    [5, ['address', 'ca_cert']],
  ]);
});

describeWith(['openssl'], 'a login to Boundary', () => {
  const names = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
  let authorities: [KeyPair, KeyPair];
  beforeAll(async () => {
    authorities = [await makeAuthority(), await makeAuthority()];
  });

  test('outlives the authority that it began with, and trusts no other', async () => {
    const [old, next] = authorities;
    const [before, after] = [await issue(old, names, 1), await issue(next, names, 1)];
    const server = createServer({ cert: before.certificate, key: before.key }, (_, response) =>
      // A connection of before would be no question of trust.
      response.writeHead(200, { connection: 'close' }).end('{"attributes":{"token":"at_1"}}'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const boundary = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
      writeFileSync(caFile, old.certificate);
      const api = await logIn({ boundary, caFile }, 'ampw_1', 'keeper', 'its own');
      server.setSecureContext({ cert: after.certificate, key: after.key });
      await expect(api('GET', 'sessions')).rejects.toThrow(/unable to (verify|get)/);
      writeFileSync(caFile, old.certificate + next.certificate);
      await api('GET', 'sessions');
      writeFileSync(caFile, next.certificate);
      await api('GET', 'sessions');
    } finally {
      server.close();
    }
  });
});
