import type { Construct, IConstruct } from 'constructs';

export interface InternalProps {
  /** What clients dial at their end of a forwarded port. @default - the Service's own name inside the cluster */
  readonly host?: string;
  /** The port that they forward. @default - the Service's own */
  readonly port?: number;
}

/** Who may call from outside. */
export interface Sources {
  /**
   * Networks that may call, as CIDRs; pods and nodes of the cluster are none of them unless they are in one. Connections
   * then reach servers on the node that they come to, which keeps the client's address. @default [] anybody
   */
  readonly sources?: readonly string[];
}

export interface NodePortProps extends Sources {
  /** Host name or address of a node, or `localhost` where a node's port is mapped there. */
  readonly host: string;
  /** 30000 to 32767. */
  readonly nodePort: number;
}

export interface LoadBalancerProps extends Sources {
  /** Name or address that clients dial. @default - the Service's own name inside the cluster */
  readonly host?: string;
  /** Class of the load balancer, for a controller that is not the cluster's default. @default - the default */
  readonly loadBalancerClass?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Who stands between clients and the servers. */
export interface Controller {
  /**
   * Namespace of the pods that hand connections on: of the Ingress controller, the Gateway or the router. Nobody else
   * then reaches the servers from outside. Not for those in their node's network, which policies do not know as pods.
   * @default - whoever reaches the pods
   */
  readonly controllerNamespace?: string;
}

/** Sources are the controller's to keep: an annotation tells ingress-nginx. */
export interface IngressProps extends Sources, Controller {
  readonly host: string;
  readonly className: string;
  /** Secret with the certificate for `host`. @default - the controller's own */
  readonly tlsSecretName?: string;
  /** The only authorities that this certificate may be of, in PEM. @default - the public ones */
  readonly certificateAuthority?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface GatewayProps extends Controller {
  readonly host: string;
  readonly gateway: { readonly name: string; readonly namespace: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Sources are the router's to keep: annotations tell OpenShift's. */
export interface RouteProps extends Sources, Controller {
  readonly host: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Annotations by which controllers are told who may call. The second name of each is that of older ones. */
export const SOURCE_LISTS = {
  nginx: ['nginx.ingress.kubernetes.io/whitelist-source-range'],
  openshift: ['haproxy.router.openshift.io/ip_allowlist', 'haproxy.router.openshift.io/ip_whitelist'],
} as const;

/** Those, and another name that ingress-nginx knows one by. */
const NARROWING: readonly string[] = [
  ...SOURCE_LISTS.nginx,
  'nginx.ingress.kubernetes.io/allowlist-source-range',
  ...SOURCE_LISTS.openshift,
];

/** @throws if an annotation would let in others than the sources */
export function checkSources({ sources = [] }: Sources, annotations: Readonly<Record<string, string>> = {}): void {
  const other = sources.length > 0 && NARROWING.find((key) => annotations[key] !== undefined);
  if (other) throw new Error(`annotation "${other}" contradicts sources: name networks there alone`);
}

/** Annotations by which cert-manager makes a certificate for the host of an Ingress, into the Secret that it names. */
const ISSUERS = ['cert-manager.io/cluster-issuer', 'cert-manager.io/issuer'];
/** Hosts that cert-manager makes certificates for, by their Secret, in each program. */
const issued = new WeakMap<IConstruct, Map<string, string>>();

/** @throws if cert-manager would write certificates for two hosts into one Secret, one over the other */
export function checkIssued(scope: Construct, namespace: string, props: IngressProps): void {
  const { host, tlsSecretName, annotations = {} } = props;
  if (!tlsSecretName || !ISSUERS.some((key) => annotations[key] !== undefined)) return;
  const hosts = issued.get(scope.node.root) ?? new Map<string, string>();
  issued.set(scope.node.root, hosts);
  const secret = `${namespace}/${tlsSecretName}`;
  const other = hosts.get(secret) ?? host;
  hosts.set(secret, other);
  if (other !== host)
    throw new Error(
      `cert-manager would write certificates for "${other}" and "${host}" into the Secret "${tlsSecretName}" in turn: name one for each`,
    );
}
