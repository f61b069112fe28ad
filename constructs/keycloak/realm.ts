/** A user for trying out, the one of a group. */
export interface DemoUser {
  readonly name: string;
  readonly group: string;
  /** Environment variable with the password. */
  readonly variable: string;
}

export const demoUserOf = (group: string): DemoUser => ({
  name: `demo-${group}`,
  group,
  variable: `DEMO_PASSWORD_${group.toUpperCase().replace(/-/g, '_')}`,
});

/** With all that Keycloak would otherwise ask for at the first login. */
const realmUser = ({ name, group, variable }: DemoUser) => ({
  username: name,
  enabled: true,
  email: `${name}@example.com`,
  emailVerified: true,
  firstName: 'Demo',
  lastName: group,
  groups: [`/${group}`],
  credentials: [{ type: 'password', value: `\${${variable}}`, temporary: false }],
});
/** The client by which the platform's own bootstrap keeps the realm: its other clients, groups and settings. */
export const BOOTSTRAP_CLIENT = 'platform-bootstrap';

/** What it may do, by the names of Keycloak's own client `realm-management`. */
export const BOOTSTRAP_ROLES = ['manage-clients', 'manage-realm', 'manage-users'] as const;

/** What the platform wants of the realm. Administrators may change it: only what is another here later is set again. */
export const REALM_SETTINGS = {
  sslRequired: 'all',
  registrationAllowed: false,
  // After five wrong passwords a name waits, each time a minute longer.
  bruteForceProtected: true,
  failureFactor: 5,
  waitIncrementSeconds: 60,
  maxFailureWaitSeconds: 900,
  passwordPolicy: 'length(12) and notUsername(undefined) and notEmail(undefined)',
  eventsEnabled: true,
  adminEventsEnabled: true,
} as const;

/** The realm's attribute with the settings that the platform gave it last. */
export const SETTINGS_RECORD = 'agent-sandbox.dev/settings';

/** The realm that is imported on the first start. `${…}` is filled in by Keycloak from its environment. */
export function keycloakRealm(realm: string, groups: readonly string[], users: readonly DemoUser[] = []): object {
  return {
    realm,
    enabled: true,
    ...REALM_SETTINGS,
    attributes: { [SETTINGS_RECORD]: JSON.stringify(REALM_SETTINGS) },
    groups: groups.map((name) => ({ name })),
    // No client scopes: a realm that brings one of its own goes without all that Keycloak has.
    clients: [
      {
        clientId: BOOTSTRAP_CLIENT,
        protocol: 'openid-connect',
        publicClient: false,
        clientAuthenticatorType: 'client-secret',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: Keycloak fills it in.
        secret: '${BOOTSTRAP_CLIENT_SECRET}',
        standardFlowEnabled: false,
        directAccessGrantsEnabled: false,
        serviceAccountsEnabled: true,
      },
    ],
    users: [
      ...users.map(realmUser),
      {
        username: `service-account-${BOOTSTRAP_CLIENT}`,
        enabled: true,
        serviceAccountClientId: BOOTSTRAP_CLIENT,
        clientRoles: { 'realm-management': [...BOOTSTRAP_ROLES] },
      },
    ],
  };
}
