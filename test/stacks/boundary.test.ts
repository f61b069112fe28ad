import { USERS } from '../helpers/cases';
import { bootstrapOf } from '../helpers/objects';
import { synth } from '../helpers/synth';
import { type Json, written } from './written';

describe('the stack boundary', () => {
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
    const agents = '[{name: robot, serviceAccount: {namespace: ci, name: runner}, environments: all}]';
    const one = (more: string) =>
      `profile: kind\nboundary: {agents: ${agents}}\nenvironments: {users: {alice: {}, bob: {}${more}}}`;
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
      // Administrators and a program enter all environments; theirs are as they were.
      'boundary_role.role-guests-devenv-dave',
      'boundary_role.role-user-dave',
      'boundary_target.target-devenv-dave',
    ]);
    expect(changed('operators')).toEqual([]);
    // The bootstrap's list of what Boundary may have issued grows by a line, which Terraform does not write.
    const rules = (text: string) =>
      bootstrapOf(synth(text).objects, 'vault-bootstrap').grants.policies.flatMap(({ name, rules: own }: Json) =>
        own.map((rule: string) => `${name}: ${rule}`),
      );
    const known = rules(one(''));
    expect(rules(one(', dave: {}')).filter((rule: string) => !known.includes(rule))).toEqual([
      'platform-boundary: create,update ssh/issue/devenv-dave.session',
    ]);
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

  test('a group and a program enter the environments of their grants, and no others', () => {
    const agents = 'boundary: {agents: [{name: robot, serviceAccount: {namespace: ci, name: x}, environments: [bob]}]}';
    const { resource } = written(`${USERS}\n${agents}`).stack('boundary');
    const guests = Object.entries<Json>(resource.boundary_role).filter(([name]) => name.startsWith('role-guests-'));
    const idOf = (group: string) => `\${boundary_managed_group.managed-group-group-${group}.id}`;
    expect(guests.map(([name, { principal_ids, grant_strings }]) => [name, principal_ids, grant_strings])).toEqual(
      [
        ['alice', idOf('admins'), idOf('readonly')],
        ['bob', idOf('admins'), expect.stringContaining('user-agent-robot')],
        ['carol', idOf('admins')],
      ].map(([user, ...principals]) => [
        `role-guests-devenv-${user}`,
        principals,
        [`ids=\${boundary_target.target-devenv-${user}.id};actions=read,authorize-session`],
      ]),
    );
    for (const name of ['group-admins', 'group-readonly', 'agent-robot'])
      expect(resource.boundary_role[`role-${name}`].grant_strings).toEqual([
        'type=target;actions=list',
        'type=session;actions=list',
        'ids=*;type=session;actions=read:self,cancel:self',
      ]);
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
});
