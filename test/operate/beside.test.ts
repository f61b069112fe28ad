import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bucketOf } from '../../lib/operate/backup/bucket';
import { Repository, type Snapshot } from '../../lib/operate/backup/repository';
import { WorkspaceFiles } from '../../lib/operate/backup/workspace-files';
import { Kubectl, type KubeObject } from '../../lib/operate/cluster/kubectl';
import type { Workspace } from '../../lib/operate/cluster/workspace';
import { makeRestic } from '../helpers/restic';
import { rememberVariables } from '../helpers/variables';

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

const KEYS = { AWS_ACCESS_KEY_ID: 'access-of-tests', AWS_SECRET_ACCESS_KEY: 'secret-of-tests' };
const CHANGED = ['PATH', 'RESTIC_PASSWORD_FILE', 'RESTIC_PASSWORD', 'RESTIC_TOLD', 'POD_PATH', ...Object.keys(KEYS)];

/** A pod is a folder for its /tmp on this machine, with a PATH of its own; whatever it is told is written down. */
const KUBECTL = `#!/bin/sh
printf '%s\\n' "$*" >>"$RESTIC_TOLD"
folder=$(dirname "$0")/pod
while [ "$1" != -- ]; do shift; done
shift
for arg; do
  set -- "$@" "$(printf %s "$arg" | sed "s,/tmp/,$folder/,g")"
  shift
done
exec env -i PATH="$POD_PATH" "$@"
`;

let home: string;
let giveBack: () => void;
let objects: KubeObject[];
let deleted: string[];

const told = (): string => readFileSync(join(home, 'told'), 'utf8');
const location = () => `s3:https://bucket.example.com${home}/backups`;
const workspace = (): Workspace => ({
  name: 'devenv-0',
  namespace: 'devenv',
  set: {
    metadata: { labels: { mine: 'yes' } },
    spec: { template: { spec: { containers: [{ image: 'devenv' }] } } },
  },
  volumes: [{ claim: 'workspace', path: join(home, 'workspace') }],
});

/** A cluster with an environment that runs on a node. */
class Cluster extends Kubectl {
  override async find(kind: string, name: string): Promise<KubeObject> {
    const status = { conditions: [{ type: 'Ready', status: 'True' }] };
    return kind === 'pod' && { metadata: { name, uid: '0123456789' }, spec: { nodeName: 'node-7' }, status };
  }
  override async answer(args: readonly string[], { input }: { input?: string } = {}): Promise<string> {
    if (args[0] === 'create') objects.push(JSON.parse(input ?? ''));
    if (args[0] === 'delete') deleted.push(args[2]);
    return '';
  }
  override run(args: readonly string[]) {
    return args[0] === 'wait' ? super.run(['get', '--', 'true']) : super.run(args);
  }
}

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'beside-'));
  for (const name of ['bin', 'bin/pod', 'image', 'workspace']) mkdirSync(join(home, name));
  makeRestic(join(home, 'bin'));
  makeRestic(join(home, 'image'));
  writeFileSync(join(home, 'bin', 'kubectl'), KUBECTL);
  chmodSync(join(home, 'bin', 'kubectl'), 0o755);
  writeFileSync(join(home, 'password'), 'password-of-tests\n');
  writeFileSync(join(home, 'told'), '');
  giveBack = rememberVariables(CHANGED);
  Object.assign(process.env, KEYS, {
    PATH: `${join(home, 'bin')}:${process.env.PATH}`,
    POD_PATH: `${join(home, 'image')}:/usr/bin:/bin`,
    RESTIC_PASSWORD_FILE: join(home, 'password'),
    RESTIC_TOLD: join(home, 'told'),
  });
  [objects, deleted] = [[], []];
  writeFileSync(join(home, 'workspace', 'file'), 'as it was');
});

afterEach(() => {
  giveBack();
  rmSync(home, { recursive: true });
});

