import { Construct } from 'constructs';
import { API_PORT, CLUSTER_PORT, controllerHcl, OPS_PORT, PROXY_PORT, workerHcl } from './boundary-config';
import type { BoundaryControlProps } from './boundary-control';
import { KMS_SECRET, kmsFiles } from './boundary-kms';
import { BoundarySchema } from './boundary-schema';
import { subjectNames } from './certificate-authority';
import { Exposure } from './exposure';
import type { GeneratedSecrets } from './generated-secrets';
import { type Identity, metadataOf, selectorOf } from './identity';
import { k8s } from './k8s';
import { allow, type PodPeer, podPeer } from './peer';
import { podTemplate, port, resources, spread } from './pod';
import type { Postgres } from './postgres';

interface BoundaryServersProps extends Omit<BoundaryControlProps, 'database'> {
  readonly namespace: string;
  readonly secrets: GeneratedSecrets;
  readonly database: Postgres;
}

/** The processes of Boundary: controllers and workers. */
export class BoundaryServers extends Construct {
  readonly image: string;
  readonly controllerPeer: PodPeer;
  readonly workerPeer: PodPeer;
  /** URL of the API inside the cluster. */
  readonly address: string;
  readonly externalAddress: string;
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
    const { namespace, database } = props;
    this.image = props.image ?? 'hashicorp/boundary:0.21';
    this.address = `https://boundary.${namespace}.svc:${API_PORT}`;
    this.controllerPeer = podPeer(this, namespace, this.controller);
    this.workerPeer = podPeer(this, namespace, this.worker);
    props.secrets.add({ secretName: KMS_SECRET, values: kmsFiles() });
    const schema = new BoundarySchema(this, 'schema', { namespace, image: this.image, database });
    database.allowFrom(this.controllerPeer);
    this.makeController(schema);
    const external = this.exposeApi();
    this.externalAddress = `https://${external.host}:${external.port}`;
    this.makeCertificate(external.host);
    this.makeWorkers();
    allow(this.workerPeer, this.controllerPeer, [{ port: CLUSTER_PORT }]);
  }

  private makeController(schema: BoundarySchema): void {
    const { namespace, controllers = 1 } = this.props;
    const selector = selectorOf(this.controller);
    new k8s.KubeConfigMap(this, 'controller-config', {
      metadata: metadataOf(this, this.controller, 'boundary-controller', namespace),
      data: { 'controller.hcl': controllerHcl(namespace) },
    });
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
          ports: [
            { name: 'https', containerPort: API_PORT },
            { name: 'cluster', containerPort: CLUSTER_PORT },
            { name: 'ops', containerPort: OPS_PORT },
          ],
          mounts: [
            { name: 'database', mountPath: '/etc/boundary/database', readOnly: true },
            { name: 'tls', mountPath: '/etc/boundary/tls', readOnly: true },
            // Only there once the database has this version's schema, so the pod waits for it.
            { name: 'schema', mountPath: '/etc/boundary/schema', readOnly: true },
          ],
          volumes: [
            { name: 'kms', secret: { secretName: KMS_SECRET, items: [{ key: 'kms.hcl', path: 'kms.hcl' }] } },
            {
              name: 'database',
              secret: { secretName: this.props.database.secretName, items: [{ key: 'url', path: 'url' }] },
            },
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
    new k8s.KubeConfigMap(this, 'worker-config', {
      metadata: metadataOf(this, this.worker, 'boundary-worker', namespace),
      data: Object.fromEntries(
        addresses.map(({ host, port: number }, index) => [
          `boundary-worker-${index}.hcl`,
          workerHcl(namespace, `${host}:${number}`),
        ]),
      ),
    });
    new k8s.KubeStatefulSet(this, 'worker', {
      metadata: metadataOf(this, this.worker, 'boundary-worker', namespace),
      spec: {
        serviceName: 'boundary-worker',
        replicas: workers,
        podManagementPolicy: 'Parallel',
        selector: { matchLabels: selector },
        template: this.template(this.worker, 'worker', {
          ports: [
            { name: 'proxy', containerPort: PROXY_PORT },
            { name: 'ops', containerPort: OPS_PORT },
          ],
          mounts: [],
          volumes: [
            { name: 'kms', secret: { secretName: KMS_SECRET, items: [{ key: 'worker-auth.hcl', path: 'kms.hcl' }] } },
          ],
        }),
      },
    });
    this.makeDisruptionBudget(this.worker);
  }

  private makeDisruptionBudget(identity: Identity): void {
    new k8s.KubePodDisruptionBudget(this, `pod-disruption-budget-${identity.component}`, {
      metadata: metadataOf(this, identity, identity.instance, this.props.namespace),
      spec: { maxUnavailable: port(1), selector: { matchLabels: selectorOf(identity) } },
    });
  }

  private template(
    identity: Identity,
    role: 'controller' | 'worker',
    props: { ports: k8s.ContainerPort[]; mounts: k8s.VolumeMount[]; volumes: k8s.Volume[] },
  ): k8s.PodTemplateSpec {
    // A worker has its own public address, so its own file.
    const config = role === 'worker' ? '$(POD_NAME).hcl' : 'controller.hcl';
    const health = { httpGet: { path: '/health', port: port(OPS_PORT) }, periodSeconds: 5, timeoutSeconds: 3 };
    return podTemplate(this, {
      identity,
      ids: { user: 100, group: 1000 },
      containers: [
        {
          name: role,
          image: this.image,
          command: [
            'boundary',
            'server',
            `-config=/etc/boundary/config/${config}`,
            '-config=/etc/boundary/kms/kms.hcl',
            '-skip-plugins',
          ],
          env: [
            { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'HOME', value: '/tmp' },
          ],
          ports: props.ports,
          startupProbe: { ...health, failureThreshold: 60 },
          readinessProbe: { ...health, failureThreshold: 2 },
          livenessProbe: { ...health, periodSeconds: 10, failureThreshold: 6 },
          resources: resources(['50m', '128Mi'], ['1', '512Mi']),
          volumeMounts: [
            { name: 'config', mountPath: '/etc/boundary/config', readOnly: true },
            { name: 'kms', mountPath: '/etc/boundary/kms', readOnly: true },
            { name: 'tmp', mountPath: '/tmp' },
            ...props.mounts,
          ],
        },
      ],
      spec: {
        // Open sessions may end by themselves before a worker does. One whose controllers are gone waits for all of it.
        terminationGracePeriodSeconds: role === 'worker' ? 120 : 30,
        topologySpreadConstraints: spread(selectorOf(identity)),
        volumes: [
          { name: 'config', configMap: { name: identity.instance } },
          { name: 'tmp', emptyDir: { sizeLimit: k8s.Quantity.fromString('64Mi') } },
          ...props.volumes,
        ],
      },
    });
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
