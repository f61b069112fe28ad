import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { policyText } from '../../constructs/core/facts';
import { type Config, reconcile } from '../../images/bootstrap/src/keycloak';
import type { Api } from '../../images/bootstrap/src/keycloak-realm';
import { generate } from '../../images/bootstrap/src/secrets';
import { isGood, issue, makeAuthority } from '../../images/bootstrap/src/signing';
import { describeWith } from '../helpers/programs';

jest.mock('../../images/bootstrap/src/program', () => ({
  configuration: () => ({ secrets: [] }),
  keep: () => {},
  log: () => {},
  untilDone: () => {},
}));

const root = join(__dirname, '..', '..');

test('the programs that constructs carry are fresh (npm run generate)', () => {
  // In a process of its own: esbuild does not run inside a test's sandbox.
  const bundle = join(root, 'images/bootstrap/bundle.ts');
  const program = `process.stdout.write(require(${JSON.stringify(bundle)}).bundles())`;
  const tsx = join(root, 'node_modules/tsx/dist/loader.mjs');
  const options = { encoding: 'utf8', maxBuffer: 2 ** 26 } as const;
  const made = execFileSync(process.execPath, ['--import', tsx, '-e', program], options).split('\n');
  const carried = readFileSync(join(root, 'constructs/generated/programs.ts'), 'utf8').split('\n');
  expect(made).toContain('export const PROGRAMS = {');
  const stale = made.filter((line, index) => line !== carried[index]).map((line) => line.trim().split(':')[0]);
  expect([stale, carried.length]).toEqual([[], made.length]);
});

describe('secrets', () => {
  test('the same name is the same value throughout, and another one is not', () => {
    const { a, b, c } = generate({
      a: '{{password one 20}}',
      b: 'x {{password one 20}} {{password two 20}}',
      c: 'no placeholder {{password}}',
    });
    expect(a).toMatch(/^[A-Za-z0-9]{20}$/);
    expect(b).toMatch(new RegExp(`^x ${a} [A-Za-z0-9]{20}$`));
    expect(b.slice(-20)).not.toBe(a);
    expect(c).toBe('no placeholder {{password}}');
  });

  test('random bytes have their number, in base64', () => {
    expect(Buffer.from(generate({ key: '{{random root 32}}' }).key, 'base64')).toHaveLength(32);
  });

  test('nothing is made twice', () => {
    const values = Array.from({ length: 50 }, () => generate({ v: '{{password main 12}}' }).v);
    expect(new Set(values).size).toBe(50);
  });
});

test('policies are written as Vault reads them', () => {
  expect(policyText({ 'secret/data/a': ['read'], 'sys/mounts/*': ['create', 'sudo'] })).toBe(
    'path "secret/data/a" {\n  capabilities = ["read"]\n}\npath "sys/mounts/*" {\n  capabilities = ["create","sudo"]\n}\n',
  );
});

describe("Keycloak's clients", () => {
  const secret = { namespace: 'web', secretName: 'oidc-client', key: 'client-secret' };
  const config = (...uris: string[]) =>
    ({
      protocolMappers: [{ name: 'principals' }],
      clients: [{ clientId: 'web', secret }],
      redirectUris: [...uris.map((uri) => ({ clientId: 'web', uri })), { clientId: 'other', uri: 'https://other' }],
    }) as unknown as Config;
  const own = { 'agent-sandbox.dev/managed': 'true' };

  async function calls(present: object[], wanted: Config) {
    const made: [string, string, any][] = [];
    const api: Api = async (method, path, body) => (method === 'GET' ? present : void made.push([method, path, body]));
    await reconcile(api, wanted, async () => 'made in the cluster');
    return made;
  }

  test('one that is not there is made, with its addresses and claims', async () => {
    const [[method, path, client], ...others] = await calls([], config('https://a', 'https://b'));
    expect([method, path, others]).toEqual(['POST', 'clients', []]);
    expect(client).toMatchObject({
      clientId: 'web',
      secret: 'made in the cluster',
      redirectUris: ['https://a', 'https://b'],
      publicClient: false,
      directAccessGrantsEnabled: false,
      protocolMappers: [{ name: 'principals' }],
      attributes: own,
    });
  });

  test('one that is there gets its addresses, and keeps what is not the platform’s', async () => {
    const there = { id: '1', clientId: 'web', redirectUris: ['https://old'], attributes: { theirs: 'x' }, name: 'Web' };
    const [[method, path, client]] = await calls([there], config('https://new'));
    expect([method, path]).toEqual(['PUT', 'clients/1']);
    expect(client).toMatchObject({ name: 'Web', redirectUris: ['https://new'], attributes: { ...own, theirs: 'x' } });
  });

  test('one that is there tells the claims that are wanted now, and those that others gave it', async () => {
    const theirs = { id: 'm1', name: 'theirs', config: { 'claim.name': 'x' } };
    const old = { id: 'm2', name: 'principals', config: { 'full.path': 'false' } };
    const there = { id: '1', clientId: 'web', attributes: own, protocolMappers: [theirs, old] };
    const wanted = { name: 'principals', config: { 'full.path': 'true' } };
    const [[, , client]] = await calls([there], { ...config('https://a'), protocolMappers: [wanted] });
    expect(client.protocolMappers).toEqual([theirs, { id: 'm2', ...wanted }]);
  });

  test('one that is there has the secret of the cluster, whatever Keycloak shows of its own', async () => {
    const masked = { id: '1', clientId: 'web', secret: '**********', attributes: own };
    const [[, , client]] = await calls([masked], config('https://a'));
    expect(client.secret).toBe('made in the cluster');
    expect(JSON.stringify(client)).not.toContain('**');
  });

  test('one that it made and nothing needs goes, no other does', async () => {
    const present = [
      { id: '1', clientId: 'web', attributes: own },
      { id: '2', clientId: 'boundary', attributes: own },
      { id: '3', clientId: 'theirs', attributes: {} },
      { id: '4', clientId: 'account' },
    ];
    const made = await calls(present, config('https://a'));
    expect(made.map(([method, path]) => `${method} ${path}`)).toEqual(['PUT clients/1', 'DELETE clients/2']);
  });
});

