import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VaultFacts } from '../../constructs';
import { isGood, parseCertificate } from '../../images/bootstrap/src/ssh-certificate';
import { type Host, type Known, real, reconcile } from '../../images/bootstrap/src/ssh-hosts';
import { VaultClient } from '../../images/bootstrap/src/vault-client';
import { applySetup, type Setup } from '../../images/bootstrap/src/vault-setup';
import { writeStacks } from '../../lib/stacks/write';
import { bootstrapOf } from '../helpers/objects';
import { describeWith } from '../helpers/programs';
import { smallPlatform } from '../helpers/small-platform';
import { synth } from '../helpers/synth';
import { startVault, type VaultServer } from '../helpers/vault-server';

/** What the cluster would hold. */
const published: Record<string, Record<string, string>> = {};
jest.mock('../../images/bootstrap/src/kubernetes', () => ({
  read: async (_kind: string, _namespace: string, name: string) => published[name],
  write: async (_kind: string, _namespace: string, name: string, values: Record<string, string>) => {
    published[name] = { ...published[name], ...values };
  },
}));
jest.mock('../../images/bootstrap/src/program', () => ({ configuration: () => ({}), keep: () => {}, log: () => {} }));

describeWith(['vault', 'ssh-keygen'], 'SSH engines of a real Vault', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ssh-'));
  const at = (name: string) => join(folder, name);
  let vault: VaultServer;
  let facts: VaultFacts;
  let key = '';

  const loginWith = async (policy: string): Promise<VaultClient> => {
    const { auth } = await vault.root.write('auth/token/create', { policies: [policy], no_parent: true });
    return vault.root.with(auth.client_token);
  };
  /** What a certificate says, as ssh-keygen reads it. */
  const shown = (line: string): string => {
    writeFileSync(at('shown'), line);
    return execFileSync('ssh-keygen', ['-L', '-f', at('shown')], { encoding: 'utf8' });
  };
  const sign = async (policy: string, path: string, more: object = {}) => {
    const client = await loginWith(policy);
    const { status, body } = await client.ask('POST', path, { public_key: `ssh-ed25519 ${key}`, ...more });
    return { status, line: body?.data?.signed_key ?? '', why: (body?.errors ?? []).join() };
  };

  beforeAll(async () => {
    vault = await startVault();
    const platform = smallPlatform(({ vault: cluster, devenv }) => {
      cluster.ssh.issueHostCertificates(devenv);
      cluster.ssh.grantSign({ name: 'ci' }, devenv.environment('devenv-0'));
    });
    facts = platform.facts.vault;
    const setup: Setup = bootstrapOf(platform.objects, 'vault-bootstrap');
    await applySetup(vault.root, setup);
    // Again as itself: the policy that it then has must be enough.
    await applySetup(await loginWith('bootstrap'), setup);
    const { config, facts: others, files } = synth('profile: kind');
    writeStacks({ config, facts: { ...others, vault: facts }, files, folder });
    const { resource } = JSON.parse(readFileSync(join(folder, 'stacks', 'vault', 'cdk.tf.json'), 'utf8'));
    const terraform = await loginWith('terraform');
    for (const { name, backend, ...role } of Object.values<Record<string, string>>(
      resource.vault_ssh_secret_backend_role,
    ))
      await terraform.write(`${backend}/roles/${name}`, role);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at('key')]);
    key = readFileSync(at('key.pub'), 'utf8').split(' ')[1];
  });
  afterEach(() => jest.restoreAllMocks());
  afterAll(() => vault?.stop());

  test('a signer has keys signed for its environment, with a terminal and forwarding', async () => {
    const { line } = await sign('platform-ssh.ci', 'ssh/sign/devenv-0');
    expect(shown(line)).toMatch(/Principals: \n\s+devenv-0\n\s+Critical Options: \(none\)\n\s+Extensions: \n/);
    expect(shown(line).match(/permit-\S+/g)).toEqual(['permit-port-forwarding', 'permit-pty']);
    expect((await sign('platform-ssh.ci', 'ssh/sign/devenv-0', { ttl: '30m' })).status).toBe(200);
    // As `vault ssh` asks.
    const extensions = { 'permit-agent-forwarding': '', 'permit-user-rc': '', 'permit-X11-forwarding': '' };
    expect((await sign('platform-ssh.ci', 'ssh/sign/devenv-0', { extensions })).status).toBe(200);
  });

  // SECURITY.md: "What certifies environments is a program of its own (ssh-host-signer)"
  test.each<[string, number, string, string, object]>([
    ['another environment', 403, 'platform-ssh.ci', 'ssh/sign/devenv-1', {}],
    ['a key with its certificate', 403, 'platform-ssh.ci', 'ssh/issue/devenv-0', {}],
    ['a host', 403, 'platform-ssh.ci', 'ssh-host/sign/devenv', {}],
    ["another environment's principal", 400, 'platform-ssh.ci', 'ssh/sign/devenv-0', { valid_principals: 'devenv-1' }],
    ['longer than it may live', 400, 'platform-ssh.ci', 'ssh/sign/devenv-0', { ttl: '31m' }],
    ['a host, as a person', 400, 'platform-ssh.ci', 'ssh/sign/devenv-0', { cert_type: 'host' }],
    ['a person, as a host', 403, 'ssh-host-signer', 'ssh/sign/devenv-0', {}],
    ['a person by the hosts’ authority', 400, 'ssh-host-signer', 'ssh-host/sign/devenv', { cert_type: 'user' }],
    [
      'a host of the world',
      400,
      'ssh-host-signer',
      'ssh-host/sign/devenv',
      { cert_type: 'host', valid_principals: 'example.com' },
    ],
    [
      'a host without its namespace',
      400,
      'ssh-host-signer',
      'ssh-host/sign/devenv',
      { cert_type: 'host', valid_principals: 'devenv-0' },
    ],
    ['a host, as Terraform', 403, 'terraform', 'ssh-host/sign/devenv', { cert_type: 'host' }],
  ])('nobody has %s signed', async (_title, status, policy, path, more) => {
    expect(await sign(policy, path, more)).toMatchObject({ status, line: '' });
  });

  // SECURITY.md: "ServiceAccount terraform | Cannot:"
  test('the hosts’ authority is Terraform’s to read nothing of, and to change nothing', async () => {
    const terraform = await loginWith('terraform');
    for (const path of ['ssh-host/roles/devenv', 'ssh-host/config/ca', 'ssh/config/ca'])
      expect((await terraform.ask('POST', path, {})).status).toBe(403);
  });

  // SECURITY.md: "the SSH authorities' keys, one for people and one for hosts | Where it stands: inside Vault"
  // SECURITY.md: "the SSH authorities' keys, one for people and one for hosts | Who reads it: Vault"
  test('not even a root token reads the key of an authority', async () => {
    for (const path of ['ssh/config/ca', 'ssh-host/config/ca']) {
      const { data } = await vault.root.read(path);
      expect([path, JSON.stringify(data)]).toEqual([path, expect.stringMatching(/ssh-ed25519 AAAA/)]);
      expect(JSON.stringify(data)).not.toMatch(/PRIVATE KEY|private_key/);
    }
  });

  test('the signer certifies environments, and what it publishes trusts them', async () => {
    const { address, caFile } = vault.root as unknown as { address: string; caFile: string };
    const place = { vault: address, caFile, role: 'ssh-host-signer', mount: 'ssh-host' };
    const config = { ...place, clusterDomain: 'cluster.local', namespaces: [], selector: '' };
    // The login asks an API server, which is not here.
    jest.spyOn(VaultClient.prototype, 'login').mockImplementation(loginWith);
    const host: Host = {
      pod: 'devenv-0',
      secretName: 'devenv-ssh-host',
      principals: ['devenv-0.devenv', 'devenv-0.devenv.svc'],
      key,
    };
    const world = { ...real(config), hosts: async () => [host] };
    const known: Known = new Map();
    await reconcile(['devenv'], world, known);
    const line = published['devenv-ssh-host']['devenv-0'];
    const [, patterns, , authority] = published['ssh-host-ca'].ssh_known_hosts.trim().split(' ');
    expect(patterns).toBe('*.devenv,*.devenv.svc,*.devenv.svc.cluster.local');
    expect(isGood(line, { ...host, authority })).toBe(true);
    const { from, to } = parseCertificate(line) ?? { from: 0, to: 0 };
    expect(Math.round((to - from) / (24 * 3600 * 1000))).toBe(90);
    expect(published['ssh-user-ca']['user-ca.pub']).not.toContain(authority);
  });
});
