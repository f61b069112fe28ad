import { CLOUD, NAMES, policiesOf, purposes, users, volume } from '../helpers/boundary-keys';
import { bootstrapOf, containersOf, find, type KubeObject, ofKind } from '../helpers/objects';
import { synth } from '../helpers/synth';

const ANNOTATION = 'serviceAccountAnnotations: {example.com/role: boundary}';

describe('with keys in the platform’s Vault', () => {
  const { objects } = synth('boundary: {kms: {type: transit, mountPath: seals, keyName: bnd}}');
  const files = find(objects, 'ConfigMap', 'boundary-kms').data;
  const setup = bootstrapOf(objects, 'vault-bootstrap');

  // SECURITY.md: "boundary.kms takes them elsewhere"
  test('each purpose has a key of its own, at Vault’s address and with its authority', () => {
    expect(files['worker-auth.hcl']).toBe(`kms "transit" {
  purpose = "worker-auth"
  address = "https://vault.vault.svc:8200"
  tls_ca_cert = "/etc/boundary/kms-ca/ca.crt"
  token = "file:///etc/boundary/kms-token/token"
  mount_path = "seals"
  key_name = "bnd-worker-auth"
}
`);
    expect(purposes(files['kms.hcl'])).toEqual(['root', 'worker-auth', 'recovery']);
    expect(purposes(files['recovery.hcl'])).toEqual(['recovery']);
    expect(files['schema.hcl']).toContain('url = "file:///etc/boundary/database/url"');
  });

  test('no key material is made beside it', () => {
    const secrets = JSON.parse(
      ofKind(objects, 'ConfigMap').find(
        ({ metadata }) => metadata.namespace === 'boundary' && metadata.name === 'generated-secrets',
      )?.data['config.json'],
    );
    expect(secrets.secrets.map((s: any) => s.secretName)).toEqual(['boundary-database', 'oidc-client']);
    expect(Object.values(files).join()).not.toContain('{{');
  });

  // SECURITY.md: "boundary.kms takes them elsewhere"
  test.each([
    ['controller', ['bnd-root', 'bnd-worker-auth', 'bnd-recovery']],
    ['worker', ['bnd-worker-auth']],
    ['recovery', ['bnd-recovery']],
  ])('the token of %s may use %s and nothing else', (holder, keys) => {
    const name = `boundary-kms-${holder}`;
    const { paths } = setup.policies.find((p: any) => p.name === name);
    expect(paths).toEqual({
      ...Object.fromEntries(keys.flatMap((k) => ['encrypt', 'decrypt'].map((v) => [`seals/${v}/${k}`, ['update']]))),
      'auth/token/lookup-self': ['read'],
      'auth/token/renew-self': ['update'],
    });
    expect(setup.tokens).toContainEqual(
      expect.objectContaining({ role: name, policies: [name], namespace: 'boundary', secretName: name }),
    );
    expect(setup.tokenRoles.find((r: any) => r.name === name).allowedPolicies).toEqual([name]);
    // What is granted, and goes with its grant, begins so.
    expect(name).not.toMatch(/^platform-/);
  });

  test('Vault has the engine and the keys before a pod needs them, and Terraform may not touch them', () => {
    expect(setup.mounts).toContainEqual(expect.objectContaining({ path: 'seals', type: 'transit' }));
    expect(setup.transitKeys.map((k: any) => k.name)).toEqual(['bnd-root', 'bnd-worker-auth', 'bnd-recovery']);
    const { paths } = setup.policies.find((p: any) => p.name === 'terraform');
    expect(Object.keys(paths).filter((path) => /seals|sys\/mounts\/[*+]/.test(path))).toEqual([]);
  });

  test('a person may have the keys replaced, by a ServiceAccount that no pod has, and may use none', () => {
    const { paths } = setup.policies.find((p: any) => p.name === 'vault-rotations');
    const keys = ['root', 'worker-auth', 'recovery'].map((purpose) => [`seals/keys/bnd-${purpose}/rotate`, ['update']]);
    expect(paths).toEqual({ ...Object.fromEntries(keys), 'auth/token/revoke-self': ['update'] });
    expect(setup.roles.find((r: any) => r.name === 'vault-rotations')).toMatchObject({
      serviceAccounts: ['vault-rotations'],
      namespaces: ['platform-bootstrap'],
      policies: ['vault-rotations'],
      noDefaultPolicy: true,
    });
    expect(find(objects, 'ServiceAccount', 'vault-rotations')).toMatchObject({ automountServiceAccountToken: false });
    const pods = users(objects).map(({ workload }) => workload);
    expect(JSON.stringify(pods)).not.toContain('vault-rotations');
  });

  // SECURITY.md: "Boundary's tokens for its keys in Vault (boundary.kms.type: transit) | Who reads it:"
  test('each pod waits for its own token, and has a way to Vault', () => {
    const tokens = users(objects).map(({ workload, name }) => [name, volume(workload, 'kms-token').secret.secretName]);
    expect(Object.fromEntries(tokens)).toEqual({
      'boundary-controller': 'boundary-kms-controller',
      'boundary-worker': 'boundary-kms-worker',
      'boundary-schema': 'boundary-kms-controller',
      'boundary-bootstrap': 'boundary-kms-recovery',
    });
    expect(policiesOf(objects)).toEqual(expect.arrayContaining(NAMES.map((name) => `${name}-to-vault`)));
  });
});

