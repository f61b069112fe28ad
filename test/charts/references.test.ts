import { clientSecretsOf } from '../../lib/operate/cluster/client-secrets';
import { CASES } from '../helpers/cases';
import { containersOf, type KubeObject, nameOf, ofKind, workloads } from '../helpers/objects';
import { synth } from '../helpers/synth';

type Kind = 'configmaps' | 'secrets';

const secretOf = (s: any) => `secrets ${s.namespace}/${s.secretName}`;

/** What a bootstrap makes, and the storage that it may remove, by `kind namespace/name`, as its own configuration says it. */
function madeBy(config: any): string[] {
  const certificates = (config.certificates ?? []).map(secretOf);
  const bundles = (config.publishTo ?? []).flatMap((namespace: string) =>
    ['configmaps', 'secrets'].map((kind) => `${kind} ${namespace}/${config.bundle}`),
  );
  const authorities = (config.sshAuthorities ?? []).map(
    ({ publishTo: to }: any) => `configmaps ${to.namespace}/${to.configMap}`,
  );
  const secrets = (config.secrets ?? []).map((s: any) => `secrets ${config.namespace}/${s.secretName}`);
  const keys = [config.keys, config.authority].filter(Boolean).map(secretOf);
  const tokens = (config.tokens ?? []).map(secretOf);
  const own = config.configMap ? [`configmaps ${config.namespace}/${config.configMap}`] : [];
  const { namespace, pods = [], claims = [] } = config.storage ?? {};
  const storage = [
    ...pods.map((name: string) => `pods ${namespace}/${name}`),
    ...claims.map((name: string) => `persistentvolumeclaims ${namespace}/${name}`),
  ];
  const sets = Object.entries<Record<string, number>>(config.sets ?? {}).flatMap(([place, own]) =>
    Object.keys(own).flatMap((name) => [`statefulsets/scale ${place}/${name}`, `configmaps ${place}/${name}-notice`]),
  );
  return [...sets, ...storage, ...certificates, ...bundles, ...authorities, ...secrets, ...keys, ...tokens, ...own];
}

/** Everything that a pod does not start without. */
function needs(workload: KubeObject): string[] {
  const { metadata, spec } = workload;
  const { volumes = [] } = spec.template.spec;
  const named = (kind: Kind, source: any, name = source?.name) =>
    source && !source.optional ? [`${kind} ${metadata.namespace}/${name}`] : [];
  const mounted = volumes.flatMap((v: any) => [
    ...named('configmaps', v.configMap),
    ...named('secrets', v.secret, v.secret?.secretName),
    ...(v.projected?.sources ?? []).flatMap((s: any) => [
      ...named('secrets', s.secret),
      ...named('configmaps', s.configMap),
    ]),
  ]);
  const read = containersOf(workload).flatMap(({ env = [] }) =>
    env.flatMap((e: any) => [
      ...named('secrets', e.valueFrom?.secretKeyRef),
      ...named('configmaps', e.valueFrom?.configMapKeyRef),
    ]),
  );
  return [...mounted, ...read];
}

/** What the signer of host certificates makes: its configuration is the same whatever environments there are. */
const certified = (config: any, objects: readonly KubeObject[]): string[] =>
  config.selector === undefined
    ? []
    : ofKind(objects, 'StatefulSet')
        .filter(({ metadata }) => config.namespaces.includes(metadata.namespace))
        .flatMap(({ metadata, spec: { template } }) =>
          template.spec.volumes
            .find(({ name }: any) => name === 'ssh-host')
            .projected.sources.map(({ secret }: any) => `secrets ${metadata.namespace}/${secret.name}`),
        );

