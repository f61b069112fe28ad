import { blocksOf } from '../../docs/commands';
import { GUID } from '../../helpers/cases';
import { synth } from '../../helpers/synth';
import { eventually } from '../support/eventually';
import { exec, find, kubectl } from '../support/kubectl';
import { becomesReady, platform } from '../support/platform';
import { run } from '../support/run';
import { logIn, status, vault } from '../support/vault';

const server = { namespace: 'vault', pod: 'vault-0', container: 'vault' };

let folder: string;

beforeAll(async () => {
  folder = await platform();
});

test('is initialised and unsealed', async () => {
  expect(await status()).toMatchObject({ initialized: true, sealed: false, storage_type: 'raft' });
});

test('audits requests to its log, without their secrets', async () => {
  const log = await kubectl(['logs', '-n', 'vault', 'vault-0', '-c', 'vault']);
  const requests = log.split('\n').filter((line) => line.startsWith('{') && line.includes('"type":"request"'));
  expect(requests.length).toBeGreaterThan(0);
  expect(requests.filter((line) => /"hvs\.[^"]*"/.test(line))).toEqual([]);
});

test('is unsealed again after its pod is deleted', async () => {
  const before = (await find('pod', 'vault', 'vault-0')).metadata.uid;
  await kubectl(['delete', 'pod', 'vault-0', '-n', 'vault']);
  await becomesReady(folder, 120);
  expect((await find('pod', 'vault', 'vault-0')).metadata.uid).not.toBe(before);
  await eventually(async () => expect(await status()).toMatchObject({ sealed: false }), 30);
});

// SECURITY.md: "A server that crashes leaves no core dump there"
test('what it has in memory is written nowhere when it crashes', async () => {
  const { stdout } = await exec(server, ['cat', '/proc/1/limits']);
  expect((await exec(server, ['cat', '/proc/1/comm'])).stdout.trim()).toBe('vault');
  expect(stdout).toMatch(/^Max core file size +0 +0 /m);
});

// SECURITY.md: "whoever reads Secrets in platform-bootstrap | Can: with the development seal"
// SECURITY.md: "It keeps Vault's unseal key in the cluster, so reading the namespace"
// SECURITY.md: "Vault's audit log goes to its standard output"
test('the glass is broken as docs/OPERATIONS.md says: who did so and what for is in both audit logs, and nothing is left', async () => {
  const [recipe] = blocksOf('sh').filter(({ text }) => text.includes('generate-root'));
  const { code, stdout, stderr } = await run('sh', ['-e', '-c', recipe.text]);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^sys\/ /m);
  expect(stdout.match(/Revoked token/g)).toHaveLength(2);
  const logs = [
    (await exec(server, ['cat', '/vault/audit/audit.log'])).stdout,
    await kubectl(['logs', '-n', 'vault', 'vault-0', '-c', 'vault']),
  ];
  for (const log of logs) {
    expect(log).toMatch(
      /"display_name":"kubernetes-platform-bootstrap-vault-break-glass".*"path":"auth\/kubernetes\/login"/,
    );
    expect(log).toMatch(/"display_name":"root".*"path":"sys\/mounts"/);
    expect(log).toMatch(/"display_name":"root".*"path":"auth\/token\/revoke-self"/);
  }
});

// SECURITY.md: "ServiceAccount vault-break-glass, and run commands in Vault's pods | Can: begin, feed"
// SECURITY.md: "ServiceAccount vault-break-glass, and run commands in Vault's pods | Cannot: read"
test('whoever breaks the glass logs in for that, and may do nothing else', async () => {
  const token = await logIn('platform-bootstrap', 'vault-break-glass', 'vault-break-glass');
  for (const allowed of ['operator generate-root -init', 'operator generate-root -cancel'])
    expect(await vault(allowed, token)).toMatchObject({ code: 0 });
  for (const denied of ['read sys/policies/acl/terraform', 'write -f sys/seal', 'token lookup']) {
    const { code, stderr } = await vault(denied, token);
    expect(code).not.toBe(0);
    expect(stderr).toContain('permission denied');
  }
  expect(await vault('token revoke -self', token)).toMatchObject({ code: 0 });
});

