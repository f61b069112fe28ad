import { keepsSources, type PlatformConfig } from '../config';
import { asksOnTheWeb } from './entries';
import { party, type Row } from './row';

/** Whom the network lets in to a server from outside. */
interface Callers {
  readonly rows: readonly Omit<Row, 'what'>[];
  /** Networks from which its pods are dialled; none where that is a controller's alone, or nobody's. */
  readonly addresses: readonly string[];
}

/** A server of the platform. */
export interface Server {
  readonly name: string;
  /** Of its pods, as policies see it. */
  readonly port: number;
  readonly callers: Callers;
}

const EVERYWHERE = ['0.0.0.0/0', '::/0'];
const WAYS = {
  portForward: 'node port',
  nodePort: 'node port',
  loadBalancer: 'load balancer',
  ingress: 'Ingress',
  gateway: 'Gateway',
  route: 'Route',
} as const;

type Access = PlatformConfig['access'];

/** By these networks, or by any. */
const rowsFrom = ({ sources }: Pick<Access, 'sources'>, how: string): Callers['rows'] =>
  sources.length > 0
    ? sources.map((cidr, index) => ({
        who: party('network', cidr),
        how,
        allowed: 'yes',
        by: ['access', 'sources', index],
      }))
    : [{ who: party('network', 'any address'), how, allowed: 'yes', by: ['access', 'mode'] }];

/** Who gets in to what `access.mode` exposes. `raw`: what no HTTP proxy carries has a load balancer in their place. */
export function callersOf({ profile, access }: PlatformConfig, raw = false): Callers {
  const { mode, sources, controllerNamespace } = access;
  const isDirect = ['portForward', 'nodePort', 'loadBalancer'].includes(mode);
  if (mode === 'portForward' && profile !== 'kind') {
    const how = 'closed, but for who may forward ports in Kubernetes';
    const row = { who: party('network', 'any address'), how, allowed: 'no', by: ['access', 'mode'] } as const;
    return { rows: [row], addresses: [] };
  }
  if (isDirect || raw)
    return {
      rows: rowsFrom(access, isDirect ? WAYS[mode] : WAYS.loadBalancer),
      addresses: sources.length > 0 ? sources : EVERYWHERE,
    };
  const by = controllerNamespace ? `, by pods of the namespace ${controllerNamespace} alone` : '';
  return {
    rows: rowsFrom({ sources: keepsSources(access) ? sources : [] }, `${WAYS[mode]}${by}`),
    addresses: controllerNamespace ? [] : EVERYWHERE,
  };
}

/** The servers that are exposed. */
export function servers(config: PlatformConfig): Server[] {
  const { vault, boundary, keycloak } = config;
  const callers = callersOf(config);
  return [
    ...(vault.enabled ? [{ name: 'Vault', port: 8200, callers }] : []),
    ...(boundary.enabled
      ? [
          { name: "Boundary's API", port: 9200, callers },
          { name: "Boundary's workers", port: 9202, callers: callersOf(config, true) },
        ]
      : []),
    ...(keycloak.enabled ? [{ name: 'Keycloak', port: 8443, callers }] : []),
    ...(asksOnTheWeb(config) ? [{ name: 'proxies of web access', port: 8443, callers }] : []),
  ];
}
