import { Construct } from 'constructs';
import type { IdentityProvider } from './boundary-control';
import { type CertificateAuthority, subjectNames } from './certificate-authority';
import { Exposure } from './exposure';
import { GeneratedSecrets } from './generated-secrets';
import { type Identity, metadataOf, selectorOf } from './identity';
import { k8s } from './k8s';
import { keycloakRealm } from './keycloak-realm';
import { allow, type PodPeer, podPeer } from './peer';
import { podTemplate, port, resources } from './pod';
import { Postgres } from './postgres';

export interface KeycloakProps {
  /** @default 'keycloak' */
  readonly namespace?: string;
  /** @default 'keycloak/keycloak:26.7' */
  readonly image?: string;
  readonly database?: { readonly image?: string; readonly storage?: string; readonly storageClassName?: string };
  readonly authority: CertificateAuthority;
  /** @default Exposure.internal() */
  readonly exposure?: Exposure;
  /** @default 'agent-sandbox' */
  readonly realm?: string;
  /** @default ['admins', 'developers', 'readonly'] */
  readonly groups?: readonly string[];
}

const HTTPS_PORT = 8443;
const MANAGEMENT_PORT = 9000;

/** Keycloak in production mode with a database and realm of its own; every password is made in the cluster. */
export class Keycloak extends Construct {
  readonly namespace: string;
  readonly peer: PodPeer;
  /** The realm's issuer, the same inside and outside the cluster. */
  readonly issuer: string;
  /** Secret with the password of each client, by the client's name. */
  readonly clientSecretName = 'keycloak-clients';
  private readonly identity: Identity = { name: 'keycloak', instance: 'keycloak', component: 'server' };
  private readonly database: Postgres;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: KeycloakProps,
  ) {
    super(scope, id);
    this.namespace = props.namespace ?? 'keycloak';
    this.peer = podPeer(this, this.namespace, this.identity);
    const { namespace } = this;
    const secrets = new GeneratedSecrets(this, 'secrets', { namespace });
    secrets.add({ secretName: this.clientSecretName, values: { boundary: '{{password boundary 40}}' } });
    secrets.add({ secretName: 'keycloak-admin', values: { username: 'bootstrap', password: '{{password main 32}}' } });
    this.database = new Postgres(this, 'database', {
      ...props.database,
      namespace,
      name: 'keycloak-database',
      database: 'keycloak',
      secrets,
    });
    this.database.allowFrom(this.peer);
    this.makeService();
    const external = (props.exposure ?? Exposure.internal()).expose({
      pods: this.peer,
      name: 'keycloak',
      port: HTTPS_PORT,
      targetPort: HTTPS_PORT,
      protocol: 'https',
      serviceName: 'keycloak',
    });
    const url = `https://${external.host}:${external.port}`;
    this.issuer = `${url}/realms/${this.realm}`;
    this.makeCertificate(external.host);
    this.makeDeployment(url);
  }

  /** The realm as another part's identity provider, by the client of that name. */
  identityFor(client: 'boundary'): IdentityProvider {
    const { namespace, clientSecretName: secretName } = this;
    return { issuer: this.issuer, clientId: client, clientSecret: { namespace, secretName, key: client } };
  }

  /** Lets pods call it. */
  allowFrom(peer: PodPeer): void {
    allow(peer, this.peer, [{ port: HTTPS_PORT }]);
  }

  private get realm(): string {
    return this.props.realm ?? 'agent-sandbox';
  }

  private makeService(): void {
    const { groups = ['admins', 'developers', 'readonly'] } = this.props;
    new k8s.KubeService(this, 'service', {
      metadata: metadataOf(this, this.identity, 'keycloak', this.namespace),
      spec: {
        selector: selectorOf(this.identity),
        ports: [{ name: 'https', port: HTTPS_PORT, targetPort: port(HTTPS_PORT) }],
      },
    });
    new k8s.KubeConfigMap(this, 'realm-config', {
      metadata: metadataOf(this, this.identity, 'keycloak-realm', this.namespace),
      data: { 'realm.json': JSON.stringify(keycloakRealm(this.realm, groups), null, 2) },
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
    const secret = (name: string, secretName: string, key: string): k8s.EnvVar => ({
      name,
      valueFrom: { secretKeyRef: { name: secretName, key } },
    });
    const health = (path: string): k8s.HttpGetAction => ({ path, port: port(MANAGEMENT_PORT), scheme: 'HTTPS' });
    new k8s.KubeDeployment(this, 'deployment', {
      metadata: metadataOf(this, this.identity, 'keycloak', this.namespace),
      spec: {
        replicas: 1,
        revisionHistoryLimit: 2,
        strategy: { type: 'Recreate' },
        selector: { matchLabels: selectorOf(this.identity) },
        template: podTemplate(this, {
          identity: this.identity,
          ids: { user: 1000, group: 0 },
          containers: [
            {
              name: 'keycloak',
              image: this.props.image ?? 'keycloak/keycloak:26.7',
              command: ['/opt/keycloak/bin/kc.sh', 'start', '--import-realm'],
              // The first start compiles the server for its database beside its program.
              readOnlyRootFilesystem: false,
              env: [
                { name: 'KC_DB', value: 'postgres' },
                { name: 'KC_HOSTNAME', value: url },
                { name: 'KC_HTTPS_CERTIFICATE_FILE', value: '/etc/keycloak-tls/tls.crt' },
                { name: 'KC_HTTPS_CERTIFICATE_KEY_FILE', value: '/etc/keycloak-tls/tls.key' },
                { name: 'KC_HTTP_ENABLED', value: 'false' },
                { name: 'KC_HEALTH_ENABLED', value: 'true' },
                { name: 'KC_METRICS_ENABLED', value: 'true' },
                { name: 'KC_CACHE', value: 'local' },
                { name: 'JAVA_OPTS_KC_HEAP', value: '-XX:MaxRAMPercentage=60 -XX:InitialRAMPercentage=20' },
                secret('KC_DB_URL', this.database.secretName, 'jdbc-url'),
                secret('KC_DB_USERNAME', this.database.secretName, 'username'),
                secret('KC_DB_PASSWORD', this.database.secretName, 'password'),
                secret('KC_BOOTSTRAP_ADMIN_USERNAME', 'keycloak-admin', 'username'),
                secret('KC_BOOTSTRAP_ADMIN_PASSWORD', 'keycloak-admin', 'password'),
                secret('BOUNDARY_CLIENT_SECRET', this.clientSecretName, 'boundary'),
              ],
              ports: [
                { name: 'https', containerPort: HTTPS_PORT },
                { name: 'management', containerPort: MANAGEMENT_PORT },
              ],
              startupProbe: {
                httpGet: health('/health/started'),
                periodSeconds: 5,
                failureThreshold: 120,
                timeoutSeconds: 5,
              },
              readinessProbe: { httpGet: health('/health/ready'), periodSeconds: 5, timeoutSeconds: 5 },
              livenessProbe: {
                httpGet: health('/health/live'),
                periodSeconds: 15,
                failureThreshold: 6,
                timeoutSeconds: 5,
              },
              resources: resources(['200m', '768Mi'], ['2', '1536Mi']),
              volumeMounts: [
                { name: 'realm', mountPath: '/opt/keycloak/data/import', readOnly: true },
                { name: 'tls', mountPath: '/etc/keycloak-tls', readOnly: true },
                { name: 'tmp', mountPath: '/tmp' },
              ],
            },
          ],
          spec: {
            volumes: [
              { name: 'realm', configMap: { name: 'keycloak-realm' } },
              { name: 'tls', secret: { secretName: 'keycloak-tls' } },
              { name: 'tmp', emptyDir: { sizeLimit: k8s.Quantity.fromString('256Mi') } },
            ],
          },
        }),
      },
    });
  }
}
