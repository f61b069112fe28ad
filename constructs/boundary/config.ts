import type { k8s } from '../core/k8s';

export const API_PORT = 9200;
export const CLUSTER_PORT = 9201;
export const PROXY_PORT = 9202;
export const OPS_PORT = 9203;
/** Where the file `url` of the database is. */
export const DATABASE_PATH = '/etc/boundary/database';

/**
 * How long workers and controllers may not hear of each other before sessions are ended: long enough for a restart of
 * either, short enough that a worker which is gone is soon offered to nobody. Boundary's own is 15 s.
 */
const SILENCE = '60s';

/** Retransmissions of one segment after which a connection counts as lost: half a minute without any answer. */
const LOST_AFTER = '00000006';

const SCRIPT = `cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '
  $3 ~ /:${CLUSTER_PORT.toString(16).toUpperCase().padStart(4, '0')}$/ && $4 == "01" { if ($7 > "${LOST_AFTER}") lost++; else alive++ }
  END { exit lost > 0 && !alive }'`;

/**
 * Fails once all of a worker's connections to controllers are lost, as when the controller's node lost its power: nobody
 * closes them then, and the worker would wait for TCP to give up, a quarter of an hour.
 */
export const HEARS_CONTROLLERS: k8s.Probe = {
  exec: { command: ['sh', '-c', SCRIPT] },
  periodSeconds: 10,
  // Sessions of one that hears nobody are over: there is nothing to wait for.
  terminationGracePeriodSeconds: 5,
};

/** How servers find the database. */
export const DATABASE_HCL = `database {
    url = "file://${DATABASE_PATH}/url"
  }`;

/** Seconds after which a login ends that is not used: whoever was let go, or left a machine unattended. */
const STALE_SEC = 3600;

/** Configuration of the controllers. */
export function controllerHcl(namespace: string, loginTtlSec: number): string {
  return `disable_mlock = true

controller {
  name = "env://POD_NAME"
  public_cluster_addr = "boundary-cluster.${namespace}.svc:${CLUSTER_PORT}"
  graceful_shutdown_wait_duration = "5s"
  worker_status_grace_period = "${SILENCE}"
  auth_token_time_to_live = "${loginTtlSec}s"
  auth_token_time_to_stale = "${Math.min(loginTtlSec, STALE_SEC)}s"
  ${DATABASE_HCL}
}

listener "tcp" {
  address = "[::]:${API_PORT}"
  purpose = "api"
  tls_cert_file = "/etc/boundary/tls/tls.crt"
  tls_key_file = "/etc/boundary/tls/tls.key"
}

listener "tcp" {
  address = "[::]:${CLUSTER_PORT}"
  purpose = "cluster"
}
${OPS_LISTENER}`;
}

/** Configuration of one worker, whose clients dial `publicAddress`. */
export function workerHcl(namespace: string, publicAddress: string): string {
  return `disable_mlock = true

worker {
  name = "env://POD_NAME"
  public_addr = "${publicAddress}"
  initial_upstreams = ["boundary-cluster.${namespace}.svc:${CLUSTER_PORT}"]
  status_call_timeout = "5s"
  successful_status_grace_period = "${SILENCE}"
}

listener "tcp" {
  address = "[::]:${PROXY_PORT}"
  purpose = "proxy"
}
${OPS_LISTENER}`;
}

const OPS_LISTENER = `
listener "tcp" {
  address = "[::]:${OPS_PORT}"
  purpose = "ops"
  tls_disable = true
}

events {
  audit_enabled = true
  sink "stderr" {
    name = "all"
    event_types = ["*"]
    format = "cloudevents-json"
  }
}
`;
