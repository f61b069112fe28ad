import { Construct } from 'constructs';
import {
  API_PORT,
  CLUSTER_PORT,
  controllerHcl,
  DATABASE_PATH,
  OPS_PORT,
  PROXY_PORT,
  workerHcl,
} from './boundary-config';
import type { BoundaryKeys } from './boundary-keys';
import { BoundarySchema } from './boundary-schema';
import { BOUNDARY_ACCOUNT, boundaryPodTemplate, type ServerPart } from './boundary-server-pod';
import { type CertificateAuthority, subjectNames } from './certificate-authority';
import { Exposure } from './exposure';
import { type Identity, metadataOf, selectorOf } from './identity';
import type { IdentityProvider } from './identity-provider';
import { reachIssuer } from './issuer-relay';
import { k8s } from './k8s';
import { allow, type PodPeer, podPeer } from './peer';
import { port } from './pod';
import type { Database } from './postgres';

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
  /** Life of a login, in seconds, whether it is used or not. @default 12 hours */
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
  readonly databaseAddress: string;
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
    const { namespace, database, keys } = props;
    this.image = props.image ?? 'hashicorp/boundary:0.21';
    this.databaseAddress = database.address;
    this.address = `https://boundary.${namespace}.svc:${API_PORT}`;
    this.controllerPeer = podPeer(this, namespace, this.controller);
    this.workerPeer = podPeer(this, namespace, this.worker);
    if (keys.needsIdentity) this.makeServiceAccount();
    const schema = new BoundarySchema(this, 'schema', { namespace, image: this.image, database, keys });
    database.allowFrom(this.controllerPeer);
    this.makeController(schema);
    const external = this.exposeApi();
    this.externalAddress = `https://${external.host}:${external.port}`;
    this.makeCertificate(external.host);
    this.makeWorkers();
    allow(this.workerPeer, this.controllerPeer, [{ port: CLUSTER_PORT }]);
    for (const peer of [this.controllerPeer, this.workerPeer]) keys.allowFrom(peer);
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
    const { namespace, controllers = 1, identity, loginTtlSec = 12 * 3600 } = this.props;
    const database = this.props.database.attach(DATABASE_PATH);
    const selector = selectorOf(this.controller);
    const config = this.makeConfig(this.controller, { 'controller.hcl': controllerHcl(namespace, loginTtlSec) });
    new k8s.KubeService(this, 'service', {
      metadata: metadataOf(this, this.controller, 'boundary', namespace),
      spec: { selector, ports: [{ name: 'https', port: API_PORT, targetPort: port(API_PORT) }] },
    });
    new k8s.KubeService(this, 'service-cluster', {
      metadata: metadataOf(this, this.controller, 'boundary-cluster', namespace),
      spec: { selector, ports: [{ name: 'cluster', port: CLUSTER_PORT, targetPort: port(CLUSTER_PORT) }] },
    });
    new k8s.KubeDeployment(this, 'controller', {
      metadata: metadataOf(this, this.controller, 'boundary-controller', namespace),
      spec: {
        replicas: controllers,
        revisionHistoryLimit: 2,
        // A migration needs the lock that every running controller shares.
        strategy: { type: 'Recreate' },
        selector: { matchLabels: selector },
        template: this.template(this.controller, 'controller', {
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
        }),
      },
    });
    this.makeDisruptionBudget(this.controller);
  }

  private makeWorkers(): void {
    const { namespace, workers = 1, workerExposure = () => Exposure.internal() } = this.props;
    const selector = selectorOf(this.worker);
    const addresses = Array.from({ length: workers }, (_, index) => {
      const pod = { 'statefulset.kubernetes.io/pod-name': `boundary-worker-${index}` };
      const peer = { ...this.workerPeer, name: `boundary-worker-${index}`, podLabels: { ...selector, ...pod } };
      const name = `boundary-worker-${index}`;
      new k8s.KubeService(this, `service-worker-${index}`, {
        metadata: metadataOf(this, this.worker, name, namespace),
        spec: {
          selector: { ...selector, ...pod },
          ports: [{ name: 'proxy', port: PROXY_PORT, targetPort: port(PROXY_PORT) }],
        },
      });
      return workerExposure(index).expose({
        pods: peer,
        name,
        port: PROXY_PORT,
        targetPort: PROXY_PORT,
        protocol: 'tcp',
        serviceName: name,
      });
    });
    // Gives the pods the names that their StatefulSet promises; clients dial each worker's own Service.
    new k8s.KubeService(this, 'service-workers', {
      metadata: metadataOf(this, this.worker, 'boundary-worker', namespace),
      spec: {
        clusterIp: 'None',
        selector,
        ports: [{ name: 'proxy', port: PROXY_PORT, targetPort: port(PROXY_PORT) }],
      },
    });
    const config = this.makeConfig(
      this.worker,
      Object.fromEntries(
        addresses.map(({ host, port: number }, index) => [
          `boundary-worker-${index}.hcl`,
          workerHcl(namespace, `${host}:${number}`),
        ]),
      ),
    );
    new k8s.KubeStatefulSet(this, 'worker', {
      metadata: metadataOf(this, this.worker, 'boundary-worker', namespace),
      spec: {
        serviceName: 'boundary-worker',
        replicas: workers,
        podManagementPolicy: 'Parallel',
        selector: { matchLabels: selector },
        template: this.template(this.worker, 'worker', {
          config,
          ports: [
            { name: 'proxy', containerPort: PROXY_PORT },
            { name: 'ops', containerPort: OPS_PORT },
          ],
          env: [],
          mounts: [],
          volumes: [],
        }),
      },
    });
    this.makeDisruptionBudget(this.worker);
  }

  private makeConfig(identity: Identity, data: Record<string, string>): Record<string, string> {
    new k8s.KubeConfigMap(this, `${identity.component}-config`, {
      metadata: metadataOf(this, identity, identity.instance, this.props.namespace),
      data,
    });
    return data;
  }

  private makeDisruptionBudget(identity: Identity): void {
    new k8s.KubePodDisruptionBudget(this, `pod-disruption-budget-${identity.component}`, {
      metadata: metadataOf(this, identity, identity.instance, this.props.namespace),
      spec: { maxUnavailable: port(1), selector: { matchLabels: selectorOf(identity) } },
    });
  }

  private template(identity: Identity, role: 'controller' | 'worker', props: ServerPart): k8s.PodTemplateSpec {
    const { keys, workerGraceSec = 120 } = this.props;
    return boundaryPodTemplate(this, { ...props, identity, role, image: this.image, keys, workerGraceSec });
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
