import type { Construct } from 'constructs';
import { label } from '../core/checks';
import { allow, type PodPeer, podPeer } from '../network/peer';

/** Where servers say their metrics, beside the port of everything else. */
export const METRICS_PORT = 8202;

/** Who reads Vault's metrics: a Prometheus, or what collects for one. */
export interface MetricsReaders {
  /** Their namespace, which is somebody else's: the way out of it is for its owners to open. */
  readonly namespace: string;
  /** Labels of their pods. @default {} every pod of the namespace */
  readonly podLabels?: Readonly<Record<string, string>>;
}

/**
 * The listener for them. Vault answers with a login from the server that leads alone, and only while that is unsealed; so
 * on this port metrics take none. All else takes what it does elsewhere.
 */
export const metricsHcl = (tls: string): string => `
# Metrics without a login, which servers that are sealed or do not lead could not look at.
listener "tcp" {
  address = "[::]:${METRICS_PORT}"
  # Servers talk to each other at the other listener's.
  cluster_address = "127.0.0.1:${METRICS_PORT + 1}"
${tls}  telemetry {
    unauthenticated_metrics_access = true
  }
}
`;

/** Lets them reach that port, and no other. @throws if the namespace is no name of one */
export function allowMetrics(scope: Construct, servers: PodPeer, { namespace, podLabels = {} }: MetricsReaders): void {
  label(scope, 'namespace', namespace);
  const name = 'prometheus';
  const pods = podPeer(scope, namespace, { name, instance: name, component: 'metrics' });
  const isAll = Object.keys(podLabels).length === 0;
  const readers = isAll ? { name, namespace } : { ...pods, podLabels, foreign: true };
  allow(readers, servers, [{ port: METRICS_PORT }]);
}
