import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { metadataOf, selectorOf } from '../core/identity';
import { k8s } from '../core/k8s';
import { port } from '../core/pod';
import type { Address, Endpoint } from './endpoint';
import {
  type Controller,
  checkIssued,
  checkSources,
  type GatewayProps,
  type IngressProps,
  type InternalProps,
  type LoadBalancerProps,
  type NodePortProps,
  type RouteProps,
  SOURCE_LISTS,
  type Sources,
} from './exposure-props';
import { type AddressPeer, ANYWHERE, allow, type NamespacePeer } from './peer';

/** How an endpoint is reached from outside the cluster. */
export abstract class Exposure {
  /** Only inside the cluster, and through `kubectl port-forward` at localhost: no object, no route. */
  static internal(props: InternalProps = {}): Exposure {
    return new Internal(props);
  }

  /** A port of every node, dialled at `host`. @throws if it is none that clusters have for Services */
  static nodePort(props: NodePortProps): Exposure {
    return new NodePort(props);
  }

  /** A load balancer of its own. */
  static loadBalancer(props: LoadBalancerProps): Exposure {
    return new LoadBalancer(props);
  }

  /** An Ingress, which shows clients a certificate of its own. Not for `tcp` endpoints. `expose` throws if an annotation contradicts the sources, or has cert-manager fill a Secret for two hosts. */
  static ingress(props: IngressProps): Exposure {
    return new Ingress(props);
  }

  /** A Gateway API route: a TLSRoute for `https` endpoints, else an HTTPRoute. Not for `tcp` endpoints. */
  static gateway(props: GatewayProps): Exposure {
    return new Gateway(props);
  }

  /** An OpenShift Route. Not for `tcp` endpoints. `expose` throws if an annotation contradicts the sources. */
  static route(props: RouteProps): Exposure {
    return new Route(props);
  }

  /** Who may call, as the pods see it: what stands in front of the pods counts too. */
  protected readonly callers: AddressPeer | NamespacePeer = ANYWHERE;

  /** Makes the objects, opens the network for them, and says where clients dial. */
  expose(endpoint: Endpoint): Address {
    if (endpoint.protocol === 'tcp' && !this.carriesTcp) {
      throw new Error(
        `endpoint "${endpoint.name}" speaks raw TCP, which ${this.constructor.name} cannot carry: use a load balancer or a node port for it`,
      );
    }
    if (this.opensNetwork) allow(this.callers, endpoint.pods, [{ port: endpoint.targetPort }]);
    return this.make(endpoint.pods.scope, endpoint);
  }

  protected readonly carriesTcp: boolean = true;
  protected readonly opensNetwork: boolean = true;
  protected abstract make(scope: Construct, endpoint: Endpoint): Address;
}

/** Those that were named, else anybody. */
const callersOf = ({ sources = [] }: Sources): AddressPeer =>
  sources.length > 0 ? { name: 'sources', cidrs: sources } : ANYWHERE;

/** On the way through another node, a client's address would become that node's, which no policy knows from others. */
const keepsClients = ({ sources = [] }: Sources) => (sources.length > 0 ? { externalTrafficPolicy: 'Local' } : {});

class Internal extends Exposure {
  protected override readonly opensNetwork = false;

  constructor(private readonly props: InternalProps) {
    super();
  }

  protected make(_: Construct, { pods, serviceName, port: servicePort }: Endpoint): Address {
    const { host = `${serviceName}.${pods.namespace}.svc`, port: forwarded = servicePort } = this.props;
    return { host, port: forwarded };
  }
}

class NodePort extends Exposure {
  protected override readonly callers: AddressPeer;

  constructor(private readonly props: NodePortProps) {
    super();
    const { nodePort } = props;
    if (!(Number.isInteger(nodePort) && nodePort >= 30_000 && nodePort <= 32_767))
      throw new Error(`nodePort must be from 30000 to 32767, which clusters have for Services, got ${nodePort}`);
    this.callers = callersOf(props);
  }

  protected make(scope: Construct, endpoint: Endpoint): Address {
    const { host, nodePort } = this.props;
    externalService(scope, endpoint, { type: 'NodePort', ...keepsClients(this.props) }, { nodePort });
    return { host, port: nodePort };
  }
}

class LoadBalancer extends Exposure {
  protected override readonly callers: AddressPeer;

  constructor(private readonly props: LoadBalancerProps) {
    super();
    this.callers = callersOf(props);
  }

  protected make(scope: Construct, endpoint: Endpoint): Address {
    const { host, loadBalancerClass, annotations, sources = [] } = this.props;
    const spec = {
      type: 'LoadBalancer',
      loadBalancerClass,
      ...(sources.length > 0 && { loadBalancerSourceRanges: [...sources] }),
      ...keepsClients(this.props),
    };
    externalService(scope, endpoint, spec, { annotations });
    return { host: host ?? `${endpoint.serviceName}.${endpoint.pods.namespace}.svc`, port: endpoint.port };
  }
}

