import { type Environment, Exposure } from '../../constructs';
import { balancerOf, type PlatformConfig } from '../config';

export interface Exposures {
  readonly vault: Exposure;
  readonly boundary: Exposure;
  readonly boundaryWorker: (worker: number) => Exposure;
  readonly keycloak: Exposure;
  readonly web: (environment: Environment) => Exposure;
}

type Part = 'vault' | 'boundary' | 'boundaryWorker' | 'keycloak';

/** What tells an endpoint from others, whatever the access mode. */
interface Place {
  /** Label before the domain. */
  readonly label: string;
  readonly nodePort: number;
  /** What clients dial for a node port. */
  readonly nodeAddress: string;
  /** What clients dial for a load balancer, once it has one. */
  readonly balancerAddress?: string;
}

/** How each endpoint is reached in the access mode of the configuration. */
export function exposures(config: PlatformConfig): Exposures {
  const { access } = config;
  const byMode = modes(config)[access.mode];
  const { nodePorts, nodeAddress, loadBalancerAddresses: balancers } = access;
  const place = (part: Part, offset = 0): Place => ({
    label: part,
    nodePort: nodePorts[part] + offset,
    nodeAddress,
    balancerAddress: [balancers[part]].flat()[offset],
  });
  // A worker's protocol is its own TLS, which no HTTP proxy can carry.
  const raw = modes(config)[access.mode === 'portForward' || access.mode === 'nodePort' ? access.mode : 'loadBalancer'];
  return {
    vault: byMode(place('vault')),
    boundary: byMode(place('boundary')),
    boundaryWorker: (worker) => raw(place('boundaryWorker', worker)),
    keycloak: byMode(place('keycloak')),
    web: (environment) => byMode(webPlace(config, environment)),
  };
}

type Modes = Record<PlatformConfig['access']['mode'], (place: Place) => Exposure>;

function modes({ access, profile }: PlatformConfig): Modes {
  const { loadBalancerAnnotations, loadBalancerClass, annotations, tls, sources, controllerNamespace } = access;
  const host = ({ label }: Place) => `${label}.${access.domain}`;
  const nodePort = ({ nodePort, nodeAddress }: Place) => Exposure.nodePort({ host: nodeAddress, nodePort, sources });
  return {
    // On kind these ports of the node are mapped to localhost; elsewhere people forward them, and nothing is open.
    portForward:
      profile === 'kind'
        ? nodePort
        : ({ nodePort: port, nodeAddress }) => Exposure.internal({ host: nodeAddress, port }),
    nodePort,
    loadBalancer: ({ balancerAddress }) =>
      Exposure.loadBalancer({
        host: balancerAddress,
        annotations: loadBalancerAnnotations,
        loadBalancerClass,
        sources,
      }),
    ingress: (place) =>
      Exposure.ingress({
        host: host(place),
        className: access.ingressClass,
        tlsSecretName: tls.secretName ?? (tls.issuer && `${place.label}-ingress-tls`),
        certificateAuthority: tls.certificateAuthority,
        annotations: { ...(tls.issuer && { 'cert-manager.io/cluster-issuer': tls.issuer }), ...annotations },
        sources,
        controllerNamespace,
      }),
    gateway: (place) =>
      Exposure.gateway({
        host: host(place),
        gateway: access.gateway ?? { name: '', namespace: '' },
        annotations,
        controllerNamespace,
      }),
    route: (place) => Exposure.route({ host: host(place), annotations, sources, controllerNamespace }),
  };
}

function webPlace(config: PlatformConfig, { name, user }: Environment): Place {
  const { access, environments } = config;
  const { nodeAddress, nodePorts } = access;
  const index = Number(/\d+$/.exec(name)?.[0] ?? 0);
  const { webPort = nodePorts.web } = user ? environments.users[user] : { webPort: nodePorts.web + index };
  return {
    label: name,
    nodePort: webPort,
    // Browsers keep cookies by host name and not by port: a name of its own for each, where names cost nothing.
    nodeAddress: nodeAddress === 'localhost' ? `${name}.localhost` : nodeAddress,
    balancerAddress: balancerOf(config, name, user),
  };
}
