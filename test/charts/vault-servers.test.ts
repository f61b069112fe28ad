import { bootstrapOf, find, ofKind } from '../helpers/objects';
import { ARMORED_PGP_KEY, PGP_KEY } from '../helpers/pgp';
import { synth } from '../helpers/synth';

describe.each([
  [1, 1],
  [3, 1],
  [5, 2],
])('Vault of %i', (replicas, maxUnavailable) => {
  const { objects, facts } = synth(`vault: {replicas: ${replicas}, storage: 3Gi}`);
  const set = find(objects, 'StatefulSet', 'vault');
  const hcl: string = find(objects, 'ConfigMap', 'vault-config').data['vault.hcl'];
  const servers = Array.from({ length: replicas }, (_, i) => `vault-${i}.vault-internal.vault.svc`);

  test(`may miss ${maxUnavailable} of its servers, and keeps a majority`, () => {
    const { spec } = find(objects, 'PodDisruptionBudget', 'vault');
    expect(spec).toMatchObject({ maxUnavailable, selector: { matchLabels: set.spec.selector.matchLabels } });
    if (replicas > 1) expect(replicas - maxUnavailable).toBeGreaterThan(replicas / 2);
  });

  // SECURITY.md: "So network policies let nobody but the bootstrap and the other servers reach such a server"
  test('has each server write what it is into the labels of its own pod, and no other', () => {
    expect(hcl).toContain('service_registration "kubernetes" {}');
    const { env } = set.spec.template.spec.containers[0];
    expect(env).toContainEqual({ name: 'VAULT_K8S_NAMESPACE', value: 'vault' });
    expect(env).toContainEqual({ name: 'VAULT_K8S_POD_NAME', value: '$(POD_NAME)' });
    const { rules } = find(objects, 'Role', 'vault-registration');
    const resourceNames = Array.from({ length: replicas }, (_, i) => `vault-${i}`);
    expect(rules).toEqual([{ apiGroups: [''], resources: ['pods'], resourceNames, verbs: ['get', 'patch'] }]);
  });

  // SECURITY.md: "Vault's audit log goes to its standard output and to a volume of each server"
  test('begins the file of its audit log anew after 256 MiB, and keeps the one before', () => {
    const [{ command }] = set.spec.template.spec.containers;
    expect(command.at(-1)).toContain(`-gt ${256 * 2 ** 20} ]; then
    mv /vault/audit/audit.log /vault/audit/audit.log.1 && kill -HUP 1`);
  });

  // SECURITY.md: "A server that crashes leaves no core dump there"
  test('runs Vault in the place of a shell that dumps no core', () => {
    const [{ command }] = set.spec.template.spec.containers;
    expect(command.at(-1)).toMatch(/^ulimit -c 0$[\s\S]*^exec vault server/m);
  });

  test('starts all servers at once and keeps their volumes', () => {
    expect(set.spec).toMatchObject({
      replicas,
      podManagementPolicy: 'Parallel',
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    });
    expect(set.spec.volumeClaimTemplates[0].spec.resources.requests.storage).toBe('3Gi');
  });

  test('leaves the leader time to find a server that came back, before the next one goes', () => {
    const { containers, terminationGracePeriodSeconds } = set.spec.template.spec;
    const { lifecycle } = containers.find(({ name }: { name: string }) => name === 'vault');
    // Raft dials an address for ten seconds.
    expect(Number(lifecycle?.preStop.exec.command[1] ?? 0) > 10).toBe(replicas > 1);
    expect(terminationGracePeriodSeconds).toBe(replicas > 1 ? 45 : 30);
  });

  test('is spread over nodes and zones where there are several', () => {
    const constraints = set.spec.template.spec.topologySpreadConstraints;
    const over = (c: any) => [c.topologyKey, c.whenUnsatisfiable, c.maxSkew, c.labelSelector.matchLabels];
    expect(constraints.map(over)).toEqual([
      ['kubernetes.io/hostname', 'DoNotSchedule', 1, set.spec.selector.matchLabels],
      ['topology.kubernetes.io/zone', 'ScheduleAnyway', 1, set.spec.selector.matchLabels],
    ]);
    expect(constraints[0].nodeTaintsPolicy).toBe('Honor');
  });

  test('names each server to the others, to the bootstrap and in its certificate', () => {
    const urls = servers.map((name) => `https://${name}:8200`);
    expect([...hcl.matchAll(/leader_api_addr = "(.*)"/g)].map(([, url]) => url)).toEqual(replicas > 1 ? urls : []);
    expect(bootstrapOf(objects, 'vault-bootstrap').servers).toEqual(urls);
    const { certificates } = bootstrapOf(objects, 'certificate-authority');
    const { dnsNames } = certificates.find((c: any) => c.secretName === 'vault-tls');
    expect(dnsNames).toEqual(expect.arrayContaining([...servers, 'vault.vault.svc', 'localhost']));
    expect(new Set(dnsNames).size).toBe(dnsNames.length);
  });

  test('finds its servers sealed, but sends clients to none that is', () => {
    expect(find(objects, 'Service', 'vault-internal').spec).toMatchObject({
      clusterIP: 'None',
      publishNotReadyAddresses: true,
    });
    expect(find(objects, 'Service', 'vault').spec.publishNotReadyAddresses).toBeUndefined();
    const [{ readinessProbe, livenessProbe }] = set.spec.template.spec.containers;
    expect(readinessProbe.httpGet.path).not.toContain('sealedcode');
    expect(livenessProbe.httpGet.path).toContain('sealedcode=204&uninitcode=204&removedcode=204');
  });

  // SECURITY.md: "Vault's unseal key (development seal) | Where it stands: Secret vault-keys"
  // SECURITY.md: "The platform's servers speak TLS alone, with certificates of its own authority"
  test('speaks TLS only, and keeps no key beside itself', () => {
    expect(hcl).not.toMatch(/tls_disable/);
    const { keys } = bootstrapOf(objects, 'vault-bootstrap');
    expect(keys.namespace).not.toBe(set.metadata.namespace);
    expect(facts.vault?.address).toBe('https://vault.vault.svc:8200');
  });
});

