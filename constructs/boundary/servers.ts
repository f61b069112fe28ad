import { Construct } from 'constructs';
import { count } from '../core/checks';
import { makeDisruptionBudget } from '../core/disruption';
import { type Identity, metadataOf, selectorOf } from '../core/identity';
import { k8s } from '../core/k8s';
import { port } from '../core/pod';
import { urlOf } from '../network/endpoint';
import { Exposure } from '../network/exposure';
import { allow, type PodPeer, podPeer } from '../network/peer';
import { type CertificateAuthority, subjectNames } from '../services/certificate-authority';
import type { IdentityProvider } from '../services/identity-provider';
import { reachIssuer } from '../services/issuer-relay';
import type { Database } from '../services/postgres';
import { API_PORT, CLUSTER_PORT, controllerHcl, DATABASE_PATH, OPS_PORT } from './config';
import type { BoundaryKeys } from './keys';
import { BoundarySchema } from './schema';
import { BOUNDARY_ACCOUNT, boundaryPodTemplate, makeServerConfig } from './server-pod';
import { makeBoundaryWorkers } from './workers';

export interface BoundaryServersSettings {
  /** @default 'hashicorp/boundary:0.21' */
  readonly image?: string;
  /** @default 1 */
  readonly controllers?: number;
  /** @default 1 */
  readonly workers?: number;
  readonly authority: CertificateAuthority;
  /** How clients reach the controllers' API. @default Exposure.internal() */
  readonly exposure?: Exposure;
  /** How clients reach each worker, by its number. Never an HTTP ingress. @default Exposure.internal() */
  readonly workerExposure?: (worker: number) => Exposure;
  /** Names and addresses that outside clients dial for the API besides the exposure's own. @default [] */
  readonly externalNames?: readonly string[];
  /** Logs people in. @default - nobody but the platform's own service account */
  readonly identity?: IdentityProvider;
  /** Life of a login, in seconds; one that is not used ends after an hour. @default 8 hours */
  readonly loginTtlSec?: number;
  /** Seconds in which sessions may end by themselves when a worker stops. @default 120 */
  readonly workerGraceSec?: number;
}

interface BoundaryServersProps extends BoundaryServersSettings {
  readonly namespace: string;
  readonly keys: BoundaryKeys;
  readonly database: Database;
}

const TLS = '/etc/boundary/tls';

/** The processes of Boundary: controllers and workers. */
export class BoundaryServers extends Construct {
  readonly image: string;
  readonly controllerPeer: PodPeer;
  readonly workerPeer: PodPeer;
  /** URL of the API inside the cluster. */
  readonly address: string;
  readonly externalAddress: string;
  /** ConfigMap that is there once the database has its schema; another one for each database and image. */
  readonly schemaConfigMap: string;
  private readonly controller: Identity = {
    name: 'boundary',
    instance: 'boundary-controller',
    component: 'controller',
  };
  private readonly worker: Identity = { name: 'boundary', instance: 'boundary-worker', component: 'worker' };

  constructor(
    scope: Construct,
    id: string,
    private readonly props: BoundaryServersProps,
  ) {
    super(scope, id);
    const { namespace, database, keys, controllers = 1, workers = 1 } = props;
    count(this, 'controllers', controllers, 1, Number.MAX_SAFE_INTEGER);
    count(this, 'workers', workers, 1, Number.MAX_SAFE_INTEGER);
    this.image = props.image ?? 'hashicorp/boundary:0.21';
    this.address = `https://boundary.${namespace}.svc:${API_PORT}`;
    this.controllerPeer = podPeer(this, namespace, this.controller);
    this.workerPeer = podPeer(this, namespace, this.worker);
    if (keys.needsIdentity) this.makeServiceAccount();
    const schema = new BoundarySchema(this, 'schema', { namespace, image: this.image, database, keys });
    this.schemaConfigMap = schema.configMap;
    database.allowFrom(this.controllerPeer);
    this.makeController(schema);
    const external = this.exposeApi();
    this.externalAddress = urlOf(external);
    this.makeCertificate(external.host);
    this.makeWorkers();
    allow(this.workerPeer, this.controllerPeer, [{ port: CLUSTER_PORT }]);
    keys.allowFrom(this.controllerPeer, 'controller');
    keys.allowFrom(this.workerPeer, 'worker');
  }

