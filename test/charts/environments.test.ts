import { environment, volume } from '../helpers/environments';
import { find, ofKind } from '../helpers/objects';
import { synth } from '../helpers/synth';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';

describe('a set of equal environments', () => {
  const { objects, set, pod, container } = environment('replicas: 3');

  test('starts them all at once, and keeps their volumes when it shrinks or goes', () => {
    expect(set.spec).toMatchObject({
      replicas: 3,
      serviceName: 'devenv',
      podManagementPolicy: 'Parallel',
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    });
  });

  test('has the three claims of old, by name, size and path', () => {
    const claims = set.spec.volumeClaimTemplates.map(({ metadata, spec }: any) => [
      metadata.name,
      spec.resources.requests.storage,
      spec.accessModes,
      container.volumeMounts.find((m: any) => m.name === metadata.name).mountPath,
    ]);
    expect(claims).toEqual([
      ['workspace', '10Gi', ['ReadWriteOnce'], '/workspace'],
      ['bash-history', '1Gi', ['ReadWriteOnce'], '/commandhistory'],
      ['claude-config', '1Gi', ['ReadWriteOnce'], '/home/node/.claude'],
    ]);
  });

  test('has a headless Service for DNS, which answers before a pod is ready', () => {
    expect(find(objects, 'Service', 'devenv').spec).toMatchObject({
      clusterIP: 'None',
      publishNotReadyAddresses: true,
    });
  });

  test.each([0, 1, 2])('has Service devenv-%i of one pod, 22 to 2222 and 8080', (number) => {
    const { selector, ports } = find(objects, 'Service', `devenv-${number}`).spec;
    expect(selector).toMatchObject({ 'statefulset.kubernetes.io/pod-name': `devenv-${number}` });
    expect(ports.map((p: any) => [p.port, p.targetPort])).toEqual([
      [22, 2222],
      [8080, 8080],
    ]);
  });

  // SECURITY.md: "sshd runs without root, for one user, on port 2222, with keys and certificates only."
  test('runs sshd as its one user, on 2222, with its host key on the volume and keys alone', () => {
    const { sshd_config, prepare, start } = find(objects, 'ConfigMap', 'devenv-sshd').data;
    expect(sshd_config.split('\n')).toEqual(
      expect.arrayContaining([
        'Port 2222',
        'HostKey /run/devenv/ssh_host_ed25519_key',
        'UsePAM no',
        'PermitRootLogin no',
        'PasswordAuthentication no',
        'KbdInteractiveAuthentication no',
        'AllowUsers node',
        'TrustedUserCAKeys /etc/devenv/ca/user-ca.pub',
      ]),
    );
    expect(start).toMatch(/exec \/usr\/sbin\/sshd -D -e -f \/run\/devenv\/sshd_config\n$/);
    expect(`${prepare}${start}`).not.toMatch(/\bsudo\b|\bsu\b/);
    expect(pod.initContainers[0].volumeMounts).toContainEqual({ name: 'workspace', mountPath: '/workspace' });
    // Where the copy of the host key is that sshd takes.
    expect(volume(pod, 'run').emptyDir.medium).toBe('Memory');
  });

  // SECURITY.md: "secrets of people | Who reads it:"
  // SECURITY.md: "Secrets in an environment are files"
  test('starts without any Secret, and without Vault’s authority', () => {
    const { sources } = volume(pod, 'secrets').projected;
    expect(sources.map((s: any) => [s.secret.name, s.secret.optional])).toEqual([
      ['devenv-secrets', true],
      ['devenv-vault-secrets', true],
      ['tfe-dynamic-token', true],
    ]);
    expect(volume(pod, 'ssh-user-ca').configMap).toEqual({ name: 'ssh-user-ca', optional: true });
    expect(container.env.filter((e: any) => e.valueFrom?.secretKeyRef)).toEqual([]);
    expect(container.envFrom).toBeUndefined();
    // The operator's own additions, `_raw` and `token_id`, of the token alone stay behind.
    expect(sources[2].secret.items).toEqual([{ key: 'token', path: 'TFE_TOKEN' }]);
    const mount = container.volumeMounts.find((m: any) => m.name === 'secrets');
    // A subPath would never change.
    expect(mount).toEqual({ name: 'secrets', mountPath: '/run/secrets/devenv', readOnly: true });
  });

  test('may be drained, but not all at once', () => {
    const { maxUnavailable, selector } = find(objects, 'PodDisruptionBudget', 'devenv').spec;
    expect([maxUnavailable, selector.matchLabels]).toEqual([1, set.spec.selector.matchLabels]);
  });

  test('is left where it is by autoscalers, the cluster autoscaler as Karpenter', () => {
    expect(set.spec.template.metadata.annotations).toMatchObject({
      'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
      'karpenter.sh/do-not-disrupt': 'true',
    });
  });
});

