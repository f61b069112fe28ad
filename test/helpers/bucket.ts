import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Repository } from '../../lib/operate/backup/repository';
import type { Snapshot } from '../../lib/operate/backup/snapshot';
import { WorkspaceFiles } from '../../lib/operate/backup/workspace-files';
import { Kubectl, type KubeObject } from '../../lib/operate/cluster/kubectl';
import type { Workspace } from '../../lib/operate/cluster/workspace';
import { makeRestic } from './restic';
import { rememberVariables } from './variables';

const KEYS = { AWS_ACCESS_KEY_ID: 'access-of-tests', AWS_SECRET_ACCESS_KEY: 'secret-of-tests' };
const CHANGED = ['PATH', 'RESTIC_PASSWORD_FILE', 'RESTIC_PASSWORD', 'RESTIC_TOLD', 'POD_PATH', ...Object.keys(KEYS)];

/** A pod is a folder for its /tmp on this machine, with a PATH of its own; whatever it is told is written down. */
const KUBECTL = `#!/bin/sh
printf '%s\\n' "$*" >>"$RESTIC_TOLD"
folder=$(dirname "$0")/pod
while [ "$1" != -- ]; do shift; done
shift
for arg; do
  set -- "$@" "$(printf %s "$arg" | sed "s,/tmp/\\\\(restic-\\\\|ca[.]crt\\\\),$folder/\\\\1,g")"
  shift
done
exec env -i PATH="$POD_PATH" "$@"
`;

let home: string;
let giveBack: () => void;
/** What was made and deleted since a test began. */
export const seen: { objects: KubeObject[]; deleted: string[] } = { objects: [], deleted: [] };

export const place = (...names: readonly string[]): string => join(home, ...names);

/** What pods were told to run. */
export const told = (): string => readFileSync(join(home, 'told'), 'utf8');
export const location = () => `s3:https://bucket.example.com${home}/backups`;
export const workspace = (name = 'devenv-0', folders = ['workspace']): Workspace => ({
  name,
  namespace: 'devenv',
  set: {
    metadata: { labels: { mine: 'yes' } },
    spec: { template: { spec: { containers: [{ image: 'devenv' }] } } },
  },
  volumes: folders.map((folder) => ({ claim: folder, path: place(folder) })),
});

/** A cluster with an environment that runs on a node. */
export class Cluster extends Kubectl {
  override async find(kind: string, name: string): Promise<KubeObject> {
    const status = { conditions: [{ type: 'Ready', status: 'True' }] };
    return kind === 'pod' && { metadata: { name, uid: '0123456789' }, spec: { nodeName: 'node-7' }, status };
  }
  override async answer(args: readonly string[], { input }: { input?: string } = {}): Promise<string> {
    if (args[0] === 'create') seen.objects.push(JSON.parse(input ?? ''));
    if (args[0] === 'delete') seen.deleted.push(args[2]);
    return args[0] === 'create' ? '0123456789' : '';
  }
  override run(args: readonly string[]) {
    return args[0] === 'wait' ? super.run(['get', '--', 'true']) : super.run(args);
  }
}

/** Has each test find an environment with a file, and a bucket that pods reach. */
export function useBucket(): void {
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
    Object.assign(seen, { objects: [], deleted: [] });
    writeFileSync(join(home, 'workspace', 'file'), 'as it was');
  });

  afterEach(() => {
    giveBack();
    rmSync(home, { recursive: true });
  });
}

/** Keeps the files, and answers with what became of the task's title. */
export async function keep(
  isIndirect = false,
  of = workspace(),
): Promise<{ title: string; snapshot: Snapshot; repository: Repository }> {
  const repository = await Repository.at(location());
  await repository.prepare();
  const task = { title: 'devenv-0' };
  const keepFiles = (files: WorkspaceFiles) => files.keep('here', () => {});
  const options = { kubectl: new Cluster(), repository, isIndirect };
  return { snapshot: await WorkspaceFiles.with(options, of, keepFiles, task), title: task.title, repository };
}
