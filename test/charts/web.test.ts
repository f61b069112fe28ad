import { App, Chart } from 'cdk8s';
import { DevEnvStatefulSet, WebAccess } from '../../constructs';
import { WEB_CASES } from '../helpers/cases';
import { bootstrapOf, containersOf, find, type KubeObject, nameOf, ofKind, workloads } from '../helpers/objects';
import { smallPlatform } from '../helpers/small-platform';
import { synth } from '../helpers/synth';

const of = (title: string) => synth(WEB_CASES[title].text, WEB_CASES[title].env);

/** The settings of an environment's proxy: a line of TOML for each, which reads as JSON here. */
function settingsOf(objects: readonly KubeObject[], environment: string): Record<string, any> {
  const { data } = ofKind(objects, 'ConfigMap').find(
    ({ metadata }) => metadata.namespace === 'web' && metadata.name === environment,
  ) as KubeObject;
  const lines: string[] = data['oauth2-proxy.cfg'].trim().split('\n');
  return Object.fromEntries(
    lines.map((line) => {
      const [, key, value] = /^(\w+) = (.*)$/.exec(line) as RegExpExecArray;
      return [key, JSON.parse(value)];
    }),
  );
}

const inWeb = (objects: readonly KubeObject[], ...kinds: string[]) =>
  ofKind(objects, ...kinds).filter(({ metadata }) => metadata.namespace === 'web');

const ALICE: Readonly<Record<string, readonly [url: string, object: string]>> = {
  portForward: ['https://devenv-alice.localhost:30990', 'Service web/devenv-alice-external'],
  nodePort: ['https://192.0.2.10:30990', 'Service web/devenv-alice-external'],
  loadBalancer: ['https://alice.example.com', 'Service web/devenv-alice-external'],
  ingress: ['https://devenv-alice.sandbox.example.com', 'Ingress web/devenv-alice'],
  gateway: ['https://devenv-alice.sandbox.example.com', 'TLSRoute web/devenv-alice'],
  route: ['https://devenv-alice.sandbox.example.com', 'Route web/devenv-alice'],
};

describe.each(Object.entries(ALICE))('web access by %s', (mode, [url, exposed]) => {
  const { objects } = of(`web ${mode}`);
  const settings = settingsOf(objects, 'devenv-alice');

  test('shows the proxy, by an object of the mode, and the environment by none', () => {
    expect(objects.map(nameOf)).toContain(exposed);
    const open = ofKind(objects, 'NetworkPolicy').filter(({ spec }) => spec.ingress && !spec.ingress[0].from);
    expect(open.filter(({ metadata }) => metadata.namespace === 'devenv')).toEqual([]);
    expect(open.map(nameOf)).toContain('NetworkPolicy web/web-devenv-alice-from-anywhere');
  });

  // SECURITY.md: "With nodeAddress: localhost each has the name"
  test('returns to the address that browsers dial, which the certificate and the client name', () => {
    expect(settings.redirect_url).toBe(`${url}/oauth2/callback`);
    const { certificates } = bootstrapOf(objects, 'certificate-authority');
    const { dnsNames, ipAddresses } = certificates.find((c: any) => c.secretName === 'devenv-alice-tls');
    expect([...dnsNames, ...ipAddresses]).toContain(new URL(url).hostname);
    const { redirectUris } = bootstrapOf(objects, 'keycloak-clients');
    expect(redirectUris).toContainEqual({ clientId: 'web', uri: settings.redirect_url });
  });

  // SECURITY.md: "a person who may use an environment's web server | Cannot: use another environment's"
  // SECURITY.md: "The environment's own user gets in, and the groups of environments.access"
  test('lets in the person by the name at the provider, and the groups of environments.access', () => {
    expect(settings.allowed_groups).toEqual(['a.liddell', '/admins']);
    expect(settingsOf(objects, 'devenv-bob').allowed_groups).toEqual(['bob', '/admins']);
    expect([settings.oidc_groups_claim, settings.email_domains]).toEqual(['principals', ['*']]);
  });
});

