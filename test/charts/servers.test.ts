import { bootstrapOf, find, type KubeObject, nameOf, ofKind } from '../helpers/objects';
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

  // SECURITY.md: "The platform's servers speak TLS alone, with certificates of its own authority"
  // SECURITY.md: "Without TLS are the connections of Keycloak and Boundary to databases of their own"
  test('speaks TLS with clients, and without it of its health alone, and with its database', () => {
    const hcl = find(objects, 'ConfigMap', 'boundary-controller').data['controller.hcl'];
    const listeners = [...hcl.matchAll(/^listener "tcp" \{\n([\s\S]*?)^\}/gm)].map(([, text]) => text);
    const of = (purpose: string) => listeners.filter((text) => text.includes(`purpose = "${purpose}"`)).join();
    expect(of('api')).toMatch(/tls_cert_file = "\/etc\/boundary\/tls\/tls\.crt"/);
    expect(listeners.filter((text) => text.includes('tls_disable'))).toEqual([of('ops')]);
    const { secrets } = JSON.parse(
      ofKind(objects, 'ConfigMap').find(
        ({ metadata }) => metadata.namespace === 'boundary' && metadata.name === 'generated-secrets',
      )?.data['config.json'],
    );
    const { values } = secrets.find(({ secretName }: any) => secretName === 'boundary-database');
    expect(values.url).toMatch(/@boundary-database\.boundary\.svc:5432\/boundary\?sslmode=disable/);
  });

  test('initialises its database once, before a controller starts', () => {
    const [job] = ofKind(objects, 'Job').filter((j) => j.metadata.name.startsWith('boundary-schema'));
    const { configMap } = bootstrapOf(objects, 'boundary-schema');
    const { volumes } = find(objects, 'Deployment', 'boundary-controller').spec.template.spec;
    expect(volumes).toContainEqual({ name: 'schema', configMap: { name: configMap } });
    expect(job.spec.template.spec.initContainers.map((c: any) => c.name)).toEqual(['check', 'schema']);
  });

  const jobsOf = (all: readonly KubeObject[], program: string) =>
    ofKind(all, 'Job').flatMap(({ metadata: { name } }) => (name.startsWith(program) ? [name] : []));

  test.each([
    ['image', 'images: {boundary: "hashicorp/boundary:0.22"}'],
    ['database', 'boundary: {database: {externalUrl: "postgresql://b@db.example.com/b"}}'],
  ])('brings another %s to its schema, as another Job with another mark', (_what, text) => {
    const other = synth(text).objects;
    expect(jobsOf(other, 'boundary-schema')).not.toEqual(jobsOf(objects, 'boundary-schema'));
    expect(bootstrapOf(other, 'boundary-schema').configMap).not.toBe(bootstrapOf(objects, 'boundary-schema').configMap);
  });

  test('makes its objects in another database, too', () => {
    const one = (host: string) =>
      synth(`boundary: {database: {externalUrl: "postgresql://b@${host}.example.com/b"}}`).objects;
    expect(jobsOf(one('one'), 'boundary-bootstrap')).not.toEqual(jobsOf(one('two'), 'boundary-bootstrap'));
    const { schema } = bootstrapOf(one('one'), 'boundary-bootstrap');
    expect(schema).toBe(bootstrapOf(one('one'), 'boundary-schema').configMap);
    const { rules } = find(one('one'), 'Role', 'boundary-bootstrap-configmaps');
    expect(rules).toContainEqual(expect.objectContaining({ verbs: ['get'], resourceNames: [schema] }));
  });

  test('prepares that anew, with what it makes of it, where a step of it has given up', () => {
    for (const program of ['boundary-bootstrap', 'boundary-schema']) {
      const [{ spec }] = ofKind(objects, 'Job').filter(({ metadata: { name } }) => name.startsWith(program));
      // A container that is restarted in its pod would go on with what the steps before once made.
      expect([program, spec.template.spec.restartPolicy]).toEqual([program, 'Never']);
      expect(spec.backoffLimit).toBeGreaterThan(5);
    }
  });

  test('tells clients the address of each worker, at which only that worker answers', () => {
    const { data } = find(objects, 'ConfigMap', 'boundary-worker');
    const addresses = [0, 1].map((i) => /public_addr = "(.*)"/.exec(data[`boundary-worker-${i}.hcl`])?.[1]);
    expect(addresses).toEqual(['localhost:30922', 'localhost:30923']);
    const { selector, ports } = find(objects, 'Service', 'boundary-worker-1-external').spec;
    expect(selector['statefulset.kubernetes.io/pod-name']).toBe('boundary-worker-1');
    expect(ports[0].nodePort).toBe(30923);
  });

  test('tells clients the load balancer of each worker, where it is known', () => {
    const told = (addresses: string) => {
      const all = synth(
        `{boundary: {workers: 2}, access: {mode: loadBalancer, loadBalancerAddresses: {boundaryWorker: ${addresses}}}}`,
      ).objects;
      const { data } = find(all, 'ConfigMap', 'boundary-worker');
      return [0, 1].map((i) => /public_addr = "(.*)"/.exec(data[`boundary-worker-${i}.hcl`])?.[1]);
    };
    expect(told('[10.1.2.3, w.example.com]')).toEqual(['10.1.2.3:9202', 'w.example.com:9202']);
    expect(told('10.1.2.3')).toEqual(['10.1.2.3:9202', 'boundary-worker-1.boundary.svc:9202']);
  });

  test('has other pods where what they read at their start is another', () => {
    const before = synth('access: {mode: loadBalancer}').objects;
    const after = synth('access: {mode: loadBalancer, loadBalancerAddresses: {boundaryWorker: 10.1.2.3}}').objects;
    const digests = [before, after].map((all) =>
      ['StatefulSet boundary-worker', 'Deployment boundary-controller'].map((name) => {
        const [kind, instance] = name.split(' ');
        return find(all, kind, instance).spec.template.metadata.annotations['agent-sandbox.dev/config-digest'];
      }),
    );
    expect(digests[0][0]).not.toBe(digests[1][0]);
    expect(digests[0][1]).toBe(digests[1][1]);
  });

  test('has workers and controllers do without each other for as long, and sessions go on meanwhile', () => {
    const [worker, controller] = ['worker', 'controller'].map(
      (role) => find(objects, 'ConfigMap', `boundary-${role}`).data,
    );
    // Boundary takes both or none.
    expect(worker['boundary-worker-0.hcl']).toContain('status_call_timeout = "5s"');
    expect(worker['boundary-worker-0.hcl']).toContain('successful_status_grace_period = "60s"');
    expect(JSON.stringify(controller)).toContain('worker_status_grace_period = \\"60s\\"');
  });

  test('gives workers time to end their sessions', () => {
    const { spec } = find(objects, 'StatefulSet', 'boundary-worker');
    // Bounded, as a worker whose controllers are gone waits for all of it.
    expect(spec.template.spec.terminationGracePeriodSeconds).toBe(120);
  });
});

describe('a login to Boundary', () => {
  const lifetimes = (text: string) => {
    const { data } = find(synth(text).objects, 'ConfigMap', 'boundary-controller');
    return [...data['controller.hcl'].matchAll(/auth_token_time_to_(live|stale) = "(\w+)"/g)].map(([, , time]) => time);
  };

  // SECURITY.md: "An agent keeps a login of Boundary for an hour after each command"
  test('lasts a working day, and an hour without use', () => {
    expect(lifetimes('profile: kind')).toEqual(['28800s', '3600s']);
    expect(lifetimes('boundary: {loginTtl: 12h}')).toEqual(['43200s', '3600s']);
  });

  test('is not stale before it has begun to last', () => {
    expect(lifetimes('boundary: {loginTtl: 30m}')).toEqual(['1800s', '1800s']);
  });
});

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
