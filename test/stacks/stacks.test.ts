import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeStacks } from '../../lib/stacks/write';
import { ALONE, DELIVERY_CASES, PROFILE_CASES } from '../helpers/cases';
import { synth } from '../helpers/synth';
import { inHcl, type Json, texts, written } from './written';

const KIND = 'profile: kind';

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

  test('every provider that reads the cluster takes one kubeconfig as it is, and merges several', () => {
    for (const name of kind.names) {
      const { helm = [], kubernetes = [] } = kind.stack(name).provider;
      for (const { config_path, config_paths } of [...kubernetes, ...helm.map((one: Json) => one.kubernetes)])
        expect([config_path, config_paths]).toEqual([
          `\${strcontains(var.kubeconfig, ",") ? null : var.kubeconfig}`,
          `\${strcontains(var.kubeconfig, ",") ? split(",", var.kubeconfig) : null}`,
        ]);
    }
  });

  test('every provider comes from the registry that is named', () => {
    const mirrored = written('terraform: {providerSource: mirror.example.com:8443/hashicorp}');
    for (const [registry, { names, stack }] of [
      ['mirror.example.com:8443', mirrored],
      ['registry.terraform.io', kind],
    ] as const) {
      for (const name of names) {
        const required = Object.entries<Json>(stack(name).terraform.required_providers);
        expect(required.map(([provider, { source }]) => [provider, source])).toEqual(
          required.map(([provider]) => [provider, `${registry}/hashicorp/${provider}`]),
        );
      }
    }
  });

  test('no path of this machine is written', () => {
    for (const text of texts(kind.folder)) expect(text).not.toContain(process.cwd());
  });

  test('the same configuration gives the same bytes', () => {
    expect(texts(written(`${KIND} # made anew`).folder)).toEqual(texts(kind.folder));
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

  // SECURITY.md: "No key, password or token is in dist/"
  test('logins are ephemeral, and no block holds a token or password', () => {
    const extra = JSON.parse(readFileSync(join(kind.folder, 'stacks', 'boundary', 'ephemeral.tf.json'), 'utf8'));
    expect(Object.keys(extra.ephemeral)).toEqual(['kubernetes_token_request_v1', 'vault_kv_secret_v2']);
    const [{ auth_method_password: password }] = kind.stack('boundary').provider.boundary;
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's syntax.
    expect(password).toBe('${ephemeral.vault_kv_secret_v2.service_account.data["password"]}');
    expect(kind.stack('vault').provider.vault[0]).not.toHaveProperty('token');
  });

  test.each(['json', 'hcl'])('logins that an earlier version made of it stay in Vault (%s)', (form) => {
    const signers = '[{name: ci, environments: all, serviceAccount: {namespace: ci, name: x}}]';
    const text = `profile: kind\nvault: {ssh: {signers: ${signers}}, engines: {terraform: {enabled: true, teamId: team-1}}}`;
    const { folder, stack } = form === 'hcl' ? inHcl(() => written(text)) : written(text);
    const { removed } = JSON.parse(readFileSync(join(folder, 'stacks', 'vault', 'ephemeral.tf.json'), 'utf8'));
    expect(removed.every(({ lifecycle }: Json) => lifecycle.destroy === false)).toBe(true);
    const addresses = removed.map(({ from }: Json) => from);
    expect(addresses).toEqual(
      expect.arrayContaining([
        'vault_policy.policy-platform-boundary',
        'vault_policy.policy-platform-devenv-devenv-credentials',
        'vault_kubernetes_auth_backend_role.kubernetes-role-platform-devenv',
        'vault_policy.policy-platform-writes-devenv-credentials',
        'vault_kubernetes_auth_backend_role.kubernetes-role-platform-writes-devenv-credentials',
        'vault_policy.policy-platform-vault-secrets-operator-system-client-cache',
        'vault_kubernetes_auth_backend_role.kubernetes-role-platform-vault-secrets-operator-system',
        // A name with a dot had other addresses in other versions.
        'vault_policy.policy-platform-sshci',
        expect.stringMatching(/^vault_policy\.policy-platform-sshci__[0-9a-f]{16}$/),
      ]),
    );
    if (form === 'json') expect(Object.keys(stack('vault').resource).join()).not.toMatch(/vault_policy|auth_backend/);
  });

  test('whose tokens Terraform Cloud makes decides their kind', () => {
    const role = (owner: string) => {
      const { resource } = written(`vault: {engines: {terraform: {enabled: true, ${owner}}}}`).stack('vault');
      return resource.vault_terraform_cloud_secret_role['terraform-role-devenv'];
    };
    expect(role('organization: o')).toMatchObject({ organization: 'o', credential_type: 'organization' });
    expect(role('organization: o')).not.toHaveProperty('ttl');
    expect(role('teamId: team-1')).toMatchObject({ team_id: 'team-1', credential_type: 'team', ttl: 3600 });
    expect(role('userId: user-1, ttl: 90s')).toMatchObject({ user_id: 'user-1', credential_type: 'user', ttl: 90 });
  });

  // SECURITY.md: "Vault's engine for Terraform Cloud is allowed out to any address"
  test.each([
    ['https://tfe.example.com:8443', '8443'],
    ['https://tfe.example.com', '443'],
    ['http://tfe.example.com', '80'],
  ])('Vault’s way to %s outlasts the engine, which revokes its tokens when it goes', (host, port) => {
    const { resource } = written(
      `vault: {engines: {terraform: {enabled: true, teamId: team-1, host: "${host}"}}}`,
    ).stack('vault');
    const [name, { spec }] = Object.entries<Json>(resource.kubernetes_network_policy_v1)[0];
    expect(spec.egress).toEqual([{ ports: [{ port, protocol: 'TCP' }] }]);
    const { depends_on } = resource.vault_terraform_cloud_secret_backend['terraform-cloud'];
    expect(depends_on).toEqual([`kubernetes_network_policy_v1.${name}`]);
    expect(written(KIND).stack('vault').resource).not.toHaveProperty('kubernetes_network_policy_v1');
  });

  test.each([
    ['the External Secrets Operator', 'external-secrets/70-secrets.k8s.yaml'],
    ['AWS Secrets Manager', 'external-secrets/70-secrets.k8s.yaml'],
    ['Azure Key Vault', 'secrets-store-csi-driver/70-secrets.k8s.yaml'],
  ])('the objects of %s are applied after what they need, by a stack of their own', (title, file) => {
    const { text } = DELIVERY_CASES[title];
    const { names, stack, folder } = written(text);
    expect([...synth(text).files.keys()]).toContain(file);
    expect(Object.keys(stack('delivery').resource.helm_release)).toEqual(['secrets']);
    expect(Object.keys(stack('operators').resource.helm_release)).toEqual(['namespaces']);
    const { stacks } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
    expect(stacks.delivery.dependencies).toEqual([names.includes('vault') ? 'vault' : 'workloads']);
  });

  test('what is granted of PKI and databases are roles, no secret among them', () => {
    const { facts, ...rest } = synth(KIND);
    const pkiRoles = [{ name: 'platform-devenv-api', mount: 'pki', dnsNames: ['api.example.com'], ttlSec: 7200 }];
    const databaseRoles = [
      {
        name: 'platform-devenv-orders',
        mount: 'database',
        database: 'orders',
        roles: ['reader', 'Writer'],
        ttlSec: 60,
      },
    ];
    const folder = mkdtempSync(join(tmpdir(), 'stacks-'));
    const vault = facts.vault && { ...facts.vault, pkiRoles, databaseRoles };
    writeStacks({ ...rest, facts: { ...facts, vault }, folder });
    const { resource } = JSON.parse(readFileSync(join(folder, 'stacks', 'vault', 'cdk.tf.json'), 'utf8'));
    expect(resource.vault_pki_secret_backend_role['pki-role-platform-devenv-api']).toMatchObject({
      backend: 'pki',
      name: 'platform-devenv-api',
      allowed_domains: ['api.example.com'],
      allow_bare_domains: true,
      allow_subdomains: false,
      allow_ip_sans: false,
      max_ttl: '7200',
    });
    expect(resource.vault_database_secret_backend_role['database-role-platform-devenv-orders']).toMatchObject({
      backend: 'database',
      db_name: 'orders',
      creation_statements: [expect.stringMatching(/^CREATE ROLE "\{\{name\}\}" .* IN ROLE "reader", "Writer";$/)],
      default_ttl: 60,
    });
    expect(Object.keys(resource).filter((type) => /root_cert|connection/.test(type))).toEqual([]);
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
});
