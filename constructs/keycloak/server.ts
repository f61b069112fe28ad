import { Construct } from 'constructs';
import { type Identity, metadataOf, selectorOf } from '../core/identity';
import { k8s } from '../core/k8s';
import { port } from '../core/pod';
import { type Front, urlOf } from '../network/endpoint';
import { Exposure } from '../network/exposure';
import { allow, type PodPeer, podPeer } from '../network/peer';
import { type CertificateAuthority, subjectNames } from '../services/certificate-authority';
import { GeneratedSecrets } from '../services/generated-secrets';
import { type IdentityProvider, type LoginClient, newClientSecret } from '../services/identity-provider';
import { Postgres } from '../services/postgres';
import { GROUP_PREFIX, KeycloakClients, PRINCIPALS_CLAIM } from './clients';
import { ACCOUNT_SECRET, DEMO_SECRET, HTTPS_PORT, keycloakPodTemplate } from './pod';
import { demoUserOf, keycloakRealm } from './realm';

export interface KeycloakProps {
  /** @default 'keycloak' */
  readonly namespace?: string;
  /** @default 'keycloak/keycloak:26.7' */
  readonly image?: string;
  readonly database?: { readonly image?: string; readonly storage?: string; readonly storageClassName?: string };
  readonly authority: CertificateAuthority;
  /** @default Exposure.internal() */
  readonly exposure?: Exposure;
  /** Not `master`, which is Keycloak's own and no import changes. @default 'agent-sandbox' */
  readonly realm?: string;
  /** Made where they are missing; none is removed. @default ['admins', 'developers', 'readonly'] */
  readonly groups?: readonly string[];
  /** Whether the realm starts with a user `demo-GROUP` for each group, whose password is in the Secret `keycloak-demo-users`. @default false */
  readonly demoUsers?: boolean;
}

/**
 * Keycloak in production mode with a database and realm of its own; every password is made in the cluster. It has no
 * administrator until somebody makes one in its pod (`kc.sh bootstrap-admin`). Throws for the realm `master`.
 */
