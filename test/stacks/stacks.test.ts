import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeStacks } from '../../lib/stacks/write';
import { ALONE, PROFILE_CASES, USERS } from '../helpers/cases';
import { synth } from '../helpers/synth';

type Json = any;

interface Written {
  readonly folder: string;
  readonly stack: (name: string) => Json;
  readonly names: readonly string[];
}

function written(text: string, env: Readonly<Record<string, string>> = {}): Written {
  const folder = mkdtempSync(join(tmpdir(), 'stacks-'));
  const { config, facts, files } = synth(text, env);
  writeStacks({ config, facts, files, folder });
  const stack = (name: string) => JSON.parse(readFileSync(join(folder, 'stacks', name, 'cdk.tf.json'), 'utf8'));
  return { folder, stack, names: readdirSync(join(folder, 'stacks')).sort() };
}

const texts = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? texts(path) : [readFileSync(path, 'utf8')];
  });

const KIND = 'profile: kind';
const backend = (type: string, config: string) => `terraform: {backend: {type: ${type}, config: ${config}}}`;

describe('stacks', () => {
  const kind = written(KIND);

  test('there are five, each after those it needs', () => {
    const { stacks } = JSON.parse(readFileSync(join(kind.folder, 'manifest.json'), 'utf8'));
    const after = Object.fromEntries(
      Object.entries<Json>(stacks).map(([name, { dependencies }]) => [name, dependencies]),
    );
    expect(after).toEqual({
      operators: [],
      workloads: ['operators'],
      vault: ['workloads'],
      delivery: ['vault'],
      boundary: ['vault'],
    });
  });

  test('environments alone need no more than namespaces and workloads', () => {
    expect(written(ALONE.text, ALONE.env).names).toEqual(['operators', 'workloads']);
  });

  test('every provider has an exact version', () => {
    for (const name of kind.names) {
      for (const { version } of Object.values<Json>(kind.stack(name).terraform.required_providers)) {
        expect(version).toMatch(/^\d+\.\d+\.\d+$/);
      }
    }
  });

  test('no path of this machine is written', () => {
    for (const text of texts(kind.folder)) expect(text).not.toContain(process.cwd());
  });

  test('the same configuration gives the same bytes', () => {
    expect(texts(written(KIND).folder)).toEqual(texts(kind.folder));
  });

  test('every manifest is in exactly one chart, verbatim', () => {
    const { objects } = synth(KIND);
    const charts = texts(kind.folder).filter(
      (text) => text.startsWith('apiVersion: ') && !text.includes('type: application'),
    );
    expect(charts.flatMap((text) => text.split('---\n'))).toHaveLength(objects.length);
  });

  test("a chart's version changes with its content, and with nothing else", () => {
    const versions = (text: string) => {
      const { resource } = written(text).stack('workloads');
      return Object.fromEntries(
        Object.entries<Json>(resource.helm_release).map(([name, { version }]) => [name, version]),
      );
    };
    const [before, after] = [versions(KIND), versions('profile: kind\nenvironments: {env: {EDITOR: vim}}')];
    const changed = Object.keys(before).filter((name) => before[name] !== after[name]);
    expect(changed).toEqual(['environments']);
  });

  test('namespaces come with the operators, and go after all else', () => {
    expect(Object.keys(kind.stack('operators').resource.helm_release)).toEqual([
      'namespaces',
      'vault-secrets-operator',
    ]);
    expect(kind.stack('operators').resource.helm_release['vault-secrets-operator'].depends_on).toEqual([
      'helm_release.namespaces',
    ]);
  });

  test('logins are ephemeral, and no block holds a token or password', () => {
    const extra = JSON.parse(readFileSync(join(kind.folder, 'stacks', 'boundary', 'ephemeral.tf.json'), 'utf8'));
    expect(Object.keys(extra.ephemeral)).toEqual(['kubernetes_token_request_v1', 'vault_kv_secret_v2']);
    const [{ auth_method_password: password }] = kind.stack('boundary').provider.boundary;
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's syntax.
    expect(password).toBe('${ephemeral.vault_kv_secret_v2.service_account.data["password"]}');
    expect(kind.stack('vault').provider.vault[0]).not.toHaveProperty('token');
  });

  test('every user has a managed group, a role, a target and a credential library', () => {
    const { resource } = written(USERS).stack('boundary');
    expect(Object.keys(resource.boundary_target)).toEqual([
      'target-devenv-alice',
      'target-devenv-bob',
      'target-devenv-carol',
    ]);
    expect(resource.boundary_managed_group['managed-group-user-bob']).toBeUndefined();
    expect(resource.boundary_managed_group['managed-group-user-robert'].filter).toBe(
      '"/token/preferred_username" == "robert"',
    );
    expect(resource.boundary_managed_group['managed-group-group-readonly'].filter).toBe(
      '"readonly" in "/token/groups"',
    );
    expect(Object.keys(resource.boundary_credential_library_vault)).toHaveLength(3);
  });

  test('a stack that is no longer needed leaves nothing behind', () => {
    const folder = mkdtempSync(join(tmpdir(), 'stacks-'));
    for (const { text, env } of [{ text: KIND, env: {} }, ALONE]) writeStacks({ ...synth(text, env), folder });
    expect(existsSync(join(folder, 'stacks', 'delivery'))).toBe(false);
    expect(readdirSync(join(folder, 'stacks', 'workloads', 'charts'))).toEqual(['environments']);
  });

  test.each(Object.entries(PROFILE_CASES))('%s synthesizes', (_, { text }) => {
    expect(written(text).names).toContain('vault');
  });

  test.each([
    ['local', '{}', { path: '../../../terraform.vault.tfstate' }],
    ['kubernetes', '{namespace: terraform}', { namespace: 'terraform', secret_suffix: 'agent-sandbox-vault' }],
    ['s3', '{bucket: states, region: eu-west-1}', { bucket: 'states', key: 'agent-sandbox/vault.tfstate' }],
    ['remote', '{organization: example}', { organization: 'example', workspaces: { name: 'agent-sandbox-vault' } }],
  ])('backend %s', (type, config, expected) => {
    const { terraform } = written(backend(type, config)).stack('vault');
    expect(Object.keys(terraform.backend)).toEqual([type]);
    expect(terraform.backend[type]).toMatchObject(expected);
  });
});
