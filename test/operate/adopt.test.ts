import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Kubectl } from '../../lib/operate/cluster/kubectl';
import { applyAdopting } from '../../lib/operate/platform/adopt';
import { type Adopted, type Creation, Taken, type Terraform } from '../../lib/operate/platform/terraform';

const folder = mkdtempSync(join(tmpdir(), 'adopt-'));
const stack = { name: 'boundary', folder, dependencies: [] };
const PASSWORD = 'of-terraform';

/** What Boundary has, by what is asked for; the second page of roles is asked for by the first one's token. */
const LISTS: Readonly<Record<string, object>> = {
  'auth-methods?scope_id=global': { items: [{ id: 'ampw_1', type: 'password' }] },
  'roles?scope_id=p_1': { items: [{ id: 'r_0', name: 'other' }], response_type: 'delta', list_token: 'more' },
  'roles?scope_id=p_1&list_token=more': { items: [{ id: 'r_1', name: 'one' }], response_type: 'complete' },
  'roles?scope_id=global': { items: [] },
  'targets?scope_id=p_1': { items: [{ id: 'ttcp_1', name: 'one' }] },
  'aliases?scope_id=global': { items: [{ id: 'alt_1', name: 'another name', value: 'one' }] },
  'managed-groups?auth_method_id=amoidc_1': { items: [{ id: 'mgoidc_1', name: 'one' }] },
  'credential-libraries?credential_store_id=csvlt_1': { items: [{ id: 'clvlt_1', name: 'one' }] },
};

let server: Server;
let asked: string[];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const path = (request.url ?? '').replace('/v1/', '');
    asked.push(path);
    const { attributes } = request.method === 'POST' ? JSON.parse(await text(request)) : { attributes: {} };
    const isLogin = path === 'auth-methods/ampw_1:authenticate' && attributes.password === PASSWORD;
    const isLoggedIn = path.startsWith('auth-methods?') || request.headers.authorization === 'Bearer at_1';
    const token = { attributes: { token: 'at_1', expiration_time: '', user_id: '' } };
    const answer = isLogin ? token : isLoggedIn ? LISTS[path] : undefined;
    response.statusCode = answer ? 200 : 401;
    response.end(JSON.stringify(answer ?? {}));
  }).listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const addr = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const write = (file: string, content: object) => writeFileSync(join(folder, file), JSON.stringify(content));
  write('cdk.tf.json', { provider: { boundary: [{ addr, auth_method_login_name: 'terraform' }] } });
  write('ephemeral.tf.json', {
    ephemeral: {
      vault_kv_secret_v2: { service_account: { mount: 'platform', name: 'boundary/terraform' } },
      kubernetes_token_request_v1: { vault: { metadata: { name: 'terraform', namespace: 'platform-bootstrap' } } },
    },
  });
  write('ca.crt', {});
});
beforeEach(() => {
  asked = [];
});
afterAll(() => server.close());

/** A cluster with a Vault in it, and what it was asked. */
function cluster(password = PASSWORD) {
  const commands: string[] = [];
  const metadata = {
    name: 'terraform',
    namespace: 'platform-bootstrap',
    annotations: { 'agent-sandbox.dev/vault-role': 'terraform', 'agent-sandbox.dev/vault-audience': 'vault' },
  };
  const answers: readonly [RegExp, string][] = [
    [/^create token terraform .*--audience vault$/, 'a-token'],
    [/vault kv get -field=password -mount=platform boundary\/terraform$/, `${password}\n`],
    [/vault secrets list -format=json$/, JSON.stringify({ 'secret/': {}, 'terraform/': {} })],
  ];
  const kubectl: Partial<Kubectl> = {
    find: async (kind, name) =>
      kind === 'serviceaccount' ? { metadata } : name === 'gone' ? undefined : { metadata: { name } },
    list: async () => [{ metadata: { name: 'vault-0', namespace: 'vault' }, status: { phase: 'Succeeded' } }],
    answer: async (args) => {
      commands.push(args.join(' '));
      return answers.find(([command]) => command.test(args.join(' ')))?.[1] ?? '';
    },
  };
  return { kubectl: kubectl as Kubectl, commands };
}

