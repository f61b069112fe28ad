import type { KubeObject } from '../../lib/operate/cluster/kubectl';
import { notesOn } from '../../lib/operate/doctor/notes';
import { diagnose } from '../../lib/operate/doctor/rules';
import type { Seen } from '../../lib/operate/doctor/seen';
import { claim, HEALTHY, LONG_AGO, node, pod, READY, running, warning } from '../helpers/healthy';

const job = (status: object, metadata: object = {}): KubeObject => ({
  kind: 'Job',
  metadata: { name: 'boundary-bootstrap-1', namespace: 'boundary', ...metadata },
  spec: {},
  status,
});

test('a Job that did its work in the end, has failed once, or is followed by the next of its schedule is no fault', () => {
  const scheduled = { ownerReferences: [{ kind: 'CronJob' }] };
  const fine = [job({ failed: 2, succeeded: 1 }), job({ failed: 1 }), job({}), job({ failed: 3 }, scheduled)];
  expect(diagnose({ ...HEALTHY, workloads: fine })).toEqual([]);
});

test('a healthy platform has nothing', () => expect(diagnose(HEALTHY)).toEqual([]));

test('an image that is older than what works is noted, which is no fault by itself', () => {
  const of = (...images: string[]) =>
    images.map((image) => pod(image, READY, { spec: { containers: [{ name: 'any', image }] } }));
  const old = of('mirror.example.com:5000/hub/hashicorp/vault:1.21.6', 'hashicorp/vault-secrets-operator:1.3.0');
  const fine = of('hashicorp/vault:2.0.2', 'hashicorp/vault:1.21', 'keycloak/keycloak', 'quay.io/team/vault-tool:1.0');
  const seen = { ...HEALTHY, pods: [running, ...old, ...old, ...fine] };
  expect(notesOn(seen)).toEqual([
    expect.stringMatching(
      /^mirror\.example\.com:5000\/hub\/hashicorp\/vault:1\.21\.6 in devenv: Vault is known.*IPC_LOCK/,
    ),
    expect.stringMatching(/^hashicorp\/vault-secrets-operator:1\.3\.0 in devenv: Vault Secrets Operator is known/),
  ]);
  expect(diagnose(seen)).toEqual([]);
});

const waiting = (reason: string, message: string) => ({
  containerStatuses: [{ image: 'nowhere/x:1', state: { waiting: { reason, message } } }],
});

const VAULT = { seal: 'shamir', version: '1.21.4', sealed: [], servers: 1, open: 1 };

