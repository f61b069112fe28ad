import * as z from 'zod';
import * as f from '../formats';
import { distinct, repeated } from './lists';

const networks = z.array(f.cidr).check(distinct);
const OWN_PORTS = [22, 2222, 8080];

const openPort = z.strictObject({
  port: f.port.describe('Port of the environment'),
  protocol: z.enum(['TCP', 'UDP']).default('TCP').describe('Protocol of the port'),
  from: networks.min(1).describe('Networks that may reach it'),
});

const egressRule = z.strictObject({
  to: f.cidr.describe('Network that may be reached'),
  ports: z.array(f.port).check(distinct).default([]).describe('TCP ports (empty: every port)'),
});

/** Where policies see it: behind its Service, whose port is 443. */
const API_PORTS = [443, 6443];

const apiServer = z.strictObject({
  addresses: networks.default([]).describe('Its addresses, as networks (empty: any address)'),
  ports: z
    .array(f.port)
    .min(1)
    .check(distinct)
    .default(API_PORTS)
    .describe('Its ports, such as 8443 on minikube and 16443 on MicroK8s'),
});

const kubernetesApi = z
  .union([networks, apiServer], {
    error: 'must be a list of networks such as [10.0.0.1/32], or a map with addresses and ports',
  })
  .transform((given) => (Array.isArray(given) ? { addresses: given, ports: API_PORTS } : given))
  .prefault([])
  .describe('The API server, for what has to reach it: a list of its addresses, or a map with these keys');

export const network = z.strictObject({
  openPorts: z
    .array(openPort)
    .check(({ value, issues }) => {
      const taken = OWN_PORTS.map((port) => `${port}/TCP`);
      issues.push(...repeated(value, ({ port, protocol }) => `${port}/${protocol}`, taken, 'port'));
    })
    .default([])
    .describe('Ports of every environment that are open, besides those that follow from grants'),
  egress: z
    .strictObject({
      internet: z.boolean().default(true).describe('Whether environments reach the internet (never private networks)'),
      allow: z
        .array(egressRule)
        .default([])
        .describe('Private networks that environments reach besides (but what deny closes)'),
      deny: networks.default([]).describe('Networks that environments never reach'),
    })
    .prefault({})
    .describe('What environments reach outside the cluster'),
  kubernetesApi,
  dns: z
    .strictObject({
      namespace: f.dnsLabel.default('kube-system').describe("Namespace of the cluster's DNS"),
      podLabels: z
        .record(f.labelKeyOfCluster, f.labelValue)
        .default({ 'k8s-app': 'kube-dns' })
        .describe('Labels of its pods'),
      port: f.port.default(53).describe('Port of its pods'),
      addresses: z
        .array(f.addressOrCidr)
        .check(distinct)
        .default([])
        .describe('Resolvers that are no pods, on port 53, such as 169.254.20.10 of NodeLocal DNSCache'),
      clusterDomain: f.domainName
        .default('cluster.local')
        .describe("What full names of Services end in, as the kubelet's clusterDomain says"),
    })
    .prefault({})
    .describe("The cluster's DNS"),
});

export const nodePort = z.int().min(30_000).max(32_767);

const address = f.hostOrAddress.optional();

export const access = z.strictObject({
  mode: z
    .enum(['portForward', 'loadBalancer', 'nodePort', 'ingress', 'gateway', 'route'])
    .default('portForward')
    .describe(
      'How Vault, Boundary, Keycloak and web access are reached from outside; portForward opens node ports on kind alone',
    ),
  sources: networks
    .default([])
    .describe('Networks that may reach what is exposed: in network policies, load balancers and routes (empty: any)'),
  domain: f.domainName.optional().describe('Domain of the host names; ingress, gateway and route need it'),
  nodeAddress: f.hostOrAddress
    .default('localhost')
    .describe('Host that clients dial for node ports and forwarded ones'),
  nodePorts: z
    .strictObject({
      vault: nodePort.default(30_820).describe("Node port of Vault's API"),
      boundary: nodePort.default(30_920).describe("Node port of Boundary's API"),
      boundaryWorker: nodePort.default(30_922).describe("Node port of Boundary's workers"),
      keycloak: nodePort.default(30_880).describe('Node port of Keycloak'),
      web: nodePort.default(30_980).describe("Node port of devenv-0's web access; the next ones follow"),
    })
    .prefault({})
    .describe('Node ports, each its own; with portForward the local ones'),
  controllerNamespace: f.dnsLabel
    .optional()
    .describe(
      'Namespace of the pods of the Ingress controller, Gateway or router, which alone reach the servers then (absent: whoever reaches their pods); not for those in the network of their node',
    ),
  ingressClass: f.objectName.default('nginx').describe('IngressClass that serves the host names'),
  gateway: z
    .strictObject({
      name: f.objectName.describe("The Gateway's name"),
      namespace: f.dnsLabel.describe("The Gateway's namespace"),
    })
    .optional()
    .describe('Gateway that the routes attach to; the mode gateway needs it'),
  tls: z
    .strictObject({
      secretName: f.objectName.optional().describe('Secret with certificate and key for the host names'),
      issuer: f.objectName.optional().describe('ClusterIssuer of cert-manager that makes the certificates'),
      certificateAuthority: f.authorities
        .optional()
        .describe('The only authorities that the certificates may be of, in PEM (absent: the public ones)'),
    })
    .prefault({})
    .describe('Certificates of the host names in the mode ingress; in others servers show their own'),
  annotations: z
    .record(f.annotationKey, z.string())
    .default({})
    .describe('Annotations on each Ingress, HTTPRoute, TLSRoute and Route'),
  loadBalancerAnnotations: z
    .record(f.annotationKey, z.string())
    .default({})
    .describe('Annotations on each Service of type LoadBalancer'),
  loadBalancerClass: f.loadBalancerClass
    .optional()
    .describe("Class of the load balancers (absent: the cluster's default), such as service.k8s.aws/nlb"),
  loadBalancerAddresses: z
    .strictObject({
      vault: address.describe("Host name or address of Vault's load balancer"),
      boundary: address.describe("Host name or address of Boundary's load balancer"),
      boundaryWorker: z
        .union([f.hostOrAddress, z.array(f.hostOrAddress)], {
          error: 'must be a host name or an address, or a list with one for each worker',
        })
        .check(({ value, issues }) => distinct({ value: [value].flat(), issues }))
        .optional()
        .describe("Host name or address of the first worker's load balancer, or a list with one for each worker"),
      keycloak: address.describe("Host name or address of Keycloak's load balancer"),
      web: z
        .record(f.dnsLabel, f.hostOrAddress)
        .default({})
        .describe("Host name or address of each environment's load balancer, by the environment's or user's name"),
    })
    .prefault({})
    .describe('What clients dial, once the load balancers have addresses'),
});

export const web = z.strictObject({
  enabled: z.boolean().default(false).describe('Whether port 8080 of each environment is reached by browsers'),
  authentication: z
    .boolean()
    .default(true)
    .describe('Whether a proxy asks for a login first; false: whoever reaches the address gets in'),
});