export class Keycloak extends Construct {
  readonly namespace: string;
  readonly peer: PodPeer;
  /** The realm's issuer, the same inside and outside the cluster. */
  readonly issuer: string;
  private readonly identity: Identity = { name: 'keycloak', instance: 'keycloak', component: 'server' };
  private readonly front?: Front;
  private readonly database: Postgres;
  private readonly clients: KeycloakClients;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: KeycloakProps,
  ) {
    super(scope, id);
    if (props.realm === 'master') throw new Error('the realm "master" is Keycloak\'s own: choose another name');
    this.namespace = props.namespace ?? 'keycloak';
    this.peer = podPeer(this, this.namespace, this.identity);
    this.database = this.makeDatabase(this.makeSecrets());
    this.database.allowFrom(this.peer);
    this.makeService();
    const external = this.expose();
    this.front = external.front;
    const url = urlOf(external);
    this.issuer = `${url}/realms/${this.realm}`;
    this.makeCertificate(external.host);
    this.makeDeployment(url);
    this.clients = new KeycloakClients(this, 'clients', {
      namespace: this.namespace,
      realm: this.realm,
      groups: this.groups,
      server: this.peer,
      port: HTTPS_PORT,
      url: this.internalUrl,
      certificateSecretName: 'keycloak-tls',
      secretName: ACCOUNT_SECRET,
    });
  }

  /** The realm as a part's identity provider, which knows the part by the name of its client. */
  identityFor(clientId: string): IdentityProvider {
    const clientSecretName = 'oidc-client';
    const inside = `${this.internalUrl}/realms/${this.realm}/protocol/openid-connect`;
    return {
      issuer: this.issuer,
      clientId,
      clientSecretName,
      scopes: ['profile'],
      principalsClaim: PRINCIPALS_CLAIM,
      groupPrefix: GROUP_PREFIX,
      endpoints: {
        authorization: `${this.issuer}/protocol/openid-connect/auth`,
        token: `${inside}/token`,
        keys: `${inside}/certs`,
        userinfo: `${inside}/userinfo`,
        peer: this.peer,
        port: HTTPS_PORT,
      },
      front: this.front,
      register: (client) => this.addClient(clientId, clientSecretName, client),
    };
  }

  /**
   * Keeps a client of the realm that people log in to a part of the platform with; several addresses of one client add
   * up. The Secret `secretName` of the part's namespace holds the client's secret in `client-secret`.
   */
  addClient(clientId: string, secretName: string, client: LoginClient): void {
    this.clients.add(clientId, secretName, client);
  }

  /** Lets pods call it. */
  allowFrom(peer: PodPeer): void {
    allow(peer, this.peer, [{ port: HTTPS_PORT }]);
  }

  /** URL inside the cluster. */
  private get internalUrl(): string {
    return `https://keycloak.${this.namespace}.svc:${HTTPS_PORT}`;
  }

  private get realm(): string {
    return this.props.realm ?? 'agent-sandbox';
  }

  private get groups(): readonly string[] {
    return this.props.groups ?? ['admins', 'developers', 'readonly'];
  }

  private get demoUsers() {
    return this.props.demoUsers ? this.groups.map(demoUserOf) : [];
  }

  private makeSecrets(): GeneratedSecrets {
    const secrets = new GeneratedSecrets(this, 'secrets', { namespace: this.namespace });
    secrets.add(newClientSecret(ACCOUNT_SECRET));
    if (this.demoUsers.length > 0) {
      const values = Object.fromEntries(this.demoUsers.map(({ name }) => [name, `{{password ${name} 20}}`]));
      secrets.add({ secretName: DEMO_SECRET, values });
    }
    return secrets;
  }

  private makeDatabase(secrets: GeneratedSecrets): Postgres {
    return new Postgres(this, 'database', {
      ...this.props.database,
      namespace: this.namespace,
      name: 'keycloak-database',
      database: 'keycloak',
      secrets,
      rotates: true,
    });
  }

  private expose() {
    return (this.props.exposure ?? Exposure.internal()).expose({
      pods: this.peer,
      name: 'keycloak',
      port: HTTPS_PORT,
      targetPort: HTTPS_PORT,
      protocol: 'https',
      serviceName: 'keycloak',
    });
  }

  private makeService(): void {
    new k8s.KubeService(this, 'service', {
      metadata: metadataOf(this, this.identity, 'keycloak', this.namespace),
      spec: {
        selector: selectorOf(this.identity),
        ports: [{ name: 'https', port: HTTPS_PORT, targetPort: port(HTTPS_PORT) }],
      },
    });
    new k8s.KubeConfigMap(this, 'realm-config', {
      metadata: metadataOf(this, this.identity, 'keycloak-realm', this.namespace),
      data: { 'realm.json': JSON.stringify(keycloakRealm(this.realm, this.groups, this.demoUsers), null, 2) },
    });
  }

  private makeCertificate(externalHost: string): void {
    const { namespace } = this;
    const inside = ['keycloak', `keycloak.${namespace}`, `keycloak.${namespace}.svc`];
    this.props.authority.issue({
      namespace,
      secretName: 'keycloak-tls',
      ...subjectNames([...inside, 'localhost', externalHost]),
    });
  }

  private makeDeployment(url: string): void {
    const { image = 'keycloak/keycloak:26.7' } = this.props;
    const { identity, database, demoUsers } = this;
    new k8s.KubeDeployment(this, 'deployment', {
      metadata: metadataOf(this, this.identity, 'keycloak', this.namespace),
      spec: {
        replicas: 1,
        revisionHistoryLimit: 2,
        strategy: { type: 'Recreate' },
        selector: { matchLabels: selectorOf(this.identity) },
        template: keycloakPodTemplate(this, { identity, image, url, database, demoUsers }),
      },
    });
  }
}