describeWith(['openssl'], 'certificates', () => {
  const DAY = 24 * 3600 * 1000;
  const names = { dnsNames: ['a.b.svc', 'localhost'], ipAddresses: ['127.0.0.1'] };
  let authority: Awaited<ReturnType<typeof makeAuthority>>;
  let server: typeof authority;
  beforeAll(async () => {
    authority = await makeAuthority();
    server = await issue(authority, names, 90);
  });

  // SECURITY.md: "Server certificates come from an authority of the platform's own"
  test('the authority signs, and lives ten years', () => {
    const certificate = new X509Certificate(authority.certificate);
    expect([certificate.ca, certificate.checkIssued(certificate)]).toEqual([true, true]);
    expect(Date.parse(certificate.validTo) - Date.now()).toBeGreaterThan(3640 * DAY);
  });

  test('a server’s certificate is the authority’s, for its names, with its own key', () => {
    const certificate = new X509Certificate(server.certificate);
    expect(certificate.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    expect(certificate.subjectAltName).toBe('DNS:a.b.svc, DNS:localhost, IP Address:127.0.0.1');
    expect([certificate.ca, certificate.checkPrivateKey(createPrivateKey(server.key))]).toEqual([false, true]);
    expect(Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)).toBe(90 * DAY);
  });

  test('it is a server’s and no client’s, and its authority makes no other', () => {
    expect(new X509Certificate(server.certificate).keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    const asked = ['x509', '-noout', '-ext', 'basicConstraints'];
    const constraints = execFileSync('openssl', asked, { input: authority.certificate }).toString();
    expect(constraints).toMatch(/critical\s+CA:TRUE, pathlen:0/);
  });

  test('it is good until a third of its life is left', () => {
    const good = (days: number) => isGood(server.certificate, authority.certificate, names, Date.now() + days * DAY);
    expect([0, 59, 61, 91].map(good)).toEqual([true, true, false, false]);
  });

  test.each([
    ['a name more', { ...names, dnsNames: [...names.dnsNames, 'c'] }],
    ['a name less', { ...names, dnsNames: ['a.b.svc'] }],
    ['another address', { ...names, ipAddresses: ['127.0.0.2'] }],
  ])('it is not good for %s', (_title, wanted) => {
    expect(isGood(server.certificate, authority.certificate, wanted)).toBe(false);
  });

  test.each([
    ['2001:db8::10', '2001:0DB8:0:0:0:0:0:0010'],
    ['fd00::1:0:0:1', 'fd00::1:0:0:1'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
    ['::1', '0::1'],
  ])('it is good for an address of IPv6, however that is written: %s', async (ip, sameIp) => {
    const made = await issue(authority, { ...names, ipAddresses: ['127.0.0.1', ip] }, 90);
    const good = (...ipAddresses: string[]) =>
      isGood(made.certificate, authority.certificate, { ...names, ipAddresses });
    expect([good('127.0.0.1', ip), good('127.0.0.1', sameIp)]).toEqual([true, true]);
    expect([good('127.0.0.1', '2001:db8::11'), good('127.0.0.1')]).toEqual([false, false]);
  });

  test('another authority’s is not good, nor is none', async () => {
    const other = await makeAuthority();
    expect(isGood(server.certificate, other.certificate, names)).toBe(false);
    expect(isGood(undefined, authority.certificate, names)).toBe(false);
  });

  test('a name longer than a common name may be is issued still', async () => {
    const long = { dnsNames: [`${'a'.repeat(60)}.${'b'.repeat(20)}.svc`], ipAddresses: [] };
    const { certificate } = await issue(authority, long, 1);
    expect(isGood(certificate, authority.certificate, long)).toBe(true);
  });
});
