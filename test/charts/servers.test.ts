import { find, type KubeObject, nameOf, ofKind } from '../helpers/objects';
import { synth } from '../helpers/synth';

const bootstrapOf = (objects: readonly KubeObject[], name: string) =>
  JSON.parse(find(objects, 'ConfigMap', name).data['config.json']);

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
    expect(spec).toEqual({ maxUnavailable, selector: { matchLabels: set.spec.selector.matchLabels } });
    if (replicas > 1) expect(replicas - maxUnavailable).toBeGreaterThan(replicas / 2);
  });

  test('starts all servers at once and keeps their volumes', () => {
    expect(set.spec).toMatchObject({
      replicas,
      podManagementPolicy: 'Parallel',
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    });
    expect(set.spec.volumeClaimTemplates[0].spec.resources.requests.storage).toBe('3Gi');
  });

  test('is spread over nodes and zones where there are several', () => {
    const constraints = set.spec.template.spec.topologySpreadConstraints;
    expect(constraints.map((c: any) => [c.topologyKey, c.maxSkew, c.labelSelector.matchLabels])).toEqual([
      ['kubernetes.io/hostname', 1, set.spec.selector.matchLabels],
      ['topology.kubernetes.io/zone', 1, set.spec.selector.matchLabels],
    ]);
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
    expect(livenessProbe.httpGet.path).toContain('sealedcode=204&uninitcode=204');
  });

  test('speaks TLS only, and keeps no key beside itself', () => {
    expect(hcl).not.toMatch(/tls_disable/);
    const { keys } = bootstrapOf(objects, 'vault-bootstrap');
    expect(keys.namespace).not.toBe(set.metadata.namespace);
    expect(facts.vault?.address).toBe('https://vault.vault.svc:8200');
  });
});

test.each([
  ['{type: development}', false, ''],
  [
    '{type: awskms, region: eu-west-1, keyId: alias/a}',
    true,
    'seal "awskms" {\n  region = "eu-west-1"\n  kms_key_id = "alias/a"\n}',
  ],
  [
    '{type: gcpckms, project: p, region: r, keyRing: k, cryptoKey: c}',
    true,
    'seal "gcpckms" {\n  project = "p"\n  region = "r"\n  key_ring = "k"\n  crypto_key = "c"\n}',
  ],
  [
    '{type: azurekeyvault, tenantId: t, vaultName: v, keyName: k}',
    true,
    'seal "azurekeyvault" {\n  tenant_id = "t"\n  vault_name = "v"\n  key_name = "k"\n}',
  ],
  [
    '{type: transit, address: "https://other:8200", keyName: k, tokenSecret: s}',
    true,
    'seal "transit" {\n  address = "https://other:8200"\n  key_name = "k"\n  mount_path = "transit"\n}',
  ],
])('seal %s', (seal, automatic, stanza) => {
  const { objects } = synth(`vault: {seal: ${seal}}`);
  const hcl: string = find(objects, 'ConfigMap', 'vault-config').data['vault.hcl'];
  expect(hcl.slice(hcl.indexOf('telemetry')).split('}\n').slice(1).join('}\n').trim()).toBe(stanza);
  expect(bootstrapOf(objects, 'vault-bootstrap').autoUnseal).toBe(automatic);
  const { template } = find(objects, 'StatefulSet', 'vault').spec;
  expect(template.metadata.annotations['agent-sandbox.dev/seal']).toBe(automatic ? 'automatic' : 'development');
  const token = template.spec.containers[0].env.find((e: any) => e.name === 'VAULT_TOKEN');
  expect(token?.valueFrom).toEqual(
    seal.includes('transit') ? { secretKeyRef: { name: 's', key: 'token' } } : undefined,
  );
});

test('resources of Vault are those of the configuration', () => {
  const { objects } = synth('vault: {resources: {requests: {cpu: 3}, limits: {cpu: 4, memory: 7Gi}}}');
  const [{ resources }] = find(objects, 'StatefulSet', 'vault').spec.template.spec.containers;
  expect([resources.requests.cpu, resources.limits.memory]).toEqual(['3', '7Gi']);
});