/** Keeps the files, and answers with what became of the task's title. */
async function keep(isIndirect = false): Promise<{ title: string; snapshot: Snapshot; repository: Repository }> {
  const repository = await Repository.at(location());
  await repository.prepare();
  const task = { title: 'devenv-0' };
  const keepFiles = (files: WorkspaceFiles) => files.keep('here', () => {});
  const options = { kubectl: new Cluster(), repository, isIndirect };
  return { snapshot: await WorkspaceFiles.with(options, workspace(), keepFiles, task), title: task.title, repository };
}

onLinux('files of an environment that go to a bucket', () => {
  test('are read by a pod on the environment’s node, which alone reaches the bucket, and only meanwhile', async () => {
    const { title, snapshot } = await keep();
    expect([title, snapshot.bytes]).toEqual(['devenv-0', 10_240]);
    const [pod, policy] = objects;
    expect(pod.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms).toEqual([
      { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node-7'] }] },
    ]);
    expect(policy).toMatchObject({
      kind: 'NetworkPolicy',
      metadata: { namespace: 'devenv', ownerReferences: [{ kind: 'Pod', name: 'devenv-0-files', uid: '0123456789' }] },
      spec: { policyTypes: ['Egress'], egress: [{ ports: [{ port: 443, protocol: 'TCP' }] }] },
    });
    expect(pod.metadata.labels).toMatchObject(policy.spec.podSelector.matchLabels);
    expect(deleted).toEqual(['devenv-0-files', 'devenv-0-files']);
  });

  test('go there with a password and keys that no argument and no object has', async () => {
    expect((await keep()).title).toBe('devenv-0');
    expect(told()).toContain('exec --stdin --namespace devenv devenv-0-files -- sh -c');
    expect(told() + JSON.stringify(objects)).not.toMatch(/password-of-tests|secret-of-tests|access-of-tests/);
  });

  test('come back, and the environment starts anew', async () => {
    const { snapshot, repository } = await keep();
    writeFileSync(join(home, 'workspace', 'file'), 'changed');
    const options = { kubectl: new Cluster(), repository };
    deleted.length = 0;
    await WorkspaceFiles.with(options, workspace(), async (files) =>
      files.take(snapshot, await files.receive(snapshot, () => {}), () => {}),
    );
    expect(readFileSync(join(home, 'workspace', 'file'), 'utf8')).toBe('as it was');
    expect(deleted).toEqual(['devenv-0-files', 'devenv-0', 'devenv-0-files']);
  });

  test('are untouched where what is there is damaged', async () => {
    const { snapshot, repository } = await keep();
    const [archive] = readdirSync(join(home, 'backups')).filter((name) => /^[0-9a-f]{64}$/.test(name));
    truncateSync(join(home, 'backups', archive), 100);
    writeFileSync(join(home, 'workspace', 'file'), 'changed');
    const options = { kubectl: new Cluster(), repository };
    const receive = (files: WorkspaceFiles) => files.receive(snapshot, () => {});
    await expect(WorkspaceFiles.with(options, workspace(), receive)).rejects.toThrow(/is damaged.*verification failed/);
    expect(readFileSync(join(home, 'workspace', 'file'), 'utf8')).toBe('changed');
  });

  test('are read by this machine’s own restic, where the image of environments has none; nobody knows where it is', async () => {
    process.env.POD_PATH = '/usr/bin:/bin';
    expect([(await keep()).title, (await keep()).title]).toEqual(['devenv-0', 'devenv-0']);
    const places = [...told().matchAll(/-- sh -c cat >(\/tmp\/restic-[0-9a-f]{32}) /g)].map(([, place]) => place);
    expect(new Set(places).size).toBe(2);
  });

  test.each([
    ['a pod does not reach the bucket', () => rmSync(join(home, 'backups'), { recursive: true }), /reach the bucket/],
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
    expect([title, objects]).toEqual(['devenv-0', []]);
  });
});
