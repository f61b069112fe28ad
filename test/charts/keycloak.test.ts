import { bootstrapOf, find, type KubeObject, ofKind } from '../helpers/objects';
import { synth } from '../helpers/synth';

describe('Keycloak', () => {
  const { objects } = synth('keycloak: {groups: [admins, developers, readonly, auditors]}');
  const [container] = find(objects, 'Deployment', 'keycloak').spec.template.spec.containers;
  const env = Object.fromEntries(container.env.map((e: any) => [e.name, e.value ?? e.valueFrom.secretKeyRef]));

  test('gives up a database that does not answer', () => {
    expect(env.KC_DB_URL).toBe(
      'jdbc:postgresql://keycloak-database.keycloak.svc:5432/keycloak?connectTimeout=10&socketTimeout=120',
    );
  });

  // SECURITY.md: "The platform's servers speak TLS alone, with certificates of its own authority"
  test('runs in production mode, with one issuer inside and outside', () => {
    expect(container.command).toEqual(['/opt/keycloak/bin/kc.sh', 'start', '--import-realm']);
    expect(env).toMatchObject({ KC_HOSTNAME: 'https://localhost:30880', KC_HTTP_ENABLED: 'false', KC_DB: 'postgres' });
  });

  test('has its own password from a Secret', () => {
    expect(env.BOOTSTRAP_CLIENT_SECRET).toEqual({ name: expect.any(String), key: expect.any(String) });
  });

  test('reads the password of its database anew for each connection, so a rotation changes that, too', () => {
    expect(env).not.toHaveProperty('KC_DB_PASSWORD');
    const { volumes } = find(objects, 'Deployment', 'keycloak').spec.template.spec;
    const mount = container.volumeMounts.find((m: any) => env.PGPASSFILE === `${m.mountPath}/pgpass`);
    expect(volumes.find((v: any) => v.name === mount.name).secret).toEqual({
      secretName: 'keycloak-database',
      items: [{ key: 'pgpass', path: 'pgpass' }],
    });
    const ours = objects.filter(({ metadata }) => metadata.namespace === 'keycloak');
    const [{ secretName, values }, ...others] = bootstrapOf(ours, 'rotate-secrets').secrets;
    expect([secretName, others]).toEqual(['keycloak-database', []]);
    expect(values).toMatchObject({
      password: '{{password main 32}}',
      pgpass: '*:*:keycloak:keycloak:{{password main 32}}',
    });
  });

  // SECURITY.md: "Keycloak's administrator | Where it stands: nowhere"
  test('has no administrator until somebody makes one', () => {
    expect(Object.keys(env).filter((name) => /ADMIN/.test(name))).toEqual([]);
  });

  test('starts with a user for each group where that is asked for, with passwords made in the cluster', () => {
    const demo = synth('keycloak: {groups: [admins, team-a], demoUsers: true}').objects;
    const realmOf = (all: readonly KubeObject[]) =>
      JSON.parse(find(all, 'ConfigMap', 'keycloak-realm').data['realm.json']);
    const people = (all: readonly KubeObject[]) => realmOf(all).users.filter((u: any) => !u.serviceAccountClientId);
    expect(people(objects)).toEqual([]);
    const credentials = (group: string) => [
      { type: 'password', value: `\${DEMO_PASSWORD_${group}}`, temporary: false },
    ];
    expect(people(demo).map((u: any) => [u.username, u.groups, u.credentials])).toEqual([
      ['demo-admins', ['/admins'], credentials('ADMINS')],
      ['demo-team-a', ['/team-a'], credentials('TEAM_A')],
    ]);
    // Without them Keycloak asks for them at the first login.
    for (const user of people(demo))
      expect(user).toMatchObject({ email: expect.any(String), emailVerified: true, firstName: 'Demo' });
    const [server] = find(demo, 'Deployment', 'keycloak').spec.template.spec.containers;
    expect(server.env).toContainEqual({
      name: 'DEMO_PASSWORD_TEAM_A',
      valueFrom: { secretKeyRef: { name: 'keycloak-demo-users', key: 'demo-team-a' } },
    });
    const generated = ofKind(demo, 'ConfigMap').find(
      ({ metadata }) => metadata.name === 'generated-secrets' && metadata.namespace === 'keycloak',
    );
    expect(JSON.parse(generated?.data['config.json']).secrets).toContainEqual({
      secretName: 'keycloak-demo-users',
      values: { 'demo-admins': '{{password demo-admins 20}}', 'demo-team-a': '{{password demo-team-a 20}}' },
    });
  });

  test('has the password of a later group made by another Job, which may write that Secret', () => {
    const jobOf = (groups: string) => {
      const all = synth(`keycloak: {groups: [${groups}], demoUsers: true}`).objects;
      const ours = all.filter(({ metadata }) => metadata.namespace === 'keycloak');
      const job = ofKind(ours, 'Job').find(({ metadata }) => metadata.name.startsWith('generated-secrets-'));
      return { name: job?.metadata.name, rules: find(ours, 'Role', 'generated-secrets-secrets').rules };
    };
    const [before, after] = [jobOf('admins'), jobOf('admins, later')];
    expect(after.name).not.toBe(before.name);
    const resourceNames = expect.arrayContaining(['keycloak-demo-users']);
    expect(after.rules).toContainEqual(expect.objectContaining({ verbs: ['get', 'patch'], resourceNames }));
  });

  const realm = JSON.parse(find(objects, 'ConfigMap', 'keycloak-realm').data['realm.json']);

  // SECURITY.md: "whoever reads the Secret keycloak-bootstrap-client | Can: change the realm"
  // SECURITY.md: "whoever reads the Secret keycloak-bootstrap-client | Cannot: anything outside"
  test('starts with its realm, groups and the client that keeps them', () => {
    expect(realm.groups.map((g: any) => g.name)).toEqual(['admins', 'developers', 'readonly', 'auditors']);
    const [client, ...others] = realm.clients;
    expect([client.clientId, client.serviceAccountsEnabled, client.standardFlowEnabled, others]).toEqual([
      'platform-bootstrap',
      true,
      false,
      [],
    ]);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Keycloak fills it in.
    expect(client.secret).toBe('${BOOTSTRAP_CLIENT_SECRET}');
    const account = realm.users.find((u: any) => u.serviceAccountClientId === client.clientId);
    expect(account.clientRoles).toEqual({ 'realm-management': ['manage-clients', 'manage-realm', 'manage-users'] });
  });

  test('locks out who guesses, wants passwords of some length, and keeps a log of events', () => {
    expect(realm).toMatchObject({
      bruteForceProtected: true,
      passwordPolicy: expect.stringContaining('length(12)'),
      eventsEnabled: true,
      adminEventsEnabled: true,
    });
  });

  test('keeps groups and settings of a realm that is there, which begins with a record of them', () => {
    const { groups, settings, record } = bootstrapOf(objects, 'keycloak-clients');
    expect(groups).toEqual(['admins', 'developers', 'readonly', 'auditors']);
    expect(JSON.parse(realm.attributes[record])).toEqual(settings);
    expect(realm).toMatchObject(settings);
  });

  test('brings no client scope of its own, for then Keycloak would make none of its usual ones', () => {
    expect(realm.clientScopes).toBeUndefined();
  });

  test('keeps the client of Boundary, with exactly the address that Boundary names', () => {
    const { clients, redirectUris, protocolMappers } = bootstrapOf(objects, 'keycloak-clients');
    const secret = { namespace: 'boundary', secretName: 'oidc-client', key: 'client-secret' };
    expect(clients).toContainEqual({ clientId: 'boundary', secret });
    const uri = 'https://localhost:30920/v1/auth-methods/oidc:authenticate:callback';
    expect(redirectUris.filter((u: any) => u.clientId === 'boundary')).toEqual([{ clientId: 'boundary', uri }]);
    const { identity } = bootstrapOf(objects, 'boundary-bootstrap');
    expect(identity).toEqual({
      issuer: 'https://localhost:30880/realms/agent-sandbox',
      clientId: 'boundary',
      apiUrl: 'https://localhost:30920',
      scopes: ['profile'],
      clientSecret: secret,
      caFile: '/etc/platform-ca/ca.crt',
      usernameClaim: 'preferred_username',
    });
    const claims = protocolMappers.map(({ config }: any) => config['claim.name']);
    expect(claims).toEqual(['groups', 'principals', 'principals']);
  });
});
