import { profiled, STANDARD } from '../helpers/cases';
import { bootstrapOf, find, ofKind } from '../helpers/objects';
import { synth } from '../helpers/synth';

const CLUSTERS: Readonly<Record<string, string>> = {
  'node ports at an address of IPv6': 'access: {mode: nodePort, nodeAddress: "2001:db8::10"}',
  'load balancers with addresses of IPv6': `${STANDARD}
boundary: {workers: 1}
access:
  mode: loadBalancer
  loadBalancerAddresses:
    {vault: "2001:db8::10", boundary: "2001:db8::10", boundaryWorker: "2001:db8::10", keycloak: "2001:db8::10"}`,
};

describe.each(Object.entries(CLUSTERS))('with %s', (_title, text) => {
  const { facts, objects } = synth(text);
  const { certificates } = bootstrapOf(objects, 'certificate-authority');

  test('URLs have it in brackets', () => {
    const issuer = find(objects, 'Deployment', 'keycloak').spec.template.spec.containers[0].env.find(
      ({ name }: any) => name === 'KC_HOSTNAME',
    ).value;
    for (const url of [facts.vault?.externalAddress, facts.boundary?.externalAddress, issuer])
      expect(new URL(url).hostname).toBe('[2001:db8::10]');
  });

  test('workers tell clients an address that has a port', () => {
    const [text] = ofKind(objects, 'ConfigMap').flatMap(({ data }) => data?.['boundary-worker-0.hcl'] ?? []);
    expect(text).toMatch(/public_addr = "\[2001:db8::10\]:\d+"/);
  });

  test.each(['vault-tls', 'boundary-tls', 'keycloak-tls'])('the certificate %s is for it, as an address', (name) => {
    const { dnsNames, ipAddresses } = certificates.find(({ secretName }: any) => secretName === name);
    expect(ipAddresses).toEqual(['127.0.0.1', '2001:db8::10']);
    expect(dnsNames.filter((one: string) => one.includes(':'))).toEqual([]);
  });
});

test.each(['kind', 'standard'])('servers of %s listen on both families of addresses', (profile) => {
  const { objects } = synth(`${profiled(profile)}\nweb: {enabled: true}\nenvironments: {replicas: 1}`);
  const texts = ofKind(objects, 'ConfigMap').flatMap(({ metadata, data }) =>
    Object.entries(data ?? {}).flatMap(([name, text]) =>
      `${text}`.split('\n').map((line) => [`${metadata.name} ${name}`, line] as const),
    ),
  );
  const listeners = texts.filter(([, line]) => /^\s*(cluster_|https_)?address = "[^"]*:\d+"/.test(line));
  expect(listeners.length).toBeGreaterThanOrEqual(8);
  expect(listeners.filter(([, line]) => !/ = "(\[::\])?:\d+"/.test(line))).toEqual([]);
  expect(texts.filter(([, line]) => line.includes("listen_addresses='*'"))).toHaveLength(2);
});

test('environments are found in a cluster of any domain', () => {
  const { facts, objects } = synth('web: {enabled: true}');
  expect(facts.boundary?.targets.map(({ host }) => host)).toEqual(['devenv-0.devenv.svc']);
  const proxy = find(objects, 'ConfigMap', 'devenv-0').data['oauth2-proxy.cfg'];
  expect(proxy).toContain('upstreams = ["http://devenv-0.devenv.svc:8080"]');
});

test('full names of Vault and of environments follow the cluster’s domain, and short ones are everywhere the same', () => {
  const { objects } = synth('network: {dns: {clusterDomain: k8s.example.com}}');
  const domains = ['devenv', 'devenv.svc', 'devenv.svc.k8s.example.com'];
  const vault = bootstrapOf(objects, 'vault-bootstrap');
  expect(vault.sshHostRoles).toMatchObject([{ name: 'devenv', domains }]);
  const hosts = vault.sshAuthorities.find(({ publishTo }: any) => publishTo.configMap === 'ssh-host-ca');
  expect(hosts.prefix).toBe(`@cert-authority ${domains.map((domain) => `*.${domain}`).join(',')} `);
  expect(bootstrapOf(objects, 'ssh-host-signer').clusterDomain).toBe('k8s.example.com');
  const { certificates } = bootstrapOf(objects, 'certificate-authority');
  const { dnsNames } = certificates.find(({ secretName }: any) => secretName === 'vault-tls');
  expect(dnsNames).toEqual(expect.arrayContaining(['vault.vault.svc', 'vault.vault.svc.k8s.example.com']));
  expect(JSON.stringify(objects)).not.toContain('svc.cluster.local');
});

test("an issuer on the loopback of IPv6 is found there by the platform's own servers", () => {
  const { objects } = synth('access: {nodeAddress: "::1"}');
  const { containers } = find(objects, 'StatefulSet', 'vault').spec.template.spec;
  const { command } = containers.find(({ name }: any) => name === 'issuer-relay');
  expect(command.slice(-4)).toEqual(['::1', '30880', 'keycloak.keycloak.svc', '8443']);
});

test('the address of a load balancer is of the user who has its name, whoever else’s environment has it too', () => {
  const web = (addresses: string) => {
    const text = `${STANDARD}
web: {enabled: true}
environments: {users: {alice: {}, devenv-alice: {}}}
access: {loadBalancerAddresses: {web: ${addresses}}}`;
    const { objects } = synth(text);
    const of = (name: string) => find(objects, 'ConfigMap', name).data['oauth2-proxy.cfg'];
    return ['devenv-alice', 'devenv-devenv-alice'].map(
      (name) => /redirect_url = "https:\/\/([^/]*)/.exec(of(name))?.[1],
    );
  };
  expect(web('{devenv-alice: b.example.com}')).toEqual(['devenv-alice.web.svc', 'b.example.com']);
  expect(web('{alice: a.example.com, devenv-alice: b.example.com}')).toEqual(['a.example.com', 'b.example.com']);
  expect(web('{devenv-devenv-alice: b.example.com}')[1]).toBe('b.example.com');
});