/** What Vault says to a configuration, from its own file system and without a cloud. */
async function parsed(seal: string): Promise<string> {
  const { objects } = synth(`vault: {seal: ${seal}}`);
  const hcl = objects.find(({ metadata }) => metadata.name === 'vault-config')?.data['vault.hcl'];
  // Beside the server that runs, so with a folder of its own.
  const own = String(hcl).replace('path = "/vault/data"', 'path = "/tmp/seal"');
  const script = `mkdir -p /tmp/seal && cat > /tmp/seal.hcl
AWS_EC2_METADATA_DISABLED=true timeout 60 vault server -config=/tmp/seal.hcl 2>&1
rm -rf /tmp/seal /tmp/seal.hcl`;
  return (await exec(server, ['sh', '-c', script], { input: own })).stdout;
}

test.each([
  ['{type: awskms, region: eu-west-1, keyId: alias/a}', /AWS KMS.*NoCredentialProviders/],
  ['{type: gcpckms, project: sandbox-1, region: europe-west1, keyRing: k, cryptoKey: c}', /GCP CKMS.*credentials/],
  [
    `{type: azurekeyvault, tenantId: ${GUID}, vaultName: sandbox-vault, keyName: k}`,
    /Azure Key Vault.*sandbox-vault\.vault\.azure\.net/,
  ],
])('Vault takes the configuration of the seal %s, and lacks but the cloud', async (seal, reason) => {
  expect(await parsed(seal)).toMatch(reason);
});

// SECURITY.md: "Vault's unseal key (development seal) | Where it stands: Secret vault-keys"
// SECURITY.md: "Vault's root token | Where it stands: nowhere"
test('left no root token behind', async () => {
  const { data } = await find('secret', 'platform-bootstrap', 'vault-keys');
  expect(Object.keys(data).sort()).toEqual(['keys', 'state']);
  const decoded = Object.values<string>(data).map((value) => Buffer.from(value, 'base64').toString());
  for (const value of decoded) {
    expect(value).not.toMatch(/hvs\./);
    expect((await vault('token lookup', value)).code).not.toBe(0);
  }
});

describe('Terraform', () => {
  const login = async (serviceAccount: string, audience: string) => {
    const account = [serviceAccount, '-n', 'platform-bootstrap', '--audience', audience];
    const jwt = await kubectl(['create', 'token', ...account]);
    const command = ['vault', 'write', '-field=token', 'auth/kubernetes/login', 'role=terraform', 'jwt=-'];
    return exec(server, command, { input: jwt.trim() });
  };

  test('logs in as its own ServiceAccount, for the audience "vault"', async () => {
    expect((await login('terraform', 'vault')).code).toBe(0);
    expect((await login('terraform', 'another')).code).not.toBe(0);
    expect((await login('vault-bootstrap', 'vault')).code).not.toBe(0);
  });

  // SECURITY.md: "ServiceAccount terraform | Can:"
  // SECURITY.md: "ServiceAccount terraform | Cannot:"
  test('writes roles of engines, reads no secret, gives itself no right and does not go unseen', async () => {
    const token = (await login('terraform', 'vault')).stdout.trim();
    const role = 'ssh/roles/cluster-test';
    for (const allowed of [
      `write ${role} key_type=ca allow_user_certificates=true allowed_users=x`,
      `read ${role}`,
      `delete ${role}`,
      'read sys/mounts',
    ])
      expect(await vault(allowed, token)).toMatchObject({ code: 0 });
    const everything = `policy='path "*" {capabilities=["sudo"]}'`;
    const own = 'bound_service_account_names=terraform bound_service_account_namespaces=platform-bootstrap';
    for (const denied of [
      'read secret/data/x',
      'read sys/policies/acl/terraform',
      `write sys/policies/acl/terraform ${everything}`,
      `write sys/policies/acl/platform-boundary ${everything}`,
      `write sys/policies/acl/platform-new ${everything}`,
      `write auth/kubernetes/role/terraform ${own} token_policies=bootstrap`,
      `write auth/kubernetes/role/platform-devenv ${own}`,
      `write auth/kubernetes/role/platform-new ${own} token_policies=bootstrap`,
      'token create -policy=bootstrap -orphan',
      'write identity/entity name=me policies=bootstrap',
      'auth enable userpass',
      'secrets enable -path=mine kv',
      'audit disable stdout',
      'audit list',
      'read sys/storage/raft/snapshot',
      'write -f sys/seal',
    ]) {
      const { code, stderr } = await vault(denied, token);
      expect(code).not.toBe(0);
      expect(stderr).toContain('permission denied');
    }
  });
});
