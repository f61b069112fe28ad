import { parsePlatform } from '../../lib/config';
import { type Reach, reachOf } from '../../lib/relations/reach';
import { environmentsOf } from '../../lib/relations/row';
import { inside, type Party } from '../helpers/routes';
import { synth } from '../helpers/synth';
import { instanceOf, node, outside, pod, world } from '../helpers/world';
import { REACH_CASES } from './cases';

/** Pods of each part that rows name, by their instance. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  Vault: ['vault'],
  "Boundary's API": ['boundary-controller'],
  "Boundary's workers": ['boundary-worker'],
  Keycloak: ['keycloak'],
  databases: ['boundary-database', 'keycloak-database'],
};
const PRIVATE = ['10.77.0.9', '172.20.0.9', '192.168.7.9', '100.70.0.9', 'fd12::9'];
const PUBLIC = ['1.1.1.1', '2606:4700::1111'];
const METADATA = { '169.254.169.254/32': '169.254.169.254', 'fd00:ec2::254/128': 'fd00:ec2::254' };

/** Ports that rows name: of every port, some. */
const portsIn = (how: string): number[] => {
  const [, list] = /^(?:SSH, |metrics, )?(?:TCP|UDP) (\d+(?:, \d+)*)/.exec(how) ?? [];
  return list ? list.split(', ').map(Number) : [22, 443, 5432, 8200];
};
const protocolIn = (how: string): 'TCP' | 'UDP' => (how.startsWith('UDP') ? 'UDP' : 'TCP');

