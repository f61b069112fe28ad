import type { Construct } from 'constructs';
import { type Identity, selectorOf } from './identity';
import { k8s } from './k8s';
import { podTemplate, port, type Resources, resources, spread } from './pod';
import type { Seal } from './seal';

export const API_PORT = 8200;
export const CLUSTER_PORT = 8201;

interface VaultServerProps {
  readonly namespace: string;
  readonly identity: Identity;
  readonly seal: Seal;
  readonly image?: string;
  readonly resources?: Resources;
}

/** The pod of one server. */
export function vaultPodTemplate(scope: Construct, props: VaultServerProps): k8s.PodTemplateSpec {
  const { identity, namespace, seal, image = 'hashicorp/vault:1.21' } = props;
  const health = (query: string): k8s.HttpGetAction => ({
    path: `/v1/sys/health?standbyok=true&${query}`,
    port: port(API_PORT),
    scheme: 'HTTPS',
  });
  return podTemplate(scope, {
    identity,
    ids: { user: 100, group: 1000 },
    annotations: { 'agent-sandbox.dev/seal': seal.autoUnseal ? 'automatic' : 'development' },
    containers: [
      {
        name: 'vault',
        image,
        command: ['vault', 'server', '-config=/vault/config/vault.hcl'],
        env: environment(namespace, seal),
        ports: [
          { name: 'https', containerPort: API_PORT },
          { name: 'https-internal', containerPort: CLUSTER_PORT },
        ],
        // A sealed server takes no traffic, and a restart would not help it.
        readinessProbe: {
          httpGet: health('perfstandbyok=true'),
          periodSeconds: 3,
          failureThreshold: 2,
          timeoutSeconds: 3,
        },
        livenessProbe: {
          httpGet: health('sealedcode=204&uninitcode=204'),
          periodSeconds: 10,
          failureThreshold: 6,
          timeoutSeconds: 5,
        },
        resources: props.resources ?? resources(['100m', '256Mi'], ['1', '1Gi']),
        volumeMounts: [
          { name: 'config', mountPath: '/vault/config', readOnly: true },
          { name: 'tls', mountPath: '/vault/tls', readOnly: true },
          { name: 'data', mountPath: '/vault/data' },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
    ],
    spec: {
      serviceAccountName: 'vault',
      automountServiceAccountToken: true,
      terminationGracePeriodSeconds: 30,
      topologySpreadConstraints: spread(selectorOf(identity)),
      volumes: [
        { name: 'config', configMap: { name: 'vault-config' } },
        { name: 'tls', secret: { secretName: 'vault-tls' } },
        { name: 'tmp', emptyDir: { sizeLimit: k8s.Quantity.fromString('64Mi') } },
      ],
    },
  });
}

function environment(namespace: string, seal: Seal): k8s.EnvVar[] {
  return [
    { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'HOME', value: '/tmp' },
    { name: 'VAULT_RAFT_NODE_ID', value: '$(POD_NAME)' },
    { name: 'VAULT_API_ADDR', value: `https://$(POD_NAME).vault-internal.${namespace}.svc:${API_PORT}` },
    { name: 'VAULT_CLUSTER_ADDR', value: `https://$(POD_NAME).vault-internal.${namespace}.svc:${CLUSTER_PORT}` },
    { name: 'VAULT_ADDR', value: `https://127.0.0.1:${API_PORT}` },
    { name: 'VAULT_CACERT', value: '/vault/tls/ca.crt' },
    ...Object.entries(seal.env).map(([name, { secretName, key }]) => ({
      name,
      valueFrom: { secretKeyRef: { name: secretName, key } },
    })),
  ];
}

/** A server's configuration; `peers` are the servers that it joins. */
export function vaultHcl(peers: readonly string[], seal: Seal): string {
  const join = peers.map(
    (peer) => `  retry_join {\n    leader_api_addr = "${peer}"\n    leader_ca_cert_file = "/vault/tls/ca.crt"\n  }\n`,
  );
  return `ui = true
# Raft maps its data into memory, which must not be locked there; keep swap off on the nodes.
disable_mlock = true

listener "tcp" {
  address = "0.0.0.0:${API_PORT}"
  cluster_address = "0.0.0.0:${CLUSTER_PORT}"
  tls_cert_file = "/vault/tls/tls.crt"
  tls_key_file = "/vault/tls/tls.key"
  tls_min_version = "tls12"
}

storage "raft" {
  path = "/vault/data"
${join.join('')}}

telemetry {
  prometheus_retention_time = "12h"
  disable_hostname = true
}
${seal.hcl}`;
}
