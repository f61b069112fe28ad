import { ownPaths } from '../../images/bootstrap/src/vault-people';
import { CERTIFICATE } from '../helpers/cases';
import { bootstrapOf, containersOf, find, type KubeObject, ofKind } from '../helpers/objects';
import { synth } from '../helpers/synth';

jest.mock('../../images/bootstrap/src/program', () => ({ log: () => {} }));

const relayOf = (objects: readonly KubeObject[], kind: string, name: string) =>
  containersOf(find(objects, kind, name)).find((container) => container.name === 'issuer-relay');
const SERVERS = [
  ['StatefulSet', 'vault'],
  ['Deployment', 'boundary-controller'],
] as const;

test.each(SERVERS)('where the issuer is on browsers’ loopback, the %s %s finds it on its own', (kind, name) => {
  const { objects } = synth('{}');
  const { command } = relayOf(objects, kind, name) ?? {};
  expect(command.slice(-3)).toEqual(['30880', 'keycloak.keycloak.svc', '8443']);
  const pods = find(objects, kind, name).spec.template.metadata.labels['app.kubernetes.io/instance'];
  const policies = ofKind(objects, 'NetworkPolicy').map(({ metadata }) => metadata.name);
  expect(policies).toEqual(expect.arrayContaining([`${pods}-to-keycloak`, `keycloak-from-${pods}`]));
});

test.each(SERVERS)('elsewhere the %s %s needs nothing beside it, but the way there', (kind, name) => {
  const { objects } = synth('access: {mode: nodePort, nodeAddress: 192.0.2.7}');
  expect(relayOf(objects, kind, name)).toBeUndefined();
  const pods = find(objects, kind, name).spec.template.metadata.labels['app.kubernetes.io/instance'];
  const { spec } = find(objects, 'NetworkPolicy', `${pods}-to-identity-provider`);
  expect(spec.egress[0]).toMatchObject({ ports: [{ port: 30880 }], to: [{ ipBlock: { cidr: '192.0.2.7/32' } }] });
});

// SECURITY.md: "A person's folder in Vault and environment go by the claim usernameClaim"
test('people log in to Vault where browsers and its command line ask them to', () => {
  const { people } = bootstrapOf(synth('{}').objects, 'vault-bootstrap');
  expect(people).toMatchObject({
    issuer: 'https://localhost:30880/realms/agent-sandbox',
    redirectUris: ['https://localhost:30820/ui/vault/auth/oidc/oidc/callback', 'http://localhost:8250/oidc/callback'],
    usernameClaim: 'preferred_username',
    caFile: '/etc/platform-ca/ca.crt',
  });
});

test('another provider is believed as the public believes it, and needs a client with a secret', () => {
  const oidc = (more: string) => `oidc: {issuer: https://id.example.com, clientId: p${more}}`;
  const { people } = bootstrapOf(synth(oidc(', clientSecretName: id')).objects, 'vault-bootstrap');
  expect(people).toMatchObject({ issuer: 'https://id.example.com', clientId: 'p' });
  expect(people.caFile).toBeUndefined();
  const without = synth(`${oidc('')}\nboundary: {enabled: false}`).objects;
  expect(bootstrapOf(without, 'vault-bootstrap').people).toBeUndefined();
});

// SECURITY.md: "a person who logs in to Vault | Can: read and write the folder"
// SECURITY.md: "a person who logs in to Vault | Cannot: anything else"
test('a person reaches the own folder and no other', () => {
  const paths = Object.keys(ownPaths({ mount: 'secret', path: 'people' }, 'auth_oidc_1'));
  const own =
    /^secret\/(data|metadata|delete|undelete)\/people\/\{\{identity\.entity\.aliases\.auth_oidc_1\.name\}\}(\/\*)?$/;
  expect(paths.filter((path) => !own.test(path))).toEqual([]);
});

test('a name in a grant is that of one user, whatever environments are called', () => {
  const { facts } = synth(`environments:
  users: {alice: {}, devenv-alice: {}}
  access: [{group: admins, environments: [devenv-alice]}]`);
  const [group] = (facts.boundary?.grants ?? []).filter(({ principal }) => principal.kind === 'group');
  expect(group.targets).toEqual(['devenv-devenv-alice']);
});

