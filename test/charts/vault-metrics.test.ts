import { parse } from 'yaml';
import { sectionsOf } from '../docs/commands';
import { bootstrapOf, find, nameOf, ofKind } from '../helpers/objects';
import type { Connection } from '../helpers/routes';
import { synth } from '../helpers/synth';
import { outside, pod, world } from '../helpers/world';

const [section] = sectionsOf('docs/OPERATIONS.md').filter(({ title }) => title === "Vault's metrics");
const [setting, monitor, scraping, alerts] = section.blocks
  .filter(({ language }) => language === 'yaml')
  .map(({ text }) => text);
const PORT = 8202;
const LABELS = { 'app.kubernetes.io/name': 'prometheus' };

const platform = synth(setting);
const { objects } = platform;
const hcl: string = find(objects, 'ConfigMap', 'vault-config').data['vault.hcl'];

describe('by default', () => {
  const without = synth('profile: kind').objects;

  test('nobody reads metrics: no listener, no port, no route', () => {
    expect(find(without, 'ConfigMap', 'vault-config').data['vault.hcl']).not.toContain('unauthenticated');
    const vault = without.filter(({ metadata }) => metadata.namespace === 'vault');
    expect(JSON.stringify(vault)).not.toMatch(new RegExp(`${PORT}|prometheus"`));
  });
});

describe('with a namespace that reads them', () => {
  // SECURITY.md: "whoever runs in the pods that vault.metrics names | Cannot: read or write anything else"
  test('metrics alone take no login, on a port of their own that shows the same certificate', () => {
    const listeners = hcl.match(/^listener "tcp" {\n[\s\S]*?^}$/gm) ?? [];
    const open = listeners.filter((listener) => listener.includes('unauthenticated_metrics_access = true'));
    expect([listeners.length, open.length]).toEqual([2, 1]);
    const tls = (listener = '') => listener.match(/^ {2}tls_.*$/gm);
    expect(open[0]).toContain(`address = "[::]:${PORT}"`);
    expect(tls(open[0])).toEqual(tls(listeners[0]));
    expect(tls(open[0])?.join()).not.toContain('disable');
    expect(hcl.match(/unauthenticated/g)).toHaveLength(1);
  });

  // SECURITY.md: "whoever runs in the pods that vault.metrics names | Can: read Vault's metrics"
  // SECURITY.md: "So network policies let nobody but the bootstrap and the other servers reach such a server"
  test('the pods named reach that port of initialised servers, and no other; nobody else reaches it', () => {
    const { named, open, pods } = world(platform, 'calico');
    const reader = pod('monitoring', LABELS);
    const ways = (from: Connection['from'], port: number) => named('vault').map((to) => ({ from, to, port }));
    expect(ways(reader, PORT).filter((way) => !open(way))).toEqual([]);
    const others = [
      pod('monitoring', { app: 'grafana' }),
      pod('strangers', LABELS),
      outside('198.51.100.1'),
      ...pods.filter(({ labels }) => labels['app.kubernetes.io/instance'] !== 'vault'),
    ];
    expect(others.flatMap((from) => ways(from, PORT)).filter(open)).toEqual([]);
    const fresh = named('vault').map((to) => ({ ...to, labels: { ...to.labels, 'vault-initialized': 'false' } }));
    expect(fresh.filter((to) => open({ from: reader, to, port: PORT }))).toEqual([]);
    const added = ofKind(objects, 'NetworkPolicy').filter(({ metadata }) => metadata.name.endsWith('-prometheus'));
    expect(added.map(nameOf)).toEqual(['NetworkPolicy vault/vault-from-prometheus']);
    expect(added[0].spec.ingress[0].ports).toEqual([{ protocol: 'TCP', port: PORT }]);
  });

  test('without labels these are all pods of the namespace', () => {
    const all = synth('vault: {metrics: {namespace: monitoring}}').objects;
    const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } };
    expect(find(all, 'NetworkPolicy', 'vault-from-prometheus').spec.ingress[0].from).toEqual([{ namespaceSelector }]);
  });

  test('nothing is made in that namespace', () =>
    expect(objects.filter(({ metadata }) => metadata.namespace === 'monitoring')).toEqual([]));
});

describe('docs/OPERATIONS.md', () => {
  const [server] = ofKind(objects, 'StatefulSet').filter(({ metadata }) => metadata.namespace === 'vault');
  const { dnsNames } = bootstrapOf(objects, 'certificate-authority').certificates.find(
    ({ secretName }: { secretName: string }) => secretName === 'vault-tls',
  );

  test('its ServiceMonitor finds one Service with that port, scrapes it by TLS, and verifies its certificate', () => {
    const { metadata, spec } = parse(monitor);
    const selected = ofKind(objects, 'Service').filter(
      (service) =>
        service.metadata.namespace === metadata.namespace &&
        Object.entries(spec.selector.matchLabels).every(([key, value]) => service.metadata.labels?.[key] === value),
    );
    const [endpoint] = spec.endpoints;
    const having = selected.filter((service) => service.spec.ports.some(({ name }: any) => name === endpoint.port));
    expect(having.map(nameOf)).toEqual(['Service vault/vault-internal']);
    expect(having[0].spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
    const { targetPort } = having[0].spec.ports.find(({ name }: any) => name === endpoint.port);
    const [{ ports }] = server.spec.template.spec.containers;
    expect(ports).toContainEqual({ name: 'metrics', containerPort: targetPort });
    expect(having[0].metadata.labels?.[spec.jobLabel]).toBe('vault');
    expect(endpoint).toMatchObject({ scheme: 'https', path: '/v1/sys/metrics', params: { format: ['prometheus'] } });
    expect(dnsNames).toContain(endpoint.tlsConfig.serverName);
    const { name, key } = endpoint.tlsConfig.ca.configMap;
    const published = ofKind(objects, 'ConfigMap').filter((one) => one.metadata.namespace === metadata.namespace);
    expect(published.map((one) => one.metadata.name)).toContain(name);
    expect([key, bootstrapOf(objects, 'certificate-authority').publishTo]).toEqual([
      'ca.crt',
      expect.arrayContaining([metadata.namespace]),
    ]);
    expect(endpoint.tlsConfig.insecureSkipVerify).toBeUndefined();
  });

  test('without the operator, Prometheus scrapes the same, as the same job', () => {
    const [job] = parse(scraping).scrape_configs;
    const [endpoint] = parse(monitor).spec.endpoints;
    expect(job).toMatchObject({
      job_name: 'vault',
      scheme: endpoint.scheme,
      metrics_path: endpoint.path,
      params: endpoint.params,
      tls_config: { server_name: endpoint.tlsConfig.serverName },
      dns_sd_configs: [{ names: ['vault-internal.vault.svc'], port: PORT }],
    });
    expect(job.tls_config.insecure_skip_verify).toBeUndefined();
  });

  test('its alerts are about that job', () => {
    const rules: { alert: string; expr: string }[] = parse(alerts);
    expect(rules.length).toBeGreaterThan(4);
    for (const { alert, expr } of rules) {
      const metrics = expr.match(/\b(vault_\w+|up)\b/g) ?? [];
      expect([alert, metrics.length]).toEqual([alert, (expr.match(/{job="vault"}/g) ?? []).length]);
      expect(metrics.length).toBeGreaterThan(0);
    }
  });
});
