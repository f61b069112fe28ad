import { bootstrapOf } from '../helpers/objects';
import { synth } from '../helpers/synth';
import { type Json, written } from './written';

const ssh = (settings: string) => written(`vault: {ssh: ${settings}}`);
const rolesOf = (settings: string): Json => ssh(settings).stack('vault').resource.vault_ssh_secret_backend_role;
const grants = (settings: string): Json =>
  bootstrapOf(synth(`vault: {ssh: ${settings}}`).objects, 'vault-bootstrap').grants;
const policies = (settings: string): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(grants(settings).policies.map(({ name, rules }: Json) => [name, rules]));
const CI = '{name: ci, environments: [devenv-0], serviceAccount: {namespace: ci, name: runner}}';

describe('SSH certificates', () => {
  // SECURITY.md: "by certificate: Boundary has Vault issue a new key for each session"
  test('are for one environment, three minutes, a terminal and forwarding, unless more is asked for', () => {
    const roles = rolesOf(`{maxTtl: 1h, signers: [${CI}]}`);
    expect(roles['ssh-role-devenv-0']).toMatchObject({
      backend: 'ssh',
      allowed_users: 'devenv-0',
      default_extensions: { 'permit-pty': '', 'permit-port-forwarding': '' },
      ttl: '180',
      max_ttl: '3600',
      allow_user_key_ids: false,
    });
    // Boundary names the key after the person, and gets no more than a session needs.
    expect(roles['ssh-role-devenv-0_session']).toMatchObject({ max_ttl: '180', allow_user_key_ids: true });
  });

  // SECURITY.md: "by certificate: Boundary has Vault issue a new key for each session"
  test('are signed for those that are named, and for nobody else', () => {
    const { kubernetesRoles } = grants(`{signers: [${CI}, {name: people, environments: all}]}`);
    expect(kubernetesRoles.filter(({ name }: Json) => name.startsWith('platform-ssh'))).toMatchObject([
      {
        name: 'platform-ssh.ci',
        serviceAccounts: ['runner'],
        namespaces: ['ci'],
        audience: 'vault',
        policies: ['platform-ssh.ci'],
      },
    ]);
    expect(Object.keys(policies('{}')).filter((name) => name.startsWith('platform-ssh'))).toEqual([]);
    expect(policies(`{signers: [${CI}]}`)['platform-ssh.ci']).toEqual([
      'read ssh-host/config/ca',
      'update ssh/sign/devenv-0',
    ]);
  });

  test('of a second engine take over without a moment in which neither signs', () => {
    const steps = [
      '{userAuthority: {alsoTrusted: [ssh-2]}',
      '{userAuthority: {mount: ssh-2, alsoTrusted: [ssh]}',
      '{userAuthority: {mount: ssh-2}',
    ].map((step) => `${step}, signers: [${CI}]}`);
    const paths = (step: string) => {
      const { 'platform-boundary': boundary, 'platform-ssh.ci': ci } = policies(step);
      return [...boundary, ...ci]
        .map((rule) => rule.split(' ')[1])
        .filter((path) => /\/(issue|sign)\//.test(path))
        .sort();
    };
    const both = ['ssh-2', 'ssh'].flatMap((mount) => [`${mount}/issue/devenv-0.session`, `${mount}/sign/devenv-0`]);
    expect(steps.map(paths)).toEqual([both, both, both.slice(0, 2)]);
    const [first, second] = ['', 'ssh-2-'].map((m) => [`ssh-role-${m}devenv-0`, `ssh-role-${m}devenv-0_session`]);
    // An address in the state is an engine's for ever, or Terraform would delete what it has just made.
    expect(steps.map((step) => Object.keys(rolesOf(step)).sort())).toEqual([
      [...first, ...second],
      [...first, ...second],
      second,
    ]);
    const asked = steps.map((step) => {
      const libraries = ssh(step).stack('boundary').resource.boundary_credential_library_vault;
      return Object.values<Json>(libraries).flatMap(({ path }) => (path.includes('/issue/') ? [path] : []));
    });
    expect(asked).toEqual(['ssh', 'ssh-2', 'ssh-2'].map((mount) => [`${mount}/issue/devenv-0.session`]));
  });
});