describe.each(Object.entries(CLOUD))('with a key in %s', (type, [settings, stanza]) => {
  const { objects } = synth(`network: {kubernetesApi: [10.96.0.1/32]}
boundary: {kms: {type: ${type}, ${settings}, ${ANNOTATION}}}
vault: {seal: {type: ${type}, ${settings}, ${ANNOTATION}}}`);

  // SECURITY.md: "boundary.kms takes them elsewhere"
  test('its stanzas name the key and hold no credential', () => {
    const files = find(objects, 'ConfigMap', 'boundary-kms').data;
    expect(files['recovery.hcl']).toBe(`kms "${type}" {\n  purpose = "recovery"\n  ${stanza}\n}\n`);
  });

  test('pods are known by their ServiceAccount, mount no static key, and reach the key service', () => {
    for (const { workload, name } of users(objects)) {
      const { spec, metadata } = workload.spec.template;
      const account = ofKind(objects, 'ServiceAccount').find(
        (a) => a.metadata.namespace === 'boundary' && a.metadata.name === spec.serviceAccountName,
      );
      expect([name, account?.metadata.annotations]).toEqual([name, { 'example.com/role': 'boundary' }]);
      expect(metadata.labels['azure.workload.identity/use']).toBe(type === 'azurekeyvault' ? 'true' : undefined);
      expect(volume(workload, 'kms').configMap.name).toBe('boundary-kms');
    }
    expect(policiesOf(objects)).toEqual(
      expect.arrayContaining([...NAMES, 'vault'].map((name) => `${name}-to-key-service`)),
    );
  });

  test('Vault’s own pods are known in the same way', () => {
    expect(find(objects, 'ServiceAccount', 'vault').metadata.annotations).toEqual({ 'example.com/role': 'boundary' });
    const { labels } = find(objects, 'StatefulSet', 'vault').spec.template.metadata;
    expect(labels['azure.workload.identity/use']).toBe(type === 'azurekeyvault' ? 'true' : undefined);
  });
});

test('key services’ programs are unpacked on a volume of their own, as the root file system is read-only', () => {
  for (const [text, expected] of [
    ['boundary: {kms: {type: transit}}', '/var/lib/boundary-plugins'],
    ['boundary: {}', undefined],
  ] as const) {
    const containers = users(synth(text).objects).flatMap(({ workload }) => containersOf(workload));
    for (const { name, env = [], volumeMounts } of containers.filter((c) => /boundary:/.test(c.image))) {
      // A migration tries one, whatever the keys are in.
      const folder = name === 'schema' ? '/var/lib/boundary-plugins' : expected;
      expect(env.find((e: any) => e.name === 'TMPDIR')?.value).toBe(folder);
      expect(volumeMounts.some((m: any) => m.mountPath === '/var/lib/boundary-plugins')).toBe(folder !== undefined);
    }
  }
});

describe('with a database of others', () => {
  const text = (more = '') =>
    `boundary: {database: {externalUrl: "postgresql://bnd@db.example.com:6432/boundary"${more}}}`;
  const { objects } = synth(text(', caConfigMap: rds-ca, secretName: db-login'));
  const password = { name: 'PGPASSWORD', valueFrom: { secretKeyRef: { name: 'db-login', key: 'password' } } };

  test('there is none of its own', () => {
    const named = objects.filter(({ metadata }) => metadata.namespace === 'boundary');
    expect(ofKind(named, 'StatefulSet').map(({ metadata }) => metadata.name)).toEqual(['boundary-worker']);
    expect(policiesOf(named)).toEqual(
      expect.arrayContaining(['boundary-controller-to-boundary-database', 'boundary-schema-to-boundary-database']),
    );
    const { spec } = find(named, 'NetworkPolicy', 'boundary-controller-to-boundary-database');
    expect(spec.egress[0].ports).toEqual([{ port: 6432, protocol: 'TCP' }]);
  });

  test('its certificate is verified, by the authority that is named or by those that all trust', () => {
    const url = (all: readonly KubeObject[]) => find(all, 'ConfigMap', 'boundary-database-address').data.url;
    // One that moved is not dialed at the address of before for minutes.
    const base = 'postgresql://bnd@db.example.com:6432/boundary?sslmode=verify-full&connect_timeout=5';
    expect(url(objects)).toBe(`${base}&sslrootcert=%2Fetc%2Fdatabase-ca%2Fca.crt`);
    expect(url(synth(text()).objects)).toBe(base);
  });

  test('those who connect have its password from the Secret, and its authority; workers have neither', () => {
    const holders = users(objects).filter(({ workload }) =>
      containersOf(workload).some(({ env = [] }) => env.some((e: any) => e.name === 'PGPASSWORD')),
    );
    expect(holders.map(({ name }) => name).sort()).toEqual(['boundary-controller', 'boundary-schema']);
    for (const { workload } of holders) {
      const [container] = containersOf(workload).filter(({ env = [] }) =>
        env.some((e: any) => e.name === 'PGPASSWORD'),
      );
      expect(container.env).toContainEqual(password);
      expect(container.volumeMounts).toContainEqual({
        name: 'database-ca',
        mountPath: '/etc/database-ca',
        readOnly: true,
      });
      expect(volume(workload, 'database-ca').configMap).toEqual({ name: 'rds-ca' });
    }
  });

  test('an address is allowed by itself', () => {
    const cidr = (host: string) =>
      find(
        synth(`boundary: {database: {externalUrl: "postgresql://b@${host}/b"}}`).objects,
        'NetworkPolicy',
        'boundary-controller-to-boundary-database',
      ).spec.egress[0].to;
    expect(cidr('192.0.2.7')).toEqual([{ ipBlock: { cidr: '192.0.2.7/32' } }]);
    expect(cidr('[2001:db8::7]')).toEqual([{ ipBlock: { cidr: '2001:db8::7/128' } }]);
  });
});
