import { type KubeObject, ofKind, workloads } from './objects';

/** Settings of a key in each cloud, and what its stanza says of them. */
export const CLOUD = {
  awskms: ['region: eu-west-1, keyId: alias/k', 'region = "eu-west-1"\n  kms_key_id = "alias/k"'],
  gcpckms: [
    'project: sandbox-1, region: europe-west1, keyRing: k, cryptoKey: c',
    'project = "sandbox-1"\n  region = "europe-west1"\n  key_ring = "k"\n  crypto_key = "c"',
  ],
  azurekeyvault: [
    'tenantId: 11111111-2222-3333-4444-555555555555, vaultName: sandbox-vault, keyName: k',
    'tenant_id = "11111111-2222-3333-4444-555555555555"\n  vault_name = "sandbox-vault"\n  key_name = "k"',
  ],
} as const;

/** Names that workloads of Boundary with keys begin with. */
export const NAMES = ['boundary-controller', 'boundary-worker', 'boundary-schema', 'boundary-bootstrap'];

/** Workloads of Boundary that use keys, by name. */
export const users = (objects: readonly KubeObject[]) =>
  workloads(objects.filter(({ metadata }) => metadata.namespace === 'boundary'))
    .map((workload) => ({ workload, name: NAMES.find((name) => workload.metadata.name.startsWith(name)) ?? '' }))
    .filter(({ name }) => name);

export const volume = ({ spec }: KubeObject, name: string) =>
  spec.template.spec.volumes.find((v: any) => v.name === name);
export const policiesOf = (objects: readonly KubeObject[]) =>
  ofKind(objects, 'NetworkPolicy').map(({ metadata }) => metadata.name);

/** Purposes of the stanzas in a file. */
export const purposes = (hcl: string) => [...hcl.matchAll(/purpose = "(.*)"/g)].map(([, purpose]) => purpose);
