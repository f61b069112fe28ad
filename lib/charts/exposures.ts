import { Exposure } from '../../constructs';
import type { PlatformConfig } from '../config';

export interface Exposures {
  readonly vault: Exposure;
  readonly boundary: Exposure;
  readonly boundaryWorker: (worker: number) => Exposure;
  readonly keycloak: Exposure;
}

type Part = 'vault' | 'boundary' | 'boundaryWorker' | 'keycloak';

/** How each endpoint is reached in the access mode of the configuration. */
export function exposures({ access }: PlatformConfig): Exposures {
  const host = (part: string) => `${part}.${access.domain}`;
  const { nodeAddress, nodePorts, loadBalancerAnnotations: balancer, loadBalancerAddresses, annotations, tls } = access;
  const nodePort = (part: Part, offset = 0) =>
    Exposure.nodePort({ host: nodeAddress, nodePort: nodePorts[part] + offset });
  const loadBalancer = (part: Part, offset = 0) =>
    Exposure.loadBalancer({
      host: offset === 0 ? loadBalancerAddresses[part] : undefined,
      annotations: balancer,
    });
  const http: Record<typeof access.mode, (part: Part, offset?: number) => Exposure> = {
    // On kind these ports of the node are mapped to localhost.
    portForward: nodePort,
    nodePort,
    loadBalancer,
    ingress: (part) =>
      Exposure.ingress({
        host: host(part),
        className: access.ingressClass,
        tlsSecretName: tls.secretName,
        annotations: { ...(tls.issuer && { 'cert-manager.io/cluster-issuer': tls.issuer }), ...annotations },
      }),
    gateway: (part) => Exposure.gateway({ host: host(part), gateway: access.gateway ?? { name: '', namespace: '' } }),
    route: (part) => Exposure.route({ host: host(part) }),
  };
  const byMode = http[access.mode];
  // A worker's protocol is its own TLS, which no HTTP proxy can carry.
  const raw = access.mode === 'portForward' || access.mode === 'nodePort' ? nodePort : loadBalancer;
  return {
    vault: byMode('vault'),
    boundary: byMode('boundary'),
    boundaryWorker: (worker) => raw('boundaryWorker', worker),
    keycloak: byMode('keycloak'),
  };
}
