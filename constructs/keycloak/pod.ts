import type { Construct } from 'constructs';
import type { Identity } from '../core/identity';
import { k8s } from '../core/k8s';
import { type ContainerSpec, podTemplate, port } from '../core/pod';
import { resources } from '../core/resources';
import { CLIENT_SECRET_KEY } from '../services/identity-provider';
import type { Postgres } from '../services/postgres';
import type { DemoUser } from './realm';

/** Secret with the demo users' passwords. */
export const DEMO_SECRET = 'keycloak-demo-users';
/** Without a limit a database that is lost with its node is waited for until TCP gives up, a quarter of an hour. In seconds. */
const CONNECTION = 'connectTimeout=10&socketTimeout=120';
export const HTTPS_PORT = 8443;
const MANAGEMENT_PORT = 9000;
/** Where the login at the database stands, which its driver reads for each connection: another password needs no restart. */
const DATABASE_PATH = '/etc/keycloak-database';
/** Secret with the password of the client that keeps the others. */
export const ACCOUNT_SECRET = 'keycloak-bootstrap-client';

interface KeycloakPodProps {
  readonly identity: Identity;
  readonly image: string;
  /** URL that browsers dial. */
  readonly url: string;
  readonly database: Postgres;
  readonly demoUsers: readonly DemoUser[];
}

/** The server's pod. */
export function keycloakPodTemplate(scope: Construct, props: KeycloakPodProps): k8s.PodTemplateSpec {
  return podTemplate(scope, {
    identity: props.identity,
    ids: { user: 1000, group: 0 },
    containers: [server(props)],
    spec: {
      volumes: [
        { name: 'realm', configMap: { name: 'keycloak-realm' } },
        { name: 'tls', secret: { secretName: 'keycloak-tls' } },
        {
          name: 'database',
          secret: { secretName: props.database.secretName, items: [{ key: 'pgpass', path: 'pgpass' }] },
        },
        { name: 'data', emptyDir: { sizeLimit: k8s.Quantity.fromString('64Mi') } },
        { name: 'tmp', emptyDir: { sizeLimit: k8s.Quantity.fromString('256Mi') } },
      ],
    },
  });
}

function server(props: KeycloakPodProps): ContainerSpec {
  const health = (path: string): k8s.HttpGetAction => ({ path, port: port(MANAGEMENT_PORT), scheme: 'HTTPS' });
  return {
    name: 'keycloak',
    image: props.image,
    command: ['/opt/keycloak/bin/kc.sh', 'start', '--import-realm'],
    // The first start compiles the server for its database beside its program.
    readOnlyRootFilesystem: false,
    env: environment(props),
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
      // Its log of transactions; where that cannot be written, a start takes half a minute longer.
      { name: 'data', mountPath: '/opt/keycloak/data' },
      { name: 'realm', mountPath: '/opt/keycloak/data/import', readOnly: true },
      { name: 'tls', mountPath: '/etc/keycloak-tls', readOnly: true },
      { name: 'database', mountPath: DATABASE_PATH, readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

function environment({ url, database, demoUsers }: KeycloakPodProps): k8s.EnvVar[] {
  const secret = (name: string, secretName: string, key: string): k8s.EnvVar => ({
    name,
    valueFrom: { secretKeyRef: { name: secretName, key } },
  });
  return [
    { name: 'KC_DB', value: 'postgres' },
    { name: 'KC_HOSTNAME', value: url },
    { name: 'KC_HTTPS_CERTIFICATE_FILE', value: '/etc/keycloak-tls/tls.crt' },
    { name: 'KC_HTTPS_CERTIFICATE_KEY_FILE', value: '/etc/keycloak-tls/tls.key' },
    // Its own default is an hour.
    { name: 'KC_HTTPS_CERTIFICATES_RELOAD_PERIOD', value: '1m' },
    { name: 'KC_HTTP_ENABLED', value: 'false' },
    { name: 'KC_HEALTH_ENABLED', value: 'true' },
    { name: 'KC_METRICS_ENABLED', value: 'true' },
    { name: 'KC_CACHE', value: 'local' },
    { name: 'JAVA_OPTS_KC_HEAP', value: '-XX:MaxRAMPercentage=60 -XX:InitialRAMPercentage=20' },
    { name: 'KC_DB_URL', value: `jdbc:postgresql://${database.address}?${CONNECTION}` },
    secret('KC_DB_USERNAME', database.secretName, 'username'),
    { name: 'PGPASSFILE', value: `${DATABASE_PATH}/pgpass` },
    secret('BOOTSTRAP_CLIENT_SECRET', ACCOUNT_SECRET, CLIENT_SECRET_KEY),
    ...demoUsers.map(({ variable, name }) => secret(variable, DEMO_SECRET, name)),
  ];
}
