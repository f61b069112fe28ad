import { TESTBED } from './control-plane';
import { eventually } from './eventually';
import { claim, type Fault, metadata, NAMESPACE, type PodOptions, pod, remove, spec } from './fault';
import { changeIssuer } from './keeper';
import { applyAll, find, kubectl, list } from './kubectl';
import { isFound, workFile } from './platform';
import { must, run } from './run';
import { STORAGE_FAULTS } from './storage-faults';
import { UNFINISHED } from './unfinished-faults';
import { inVault, rootToken, scaleBootstrap } from './vault';

/** A pod in which something is wrong. */
const faulty = (options: PodOptions, cause: RegExp): Fault => ({
  plant: () => applyAll(pod('faulty', options)),
  cause,
  mend: () => kubectl(['delete', 'pod', 'faulty', '-n', NAMESPACE, '--now']),
});

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';
const markDefault = async (value: boolean) => {
  const [{ metadata: storage }] = await list('storageclasses');
  return kubectl(['annotate', 'storageclass', storage.name, `${DEFAULT_CLASS}=${value}`, '--overwrite']);
};

async function seal(): Promise<void> {
  const token = await rootToken();
  await scaleBootstrap(0);
  await kubectl([
    'wait',
    'pod',
    '-n',
    'platform-bootstrap',
    '-l',
    'app.kubernetes.io/instance=vault-bootstrap',
    '--for=delete',
    '--timeout=60s',
  ]);
  await inVault('operator seal', token);
}

async function expiredCertificate(): Promise<void> {
  const [key, request, certificate] = [workFile('old.key'), workFile('old.csr'), workFile('old.crt')];
  await must('openssl', [
    'req',
    '-new',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=old',
    '-keyout',
    key,
    '-out',
    request,
  ]);
  await must('openssl', ['x509', '-req', '-in', request, '-signkey', key, '-days', '-1', '-out', certificate]);
  await kubectl(['create', 'secret', 'tls', 'old-tls', '-n', NAMESPACE, `--cert=${certificate}`, `--key=${key}`]);
}

async function policy(): Promise<object> {
  const {
    apiVersion,
    kind,
    metadata: { name, namespace, labels, annotations },
    spec: rules,
  } = await find('networkpolicy', NAMESPACE, 'allow-dns');
  return { apiVersion, kind, metadata: { name, namespace, labels, annotations }, spec: rules };
}
let allowDns: object;

/** The node that an environment runs on, which is not the first one. */
const lastNode = async (): Promise<string> => (await list('nodes')).at(-1).metadata.name;

export const FAULTS: Readonly<Record<string, Fault>> = {
  'an image that is nowhere': faulty(
    { image: 'registry.invalid/nothing:1' },
    /registry\.invalid\/nothing:1 cannot be had/,
  ),
  'a program that ends': faulty({ command: ['sh', '-c', 'exit 3'] }, /ends with status 3/),
  'too little memory': faulty(
    { command: ['sh', '-c', 'head -c 200m /dev/zero | tail'], resources: { limits: { memory: '32Mi' } } },
    /needs more memory/,
  ),
  'no node with so much room': faulty({ resources: { requests: { cpu: '1000' } } }, /Insufficient cpu/),
  'a Secret that nobody made': faulty(
    { volume: { secret: { secretName: 'nobody-made-it' } } },
    /secret nobody-made-it is not there/,
  ),
  'a quota': {
    plant: () =>
      applyAll(
        { apiVersion: 'v1', kind: 'ResourceQuota', metadata: metadata('small'), spec: { hard: { pods: '0' } } },
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: metadata('refused'),
          spec: {
            selector: { matchLabels: { app: 'refused' } },
            template: { metadata: { labels: { app: 'refused' } }, spec: spec({}) },
          },
        },
      ),
    cause: /exceeded quota: small/,
    mend: () => remove('resourcequota/small', 'deployment/refused'),
  },
  'a StorageClass that is none': {
    plant: () => applyAll(claim('unbound', { storageClassName: 'nowhere' })),
    cause: /there is no StorageClass nowhere/,
    mend: () => remove('pvc/unbound'),
  },
  'no default StorageClass': {
    plant: async () => {
      await markDefault(false);
      await applyAll(claim('unbound'));
    },
    cause: /no StorageClass is the default one/,
    mend: async () => {
      await remove('pvc/unbound');
      await markDefault(true);
    },
  },
  'a claim that does not go': {
    plant: async () => {
      await applyAll(claim('held'), pod('holder', { volume: { persistentVolumeClaim: { claimName: 'held' } } }));
      await kubectl(['wait', 'pod/holder', '-n', NAMESPACE, '--for=condition=Ready', '--timeout=60s']);
      await remove('pvc/held');
    },
    cause: /it is deleted, and holder still uses it/,
    mend: () => remove('pod/holder'),
  },
  'a DNS that is gone': {
    plant: async () => {
      await kubectl(['scale', 'deployment/coredns', '-n', 'kube-system', '--replicas=0']);
      await eventually(async () => expect(await list('pods', 'kube-system', '-l', 'k8s-app=kube-dns')).toEqual([]), 60);
    },
    cause: /nothing answers in kube-system/,
    mend: async () => {
      await kubectl(['scale', 'deployment/coredns', '-n', 'kube-system', '--replicas=1']);
      await kubectl(['rollout', 'status', 'deployment/coredns', '-n', 'kube-system', '--timeout=60s']);
    },
  },
  'a DNS that is blocked': {
    plant: async () => {
      allowDns = await policy();
      await remove('networkpolicy/allow-dns');
    },
    cause: /a NetworkPolicy is in between/,
    mend: () => applyAll(allowDns),
  },
  'a sealed Vault': { plant: seal, cause: /it is sealed/, mend: () => scaleBootstrap(1) },
  'a certificate that ended': {
    plant: expiredCertificate,
    cause: /it ended on/,
    mend: () => remove('secret/old-tls'),
  },
  'another issuer': {
    plant: () => changeIssuer((issuer) => `${issuer}/`),
    cause: /answers as another issuer/,
    mend: () => changeIssuer((issuer) => issuer.replace(/\/$/, '')),
  },
  ...STORAGE_FAULTS,
  ...UNFINISHED,
  'a node without power': {
    missing: isFound('three-nodes') ? undefined : 'the cluster has fewer than three nodes',
    plant: async () => must(TESTBED, ['power', await lastNode(), 'off']),
    cause: /it does not answer/,
    mend: async () => {
      await run(TESTBED, ['power', await lastNode(), 'on'], { seconds: 180 });
      await kubectl(['wait', 'node', '--all', '--for=condition=Ready', '--timeout=120s'], { seconds: 130 });
    },
  },
};
