import { Construct } from 'constructs';
import { allow, type PodPeer } from '../network/peer';
import { Bootstrap } from '../services/bootstrap';
import { CertificateAuthority } from '../services/certificate-authority';
import { CLIENT_SECRET_KEY, type LoginClient } from '../services/identity-provider';
import { BOOTSTRAP_CLIENT, BOOTSTRAP_ROLES, REALM_SETTINGS, SETTINGS_RECORD } from './realm';

export interface KeycloakClientsProps {
  readonly namespace: string;
  readonly realm: string;
  /** Groups that the realm has at least. */
  readonly groups: readonly string[];
  /** The server's pods and port. */
  readonly server: PodPeer;
  readonly port: number;
  /** URL of the server inside the cluster. */
  readonly url: string;
  /** Secret with the authority's certificate in `ca.crt`. */
  readonly certificateSecretName: string;
  /** Secret of the program's own client. */
  readonly secretName: string;
}

/** Claim with a person's name and groups, each group with a slash before it, which no name may have. */
export const PRINCIPALS_CLAIM = 'principals';
export const GROUP_PREFIX = '/';

const mapper = (name: string, protocolMapper: string, config: Record<string, string>) => ({
  name,
  protocol: 'openid-connect',
  protocolMapper,
  config: { 'id.token.claim': 'true', 'userinfo.token.claim': 'true', 'jsonType.label': 'String', ...config },
});

const MAPPERS = [
  mapper('groups', 'oidc-group-membership-mapper', { 'claim.name': 'groups', 'full.path': 'false' }),
  mapper('principal-groups', 'oidc-group-membership-mapper', { 'claim.name': PRINCIPALS_CLAIM, 'full.path': 'true' }),
  mapper('principal-name', 'oidc-usermodel-property-mapper', {
    'claim.name': PRINCIPALS_CLAIM,
    'user.attribute': 'username',
    multivalued: 'true',
  }),
];

/** Keeps the realm as the platform's parts need it, long after its import: clients, groups and settings. */
export class KeycloakClients extends Construct {
  private readonly bootstrap: Bootstrap;

  constructor(scope: Construct, id: string, { namespace, server, port, ...props }: KeycloakClientsProps) {
    super(scope, id);
    this.bootstrap = new Bootstrap(this, 'bootstrap', {
      namespace,
      name: 'keycloak-clients',
      program: 'keycloak',
      run: 'continuous',
      volumes: [
        { name: 'ca', secret: { secretName: props.certificateSecretName, items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          name: 'account',
          secret: { secretName: props.secretName, items: [{ key: CLIENT_SECRET_KEY, path: 'password' }] },
        },
      ],
      mounts: [CertificateAuthority.mount('ca'), { name: 'account', mountPath: '/etc/account', readOnly: true }],
    });
    this.bootstrap.configure({
      keycloak: props.url,
      realm: props.realm,
      caFile: CertificateAuthority.FILE,
      account: { clientId: BOOTSTRAP_CLIENT, passwordFile: '/etc/account/password', roles: BOOTSTRAP_ROLES },
      protocolMappers: MAPPERS,
      settings: REALM_SETTINGS,
      record: SETTINGS_RECORD,
      groups: props.groups,
      clients: [],
      redirectUris: [],
    });
    allow(this.bootstrap.peer, server, [{ port }]);
  }

  /** A client that lets people log in to a part of the platform; its further addresses add to the first. */
  add(clientId: string, secretName: string, { namespace, redirectUri }: LoginClient): void {
    const secret = { namespace, secretName, key: CLIENT_SECRET_KEY };
    this.bootstrap.configure({ clients: [{ clientId, secret }], redirectUris: [{ clientId, uri: redirectUri }] });
    this.bootstrap.grantAccess({ namespace, resource: 'secrets', names: [secretName], right: 'read' });
  }
}