describe('a proxy', () => {
  const { objects } = of('web ingress');
  const settings = settingsOf(objects, 'devenv-alice');
  const proxies = inWeb(objects, 'Deployment');

  // SECURITY.md: "The platform's servers speak TLS alone, with certificates of its own authority"
  test('serves TLS and nothing else, with a certificate of the platform’s authority', () => {
    expect(settings).toMatchObject({ https_address: ':8443', tls_cert_file: '/etc/login-proxy/tls/tls.crt' });
    expect(Object.keys(settings).filter((key) => /insecure|http_address/.test(key))).toEqual([
      'insecure_oidc_skip_nonce',
    ]);
    expect(settings.insecure_oidc_skip_nonce).toBe(false);
  });

  // SECURITY.md: "a person who may use an environment's web server | Cannot: use another environment's"
  // SECURITY.md: "Without TLS are the connections of Keycloak and Boundary to databases of their own"
  test('leads to its environment alone', () => {
    expect(settings.upstreams).toEqual(['http://devenv-alice.devenv.svc:8080']);
    const routes = inWeb(objects, 'NetworkPolicy')
      .filter(
        ({ spec }) => spec.egress && spec.podSelector.matchLabels?.['app.kubernetes.io/instance'] === 'devenv-alice',
      )
      .map(({ metadata }) => metadata.name);
    expect(routes.sort()).toEqual(['web-devenv-alice-to-devenv-alice', 'web-devenv-alice-to-keycloak']);
    const [into] = ofKind(objects, 'NetworkPolicy').filter(
      (p) => p.metadata.name === 'devenv-alice-from-web-devenv-alice',
    );
    expect(into.spec.ingress[0].ports).toEqual([{ protocol: 'TCP', port: 8080 }]);
  });

  test('sends browsers to the issuer, and asks it for the rest inside the cluster', () => {
    const inside = 'https://keycloak.keycloak.svc:8443/realms/agent-sandbox/protocol/openid-connect';
    expect(settings).toMatchObject({
      oidc_issuer_url: 'https://keycloak.sandbox.example.com/realms/agent-sandbox',
      login_url: 'https://keycloak.sandbox.example.com/realms/agent-sandbox/protocol/openid-connect/auth',
      redeem_url: `${inside}/token`,
      oidc_jwks_url: `${inside}/certs`,
      profile_url: `${inside}/userinfo`,
      provider_ca_files: ['/etc/login-proxy/tls/ca.crt'],
      skip_oidc_discovery: true,
    });
  });

  // SECURITY.md: "a person who may use an environment's web server | Cannot: use another environment's"
  // SECURITY.md: "the web proxies' cookie secrets, one for each | Where it stands:"
  // SECURITY.md: "the web proxies' cookie secrets, one for each | Who reads it:"
  test('has its secrets from Secrets, its cookie from one of its own', () => {
    expect(proxies).toHaveLength(2);
    for (const proxy of proxies) {
      const { name } = proxy.metadata;
      const { volumes } = proxy.spec.template.spec;
      const mounted = volumes.flatMap((v: any) => v.secret?.secretName ?? []);
      expect(mounted).toEqual([`${name}-tls`, `${name}-cookie`, 'oidc-client']);
      const [{ command, env }] = containersOf(proxy);
      // It reads them at a start only: a change of any of them ends it.
      expect(command[2]).toMatch(
        /^seen=\$\(cat (?=.*\/tls\/tls\.crt)(?=.*\/tls\/ca\.crt)(?=.*\/client\/client-secret).*\)$[\s\S]* kill -TERM 1;/m,
      );
      expect([command.slice(4), env]).toEqual([
        ['/bin/oauth2-proxy', '--config=/etc/login-proxy/config/oauth2-proxy.cfg'],
        undefined,
      ]);
    }
    const names = proxies.map(({ metadata }) => settingsOf(objects, metadata.name).cookie_name);
    expect(names).toEqual(['__Host-devenv-alice', '__Host-devenv-bob']);
  });

  // SECURITY.md: "What a person is a member of is looked at when logging in, at least every eight hours."
  test('asks about a person anew after eight hours', () => {
    expect(settings.cookie_expire).toBe('8h');
  });

  // SECURITY.md: "A changed list of who may pass"
  test('is another pod when other people may pass', () => {
    const text = WEB_CASES['web ingress'].text.replace('a.liddell', 'alice');
    const digestOf = (all: readonly KubeObject[], name: string) =>
      inWeb(all, 'Deployment').find(({ metadata }) => metadata.name === name)?.spec.template.metadata.annotations[
        'agent-sandbox.dev/config-digest'
      ];
    const other = synth(text).objects;
    expect(digestOf(other, 'devenv-alice')).not.toBe(digestOf(objects, 'devenv-alice'));
    expect(digestOf(other, 'devenv-bob')).toBe(digestOf(objects, 'devenv-bob'));
  });
});

test('an environment that nobody may use has no proxy', () => {
  const text = 'web: {enabled: true}\nenvironments: {replicas: 2, access: [{group: admins, environments: [devenv-1]}]}';
  const { objects } = synth(text);
  expect(inWeb(objects, 'Deployment').map(nameOf)).toEqual(['Deployment web/devenv-1']);
  expect(objects.filter(({ metadata }) => /^(web-)?devenv-0/.test(metadata.name)).map(nameOf)).toEqual([
    'Service devenv/devenv-0',
  ]);
  expect(find(objects, 'Service', 'devenv-1-external').spec.ports[0].nodePort).toBe(30981);
});

test('many proxies are spread over files, each far below what a Helm release holds', () => {
  const { files } = synth('web: {enabled: true}\nenvironments: {replicas: 120}\nvault: {enabled: false}');
  const web = [...files].filter(([file]) => file.startsWith('55-web'));
  expect(web.map(([file]) => file)).toEqual(['55-web-002.k8s.yaml', '55-web-003.k8s.yaml', '55-web.k8s.yaml']);
  for (const [, objects] of web) expect(JSON.stringify(objects).length).toBeLessThan(700_000);
});

