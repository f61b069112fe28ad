import { bootstrapOf, find, type KubeObject, nameOf, ofKind } from '../helpers/objects';
import { synth } from '../helpers/synth';

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
