import { CASES, STANDARD } from '../helpers/cases';
import { bootstrapOf, find, ofKind } from '../helpers/objects';
import { synth } from '../helpers/synth';

const [onVolume, inBucket, byIdentity] = [
  'snapshots on a volume',
  'snapshots in a bucket',
  "snapshots in a bucket, by the cloud's identity",
].map((title) => synth(CASES[title].text).objects);

const podOf = (objects: typeof onVolume) =>
  find(objects, 'CronJob', 'vault-backup').spec.jobTemplate.spec.template.spec;

test('is off by default', () => {
  const objects = synth(STANDARD).objects;
  expect(ofKind(objects, 'CronJob').filter(({ spec }) => !spec.suspend)).toEqual([]);
  expect(JSON.stringify(bootstrapOf(objects, 'vault-bootstrap'))).not.toContain('vault-backup');
});

test('runs one at a time by its schedule, is ended in time, and leaves the pods of runs that failed', () => {
  expect(find(onVolume, 'CronJob', 'vault-backup').spec).toMatchObject({
    schedule: '0 3 * * *',
    timeZone: 'Etc/UTC',
    concurrencyPolicy: 'Forbid',
    failedJobsHistoryLimit: 3,
    jobTemplate: { spec: { activeDeadlineSeconds: 3600, template: { spec: { restartPolicy: 'Never' } } } },
  });
});

test('runs at once with each configuration, by which a claim is bound that would wait for its first pod', () => {
  const [job] = ofKind(onVolume, 'Job').filter(({ metadata }) => metadata.name.startsWith('vault-backup-'));
  expect(job.spec.template.spec).toEqual({ ...podOf(onVolume), restartPolicy: 'OnFailure' });
});

// SECURITY.md: "Its login may read sys/storage/raft/snapshot and nothing else"
// SECURITY.md: "Only its ServiceAccount gets it."
test('logs in with a role of its own that may take snapshots and nothing else', () => {
  const { policies, roles } = bootstrapOf(onVolume, 'vault-bootstrap');
  const own = (list: { name: string }[]) => list.filter(({ name }) => name === 'vault-backup');
  expect(own(policies)).toEqual([{ name: 'vault-backup', paths: { 'sys/storage/raft/snapshot': ['read'] } }]);
  expect(own(roles)).toEqual([
    {
      name: 'vault-backup',
      serviceAccounts: ['vault-backup'],
      namespaces: ['platform-bootstrap'],
      audience: 'vault',
      policies: ['vault-backup'],
      tokenPeriodSec: 900,
      noDefaultPolicy: true,
    },
  ]);
});

// SECURITY.md: "ServiceAccount vault-snapshots, and run commands in Vault's pods | Can: take a snapshot"
// SECURITY.md: "ServiceAccount vault-snapshots, and run commands in Vault's pods | Cannot: read or write"
test('a person may take one, too, by a ServiceAccount that no pod has, and do nothing else', () => {
  const { objects } = synth(STANDARD);
  const { policies, roles } = bootstrapOf(objects, 'vault-bootstrap');
  const own = (list: { name: string }[]) => list.filter(({ name }) => name === 'vault-snapshots');
  expect(own(policies)).toEqual([
    {
      name: 'vault-snapshots',
      paths: { 'sys/storage/raft/snapshot': ['read'], 'auth/token/revoke-self': ['update'] },
    },
  ]);
  expect(own(roles)).toMatchObject([
    {
      serviceAccounts: ['vault-snapshots'],
      namespaces: ['platform-bootstrap'],
      policies: ['vault-snapshots'],
      noDefaultPolicy: true,
    },
  ]);
  expect(find(objects, 'ServiceAccount', 'vault-snapshots')).toMatchObject({ automountServiceAccountToken: false });
  expect(JSON.stringify(ofKind(objects, 'StatefulSet'))).not.toContain('vault-snapshots');
});

test('stores on a volume of the size and class that are asked for', () => {
  expect(find(onVolume, 'PersistentVolumeClaim', 'vault-backup').spec).toEqual({
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'slow',
    resources: { requests: { storage: '2Gi' } },
  });
  expect(podOf(onVolume).volumes).toContainEqual({
    name: 'backup',
    persistentVolumeClaim: { claimName: 'vault-backup' },
  });
});

describe('in a bucket', () => {
  const egress = (objects: typeof onVolume) =>
    ofKind(objects, 'NetworkPolicy')
      .filter(
        ({ metadata, spec: { egress } }) =>
          metadata.name.startsWith('vault-backup-to-') && !egress[0].to?.[0].podSelector,
      )
      .map(
        ({
          metadata,
          spec: {
            egress: [rule],
          },
        }) => [metadata.name, rule.ports[0].port, rule.to?.[0].ipBlock.cidr ?? 'any address'],
      );

  test('reads its keys from the Secret, and trusts the authority named', () => {
    const [{ env }] = podOf(inBucket).containers;
    expect(env.map((e: any) => [e.name, e.valueFrom.secretKeyRef.name, e.valueFrom.secretKeyRef.optional])).toEqual([
      ['AWS_ACCESS_KEY_ID', 's3', undefined],
      ['AWS_SECRET_ACCESS_KEY', 's3', undefined],
      ['AWS_SESSION_TOKEN', 's3', true],
    ]);
    expect(bootstrapOf(inBucket, 'vault-backup').target).toMatchObject({
      caFile: '/etc/backup-ca/ca.crt',
      bucket: 'backups',
    });
    expect(ofKind(inBucket, 'PersistentVolumeClaim')).toEqual([]);
  });

  test('reaches the server alone, and the cloud only to learn who it is', () => {
    const api = ['vault-backup-to-kubernetes-api', 443, 'any address'];
    expect(egress(inBucket)).toEqual([api, ['vault-backup-to-backup-storage', 443, 'any address']]);
    expect(egress(byIdentity)).toEqual([
      api,
      ['vault-backup-to-backup-storage', 9000, '10.1.2.3/32'],
      ['vault-backup-to-cloud-identity', 80, '169.254.170.23/32'],
    ]);
    expect(podOf(byIdentity).containers[0].env).toBeUndefined();
  });
});