describe('another identity provider', () => {
  const { objects } = of('another identity provider');
  const settings = settingsOf(objects, 'devenv-alice');

  test('is discovered, trusted as the public is, and reached at its port', () => {
    expect(settings).toMatchObject({ oidc_issuer_url: 'https://id.example.com', client_id: 'platform' });
    expect(
      Object.keys(settings)
        .filter((key) => /discovery|_url$|ca_files/.test(key))
        .sort(),
    ).toEqual(['oidc_issuer_url', 'redirect_url']);
    const { spec } = find(objects, 'NetworkPolicy', 'web-devenv-alice-to-identity-provider');
    expect(spec.egress[0].ports).toEqual([{ protocol: 'TCP', port: 443 }]);
    const elsewhere = find(of('web alone').objects, 'NetworkPolicy', 'web-devenv-0-to-identity-provider');
    expect(elsewhere.spec.egress[0].ports).toEqual([{ protocol: 'TCP', port: 8444 }]);
  });

  test('tells people by the claims that are named', () => {
    expect(settings).toMatchObject({ oidc_email_claim: 'upn', oidc_groups_claim: 'members' });
    expect(settings.allowed_groups).toEqual(['a.liddell', 'admins']);
    expect(settings.scope).toBe('openid profile groups');
    expect(settingsOf(of('web alone').objects, 'devenv-1')).toMatchObject({
      oidc_groups_claim: 'roles',
      allowed_groups: ['admins', 'developers'],
      scope: 'openid profile',
    });
  });

  test('brings its client’s secret, where it has one', () => {
    expect(settings.client_secret_file).toBe('/etc/login-proxy/client/client-secret');
    const secretsOf = (name: string, all: readonly KubeObject[]) =>
      inWeb(all, 'Deployment')
        .find(({ metadata }) => metadata.name === name)
        ?.spec.template.spec.volumes.flatMap((v: any) => v.secret?.secretName ?? []);
    expect(secretsOf('devenv-alice', objects)).toContain('id-client');
    const alone = of('web alone').objects;
    expect(settingsOf(alone, 'devenv-0').client_secret_file).toBe('/dev/null');
    expect(secretsOf('devenv-0', alone)).toEqual(['devenv-0-tls', 'devenv-0-cookie']);
  });
});

describe('without a login', () => {
  const { objects } = of('web without a login');

  // SECURITY.md: "web.authentication: false shows port 8080"
  test('the environment is shown as it is, and no proxy is there', () => {
    expect(objects.filter(({ metadata }) => metadata.namespace === 'web')).toEqual([]);
    const { metadata, spec } = find(objects, 'Ingress', 'devenv-0-web');
    expect(spec.rules[0].host).toBe('devenv-0.sandbox.example.com');
    expect(metadata.annotations).not.toHaveProperty(['nginx.ingress.kubernetes.io/backend-protocol']);
    expect(find(objects, 'NetworkPolicy', 'devenv-0-from-anywhere').spec.ingress[0].ports).toEqual([
      { protocol: 'TCP', port: 8080 },
    ]);
  });
});

describe('as a library', () => {
  test('a provider whose claims tell either people or groups serves one of them', () => {
    const provider = { issuer: 'https://id.example.com', clientId: 'a', usernameClaim: 'upn' };
    const claimFor = (...kinds: ('user' | 'group')[]) => {
      const { objects } = smallPlatform(({ chart, authority, devenv }) => {
        const web = new WebAccess(chart, 'other', { authority, identity: provider, namespace: 'web' });
        for (const kind of kinds) web.grantAccess({ kind, name: 'x' }, devenv.environment('devenv-0'));
      });
      return settingsOf(objects, 'devenv-0').oidc_groups_claim;
    };
    expect([claimFor('user'), claimFor('group')]).toEqual(['upn', 'groups']);
    expect(() => claimFor('user', 'group')).toThrow(
      'environment "devenv-0" lets in a person and a group: name a claim of https://id.example.com that lists both in principalsClaim',
    );
  });

  test('without a provider there is nothing to grant', () => {
    const chart = new Chart(new App(), 'chart');
    const devenv = new DevEnvStatefulSet(chart, 'devenv', { replicas: 1 });
    const grant = () =>
      new WebAccess(chart, 'web', {}).grantAccess({ kind: 'user', name: 'a' }, devenv.environment('devenv-0'));
    expect(grant).toThrow('environment "devenv-0": WebAccess needs an identity provider and an authority');
  });
});

test('the default platform has nothing of it', () => {
  const { objects } = synth('profile: kind');
  expect(workloads(objects).filter(({ metadata }) => metadata.namespace === 'web')).toEqual([]);
  expect(ofKind(objects, 'Namespace').map(({ metadata }) => metadata.name)).not.toContain('web');
});
