import { bootstrapOf, find, type KubeObject, ofKind } from '../helpers/objects';
import { synth } from '../helpers/synth';

const TRANSIT = '{type: transit, address: "https://other:8200", keyName: k, tokenSecret: s, caConfigMap: c}';

test.each([
  ['{type: development}', false, ''],
  [
    '{type: awskms, region: eu-west-1, keyId: alias/a}',
    true,
    'seal "awskms" {\n  region = "eu-west-1"\n  kms_key_id = "alias/a"\n}',
  ],
  [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what Vault's reader would look for the end of.
    '{type: transit, address: "https://other:8200/${STAGE", keyName: k, tokenSecret: s, caConfigMap: c}',
    true,
    'seal "transit" {\n  address = "https://other:8200/\\u0024{STAGE"\n  key_name = "k"\n  mount_path = "transit"\n  tls_ca_cert = "/vault/seal-ca/ca.crt"\n}',
  ],
  [
    '{type: gcpckms, project: sandbox-1, region: europe-west1, keyRing: k, cryptoKey: c}',
    true,
    'seal "gcpckms" {\n  project = "sandbox-1"\n  region = "europe-west1"\n  key_ring = "k"\n  crypto_key = "c"\n}',
  ],
  [
    '{type: azurekeyvault, tenantId: 11111111-2222-3333-4444-555555555555, vaultName: sandbox-vault, keyName: k}',
    true,
    'seal "azurekeyvault" {\n  tenant_id = "11111111-2222-3333-4444-555555555555"\n  vault_name = "sandbox-vault"\n  key_name = "k"\n}',
  ],
  [
    TRANSIT,
    true,
    'seal "transit" {\n  address = "https://other:8200"\n  key_name = "k"\n  mount_path = "transit"\n  tls_ca_cert = "/vault/seal-ca/ca.crt"\n}',
  ],
])('seal %s', (seal, automatic, stanza) => {
  const { objects } = synth(`vault: {seal: ${seal}}`);
  const hcl: string = find(objects, 'ConfigMap', 'vault-config').data['vault.hcl'];
  expect(hcl.slice(hcl.indexOf('telemetry')).split('}\n').slice(1).join('}\n').trim()).toBe(stanza);
  expect(bootstrapOf(objects, 'vault-bootstrap').autoUnseal).toBe(automatic);
  const { template } = find(objects, 'StatefulSet', 'vault').spec;
  expect(template.metadata.annotations['agent-sandbox.dev/seal']).toBe(automatic ? 'automatic' : 'development');
  const [{ command, env, volumeMounts }] = template.spec.containers;
  expect(JSON.stringify(env)).not.toMatch(/secretKeyRef/);
  // By that variable the seal would take the other Vault's certificate for none, unless it is the platform's own.
  expect(command.join()).toMatch(/ulimit -c 0[\s\S]*unset VAULT_CACERT\nexec vault server/);
  const mounted = (path: string) => volumeMounts.some((mount: any) => mount.mountPath === path);
  expect([mounted('/vault/seal'), mounted('/vault/seal-ca')]).toEqual(Array(2).fill(seal.includes('transit')));
});

const KMS = 'serviceAccountAnnotations: {example.com/role: vault}';
/** A rule without a peer. */
const ANY = 'any';
const AWS_PODS = ['169.254.170.23/32', 'fd00:ec2::23/128'];
const GOOGLE_PODS = ['169.254.169.252/32', '169.254.169.254/32'];
test.each([
  [
    'a Vault by address',
    '{type: transit, address: "https://10.1.2.3:8200", keyName: k, tokenSecret: t}',
    [['key-service', [8200], ['10.1.2.3/32']]],
  ],
  [
    'a Vault by an address of version 6',
    '{type: transit, address: "https://[fd00::3]:8200", keyName: k, tokenSecret: t}',
    [['key-service', [8200], ['fd00::3/128']]],
  ],
  [
    'a Vault by name',
    '{type: transit, address: "https://vault.example.com", keyName: k, tokenSecret: t}',
    [['key-service', [443], ANY]],
  ],
  [
    'AWS KMS',
    `{type: awskms, region: eu-west-1, keyId: alias/k, ${KMS}}`,
    [
      ['key-service', [443], ANY],
      ['cloud-identity', [80, 988], AWS_PODS],
    ],
  ],
  [
    'Cloud KMS',
    `{type: gcpckms, project: sandbox-1, region: europe-west1, keyRing: k, cryptoKey: c, ${KMS}}`,
    [
      ['key-service', [443], ANY],
      ['cloud-identity', [80, 988], GOOGLE_PODS],
    ],
  ],
  [
    'Azure Key Vault',
    `{type: azurekeyvault, tenantId: 11111111-2222-3333-4444-555555555555, vaultName: sandbox-vault, keyName: k, ${KMS}}`,
    [['key-service', [443], ANY]],
  ],
])('Vault reaches what unseals it, and is known there: %s', (_title, seal, routes) => {
  const { objects } = synth(`vault: {seal: ${seal}}`);
  const opened = ofKind(objects, 'NetworkPolicy').filter(({ metadata }) =>
    /^vault-to-(key-service|cloud-identity)$/.test(metadata.name),
  );
  const route = ({ metadata, spec: { egress } }: KubeObject) => [
    metadata.name.replace('vault-to-', ''),
    egress[0].ports.map(({ port }: any) => port),
    egress[0].to?.map(({ ipBlock }: any) => ipBlock.cidr) ?? ANY,
  ];
  expect(opened.map(route)).toEqual(routes);
  const { serviceAccountName } = find(objects, 'StatefulSet', 'vault').spec.template.spec;
  const { annotations = {} } = find(objects, 'ServiceAccount', serviceAccountName).metadata;
  expect(annotations['example.com/role']).toBe(seal.includes(KMS) ? 'vault' : undefined);
});