const FAULTS: Readonly<Record<string, [fault: Partial<Seen>, cause: RegExp, mend: RegExp]>> = {
  'an image that cannot be had': [
    { pods: [pod('devenv-0', waiting('ImagePullBackOff', 'not found'))] },
    /nowhere\/x:1 cannot be had: not found/,
    /images/,
  ],
  'too little memory': [
    {
      pods: [
        pod('devenv-0', {
          containerStatuses: [
            { name: 'main', state: {}, lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } } },
          ],
        }),
      ],
    },
    /main needs more memory/,
    /raise its limit/,
  ],
  'a program that ends': [
    {
      pods: [
        pod('devenv-0', {
          containerStatuses: [
            {
              name: 'main',
              state: { waiting: { reason: 'CrashLoopBackOff' } },
              lastState: { terminated: { exitCode: 3 } },
            },
          ],
        }),
      ],
    },
    /ends with status 3/,
    /--previous/,
  ],
  'a Job whose pods fail': [
    { workloads: [job({ failed: 2 })] },
    /2 of its pods have failed/,
    /job-name=boundary-bootstrap-1 .*delete the Job and deploy again/,
  ],
  'no room on nodes': [
    {
      pods: [
        pod('devenv-0', {
          conditions: [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes: Insufficient memory' }],
        }),
      ],
    },
    /Insufficient memory/,
    /add a node/,
  ],
  'a Secret that is not there': [
    {
      pods: [pod('devenv-0', {})],
      events: [warning('devenv-0', 'MountVolume.SetUp failed: secret "boundary-external-database" not found')],
    },
    /the secret boundary-external-database is not there/,
    /yours to make/,
  ],
  'a client’s secret that nobody wrote': [
    {
      pods: [pod('devenv-0', {})],
      workloads: [
        {
          kind: 'Deployment',
          metadata: { namespace: 'devenv', annotations: { 'agent-sandbox.dev/client-secret': 'id-client' } },
          spec: {},
          status: {},
        },
      ],
      events: [warning('devenv-0', 'MountVolume.SetUp failed: secret "id-client" not found')],
    },
    /the secret id-client is not there/,
    /sandboxctl secrets set-oidc writes it/,
  ],
  'a key that its Secret lacks': [
    {
      pods: [pod('keycloak-0', {})],
      events: [warning('keycloak-0', "Error: couldn't find key demo-later in Secret keycloak/keycloak-demo-users")],
    },
    /the secret keycloak-demo-users has no key demo-later/,
    /generated-secrets/,
  ],
  'a quota': [
    {
      workloads: [
        {
          kind: 'StatefulSet',
          metadata: { name: 'devenv', namespace: 'devenv', uid: 'set' },
          spec: { replicas: 2 },
          status: { replicas: 1 },
        },
      ],
      events: [warning('set', 'create Pod devenv-1 failed: pods "devenv-1" is forbidden: exceeded quota: small')],
    },
    /^exceeded quota: small$/,
    /raise the ResourceQuota/,
  ],
  'no default StorageClass': [
    { claims: [claim({ spec: {}, status: { phase: 'Pending' } })] },
    /no StorageClass is the default one/,
    /annotate storageclass standard/,
  ],
  'a StorageClass that is none': [
    { claims: [claim({ spec: { storageClassName: 'fast' }, status: { phase: 'Pending' } })] },
    /no StorageClass fast/,
    /one of standard/,
  ],
  'a claim that does not go': [
    {
      claims: [
        claim({
          metadata: { name: 'workspace-devenv-0', namespace: 'devenv', uid: 'claim', deletionTimestamp: LONG_AGO },
        }),
      ],
      pods: [
        {
          ...running,
          spec: { nodeName: 'node-1', volumes: [{ persistentVolumeClaim: { claimName: 'workspace-devenv-0' } }] },
        },
      ],
    },
    /deleted, and devenv-0 still uses it/,
    /delete the pod devenv-0/,
  ],
  'a lost node': [{ nodes: [node('Unknown')] }, /does not answer .*devenv\/devenv-0/, /sandboxctl node-lost node-1$/],
  'no DNS': [
    { dnsPods: [], resolves: false },
    /^nothing answers in kube-system \(k8s-app=kube-dns\)$/,
    /--namespace kube-system --selector k8s-app=kube-dns.*network\.dns\.addresses/,
  ],
  'no DNS, while there is no pod to ask': [{ dnsPods: [], resolves: undefined }, /nothing answers/, /network\.dns/],
  'a DNS that is not Ready': [
    { dnsPods: [pod('coredns', {})], resolves: false },
    /devenv\/coredns is not Ready/,
    /runs/,
  ],
  'blocked DNS': [{ resolves: false }, /a NetworkPolicy is in between/, /allow-dns/],
  'a missing kind': [
    { unknownKinds: ['VaultAuth.secrets.hashicorp.com'] },
    /does not know it/,
    /sandboxctl up operators/,
  ],
  'a sealed Vault': [
    {
      status: { ...HEALTHY.status, vault: { ...VAULT, sealed: ['vault-0'], open: 0, leads: undefined } },
      vaultLog: '{"message":"the Secret has no keys"}',
    },
    /it is sealed; what unseals it says: the Secret has no keys/,
    /vault-keys/,
  ],
  'a Vault that nobody leads': [
    { status: { ...HEALTHY.status, vault: { ...VAULT, servers: 3, open: 1, leads: false } } },
    /^no server leads: 1 of 3 is unsealed, and more than half/,
    /When a node of Vault is lost/,
  ],
  'an authority that ended': [
    {
      status: {
        ...HEALTHY.status,
        certificates: [{ name: 'platform-bootstrap/certificate-authority-key', ends: '2026-05-01T00:00:00Z' }],
      },
    },
    /ended on 2026-05-01.*: nothing that it signed is trusted$/,
    /^sandboxctl secrets replace-authority makes another one/,
  ],
  'an SSH host certificate that ended': [
    {
      status: { ...HEALTHY.status, hostCertificates: [{ name: 'devenv/devenv-0', ends: '2026-05-01T00:00:00Z' }] },
    },
    /ended on 2026-05-01.*ssh refuses/,
    /deployment\/ssh-host-signer/,
  ],
  'a restore that is half done': [
    { restored: { from: 'b-1', hasData: false } },
    /backup b-1 is put back in part/,
    /sandboxctl restore --platform --at b-1; or sandboxctl down removes it/,
  ],
  'an upgrade that is half done': [{ isUpgrading: true }, /was begun, and is not over/, /sandboxctl upgrade/],
  'a certificate that ended': [
    { status: { ...HEALTHY.status, certificates: [{ name: 'vault/vault-tls', ends: '2026-05-01T00:00:00Z' }] } },
    /ended on 2026-05-01/,
    /certificate-authority/,
  ],
  'another issuer': [
    {
      keeperLog:
        '{"message":"oidc: issuer did not match the issuer returned by provider, expected \\"https://a\\" got \\"https://b\\""}',
    },
    /answers as another issuer/,
    /oidc\.issuer/,
  ],
};

test.each(Object.entries(FAULTS))('%s is found by its cause, alone, with its mend', (_, [fault, cause, mend]) => {
  expect(diagnose({ ...HEALTHY, ...fault })).toEqual([
    { what: expect.any(String), cause: expect.stringMatching(cause), mend: expect.stringMatching(mend) },
  ]);
});
