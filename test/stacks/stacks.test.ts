import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeStacks } from '../../lib/stacks/write';
import { ALONE, DELIVERY_CASES, PROFILE_CASES, USERS } from '../helpers/cases';
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
      '`/readonly` in "/token/principals"',
    );
    const { 'credential-library-host-authority': hosts, ...own } = resource.boundary_credential_library_vault;
    expect(Object.keys(own)).toHaveLength(3);
    expect(hosts).toMatchObject({ name: 'host-authority', path: 'ssh-host/config/ca' });
    expect(resource.boundary_target['target-devenv-bob'].brokered_credential_source_ids).toEqual([
      // biome-ignore-start lint/suspicious/noTemplateCurlyInString: Terraform's syntax.
      '${boundary_credential_library_vault.credential-library-devenv-bob.id}',
      '${boundary_credential_library_vault.credential-library-host-authority.id}',
    ]);
    expect(resource.boundary_alias_target['alias-devenv-bob']).toMatchObject({
      value: 'devenv-bob',
      scope_id: 'global',
      destination_id: '${boundary_target.target-devenv-bob.id}',
      // biome-ignore-end lint/suspicious/noTemplateCurlyInString: Terraform's syntax.
    });
  });

  test('one user more touches what is that user’s, and nothing else', () => {
    const one = (more: string) => `profile: kind\nenvironments: {users: {alice: {}, bob: {}${more}}}`;
    const [before, after] = [written(one('')), written(one(', dave: {}'))];
    const changed = (stack: string) => {
      const flat = ({ resource }: Json) =>
        Object.entries<Json>(resource).flatMap(([type, all]) =>
          Object.entries(all).map(([name, value]) => [`${type}.${name}`, JSON.stringify(value)] as const),
        );
      const was = new Map(flat(before.stack(stack)));
      return flat(after.stack(stack))
        .flatMap(([name, value]) => (was.get(name) === value ? [] : [name]))
        .sort();
    };
    expect(changed('vault')).toEqual(['vault_ssh_secret_backend_role.ssh-role-devenv-dave_session']);
    expect(changed('boundary')).toEqual([
      'boundary_alias_target.alias-devenv-dave',
      'boundary_credential_library_vault.credential-library-devenv-dave',
      'boundary_managed_group.managed-group-user-dave',
      // Administrators enter all environments, by default.
      'boundary_role.role-group-admins',
      'boundary_role.role-user-dave',
      'boundary_target.target-devenv-dave',
    ]);
    expect(changed('operators')).toEqual([]);
  });

  test('a person sees the targets of the grant, and sessions of the person’s own', () => {
    const { resource } = written(USERS).stack('boundary');
    const { grant_strings: grants } = resource.boundary_role['role-user-robert'];
    expect(grants.slice(1)).toEqual([
      'type=target;actions=list',
      'type=session;actions=list',
      'ids=*;type=session;actions=read:self,cancel:self',
    ]);
    expect(grants[0]).toMatch(/^ids=\$\{boundary_target\.target-devenv-bob\.id\};actions=read,authorize-session$/);
  });

  // SECURITY.md: "a person of boundary.admins or boundary.auditors | Can: see who has a session where"
  // SECURITY.md: "a person of boundary.admins or boundary.auditors | Cannot: enter anything"
  test('admins see and end everybody’s sessions and logins, auditors see sessions, and neither opens any', () => {
    const { resource } = written('boundary: {admins: [admins], auditors: [readonly]}').stack('boundary');
    const grantsOf = (name: string): string[] => resource.boundary_role[`role-oversight-${name}`].grant_strings;
    const see = ['ids=*;type=session;actions=list,read', 'ids=*;type=user;actions=list,read'];
    expect(grantsOf('auditors')).toEqual(see);
    expect(grantsOf('admins')).toEqual([
      ...see,
      'ids=*;type=session;actions=cancel',
      'ids=*;type=auth-token;actions=list,read,delete',
    ]);
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
