import { CERTIFICATE, profiled, STANDARD } from '../helpers/cases';
import { PGP_KEY, SIGNING_PGP_KEY } from '../helpers/pgp';
import type { Refused } from './refused-values';

/** Seals, recovery keys and snapshots that are wrong or contradict each other. */
export const refusedVaults: Refused[] = [
  [
    'a seal without its key',
    'vault: {seal: {type: awskms, region: eu-central-1}}',
    'platform.yaml:1:9: vault.seal.keyId: is missing: must be text',
  ],
  [
    "another seal's key",
    'vault: {seal: {type: development, keyId: x}}',
    '…vault.seal.keyId: unknown key (allowed: type)',
  ],
  [
    'an unknown seal',
    'vault: {seal: {type: awskm}}',
    '…vault.seal.type: given "awskm", must be development, transit, awskms, gcpckms or azurekeyvault: did you mean awskms?',
  ],
  [
    'a seal whose token is shown to whoever listens',
    'vault: {seal: {type: transit, address: "http://vault.example.com:8200", keyName: k, tokenSecret: s}}',
    '…vault.seal.address: given "http://vault.example.com:8200", must use https: tokens would cross the network in clear',
  ],
  [
    'a seal that is the Vault it unseals',
    'vault: {seal: {type: transit, address: "https://vault.vault.svc:8200", keyName: k, tokenSecret: s}}',
    "…vault.seal.address: is the platform's own Vault, which could never unseal itself: name another one",
  ],
  [
    'recovery keys without a seal that has them',
    `vault: {recovery: {pgpKeys: [${PGP_KEY}]}}`,
    '…vault.recovery.pgpKeys: has no use with the development seal, which has no recovery key: leave it out, or choose another seal',
  ],
  ...['standard', 'openshift'].map(
    (profile): Refused => [
      `a recovery key for nobody, with the profile ${profile}`,
      `${profiled(profile)}\naccess: {mode: portForward}\nvault: {seal: {type: awskms, region: eu-west-1, keyId: alias/k}}`,
      `…vault.recovery.pgpKeys: is missing: whoever has the recovery key of a Vault with the seal awskms makes a root token, and it would lie in a Secret of this cluster as it is (the profile is ${profile}): name a public key for each operator who is to have a share, as this prints it: gpg --export NAME | base64 --wrap=0`,
    ],
  ),
  [
    'an empty list of operators, though it is written',
    `${STANDARD}\nvault: {seal: {type: awskms, region: eu-west-1, keyId: alias/k}, recovery: {pgpKeys: []}}`,
    'platform.yaml:3:77: vault.recovery.pgpKeys: is missing: …',
  ],
  [
    'more shares than there are operators',
    'vault: {seal: {type: awskms, region: eu-west-1, keyId: alias/k}, recovery: {threshold: 2}}',
    '…vault.recovery.threshold: given 2, must be at most the number of vault.recovery.pgpKeys, 0',
  ],
  [
    'a PGP key that nothing can be encrypted to',
    `vault: {seal: {type: awskms, region: eu-west-1, keyId: alias/k}, recovery: {pgpKeys: [${SIGNING_PGP_KEY}]}}`,
    '…vault.recovery.pgpKeys[0]: given (hidden), must have a part to encrypt to: make one with gpg --quick-add-key FINGERPRINT, or a new key with gpg --quick-generate-key NAME',
  ],
  [
    'a secret PGP key',
    'vault: {seal: {type: awskms, region: eu-west-1, keyId: alias/k}, recovery: {pgpKeys: [lFgEaw==]}}',
    '…vault.recovery.pgpKeys[0]: given (hidden), must be a public key: this is a secret one, keep it to yourself',
  ],
  [
    'snapshots of no Vault',
    `vault: {enabled: false, backup: {enabled: true, encryption: {certificate: ${JSON.stringify(CERTIFICATE)}}}}`,
    '…vault.backup.enabled: contradicts vault.enabled: false: there is nothing to back up',
  ],
  [
    'metrics of no Vault',
    'vault: {enabled: false, metrics: {namespace: monitoring}}',
    '…vault.metrics.namespace: contradicts vault.enabled: false: there are no metrics to read',
  ],
  [
    'labels of pods that read metrics in no namespace',
    'vault: {metrics: {podLabels: {app: prometheus}}}',
    '…vault.metrics.podLabels: has no use without a namespace: name that of your Prometheus in vault.metrics.namespace, or leave it out',
  ],
  [
    "metrics for a namespace of the platform's own",
    'vault: {metrics: {namespace: devenv}}',
    '…vault.metrics.namespace: given "devenv", is the platform\'s own, whose pods reach what grants say and nothing else: name that of your Prometheus',
  ],
  [
    'metrics for a namespace that Kubernetes does not take',
    'vault: {metrics: {namespace: Monitoring}}',
    '…vault.metrics.namespace: given "Monitoring", must …',
  ],
  [
    'a volume that fills up',
    `vault: {backup: {enabled: true, retention: all, encryption: {certificate: ${JSON.stringify(CERTIFICATE)}}}}`,
    '…vault.backup.retention: given "all", must be a number with a volume, which would fill up: such as 14',
  ],
  [
    'two identities for a bucket',
    'vault: {backup: {target: {type: s3, endpoint: https://s3.example.com, bucket: backups, secretName: a, serviceAccountAnnotations: {example.com/role: b}}}}',
    '…vault.backup.target.secretName: contradicts vault.backup.target.serviceAccountAnnotations: keys in a Secret, or an identity of the ServiceAccount, not both',
  ],
];
