import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { metadataOf, selectorOf } from '../core/identity';
import { k8s } from '../core/k8s';
import { port } from '../core/pod';
import type { Address, Endpoint } from './endpoint';
import { type AddressPeer, ANYWHERE, allow } from './peer';

/** How an endpoint is reached from outside the cluster. */
export abstract class Exposure {
  /** Only inside the cluster, and through `kubectl port-forward` at localhost. */
  static internal(): Exposure {
    return new Internal();
  }

  /** A port of every node, dialled at `host`. @throws if it is none that clusters have for Services */
  static nodePort(props: NodePortProps): Exposure {
    return new NodePort(props);
  }

  /** A load balancer of its own. */
  static loadBalancer(props: LoadBalancerProps): Exposure {
    return new LoadBalancer(props);
  }

  /** An Ingress, which shows clients a certificate of its own. Not for `tcp` endpoints. */
  static ingress(props: IngressProps): Exposure {
    return new Ingress(props);
  }

  /** A Gateway API route: a TLSRoute for `https` endpoints, else an HTTPRoute. Not for `tcp` endpoints. */
  static gateway(props: GatewayProps): Exposure {
    return new Gateway(props);
  }

  /** An OpenShift Route. Not for `tcp` endpoints. */
  static route(props: RouteProps): Exposure {
    return new Route(props);
  }

  /** Addresses that may call; what stands in front of the pods counts too. */
  protected readonly callers: AddressPeer = ANYWHERE;

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

export interface NodePortProps {
  /** Host name or address of a node, or `localhost` where a node's port is mapped there. */
  readonly host: string;
  /** 30000 to 32767. */
  readonly nodePort: number;
}

export interface LoadBalancerProps {
  /** Name or address that clients dial. @default - the Service's own name inside the cluster */
  readonly host?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface IngressProps {
  readonly host: string;
  readonly className: string;
  /** Secret with the certificate for `host`. @default - the controller's own */
  readonly tlsSecretName?: string;
  /** The only authorities that this certificate may be of, in PEM. @default - the public ones */
  readonly certificateAuthority?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface GatewayProps {
  readonly host: string;
  readonly gateway: { readonly name: string; readonly namespace: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RouteProps {
  readonly host: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

class Internal extends Exposure {
  protected override readonly opensNetwork = false;

  protected make(_: Construct, { pods, serviceName, port: servicePort }: Endpoint): Address {
    return { host: `${serviceName}.${pods.namespace}.svc`, port: servicePort };
  }
}

class NodePort extends Exposure {
  constructor(private readonly props: NodePortProps) {
    super();
    const { nodePort } = props;
    if (!(Number.isInteger(nodePort) && nodePort >= 30_000 && nodePort <= 32_767))
      throw new Error(`nodePort must be from 30000 to 32767, which clusters have for Services, got ${nodePort}`);
  }

  protected make(scope: Construct, endpoint: Endpoint): Address {
    externalService(scope, endpoint, { type: 'NodePort', nodePort: this.props.nodePort });
    return { host: this.props.host, port: this.props.nodePort };
  }
}

class LoadBalancer extends Exposure {
  constructor(private readonly props: LoadBalancerProps) {
    super();
  }

  protected make(scope: Construct, endpoint: Endpoint): Address {
    externalService(scope, endpoint, { type: 'LoadBalancer', annotations: this.props.annotations });
    return { host: this.props.host ?? `${endpoint.serviceName}.${endpoint.pods.namespace}.svc`, port: endpoint.port };
  }
}

function externalService(
  scope: Construct,
  endpoint: Endpoint,
  props: { type: string; nodePort?: number; annotations?: Readonly<Record<string, string>> },
): void {
  const { pods, name } = endpoint;
  new k8s.KubeService(scope, `service-${name}-external`, {
    metadata: metadataOf(scope, pods.identity, `${name}-external`, pods.namespace, props.annotations),
    spec: {
      type: props.type,
      selector: { ...(pods.podLabels ?? selectorOf(pods.identity)), ...endpoint.selector },
      ports: [{ name: 'main', port: endpoint.port, targetPort: port(endpoint.targetPort), nodePort: props.nodePort }],
    },
  });
}

class Ingress extends Exposure {
  protected override readonly carriesTcp = false;

  constructor(private readonly props: IngressProps) {
    super();
  }

  protected make(scope: Construct, { pods, name, protocol, serviceName, port: servicePort }: Endpoint): Address {
    const { host, className, tlsSecretName, certificateAuthority, annotations } = this.props;
    const backend: Record<string, string> =
      protocol === 'https' ? { 'nginx.ingress.kubernetes.io/backend-protocol': 'HTTPS' } : {};
    new k8s.KubeIngress(scope, `ingress-${name}`, {
      metadata: metadataOf(scope, pods.identity, name, pods.namespace, { ...backend, ...annotations }),
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

class Gateway extends Exposure {
  protected override readonly carriesTcp = false;

  constructor(private readonly props: GatewayProps) {
    super();
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

class Route extends Exposure {
  protected override readonly carriesTcp = false;

  constructor(private readonly props: RouteProps) {
    super();
  }

  protected make(scope: Construct, { pods, name, protocol, serviceName, targetPort }: Endpoint): Address {
    const { host, annotations } = this.props;
    new ApiObject(scope, `route-${name}`, {
      apiVersion: 'route.openshift.io/v1',
      kind: 'Route',
      metadata: metadataOf(scope, pods.identity, name, pods.namespace, annotations),
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
