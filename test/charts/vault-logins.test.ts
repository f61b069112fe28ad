import { bootstrapOf, find } from '../helpers/objects';
import { synth } from '../helpers/synth';

// SECURITY.md: "ServiceAccount vault-break-glass, and run commands in Vault's pods | Can: begin, feed"
test('whoever makes a root token or another recovery key by the keys of Vault has a login for that alone, of a ServiceAccount that no pod has', () => {
  const { objects } = synth('profile: kind');
  const { policies, roles } = bootstrapOf(objects, 'vault-bootstrap');
  const name = 'vault-break-glass';
  const own = (list: { name: string }[]) => list.filter((one) => one.name === name);
  expect(own(policies).flatMap(({ paths }: any) => Object.keys(paths))).toEqual([
    'sys/generate-root/attempt',
    'sys/generate-root/update',
    'sys/rekey-recovery-key/init',
    'sys/rekey-recovery-key/update',
    'sys/rekey-recovery-key/verify',
    'auth/token/revoke-self',
  ]);
  expect(own(roles)).toMatchObject([{ serviceAccounts: [name], namespaces: ['platform-bootstrap'], policies: [name] }]);
  expect(own(roles)).toMatchObject([{ audience: 'vault', noDefaultPolicy: true }]);
  expect(find(objects, 'ServiceAccount', name)).toMatchObject({ automountServiceAccountToken: false });
  expect(JSON.stringify(objects.filter(({ spec }) => spec?.template))).not.toContain(`"${name}"`);
});

test("whoever takes servers out of Vault's cluster has a login for that alone, of a ServiceAccount that no pod has", () => {
  const { objects } = synth('profile: kind');
  const { policies, roles } = bootstrapOf(objects, 'vault-bootstrap');
  const name = 'vault-servers';
  const own = (list: { name: string }[]) => list.filter((one) => one.name === name);
  expect(own(policies)).toMatchObject([
    {
      paths: {
        'sys/storage/raft/configuration': ['read'],
        'sys/storage/raft/remove-peer': ['update'],
        'auth/token/revoke-self': ['update'],
      },
    },
  ]);
  expect(Object.keys((own(policies)[0] as any).paths)).toHaveLength(3);
  expect(own(roles)).toMatchObject([{ serviceAccounts: [name], namespaces: ['platform-bootstrap'], policies: [name] }]);
  expect(own(roles)).toMatchObject([{ audience: 'vault', noDefaultPolicy: true }]);
  expect(find(objects, 'ServiceAccount', name)).toMatchObject({ automountServiceAccountToken: false });
  expect(JSON.stringify(objects.filter(({ spec }) => spec?.template))).not.toContain(`"${name}"`);
});

test('Terraform may mount the two engines that it has names for, and none over another', () => {
  const { policies } = bootstrapOf(synth('profile: kind').objects, 'vault-bootstrap');
  const { paths } = policies.find(({ name }: { name: string }) => name === 'terraform');
  const mounts = Object.keys(paths).filter((path) => path.startsWith('sys/') && path.includes('mount'));
  expect(mounts).toEqual([
    'sys/mounts',
    'sys/mounts/secret',
    'sys/mounts/secret/tune',
    'sys/mounts/terraform',
    'sys/mounts/terraform/tune',
    'sys/internal/ui/mounts/*',
  ]);
  expect([paths['sys/mounts'], paths['sys/internal/ui/mounts/*']]).toEqual([['read'], ['read']]);
  // What opens all of Vault at once, or all policies and roles.
  expect(Object.keys(paths).filter((path) => /^(\+|\*|sys\/(\*|policies\/\w+\/\*|auth))/.test(path))).toEqual([]);
});

test('Terraform may write no policy and no login, and the engine’s token goes to the host of the configuration', () => {
  const policiesFor = (text: string) => bootstrapOf(synth(text).objects, 'vault-bootstrap').policies;
  const own = (text: string) => policiesFor(text).filter(({ name }: { name: string }) => name.startsWith('terraform'));
  const [{ paths }, ...more] = own('profile: kind');
  const logins = Object.entries(paths).filter(([path]) =>
    /^(sys\/polic|auth\/\+|auth\/kubernetes|identity)/.test(path),
  );
  expect(logins.map(([, capabilities]) => capabilities)).toEqual([['read'], ['read']]);
  expect(more).toEqual([]);
  const host = 'https://tfe.example.com';
  const [, engine] = own(`vault: {engines: {terraform: {enabled: true, teamId: team-1, host: ${host}}}}`);
  expect(engine.paths['terraform/config'].parameters).toEqual({ address: host });
});

test('Vault’s bootstrap is Ready once all is set up, which whoever needs it waits for', () => {
  const { objects } = synth('profile: kind');
  const [container] = find(objects, 'Deployment', 'vault-bootstrap').spec.template.spec.containers;
  const { doneFile } = bootstrapOf(objects, 'vault-bootstrap');
  expect(container.startupProbe).toMatchObject({ exec: { command: ['test', '-e', doneFile] } });
  expect(container.volumeMounts).toContainEqual(expect.objectContaining({ mountPath: '/tmp' }));
  // Vault may be sealed for days: an end of the one who unseals it helps nobody.
  const { periodSeconds, failureThreshold } = container.startupProbe;
  expect(periodSeconds * failureThreshold).toBeGreaterThan(365 * 24 * 3600);
});