describe('Boundary', () => {
  const { objects } = synth('boundary: {controllers: 3, workers: 2}');

  test('has its servers, each kind with a disruption budget', () => {
    expect(find(objects, 'Deployment', 'boundary-controller').spec.replicas).toBe(3);
    expect(find(objects, 'StatefulSet', 'boundary-worker').spec.replicas).toBe(2);
    const budgets = ofKind(objects, 'PodDisruptionBudget').filter((b) => b.metadata.namespace === 'boundary');
    expect(budgets.map(nameOf)).toEqual([
      'PodDisruptionBudget boundary/boundary-controller',
      'PodDisruptionBudget boundary/boundary-worker',
    ]);
  });

  test('initialises its database once, before a controller starts', () => {
    const [job] = ofKind(objects, 'Job').filter((j) => j.metadata.name.startsWith('boundary-schema'));
    const { configMap } = bootstrapOf(objects, 'boundary-schema');
    const { volumes } = find(objects, 'Deployment', 'boundary-controller').spec.template.spec;
    expect(volumes).toContainEqual({ name: 'schema', configMap: { name: configMap } });
    expect(job.spec.template.spec.initContainers.map((c: any) => c.name)).toEqual(['check', 'schema']);
  });

  test('migrates it for another image, as another Job with another mark', () => {
    const other = synth('images: {boundary: "hashicorp/boundary:0.22"}').objects;
    const jobs = (all: readonly KubeObject[]) => ofKind(all, 'Job').map(({ metadata }) => metadata.name);
    const schema = (all: readonly KubeObject[]) => jobs(all).filter((name) => name.startsWith('boundary-schema'));
    expect(schema(other)).not.toEqual(schema(objects));
    expect(bootstrapOf(other, 'boundary-schema').configMap).not.toBe(bootstrapOf(objects, 'boundary-schema').configMap);
  });

  test('tells clients the address of each worker, at which only that worker answers', () => {
    const { data } = find(objects, 'ConfigMap', 'boundary-worker');
    const addresses = [0, 1].map((i) => /public_addr = "(.*)"/.exec(data[`boundary-worker-${i}.hcl`])?.[1]);
    expect(addresses).toEqual(['localhost:30922', 'localhost:30923']);
    const { selector, ports } = find(objects, 'Service', 'boundary-worker-1-external').spec;
    expect(selector['statefulset.kubernetes.io/pod-name']).toBe('boundary-worker-1');
    expect(ports[0].nodePort).toBe(30923);
  });

  test('gives workers time to end their sessions', () => {
    const { spec } = find(objects, 'StatefulSet', 'boundary-worker');
    // Bounded, as a worker whose controllers are gone waits for all of it.
    expect(spec.template.spec.terminationGracePeriodSeconds).toBe(120);
  });
});

describe('Keycloak', () => {
  const { objects } = synth('keycloak: {groups: [admins, developers, readonly, auditors]}');
  const [container] = find(objects, 'Deployment', 'keycloak').spec.template.spec.containers;
  const env = Object.fromEntries(container.env.map((e: any) => [e.name, e.value ?? e.valueFrom.secretKeyRef]));

  test('runs in production mode, with one issuer inside and outside', () => {
    expect(container.command).toEqual(['/opt/keycloak/bin/kc.sh', 'start', '--import-realm']);
    expect(env).toMatchObject({ KC_HOSTNAME: 'https://localhost:30880', KC_HTTP_ENABLED: 'false', KC_DB: 'postgres' });
  });

  test('has every password from a Secret', () => {
    for (const name of ['KC_DB_PASSWORD', 'KC_BOOTSTRAP_ADMIN_PASSWORD', 'BOUNDARY_CLIENT_SECRET']) {
      expect(env[name]).toEqual({ name: expect.any(String), key: expect.any(String) });
    }
  });

  test('starts with its realm, groups, group claim and client', () => {
    const realm = JSON.parse(find(objects, 'ConfigMap', 'keycloak-realm').data['realm.json']);
    expect(realm.groups.map((g: any) => g.name)).toEqual(['admins', 'developers', 'readonly', 'auditors']);
    const [boundary] = realm.clients.filter((c: any) => c.clientId === 'boundary');
    expect(boundary.defaultClientScopes).toContain('groups');
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Keycloak fills it in.
    expect(boundary.secret).toBe('${BOUNDARY_CLIENT_SECRET}');
    const [scope] = realm.clientScopes.filter((s: any) => s.name === 'groups');
    expect(scope.protocolMappers[0]).toMatchObject({ protocolMapper: 'oidc-group-membership-mapper' });
  });
});