describe('another identity provider', () => {
  const oidc = '{issuer: https://id.example.com, clientId: platform, clientSecretName: id, usernameClaim: upn}';
  const { objects, facts } = synth(`oidc: ${oidc}`);

  test('takes the place of Keycloak', () => {
    expect(objects.filter(({ metadata }) => metadata.namespace === 'keycloak')).toEqual([]);
  });

  test('logs people in to Boundary, by its claims, trusted as the public is', () => {
    expect(facts.boundary?.identity).toEqual({ usernameClaim: 'upn', groupsClaim: 'groups' });
    expect(bootstrapOf(objects, 'boundary-bootstrap').identity).toEqual({
      issuer: 'https://id.example.com',
      clientId: 'platform',
      apiUrl: 'https://localhost:30920',
      scopes: ['profile', 'groups'],
      clientSecret: { namespace: 'boundary', secretName: 'id', key: 'client-secret' },
      usernameClaim: 'upn',
    });
  });

  test('of a company’s own authority is believed by that alone, everywhere', () => {
    const authority = `certificateAuthority: ${JSON.stringify(CERTIFICATE)}`;
    const settings = `oidc: ${oidc.replace('}', `, principalsClaim: all, ${authority}}`)}\nweb: {enabled: true}`;
    const own = synth(`${settings}\naccess: {mode: nodePort, nodeAddress: 192.0.2.7}`).objects;
    expect(bootstrapOf(own, 'boundary-keeper').identity).toMatchObject({ ca: CERTIFICATE });
    expect(bootstrapOf(own, 'vault-bootstrap').people).toMatchObject({ ca: CERTIFICATE });
    const proxy = find(own, 'ConfigMap', 'devenv-0').data;
    expect(proxy['oauth2-proxy.cfg']).toContain('provider_ca_files = ["/etc/login-proxy/config/provider-ca.crt"]');
    expect(proxy['provider-ca.crt']).toBe(CERTIFICATE);
  });
});

describe('a program that opens sessions', () => {
  const agents = `boundary: {agents: [
    {name: builder, environments: all, serviceAccount: {namespace: ci, name: runner}},
    {name: pipeline, environments: [devenv-0], jwt: {issuer: https://ci.example.com/a, audience: x, claims: {ref: main}}}]}`;
  const { objects, facts } = synth(agents);

  // SECURITY.md: "a program of boundary.agents | Cannot: read any other secret"
  test('reads its own password in Vault, by its own login', () => {
    const [builder, pipeline] = ['builder', 'pipeline'].map((name) => `platform-agent.${name}`);
    const policies = new Map(facts.vault?.policies.map(({ name, paths }) => [name, paths]));
    expect(policies.get(builder)).toEqual({ 'platform/data/boundary/agents/builder': ['read'] });
    expect(facts.vault?.kubernetesRoles).toContainEqual(
      expect.objectContaining({ name: builder, serviceAccounts: ['runner'], namespaces: ['ci'], policies: [builder] }),
    );
    expect(facts.vault?.jwtRoles).toEqual([
      { name: pipeline, mount: 'jwt-ci-example-com-a', audience: 'x', claims: { ref: 'main' }, policies: [pipeline] },
    ]);
    expect(bootstrapOf(objects, 'vault-bootstrap').issuers).toEqual([
      { mount: 'jwt-ci-example-com-a', issuer: 'https://ci.example.com/a' },
    ]);
  });

  // SECURITY.md: "a program of boundary.agents | Can: the same"
  test('opens sessions to the environments of its grant', () => {
    expect(facts.boundary?.grants.filter(({ principal }) => principal.kind === 'agent')).toEqual([
      { name: 'agent-builder', principal: { kind: 'agent', name: 'builder' }, targets: ['devenv-0'] },
      { name: 'agent-pipeline', principal: { kind: 'agent', name: 'pipeline' }, targets: ['devenv-0'] },
    ]);
  });
});

test('issuers whose addresses differ by a sign alone have a login each', () => {
  const agent = (name: string, issuer: string) =>
    `{name: ${name}, environments: all, jwt: {issuer: "${issuer}", audience: x, claims: {ref: main}}}`;
  const issuers = ['https://ci.example.com/a-b', 'https://ci.example.com/a/b', 'https://ci.example.com/a/b/'];
  const agents = [...issuers, issuers[1]].map((issuer, index) => agent(`p${index}`, issuer));
  const { facts, objects } = synth(`boundary: {agents: [${agents.join(', ')}]}`);
  const mounts = facts.vault?.jwtRoles.map(({ mount }) => mount) ?? [];
  expect(new Set(mounts.slice(0, 3)).size).toBe(3);
  expect(mounts[0]).toBe('jwt-ci-example-com-a-b');
  expect(mounts[3]).toBe(mounts[1]);
  const made = bootstrapOf(objects, 'vault-bootstrap').issuers;
  expect(issuers.map((one) => made.find(({ issuer }: any) => issuer === one).mount)).toEqual(mounts.slice(0, 3));
});