describe.each(Object.entries(CASES))('references of %s', (_title, { text, env }) => {
  const { config, objects } = synth(text, env);
  const programs = ofKind(objects, 'ConfigMap')
    .filter(({ data }) => data?.['program.mjs'])
    .map(({ metadata, data }) => ({ metadata, config: JSON.parse(data['config.json']) }));
  const made = programs.flatMap(({ config }) => madeBy(config));
  const clients = clientSecretsOf(objects).map(({ namespace, name }) => `secrets ${namespace}/${name}`);
  const own = ofKind(objects, 'ConfigMap')
    .filter(({ data }) => data)
    .map(({ metadata }) => `configmaps ${metadata.namespace}/${metadata.name}`);

  // SECURITY.md: "All are made in the cluster."
  test('every ConfigMap and Secret that a pod needs is made, here or by a bootstrap', () => {
    // What the configuration names is its owner's to make.
    const { secretName, caConfigMap } = config.boundary.database;
    const { target } = config.vault.backup;
    const bucket = target.type === 's3' ? [`secrets ${target.secretName}`, `configmaps ${target.caConfigMap}`] : [];
    const brought = [
      ...config.environments.volumes.flatMap((v) => (v.secret ? [`secrets devenv/${v.secret.name}`] : [])),
      ...[`secrets boundary/${secretName}`, `configmaps boundary/${caConfigMap}`],
      ...clients,
      ...bucket.map((name) => name.replace(' ', ' platform-bootstrap/')),
    ];
    const issued = ofKind(objects, 'Certificate').map(
      ({ metadata, spec }) => `secrets ${metadata.namespace}/${spec.secretName}`,
    );
    const given = new Set([...made, ...own, ...issued, ...brought]);
    const missing = workloads(objects).flatMap((w) =>
      needs(w)
        .filter((n) => !given.has(n))
        .map((n) => [nameOf(w), n]),
    );
    expect(missing).toEqual([]);
  });

  test('what reads a client’s secret that nobody makes says so', () => {
    const asked = programs.flatMap(({ config }) => [config.identity?.clientSecret, config.people?.clientSecret]);
    const mounted = workloads(objects).flatMap(({ metadata, spec }) =>
      (spec.template.spec.volumes ?? [])
        .filter(({ name }: any) => name === 'client')
        .map(({ secret }: any) => `secrets ${metadata.namespace}/${secret.secretName}`),
    );
    const read = new Set([...asked.filter(Boolean).map(secretOf), ...mounted]);
    expect(clients).toEqual([...read].filter((secret) => !made.includes(secret)).sort());
  });

  test('every mount has its volume, every volume a mount', () => {
    for (const workload of workloads(objects)) {
      const { volumes = [] } = workload.spec.template.spec;
      const claims = (workload.spec.volumeClaimTemplates ?? []).map((c: any) => c.metadata.name);
      const mounted = containersOf(workload).flatMap((c) => (c.volumeMounts ?? []).map((m: any) => m.name));
      const there = [...volumes.map((v: any) => v.name), ...claims];
      expect([nameOf(workload), [...new Set(mounted)].sort()]).toEqual([nameOf(workload), there.sort()]);
    }
  });

  // SECURITY.md: "Each bootstrap may read and change just the objects it makes, by name"
  // SECURITY.md: "What certifies environments is a program of its own (ssh-host-signer)"
  test('every bootstrap may write what it makes, and nothing else', () => {
    for (const { metadata, config } of programs) {
      const granted = ofKind(objects, 'RoleBinding')
        .filter(({ subjects }) =>
          subjects.some((s: any) => s.name === metadata.name && s.namespace === metadata.namespace),
        )
        .flatMap((binding) => {
          const { namespace } = binding.metadata;
          const role = ofKind(objects, 'Role').find(
            (r) => r.metadata.namespace === namespace && r.metadata.name === binding.roleRef.name,
          );
          return role?.rules.flatMap((rule: any) =>
            (rule.resourceNames ?? []).map((name: string) => `${rule.resources[0]} ${namespace}/${name}`),
          );
        });
      const wanted = new Set([...madeBy(config), ...certified(config, objects)]);
      const clients = (config.clients ?? []).map((client: any) => client.secret);
      const read = [config.identity?.clientSecret, config.people?.clientSecret, ...clients]
        .filter(Boolean)
        .map(secretOf);
      const awaited = config.schema ? [`configmaps ${config.namespace}/${config.schema}`] : [];
      const all = [...wanted, ...read, ...awaited].sort();
      expect([metadata.name, [...new Set(granted)].sort()]).toEqual([metadata.name, all]);
    }
  });

  // SECURITY.md: "Each bootstrap may read and change just the objects it makes, by name"
  test('no Role reaches further than named ConfigMaps, Secrets and sizes, the list of pods, and the pods and storage of servers', () => {
    expect(ofKind(objects, 'ClusterRole')).toEqual([]);
    const isOfServers = ({ metadata }: KubeObject) => metadata.name === 'vault-registration';
    for (const { rules } of ofKind(objects, 'Role').filter(isOfServers))
      expect(rules).toEqual([{ ...rules[0], resources: ['pods'], verbs: ['get', 'patch'] }]);
    const others = ofKind(objects, 'Role').filter((role) => !isOfServers(role));
    for (const rule of others.flatMap(({ rules }) => rules)) {
      const { apiGroups, resources, verbs, resourceNames } = rule;
      const kinds: Record<string, RegExp> = { delete: /^(pods|persistentvolumeclaims)$/, list: /^pods$/ };
      const kind =
        kinds[verbs.join()] ??
        (resourceNames ? /^(secrets|configmaps|statefulsets\/scale)$/ : /^(secrets|configmaps)$/);
      expect(apiGroups).toEqual([resources[0].startsWith('statefulsets') ? 'apps' : '']);
      expect(resources).toEqual([expect.stringMatching(kind)]);
      // RBAC cannot name what does not exist yet.
      if (resourceNames === undefined) expect([['create'], ['list']]).toContainEqual(verbs);
      else expect([['get', 'patch'], ['get'], ['delete']]).toContainEqual(verbs);
    }
  });

  test('every binding and pod names an account that is there', () => {
    const accounts = ofKind(objects, 'ServiceAccount').map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    const bound = ofKind(objects, 'RoleBinding', 'ClusterRoleBinding').flatMap(({ subjects }) =>
      subjects.map((s: any) => `${s.namespace}/${s.name}`),
    );
    const used = workloads(objects).flatMap(({ metadata, spec: { template } }) =>
      template.spec.serviceAccountName ? [`${metadata.namespace}/${template.spec.serviceAccountName}`] : [],
    );
    expect([...bound, ...used].filter((name) => !accounts.includes(name))).toEqual([]);
    expect(ofKind(objects, 'ServiceAccount').every((a) => a.automountServiceAccountToken === false)).toBe(true);
  });
});
