export const API_PORT = 9200;
export const CLUSTER_PORT = 9201;
export const PROXY_PORT = 9202;
export const OPS_PORT = 9203;

/** Configuration of the controllers. */
export function controllerHcl(namespace: string): string {
  return `disable_mlock = true

controller {
  name = "env://POD_NAME"
  public_cluster_addr = "boundary-cluster.${namespace}.svc:${CLUSTER_PORT}"
  graceful_shutdown_wait_duration = "5s"
  database {
    url = "file:///etc/boundary/database/url"
  }
}

listener "tcp" {
  address = "0.0.0.0:${API_PORT}"
  purpose = "api"
  tls_cert_file = "/etc/boundary/tls/tls.crt"
  tls_key_file = "/etc/boundary/tls/tls.key"
}

listener "tcp" {
  address = "0.0.0.0:${CLUSTER_PORT}"
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
}

listener "tcp" {
  address = "0.0.0.0:${PROXY_PORT}"
  purpose = "proxy"
}
${OPS_LISTENER}`;
}

const OPS_LISTENER = `
listener "tcp" {
  address = "0.0.0.0:${OPS_PORT}"
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
