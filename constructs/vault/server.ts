import type { Construct } from 'constructs';
import { CLUSTER_DOMAIN, hostDomains } from '../core/host-certificates';
import { type Identity, metadataOf, selectorOf } from '../core/identity';
import { k8s } from '../core/k8s';
import { type ContainerSpec, podTemplate, port, spread } from '../core/pod';
import { onRenewal } from '../core/renewal';
import { type Resources, resources } from '../core/resources';
import { METRICS_PORT, metricsHcl } from './metrics';
import { REGISTRATION_HCL, registrationEnv } from './registration';
import { SEAL_TOKEN_PATH, type Seal } from './seal';

export const API_PORT = 8200;
export const CLUSTER_PORT = 8201;
/** A volume of each server's own. */
const AUDIT_FOLDER = '/vault/audit';
/** Log of every request, beside the one on standard output. */
export const AUDIT_LOG = `${AUDIT_FOLDER}/audit.log`;
/** Bytes after which the audit log begins anew; the one before is kept. */
const AUDIT_BYTES = 256 * 1024 * 1024;

/**
 * Vault as process 1, without core dumps. Loops beside it have Vault read a renewed certificate and open a new audit
 * log, by the signal that is for that: nothing restarts.
 */
const START_SCRIPT = `set -eu
ulimit -c 0
[ ! -r ${SEAL_TOKEN_PATH}/token ] || VAULT_TOKEN=$(cat ${SEAL_TOKEN_PATH}/token)
[ -z "\${VAULT_TOKEN-}" ] || export VAULT_TOKEN
${onRenewal(['/vault/tls/tls.crt'], 'HUP')}
while sleep 10; do
  if [ -f ${AUDIT_LOG} ] && [ "$(wc -c < ${AUDIT_LOG})" -gt ${AUDIT_BYTES} ]; then
    mv ${AUDIT_LOG} ${AUDIT_LOG}.1 && kill -HUP 1
  fi
done &
# For commands in this pod; a seal would check the Vault that unseals this one by it.
unset VAULT_CACERT
exec vault server -config=/vault/config/vault.hcl
`;

/**
 * Seconds that a server stays when it is told to leave: one that came back is Ready before the leader has found it, which
 * dials the address of before for up to ten. Without both there would be no quorum.
 */
const LEAVE_SEC = 15;
/** Seconds in which a server has ended after that. */
const END_SEC = 30;

/** Names of the servers' Service for who dials it in the cluster. */
export const namesInside = (namespace: string, clusterDomain = CLUSTER_DOMAIN): string[] => [
  'vault',
  ...hostDomains(namespace, clusterDomain).map((domain) => `vault.${domain}`),
];

export interface VaultServerProps {
  readonly namespace: string;
  /** @default 1 */
  readonly replicas?: number;
  readonly identity: Identity;
  readonly seal: Seal;
  readonly image?: string;
  readonly resources?: Resources;
  /** Whether it says its metrics at a port of its own. @default false */
  readonly hasMetrics?: boolean;
  /** What runs beside the server. @default [] */
  readonly beside?: readonly ContainerSpec[];
}

/** The servers' ServiceAccount: they ask the API server whether the tokens that pods log in with are theirs. */
export function makeAccount(
  scope: Construct,
  namespace: string,
  identity: Identity,
  annotations: Readonly<Record<string, string>> = {},
): void {
  new k8s.KubeServiceAccount(scope, 'service-account', {
    metadata: metadataOf(scope, identity, 'vault', namespace, { ...annotations }),
    automountServiceAccountToken: false,
  });
  new k8s.KubeClusterRoleBinding(scope, 'token-review', {
    metadata: metadataOf(scope, identity, `${namespace}-token-review`),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
    subjects: [{ kind: 'ServiceAccount', name: 'vault', namespace }],
  });
}

/** Clients find servers that answer; servers find each other sealed, too. */
export function makeServices(scope: Construct, namespace: string, identity: Identity, hasMetrics: boolean): void {
  const selector = selectorOf(identity);
  const ports = [
    { name: 'https', port: API_PORT, targetPort: port(API_PORT) },
    { name: 'https-internal', port: CLUSTER_PORT, targetPort: port(CLUSTER_PORT) },
    ...(hasMetrics ? [{ name: 'metrics', port: METRICS_PORT, targetPort: port(METRICS_PORT) }] : []),
  ];
  new k8s.KubeService(scope, 'service', {
    metadata: metadataOf(scope, identity, 'vault', namespace),
    spec: { selector, ports: ports.slice(0, 1) },
  });
  new k8s.KubeService(scope, 'service-internal', {
    metadata: metadataOf(scope, identity, 'vault-internal', namespace),
    spec: { selector, ports, clusterIp: 'None', publishNotReadyAddresses: true },
  });
}

