export const API_PORT = 9200;
export const CLUSTER_PORT = 9201;
export const PROXY_PORT = 9202;
export const OPS_PORT = 9203;
/** Where the file `url` of the database is. */
export const DATABASE_PATH = '/etc/boundary/database';

/**
 * Seconds in which workers and controllers may not hear of each other before sessions are ended: long enough for a restart of
 * either, short enough that a worker which is gone is soon offered to nobody. Boundary's own is 15 s.
 */
export const SILENCE_SEC = 60;

/** How servers find the database. */
export const DATABASE_HCL = `database {
    url = "file://${DATABASE_PATH}/url"
  }`;

/** Seconds after which a login ends that is not used: whoever was let go, or left a machine unattended. */
const STALE_SEC = 3600;

/** Where workers find the controllers. */
export const clusterHost = (namespace: string): string => `boundary-cluster.${namespace}.svc`;

/** Configuration of the controllers. */
export function controllerHcl(namespace: string, loginTtlSec: number): string {
  return `disable_mlock = true

controller {
  name = "env://POD_NAME"
  public_cluster_addr = "${clusterHost(namespace)}:${CLUSTER_PORT}"
  graceful_shutdown_wait_duration = "5s"
  worker_status_grace_period = "${SILENCE_SEC}s"
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
  initial_upstreams = ["${clusterHost(namespace)}:${CLUSTER_PORT}"]
  status_call_timeout = "5s"
  successful_status_grace_period = "${SILENCE_SEC}s"
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
