import { CERTIFICATE, OPENSHIFT, STANDARD } from '../helpers/cases';
import { bootstrapOf, find, ofKind } from '../helpers/objects';
import { synth } from '../helpers/synth';
import { write } from '../stacks/written';

const PARTS = 'web: {enabled: true}\nenvironments: {replicas: 2}';
const MODES: Readonly<Record<string, string>> = {
  ingress: `${STANDARD}\naccess: {mode: ingress, domain: a.example.com, annotations: {example.com/a: b}}\n${PARTS}`,
  gateway: `${STANDARD}\naccess: {mode: gateway, domain: a.example.com, annotations: {example.com/a: b}, gateway: {name: g, namespace: n}}\n${PARTS}`,
  route: `${OPENSHIFT}\naccess: {domain: a.example.com, annotations: {example.com/a: b}}\n${PARTS}`,
};
const HTTP = ['boundary', 'devenv-0', 'devenv-1', 'keycloak', 'vault'];

const ingress = (tls: string) => {
  const synthesized = synth(MODES.ingress.replace('mode: ingress', `mode: ingress, tls: ${tls}`));
  const { objects } = synthesized;
  const stacks = write(synthesized);
  return {
    objects,
    // Who looks at the certificate of the issuer's address, and who dials Vault's from outside.
    people: bootstrapOf(objects, 'vault-bootstrap').people,
    keeper: bootstrapOf(objects, 'boundary-keeper').identity,
    provider: stacks.stack('vault').provider.vault[0],
    file: stacks.stack('workloads').resource.terraform_data['authority-file'].provisioner[0]['local-exec'].environment,
  };
};

describe.each(Object.entries(MODES))('with access.mode %s', (_mode, text) => {
  const { objects, facts } = synth(text);
  const exposing = ofKind(objects, 'Ingress', 'HTTPRoute', 'TLSRoute', 'Route');

  test('every server has a way in, with the annotations of access', () => {
    expect(exposing.map(({ metadata }) => metadata.name).sort()).toEqual(HTTP);
    for (const { metadata } of exposing) expect(metadata.annotations).toMatchObject({ 'example.com/a': 'b' });
  });

  test('workers have load balancers of their own: what they speak passes no proxy', () => {
    const balancers = ofKind(objects, 'Service').filter(({ spec }) => spec.type === 'LoadBalancer');
    expect(balancers.map(({ metadata }) => metadata.name)).toEqual([0, 1].map((i) => `boundary-worker-${i}-external`));
  });

  test('addresses name no port that their scheme implies', () => {
    const { people } = bootstrapOf(objects, 'vault-bootstrap');
    const { apiUrl } = bootstrapOf(objects, 'boundary-keeper').identity;
    const urls = [facts.vault?.externalAddress, facts.boundary?.externalAddress, people.issuer, apiUrl];
    expect(urls).toEqual([
      'https://vault.a.example.com',
      'https://boundary.a.example.com',
      'https://keycloak.a.example.com/realms/agent-sandbox',
      'https://boundary.a.example.com',
    ]);
    expect(people.redirectUris[0]).toBe('https://vault.a.example.com/ui/vault/auth/oidc/oidc/callback');
  });
});

describe('behind an Ingress, which shows a certificate of its own,', () => {
  test('public authorities are trusted where nothing else is said', () => {
    const { people, keeper, provider, file } = ingress('{secretName: wildcard}');
    for (const one of [people, keeper]) expect([one.caFile, one.ca]).toEqual([undefined, undefined]);
    expect(provider.ca_cert_file).toBeUndefined();
    expect(file.CERTIFICATE).toMatch(/^\$\{base64decode\(""\)\}$/);
  });

  test('or those of access.tls.certificateAuthority alone', () => {
    const { people, keeper, provider, file } = ingress(`{certificateAuthority: ${JSON.stringify(CERTIFICATE)}}`);
    for (const one of [people, keeper]) expect([one.caFile, one.ca]).toEqual([undefined, CERTIFICATE]);
    expect(provider.ca_cert_file).toMatch(/ca\.crt$/);
    expect(Buffer.from(/"(.*)"/.exec(file.CERTIFICATE)?.[1] ?? '', 'base64').toString()).toBe(CERTIFICATE);
  });

  test('pods call each other at the servers themselves, by the platform’s authority', () => {
    const { objects } = ingress('{secretName: wildcard}');
    expect(bootstrapOf(objects, 'boundary-keeper').caFile).toMatch(/ca\.crt$/);
    expect(find(objects, 'ConfigMap', 'devenv-0').data['oauth2-proxy.cfg']).toMatch(/provider_ca_files/);
  });

  test('an issuer of cert-manager makes each host name’s certificate, in a Secret of its own', () => {
    const tls = ofKind(ingress('{issuer: letsencrypt}').objects, 'Ingress').map(({ metadata, spec }) => [
      metadata.annotations?.['cert-manager.io/cluster-issuer'],
      spec.tls,
    ]);
    const own = (name: string) => [
      'letsencrypt',
      [{ hosts: [`${name}.a.example.com`], secretName: `${name}-ingress-tls` }],
    ];
    expect(tls).toHaveLength(HTTP.length);
    expect(tls).toEqual(expect.arrayContaining(HTTP.map(own)));
  });
});
