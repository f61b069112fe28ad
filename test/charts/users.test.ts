import { USERS } from '../helpers/cases';
import { find, ofKind } from '../helpers/objects';
import { synth } from '../helpers/synth';

describe('named users', () => {
  const { objects } = synth(USERS);
  const set = (user: string) => find(objects, 'StatefulSet', `devenv-${user}`);

  test('have a StatefulSet of one and a Service each, below one headless Service', () => {
    const sets = ofKind(objects, 'StatefulSet').filter((s) => s.metadata.namespace === 'devenv');
    expect(sets.map(({ metadata, spec }) => [metadata.name, spec.replicas, spec.serviceName])).toEqual([
      ['devenv-alice', 1, 'devenv'],
      ['devenv-bob', 0, 'devenv'],
      ['devenv-carol', 1, 'devenv'],
    ]);
    expect(find(objects, 'Service', 'devenv-bob').spec.selector).toMatchObject({
      'statefulset.kubernetes.io/pod-name': 'devenv-bob-0',
    });
  });

  test('keep a stopped environment’s access, for when it starts', () => {
    expect(find(objects, 'ConfigMap', 'devenv-bob-access').data).toMatchObject({
      authorized_keys: expect.stringMatching(/^ssh-ed25519 /),
      'devenv-bob-0.principals': 'devenv-bob\n',
    });
  });

  test('adopt a replica’s three claims and make none', () => {
    const { spec } = set('carol');
    expect(spec.volumeClaimTemplates).toBeUndefined();
    const claims = spec.template.spec.volumes.flatMap((v: any) => v.persistentVolumeClaim?.claimName ?? []);
    expect(claims).toEqual(['workspace-devenv-0', 'bash-history-devenv-0', 'claude-config-devenv-0']);
  });

  test('have sizes of their own', () => {
    const [workspace] = set('alice').spec.volumeClaimTemplates;
    expect(workspace.spec).toMatchObject({ storageClassName: 'fast', resources: { requests: { storage: '50Gi' } } });
  });

  // SECURITY.md: "A person's folder in Vault and environment go by the claim usernameClaim"
  test('enter as the identity provider names them, and no one else does', () => {
    expect(synth(USERS).facts.boundary?.grants).toEqual([
      { name: 'user-alice', principal: { kind: 'user', name: 'alice' }, targets: ['devenv-alice'] },
      { name: 'user-robert', principal: { kind: 'user', name: 'robert' }, targets: ['devenv-bob'] },
      { name: 'user-carol', principal: { kind: 'user', name: 'carol' }, targets: ['devenv-carol'] },
      {
        name: 'group-admins',
        principal: { kind: 'group', name: 'admins' },
        targets: ['devenv-alice', 'devenv-bob', 'devenv-carol'],
      },
      { name: 'group-readonly', principal: { kind: 'group', name: 'readonly' }, targets: ['devenv-alice'] },
    ]);
  });

  test('fill a file with a hundred, so that no release grows too large', () => {
    const users = Array.from({ length: 201 }, (_, index) => `user-${index}: {}`).join(', ');
    const env = { SKIP_VAULT: 'true', SKIP_BOUNDARY: 'true' };
    const { files } = synth(`environments: {users: {${users}}}`, env);
    const sizes = [...files].map(([file, inside]) => [file, ofKind(inside, 'StatefulSet').length]);
    expect(sizes).toEqual([
      ['00-namespaces.k8s.yaml', 0],
      ['50-environments.k8s.yaml', 100],
      ['51-environments-002.k8s.yaml', 100],
      ['51-environments-003.k8s.yaml', 1],
    ]);
    // So they stand in a listing, too, whatever the language of whoever looks.
    const names = sizes.map(([file]) => String(file));
    expect([...names].sort(new Intl.Collator('en', { ignorePunctuation: true }).compare)).toEqual(names);
  });
});