function externalService(
  scope: Construct,
  endpoint: Endpoint,
  spec: k8s.ServiceSpec,
  { nodePort, annotations }: { nodePort?: number; annotations?: Readonly<Record<string, string>> },
): void {
  const { pods, name } = endpoint;
  new k8s.KubeService(scope, `service-${name}-external`, {
    metadata: metadataOf(scope, pods.identity, `${name}-external`, pods.namespace, annotations),
    spec: {
      ...spec,
      selector: { ...(pods.podLabels ?? selectorOf(pods.identity)), ...endpoint.selector },
      ports: [{ name: 'main', port: endpoint.port, targetPort: port(endpoint.targetPort), nodePort }],
    },
  });
}

/** By a controller's pods, which hand on HTTP or TLS and alone reach the servers where it is known which they are. */
abstract class HandedOn extends Exposure {
  protected override readonly carriesTcp = false;
  protected override readonly callers: AddressPeer | NamespacePeer;

  constructor({ controllerNamespace: namespace }: Controller) {
    super();
    this.callers = namespace ? { name: 'access-controller', namespace } : ANYWHERE;
  }
}

class Ingress extends HandedOn {
  constructor(private readonly props: IngressProps) {
    super(props);
  }

  protected make(scope: Construct, { pods, name, protocol, serviceName, port: servicePort }: Endpoint): Address {
    const { host, className, tlsSecretName, certificateAuthority, annotations, sources = [] } = this.props;
    checkSources(this.props, annotations);
    checkIssued(scope, pods.namespace, this.props);
    const own: Record<string, string> = {
      ...(protocol === 'https' && { 'nginx.ingress.kubernetes.io/backend-protocol': 'HTTPS' }),
      ...(sources.length > 0 && { [SOURCE_LISTS.nginx[0]]: sources.join(',') }),
    };
    new k8s.KubeIngress(scope, `ingress-${name}`, {
      metadata: metadataOf(scope, pods.identity, name, pods.namespace, { ...own, ...annotations }),
      spec: {
        ingressClassName: className,
        tls: [{ hosts: [host], secretName: tlsSecretName }],
        rules: [
          {
            host,
            http: {
              paths: [
                {
                  path: '/',
                  pathType: 'Prefix',
                  backend: { service: { name: serviceName, port: { number: servicePort } } },
                },
              ],
            },
          },
        ],
      },
    });
    return { host, port: 443, front: { certificateAuthority } };
  }
}

class Gateway extends HandedOn {
  constructor(private readonly props: GatewayProps) {
    super(props);
  }

  protected make(scope: Construct, { pods, name, protocol, serviceName, port: servicePort }: Endpoint): Address {
    const { host, gateway } = this.props;
    // A server with a certificate of its own keeps it: the Gateway passes the connection through, by its host name.
    const kind = protocol === 'https' ? 'TLSRoute' : 'HTTPRoute';
    new ApiObject(scope, `${kind === 'TLSRoute' ? 'tls' : 'http'}-route-${name}`, {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind,
      metadata: metadataOf(scope, pods.identity, name, pods.namespace, this.props.annotations),
      spec: {
        parentRefs: [gateway],
        hostnames: [host],
        rules: [{ backendRefs: [{ name: serviceName, port: servicePort }] }],
      },
    });
    return { host, port: 443 };
  }
}

class Route extends HandedOn {
  constructor(private readonly props: RouteProps) {
    super(props);
  }

  protected make(scope: Construct, { pods, name, protocol, serviceName, targetPort }: Endpoint): Address {
    const { host, annotations, sources = [] } = this.props;
    checkSources(this.props, annotations);
    const lists = SOURCE_LISTS.openshift.map((list) => [list, sources.join(' ')]);
    const own = sources.length > 0 ? Object.fromEntries(lists) : {};
    new ApiObject(scope, `route-${name}`, {
      apiVersion: 'route.openshift.io/v1',
      kind: 'Route',
      metadata: metadataOf(scope, pods.identity, name, pods.namespace, { ...own, ...annotations }),
      spec: {
        host,
        to: { kind: 'Service', name: serviceName, weight: 100 },
        port: { targetPort },
        // A server with a certificate of its own keeps it: clients check the platform's authority end to end.
        tls:
          protocol === 'https'
            ? { termination: 'passthrough' }
            : { termination: 'edge', insecureEdgeTerminationPolicy: 'Redirect' },
      },
    });
    return { host, port: 443 };
  }
}
