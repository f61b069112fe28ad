/** The realm that is imported on the first start. `${…}` is filled in by Keycloak from its environment. */
export function keycloakRealm(realm: string, groups: readonly string[]): object {
  return {
    realm,
    enabled: true,
    sslRequired: 'all',
    registrationAllowed: false,
    bruteForceProtected: true,
    eventsEnabled: true,
    adminEventsEnabled: true,
    groups: groups.map((name) => ({ name })),
    clientScopes: [
      {
        name: 'groups',
        protocol: 'openid-connect',
        attributes: { 'include.in.token.scope': 'true' },
        protocolMappers: [
          {
            name: 'groups',
            protocol: 'openid-connect',
            protocolMapper: 'oidc-group-membership-mapper',
            config: {
              'claim.name': 'groups',
              'full.path': 'false',
              'id.token.claim': 'true',
              'access.token.claim': 'true',
              'userinfo.token.claim': 'true',
            },
          },
        ],
      },
    ],
    clients: [
      {
        clientId: 'boundary',
        protocol: 'openid-connect',
        publicClient: false,
        clientAuthenticatorType: 'client-secret',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: Keycloak fills it in.
        secret: '${BOUNDARY_CLIENT_SECRET}',
        standardFlowEnabled: true,
        directAccessGrantsEnabled: false,
        redirectUris: ['https://*/v1/auth-methods/oidc:authenticate:callback'],
        defaultClientScopes: ['profile', 'email', 'groups'],
      },
    ],
  };
}