  /** A cloud knows pods by it; it has no rights in the cluster. */
  private makeServiceAccount(): void {
    const identity: Identity = { name: 'boundary', instance: BOUNDARY_ACCOUNT, component: 'identity' };
    new k8s.KubeServiceAccount(this, 'service-account', {
      metadata: metadataOf(this, identity, BOUNDARY_ACCOUNT, this.props.namespace, {
        ...this.props.keys.serviceAccountAnnotations,
      }),
      automountServiceAccountToken: false,
    });
  }

  private makeController(schema: BoundarySchema): void {
    const { namespace, controllers = 1, loginTtlSec = 8 * 3600 } = this.props;
    const config = makeServerConfig(this, namespace, this.controller, {
      'controller.hcl': controllerHcl(namespace, loginTtlSec),
    });
    this.makeServices();
    new k8s.KubeDeployment(this, 'controller', {
      metadata: metadataOf(this, this.controller, 'boundary-controller', namespace),
      spec: {
        replicas: controllers,
        revisionHistoryLimit: 2,
        // A migration needs the lock that every running controller shares.
        strategy: { type: 'Recreate' },
        selector: { matchLabels: selectorOf(this.controller) },
        template: this.controllerTemplate(schema, config),
      },
    });
    makeDisruptionBudget(this, 'pod-disruption-budget-controller', { namespace, identity: this.controller });
  }

  private controllerTemplate(schema: BoundarySchema, config: Record<string, string>): k8s.PodTemplateSpec {
    const { identity } = this.props;
    const database = this.props.database.attach(DATABASE_PATH);
    return boundaryPodTemplate(this, {
      ...this.pods,
      identity: this.controller,
      role: 'controller',
      config,
      env: database.env,
      followed: [`${TLS}/tls.crt`, ...database.followed],
      beside: identity && reachIssuer(this.controllerPeer, identity),
      ports: [
        { name: 'https', containerPort: API_PORT },
        { name: 'cluster', containerPort: CLUSTER_PORT },
        { name: 'ops', containerPort: OPS_PORT },
      ],
      mounts: [
        ...database.mounts,
        { name: 'tls', mountPath: TLS, readOnly: true },
        // Only there once the database has this version's schema, so the pod waits for it.
        { name: 'schema', mountPath: '/etc/boundary/schema', readOnly: true },
      ],
      volumes: [
        ...database.volumes,
        { name: 'tls', secret: { secretName: 'boundary-tls' } },
        { name: 'schema', configMap: { name: schema.configMap } },
      ],
    });
  }

  private makeServices(): void {
    const { namespace } = this.props;
    const selector = selectorOf(this.controller);
    new k8s.KubeService(this, 'service', {
      metadata: metadataOf(this, this.controller, 'boundary', namespace),
      spec: { selector, ports: [{ name: 'https', port: API_PORT, targetPort: port(API_PORT) }] },
    });
    new k8s.KubeService(this, 'service-cluster', {
      metadata: metadataOf(this, this.controller, 'boundary-cluster', namespace),
      spec: { selector, ports: [{ name: 'cluster', port: CLUSTER_PORT, targetPort: port(CLUSTER_PORT) }] },
    });
  }

  private makeWorkers(): void {
    const { workers = 1, workerExposure = () => Exposure.internal() } = this.props;
    makeBoundaryWorkers(this, { ...this.pods, workers, workerExposure, peer: this.workerPeer });
  }

  private get pods() {
    const { namespace, keys, workerGraceSec = 120 } = this.props;
    return { namespace, image: this.image, keys, workerGraceSec };
  }

  private exposeApi() {
    return (this.props.exposure ?? Exposure.internal()).expose({
      pods: this.controllerPeer,
      name: 'boundary',
      port: API_PORT,
      targetPort: API_PORT,
      protocol: 'https',
      serviceName: 'boundary',
    });
  }

  private makeCertificate(externalHost: string): void {
    const { namespace, authority, externalNames = [] } = this.props;
    const inside = ['boundary', `boundary.${namespace}`, `boundary.${namespace}.svc`];
    authority.issue({
      namespace,
      secretName: 'boundary-tls',
      ...subjectNames([...inside, 'localhost', externalHost, ...externalNames]),
    });
  }
}