// SECURITY.md: "Give it a stronger wall by environments.runtimeClass"
test.each([
  ['env: {EDITOR: vim}', ({ container }: any) => container.env, { name: 'EDITOR', value: 'vim' }],
  ['nodeSelector: {disk: ssd}', ({ pod }: any) => [pod.nodeSelector], { disk: 'ssd' }],
  ['tolerations: [{key: a, operator: Exists}]', ({ pod }: any) => pod.tolerations, { key: 'a', operator: 'Exists' }],
  ['priorityClass: high', ({ pod }: any) => [pod.priorityClassName], 'high'],
  ['runtimeClass: gvisor', ({ pod }: any) => [pod.runtimeClassName], 'gvisor'],
  ['runAsUser: 4711', ({ pod }: any) => [pod.securityContext.runAsUser], 4711],
  ['image: team/dev:2', ({ container }: any) => [container.image], 'team/dev:2'],
  ['resources: {limits: {cpu: 4}}', ({ container }: any) => [container.resources.limits.cpu], '4'],
  [
    'storage: {className: fast}',
    ({ set }: any) => set.spec.volumeClaimTemplates.map((c: any) => c.spec.storageClassName),
    'fast',
  ],
  [
    'volumes: [{name: v, emptyDir: {}, mountPath: /v}]',
    ({ container, pod }: any) => [[container.volumeMounts.find((m: any) => m.name === 'v'), volume(pod, 'v')]],
    [
      { name: 'v', mountPath: '/v' },
      { name: 'v', emptyDir: {} },
    ],
  ],
  [
    'volumes: [{name: v, emptyDir: {medium: Memory, sizeLimit: 1Gi}, mountPath: /v, readOnly: true}]',
    ({ container, pod }: any) => [[container.volumeMounts.find((m: any) => m.name === 'v'), volume(pod, 'v')]],
    [
      { name: 'v', mountPath: '/v', readOnly: true },
      { name: 'v', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } },
    ],
  ],
  [
    'safeToEvict: true',
    ({ set }: any) => [set.spec.template.metadata.annotations['cluster-autoscaler.kubernetes.io/safe-to-evict']],
    'true',
  ],
  [
    'safeToEvict: true',
    ({ set }: any) => [set.spec.template.metadata.annotations['karpenter.sh/do-not-disrupt']],
    'false',
  ],
  [
    'annotations: {example.com/scrape: "true"}',
    ({ set }: any) => [set.spec.template.metadata.annotations['example.com/scrape']],
    'true',
  ],
])('the setting %s reaches the pods', (settings, read, expected) => {
  expect(read(environment(settings))).toContainEqual(expected);
  expect(read(environment(''))).not.toContainEqual(expected);
});

// SECURITY.md: "All sshKeys of numbered environments open all of them."
test('keys that may log in stand once in what all environments of a set read, however many they are', () => {
  const { objects } = environment(`replicas: 300, sshKeys: [${KEY} a, ${KEY} b]`);
  const { data } = find(objects, 'ConfigMap', 'devenv-access');
  expect(Object.keys(data).filter((name) => name.includes('authorized_keys'))).toEqual(['authorized_keys']);
  expect(data.authorized_keys).toBe(`${KEY} a\n${KEY} b\n`);
});

test('the host of Terraform’s tokens is a variable of every environment, unless it has one of its own', () => {
  const terraform = 'vault: {engines: {terraform: {enabled: true, teamId: team-1, host: "https://tfe.example.com"}}}';
  const hosts = (more: string) =>
    ofKind(synth(`{${terraform}, ${more}}`).objects, 'StatefulSet')
      .filter(({ metadata }) => metadata.namespace === 'devenv')
      .map((set) => set.spec.template.spec.containers[0].env.find((e: any) => e.name === 'TFE_HOSTNAME')?.value);
  const users = 'environments: {users: {alice: {}, bob: {env: {TFE_HOSTNAME: other.example.com}}}}';
  expect(hosts(users)).toEqual(['tfe.example.com', 'other.example.com']);
  expect(environment('').container.env.map((e: any) => e.name)).not.toContain('TFE_HOSTNAME');
});
