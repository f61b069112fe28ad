import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { bucketOf } from '../../lib/operate/backup/bucket';
import { Repository } from '../../lib/operate/backup/repository';
import { WorkspaceFiles } from '../../lib/operate/backup/workspace-files';
import { Cluster, keep, location, place, seen, told, useBucket, workspace } from '../helpers/bucket';

// The scripts are for the environments' image, and so for GNU's tools.
const onLinux = process.platform === 'linux' ? describe : describe.skip;

describe('a bucket that pods may reach', () => {
  test.each([
    ['s3:https://s3.eu-central-1.amazonaws.com/backups/x', { port: 443 }],
    ['s3:s3.amazonaws.com/backups', { port: 443 }],
    ['s3:https://192.0.2.7:7071/backups', { address: '192.0.2.7', port: 7071 }],
    ['s3:http://minio.example.com/backups', { port: 80 }],
    ['s3:https://[2001:db8::1]:9000/backups', { address: '2001:db8::1', port: 9000 }],
  ])('is known by %s', (location, expected) => expect(bucketOf(location)).toEqual(expected));

  test.each(['/srv/backups', 's3:http://127.0.0.1:9000/backups', 's3:https://localhost/x', 'sftp:host:/x'])(
    'is not %s',
    (location) => expect(bucketOf(location)).toBeUndefined(),
  );
});

useBucket();

onLinux('files of an environment that go to a bucket', () => {
  test('are read by a pod on the environment’s node, which alone reaches the bucket, and only meanwhile', async () => {
    const { title, snapshot } = await keep();
    expect([title, snapshot.bytes]).toEqual(['devenv-0', 10_240]);
    const [pod, policy] = seen.objects;
    expect(pod.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms).toEqual([
      { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node-7'] }] },
    ]);
    expect(policy).toMatchObject({
      kind: 'NetworkPolicy',
      metadata: { namespace: 'devenv', ownerReferences: [{ kind: 'Pod', name: 'devenv-0-files', uid: '0123456789' }] },
      spec: { policyTypes: ['Egress'], egress: [{ ports: [{ port: 443, protocol: 'TCP' }] }] },
    });
    expect(pod.metadata.labels).toMatchObject(policy.spec.podSelector.matchLabels);
    expect(seen.deleted).toEqual(['devenv-0-files', 'devenv-0-files']);
  });

  test('go there with a password and keys that no argument and no object has', async () => {
    expect((await keep()).title).toBe('devenv-0');
    expect(told()).toContain('exec --stdin --namespace devenv devenv-0-files -- sh -c');
    expect(told() + JSON.stringify(seen.objects)).not.toMatch(/password-of-tests|secret-of-tests|access-of-tests/);
  });

  test('come back, and the environment starts anew', async () => {
    const { snapshot, repository } = await keep();
    writeFileSync(place('workspace', 'file'), 'changed');
    const options = { kubectl: new Cluster(), repository };
    seen.deleted.length = 0;
    await WorkspaceFiles.with(options, workspace(), async (files) =>
      files.take(snapshot, await files.receive(snapshot, () => {}), () => {}),
    );
    expect(readFileSync(place('workspace', 'file'), 'utf8')).toBe('as it was');
    expect(seen.deleted).toEqual(['devenv-0-files', 'devenv-0', 'devenv-0-files']);
  });

  test('are untouched where what is there is damaged', async () => {
    const { snapshot, repository } = await keep();
    const [archive] = readdirSync(place('backups')).filter((name) => /^[0-9a-f]{64}$/.test(name));
    truncateSync(place('backups', archive), 100);
    writeFileSync(place('workspace', 'file'), 'changed');
    const options = { kubectl: new Cluster(), repository };
    const receive = (files: WorkspaceFiles) => files.receive(snapshot, () => {});
    await expect(WorkspaceFiles.with(options, workspace(), receive)).rejects.toThrow(
      /cannot be put back.*verification failed/,
    );
    expect(readFileSync(place('workspace', 'file'), 'utf8')).toBe('changed');
  });

  test('are read by this machine’s own restic, where the image of environments has none; nobody knows where it is', async () => {
    process.env.POD_PATH = '/usr/bin:/bin';
    expect([(await keep()).title, (await keep()).title]).toEqual(['devenv-0', 'devenv-0']);
    const places = [...told().matchAll(/-- sh -c cat >(\/tmp\/restic-[0-9a-f]{32}) /g)].map(([, place]) => place);
    expect(new Set(places).size).toBe(2);
  });

  test.each([
    ['a pod does not reach the bucket', () => rmSync(place('backups'), { recursive: true }), /reach the bucket/],
    ['keys are in files', () => delete process.env.AWS_SECRET_ACCESS_KEY, /AWS_SECRET_ACCESS_KEY are not in the env/],
  ])('go through this machine where %s, and it is said', async (_, spoil, expected) => {
    const repository = await Repository.at(location());
    await repository.prepare();
    (spoil as () => void)();
    const task = { title: 'devenv-0' };
    let where = '';
    const use = async (files: WorkspaceFiles) => {
      where = JSON.stringify(files);
    };
    await WorkspaceFiles.with({ kubectl: new Cluster(), repository }, workspace(), use, task);
    expect(task.title).toMatch(expected as RegExp);
    expect(where).toContain('"pod":"devenv-0","isRunning":true');
  });

  test('go through this machine, if that is asked for', async () => {
    const { title } = await keep(true);
    expect([title, seen.objects]).toEqual(['devenv-0', []]);
  });
});