const creation = (type: string, values: object): Creation => ({ address: `${type}.one`, type, values });

/** A Terraform that is refused to make something, and what it is told to take over then. */
function refused(...creations: Creation[]) {
  const adopted: Adopted[] = [];
  let left = 1;
  const fake = {
    authority: join(folder, 'ca.crt'),
    plan: async (given: readonly Adopted[] = []) => void adopted.push(...given),
    creations: async () => creations,
    apply: async () => {
      if (left-- > 0) throw new Taken('must be unique');
    },
  };
  return { terraform: fake as unknown as Terraform, adopted };
}

test('what Boundary has already is taken over, and nothing that it has not', async () => {
  const { terraform, adopted } = refused(
    creation('boundary_role', { name: 'one', scope_id: 'p_1' }),
    { ...creation('boundary_role', { name: 'one', scope_id: 'global' }), address: 'boundary_role.two' },
    creation('boundary_target', { name: 'one', scope_id: 'p_1' }),
    creation('boundary_alias_target', { name: 'one', value: 'one', scope_id: 'global' }),
    creation('boundary_managed_group', { name: 'one', auth_method_id: 'amoidc_1' }),
    creation('boundary_credential_library_vault', { name: 'one', credential_store_id: 'csvlt_1' }),
    creation('something_else', { name: 'one' }),
  );
  const { kubectl, commands } = cluster();
  await applyAdopting(terraform, stack, kubectl);
  expect(adopted).toEqual([
    { address: 'boundary_role.one', id: 'r_1' },
    { address: 'boundary_target.one', id: 'ttcp_1' },
    { address: 'boundary_alias_target.one', id: 'alt_1' },
    { address: 'boundary_managed_group.one', id: 'mgoidc_1' },
    { address: 'boundary_credential_library_vault.one', id: 'clvlt_1' },
  ]);
  expect(asked.filter((path) => path.endsWith(':authenticate'))).toHaveLength(1);
  expect(commands.join('\n')).not.toMatch(/of-terraform|a-token/);
});

test('so is what Vault and the cluster have', async () => {
  const policy = (name: string) =>
    creation('kubernetes_network_policy_v1', { metadata: [{ name, namespace: 'vault' }] });
  const { terraform, adopted } = refused(
    creation('vault_mount', { path: 'secret' }),
    { ...creation('vault_mount', { path: 'new' }), address: 'vault_mount.new' },
    creation('vault_terraform_cloud_secret_backend', { backend: 'terraform', address: 'https://tfe.example.com' }),
    policy('there'),
    policy('gone'),
  );
  const { kubectl, commands } = cluster();
  await applyAdopting(terraform, stack, kubectl);
  expect(commands).toContainEqual(
    expect.stringMatching(/vault write terraform\/config address=https:\/\/tfe\.example\.com$/),
  );
  expect(adopted).toEqual([
    { address: 'vault_mount.one', id: 'secret' },
    { address: 'vault_terraform_cloud_secret_backend.one', id: 'terraform' },
    { address: 'kubernetes_network_policy_v1.one', id: 'vault/there' },
  ]);
});

describe('the refusal stays', () => {
  const taken = creation('boundary_role', { name: 'one', scope_id: 'p_1' });

  test('where nothing of it exists', async () => {
    const { terraform } = refused(creation('boundary_role', { name: 'new', scope_id: 'p_1' }));
    await expect(applyAdopting(terraform, stack, cluster().kubectl)).rejects.toThrow(/^must be unique$/);
  });

  test('where nobody can look, with the reason', async () => {
    const { terraform } = refused(taken);
    await expect(applyAdopting(terraform, stack, cluster('another').kubectl)).rejects.toThrow(
      'must be unique; it cannot be taken over: Boundary refuses the password of terraform',
    );
  });

  test('where it is another one, and nobody looks', async () => {
    const { terraform } = refused(taken);
    const other = { ...terraform, apply: () => Promise.reject(new Error('permission denied')) };
    const { kubectl, commands } = cluster();
    await expect(applyAdopting(other as unknown as Terraform, stack, kubectl)).rejects.toThrow('permission denied');
    expect([asked, commands]).toEqual([[], []]);
  });
});