describe.each(Object.entries(REACH_CASES))('what environments reach: %s', (_title, { text, env }) => {
  const platform = synth(text, env);
  const { config } = platform;
  const rows = reachOf(parsePlatform([{ name: 'platform.yaml', text }], env));
  const { pods, open } = world(platform, 'calico');
  const environments = pods.filter(({ labels }) => labels['app.kubernetes.io/component'] === 'environment');
  const named = (instances: readonly string[]) => pods.filter(({ labels }) => instances.includes(instanceOf(labels)));
  const from = ({ who }: Reach): readonly Party[] =>
    who.name === 'all' ? environments : environments.filter(({ labels }) => instanceOf(labels) === who.name);
  const ways = (row: Reach, to: readonly Party[]) =>
    from(row).flatMap((one) =>
      to
        .filter((other) => other !== one)
        .flatMap((other) =>
          portsIn(row.how).map((port) => open({ from: one, to: other, port, protocol: protocolIn(row.how) })),
        ),
    );
  const reached = rows.filter(({ who }) => who.kind === 'environment');
  const hosts = reached.filter(({ what }) => what.kind === 'host');
  const { deny } = config.network.egress;
  const isDenied = (address: string) => deny.some((cidr) => inside(address, cidr));
  const allows = hosts.filter(
    ({ setting, allowed }) => setting?.startsWith('network.egress.allow[') && allowed === 'yes',
  );
  const covered = (address: string, port: number) =>
    allows.some(
      ({ what, how }) =>
        /^[\da-f.:]+\/\d+$/.test(what.name) &&
        inside(address, what.name) &&
        (how.startsWith('every') || portsIn(how).includes(port)),
    );

  test('the internet, private networks and what is allowed and denied of them, address by address', () => {
    const internet = hosts.find(({ what }) => what.name === 'the internet')?.allowed === 'yes';
    const listed = hosts.map(({ what }) => what.name.split('/')[0]).filter((name) => /^[\d.]+$/.test(name));
    const addresses = [...PRIVATE, ...PUBLIC, ...listed.filter((address) => address !== '0.0.0.0')];
    const tried = addresses.flatMap((address) => [80, 443, 5432, 9999].map((port) => [address, port] as const));
    const isPublic = (address: string) => PUBLIC.includes(address) || address.startsWith('203.');
    for (const [address, port] of tried) {
      const said = !isDenied(address) && ((internet && isPublic(address)) || covered(address, port));
      const does = environments.map((one) => open({ from: one, to: outside(address), port }));
      // Metadata servers of a cloud that knows pods have a test of their own.
      expect([address, port, new Set(does)]).toEqual([address, port, new Set([said])]);
    }
    const shut = hosts.find(({ what }) => what.name.endsWith('private networks'));
    expect(PRIVATE.every((address) => covered(address, 443)) && shut).toBeFalsy();
  });

  test('metadata addresses and resolvers', () => {
    for (const row of hosts.filter(({ what }) => what.name.startsWith('metadata address'))) {
      const address = METADATA[row.what.name.slice('metadata address '.length) as keyof typeof METADATA];
      const asked =
        row.who.name === 'others' ? hosts.filter(({ what }) => what.name.startsWith('metadata servers')) : [];
      const besides = environments.filter(({ labels }) => !asked.some(({ who }) => who.name === instanceOf(labels)));
      const ports = row.how.startsWith('every') ? [80, 443, 988] : portsIn(row.how);
      const does = besides.flatMap((one) => ports.map((port) => open({ from: one, to: outside(address), port })));
      expect(new Set(does)).toEqual(new Set([row.allowed === 'yes']));
    }
    for (const row of hosts.filter(({ what }) => what.name.startsWith('metadata servers')))
      for (const address of ['169.254.169.252', '169.254.169.254'])
        expect(ways(row, [outside(address)])).not.toContain(false);
    const { namespace, podLabels, port, addresses } = config.network.dns;
    const resolvers = [
      [pod(namespace, podLabels), port] as const,
      ...addresses.map((one) => [node(one.split('/')[0]), 53] as const),
    ];
    for (const [to, at] of resolvers)
      for (const protocol of ['TCP', 'UDP'] as const)
        expect(environments.map((one) => open({ from: one, to, port: at, protocol }))).not.toContain(false);
    expect(hosts.filter(({ what }) => what.name.startsWith('DNS'))).toHaveLength(resolvers.length);
  });

  /** Pods as if they had addresses of the networks that environments reach, the worst that may be. */
  const moved = (parties: readonly Party[]): Party[] =>
    allows.flatMap(({ what }) =>
      parties.map(
        (one) =>
          ({
            ...one,
            address: what.name.startsWith('0.') ? '10.9.9.9' : what.name.replace(/\.\d+\/\d+$/, '.9'),
          }) as Party,
      ),
    );

  test('parts of the platform and other environments: never, or where addresses are as it says', () => {
    const towards = (row: Reach): readonly Party[] =>
      row.what.kind === 'environment'
        ? environments
        : row.what.name === 'proxies of web access'
          ? pods.filter(({ namespace }) => namespace === config.namespaces.web)
          : named(PARTS[row.what.name] ?? []);
    const inner = reached
      .filter(({ what }) => what.kind === 'part' || what.kind === 'environment')
      .filter(({ what }) => !what.name.startsWith('cloud identity'));
    expect(inner.length).toBeGreaterThan(0);
    for (const row of inner) {
      const to = towards(row);
      const does = [...ways(row, to), ...ways(row, moved(to))];
      const isInside = row.how.includes('where pods have addresses');
      expect([row.what.name, row.how, does.includes(true)]).toEqual([
        row.what.name,
        row.how,
        isInside && to.length > 0,
      ]);
      expect(row.allowed).toBe(/ where /.test(row.how) ? 'depends' : 'no');
    }
  });

  test('the API server', () => {
    const [row] = hosts.filter(({ what }) => what.name === 'the Kubernetes API server');
    const { addresses, ports } = config.network.kubernetesApi;
    const known = addresses.map((cidr) => node(cidr.split('/')[0]));
    const anywhere = ['10.0.0.5', '172.18.0.2', '10.1.2.3'].map(node);
    const candidates = known.length > 0 ? known : [...anywhere, outside('34.1.2.3')];
    const does = environments.flatMap((one) =>
      candidates.flatMap((to) => ports.map((port) => open({ from: one, to, port }))),
    );
    expect(does.includes(true)).toBe(row.allowed !== 'no');
  });

  test('from outside: every server is open to those who are named, and environments to open ports', () => {
    const callers = { 'any address': ['198.51.100.9', '203.0.113.77', '10.9.9.9'] } as Record<string, string[]>;
    const incoming = rows.filter(({ who }) => who.kind === 'network' && !who.name.startsWith('namespace'));
    for (const row of incoming) {
      const to =
        row.what.kind === 'environment'
          ? environments
          : row.what.name === 'proxies of web access'
            ? pods.filter(
                ({ labels, namespace }) =>
                  namespace === config.namespaces.web && labels['app.kubernetes.io/component'] === 'proxy',
              )
            : named(PARTS[row.what.name]);
      const port =
        { Vault: 8200, "Boundary's API": 9200, "Boundary's workers": 9202 }[row.what.name] ??
        (row.what.kind === 'environment' ? (/\d+$/.exec(row.how) ? portsIn(row.how)[0] : 8080) : 8443);
      const sources = (callers[row.who.name] ?? [row.who.name.split('/')[0]]).map(outside);
      const alone = /pods of the namespace (\S+) alone/.exec(row.how)?.[1];
      const does = (from: readonly Party[]) =>
        from.flatMap((one) => to.map((other) => open({ from: one, to: other, port, protocol: protocolIn(row.how) })));
      expect(to.length).toBeGreaterThan(0);
      expect([row.what.name, new Set(does(alone ? [pod(alone, { app: 'controller' })] : sources))]).toEqual([
        row.what.name,
        new Set([row.allowed === 'yes']),
      ]);
      if (alone) expect(does(sources)).not.toContain(true);
    }
    const names = environmentsOf(config);
    expect(names.length).toBe(environments.length);
  });

  test('nobody from outside gets in where no row says so', () => {
    const isSaid = (address: string, what: Partial<Reach['what']>) =>
      rows.some(
        (row) =>
          row.who.kind === 'network' &&
          row.allowed === 'yes' &&
          !row.how.endsWith(' alone') &&
          (row.who.name === 'any address' || (row.who.name.includes('/') && inside(address, row.who.name))) &&
          row.what.kind === what.kind &&
          (!what.name || row.what.name === what.name),
      );
    for (const address of ['198.51.100.9', '10.9.9.9', '203.0.113.9']) {
      const opens = (to: readonly Party[], ports: readonly number[]) =>
        to.some((one) => ports.some((port) => open({ from: outside(address), to: one, port })));
      for (const [name, instances] of Object.entries(PARTS)) {
        const parts = named(instances);
        const does = opens(parts, [8200, 9200, 9202, 8443, 5432]);
        expect([address, name, does]).toEqual([
          address,
          name,
          parts.length > 0 && isSaid(address, { kind: 'part', name }),
        ]);
      }
      const does = opens(environments, [22, 2222, 3000, 8080, 9999]);
      expect([address, does]).toEqual([address, isSaid(address, { kind: 'environment' })]);
    }
  });
});