/** The pod of one server. */
export function vaultPodTemplate(scope: Construct, props: VaultServerProps): k8s.PodTemplateSpec {
  const { identity, seal } = props;
  return podTemplate(scope, {
    identity,
    ids: { user: 100, group: 1000 },
    labels: { ...seal.key?.podLabels },
    annotations: { 'agent-sandbox.dev/seal': seal.autoUnseal ? 'automatic' : 'development' },
    containers: [serverContainer(props), ...(props.beside ?? [])],
    spec: {
      serviceAccountName: 'vault',
      automountServiceAccountToken: true,
      terminationGracePeriodSeconds: leaveSecOf(props) + END_SEC,
      topologySpreadConstraints: spread(selectorOf(identity), { strict: true }),
      volumes: [
        { name: 'config', configMap: { name: 'vault-config' } },
        { name: 'tls', secret: { secretName: 'vault-tls' } },
        { name: 'tmp', emptyDir: { sizeLimit: k8s.Quantity.fromString('64Mi') } },
        ...seal.attachment.volumes,
      ],
    },
  });
}

/** Where there is one server, no leader has to find it. In seconds. */
const leaveSecOf = ({ replicas = 1 }: VaultServerProps): number => (replicas > 1 ? LEAVE_SEC : 0);

const health = (query: string): k8s.HttpGetAction => ({
  path: `/v1/sys/health?standbyok=true&${query}`,
  port: port(API_PORT),
  scheme: 'HTTPS',
});

function serverContainer(props: VaultServerProps): ContainerSpec {
  const { namespace, seal, image = 'hashicorp/vault:1.21' } = props;
  const leaveSec = leaveSecOf(props);
  return {
    name: 'vault',
    image,
    command: ['/bin/sh', '-c', START_SCRIPT],
    env: environment(namespace),
    ports: [
      { name: 'https', containerPort: API_PORT },
      { name: 'https-internal', containerPort: CLUSTER_PORT },
      ...(props.hasMetrics ? [{ name: 'metrics', containerPort: METRICS_PORT }] : []),
    ],
    // A sealed server takes no traffic, and a restart would not help it; nor one that was taken out of the cluster.
    readinessProbe: {
      httpGet: health('perfstandbyok=true'),
      periodSeconds: 3,
      failureThreshold: 2,
      timeoutSeconds: 3,
    },
    livenessProbe: {
      httpGet: health('sealedcode=204&uninitcode=204&removedcode=204'),
      periodSeconds: 10,
      failureThreshold: 6,
      timeoutSeconds: 5,
    },
    lifecycle: leaveSec > 0 ? { preStop: { exec: { command: ['sleep', String(leaveSec)] } } } : undefined,
    resources: props.resources ?? resources(['100m', '256Mi'], ['1', '1Gi']),
    volumeMounts: [
      { name: 'config', mountPath: '/vault/config', readOnly: true },
      { name: 'tls', mountPath: '/vault/tls', readOnly: true },
      { name: 'data', mountPath: '/vault/data' },
      { name: 'audit', mountPath: AUDIT_FOLDER },
      { name: 'tmp', mountPath: '/tmp' },
      ...seal.attachment.mounts,
    ],
  };
}

function environment(namespace: string): k8s.EnvVar[] {
  return [
    { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'HOME', value: '/tmp' },
    ...registrationEnv(namespace),
    { name: 'VAULT_RAFT_NODE_ID', value: '$(POD_NAME)' },
    { name: 'VAULT_API_ADDR', value: `https://$(POD_NAME).vault-internal.${namespace}.svc:${API_PORT}` },
    { name: 'VAULT_CLUSTER_ADDR', value: `https://$(POD_NAME).vault-internal.${namespace}.svc:${CLUSTER_PORT}` },
    { name: 'VAULT_ADDR', value: `https://127.0.0.1:${API_PORT}` },
    { name: 'VAULT_CACERT', value: '/vault/tls/ca.crt' },
    // A name with a slash would be somebody else's folder. Versions that do not know the setting leave it alone.
    { name: 'VAULT_DENY_SLASH_IN_TEMPLATED_PATHS', value: 'true' },
  ];
}

const TLS_HCL = `  tls_cert_file = "/vault/tls/tls.crt"
  tls_key_file = "/vault/tls/tls.key"
  tls_min_version = "tls12"
`;

/** A server's configuration; `peers` are the servers that it joins. */
export function vaultHcl(peers: readonly string[], seal: Seal, hasMetrics: boolean): string {
  const join = peers.map(
    (peer) => `  retry_join {\n    leader_api_addr = "${peer}"\n    leader_ca_cert_file = "/vault/tls/ca.crt"\n  }\n`,
  );
  return `ui = true
# Raft maps its data into memory, which must not be locked there; keep swap off on the nodes.
disable_mlock = true

# Both families: Vault takes 0.0.0.0 for IPv4 alone.
listener "tcp" {
  address = "[::]:${API_PORT}"
  cluster_address = "[::]:${CLUSTER_PORT}"
${TLS_HCL}}
${hasMetrics ? metricsHcl(TLS_HCL) : ''}
storage "raft" {
  path = "/vault/data"
  # A lost leader is noticed within seconds, as for production.
  performance_multiplier = 1
${join.join('')}}

${REGISTRATION_HCL}
telemetry {
  prometheus_retention_time = "12h"
  disable_hostname = true
}
${seal.hcl}`;
}