const TRANSIT = '{type: transit, address: "https://other:8200", keyName: k, tokenSecret: s, caConfigMap: c}';

// SECURITY.md: "Vault's recovery key (any other seal) | Where it stands: the same Secret"
test('recovery keys are for the operators named, whichever form their keys have', () => {
  const keys = JSON.stringify([PGP_KEY, ARMORED_PGP_KEY]);
  const { objects } = synth(`vault: {seal: ${TRANSIT}, recovery: {pgpKeys: ${keys}, threshold: 2}}`);
  expect(bootstrapOf(objects, 'vault-bootstrap').recovery).toEqual({ pgpKeys: [PGP_KEY, PGP_KEY], threshold: 2 });
});

test('the bootstrap may remove the storage of servers, by name, and nothing else of their namespace', () => {
  const { objects } = synth('vault: {replicas: 3}');
  const rules = (resource: string) => find(objects, 'Role', `vault-bootstrap-${resource}`).rules;
  expect(rules('pods')).toEqual([
    { apiGroups: [''], resources: ['pods'], verbs: ['delete'], resourceNames: ['vault-0', 'vault-1', 'vault-2'] },
  ]);
  expect(rules('persistentvolumeclaims')[0]).toMatchObject({
    verbs: ['delete'],
    resourceNames: ['data-vault-0', 'data-vault-1', 'data-vault-2'],
  });
});

// SECURITY.md: "Server certificates come from an authority of the platform's own"
test("an issuer of cert-manager takes the authority's place", () => {
  const { objects } = synth('certificates: {issuer: {name: company}}\nvault: {replicas: 3}');
  const certificates = ofKind(objects, 'Certificate');
  expect(certificates.map(({ spec }) => spec.secretName).sort()).toEqual(
    ['boundary-tls', 'keycloak-tls', 'platform-authority-tls', 'vault-tls'].sort(),
  );
  for (const { spec } of certificates)
    expect(spec.issuerRef).toEqual({ group: 'cert-manager.io', kind: 'ClusterIssuer', name: 'company' });
  const vault = find(objects, 'Certificate', 'vault-tls').spec;
  expect(vault.dnsNames).toEqual(expect.arrayContaining(['vault.vault.svc', 'vault-2.vault-internal.vault.svc']));
  expect([vault.duration, vault.renewBefore]).toEqual(['2160h', '720h']);
  expect(vault.usages).toEqual(['digital signature', 'server auth']);
  expect(bootstrapOf(objects, 'certificate-authority')).toMatchObject({
    isFollowed: true,
    certificates: [],
    authority: { namespace: 'platform-bootstrap', secretName: 'platform-authority-tls' },
  });
  const roles = ofKind(objects, 'Role').filter(({ metadata }) => metadata.name === 'certificate-authority-secrets');
  expect(roles.flatMap(({ rules }) => rules).filter(({ verbs }) => verbs.includes('create'))).toEqual([]);
});

test('resources of Vault are those of the configuration', () => {
  const { objects } = synth('vault: {resources: {requests: {cpu: 3}, limits: {cpu: 4, memory: 7Gi}}}');
  const [{ resources }] = find(objects, 'StatefulSet', 'vault').spec.template.spec.containers;
  expect([resources.requests.cpu, resources.limits.memory]).toEqual(['3', '7Gi']);
});
