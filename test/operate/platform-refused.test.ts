import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { choosePlatform } from '../../lib/operate/backup/platform';
import { PlatformRestore } from '../../lib/operate/backup/platform-restore';
import { Repository } from '../../lib/operate/backup/repository';
import type { Snapshot, Subject } from '../../lib/operate/backup/snapshot';
import type { Kubectl, KubeObject } from '../../lib/operate/cluster/kubectl';
import { Selection } from '../../lib/operate/platform/selection';
import { makeRestic } from '../helpers/restic';
import { rememberVariables } from '../helpers/variables';

const CHANGED = ['PATH', 'RESTIC_PASSWORD_FILE', 'RESTIC_PASSWORD'];

const ours = (name: string, component: string) => ({
  'app.kubernetes.io/part-of': 'agent-sandbox-platform',
  'app.kubernetes.io/name': name,
  'app.kubernetes.io/component': component,
});
const set = (name: string, labels: object): KubeObject => ({
  kind: 'StatefulSet',
  metadata: { name, namespace: name, labels },
  spec: { replicas: 1, template: { spec: { containers: [{ volumeMounts: [] }] } } },
});
const VAULT = set('vault', ours('vault', 'server'));
const DEVENV = set('devenv', ours('devenv', 'environment'));
const DATABASE = set('boundary-database', ours('postgresql', 'database'));

let home: string;
let folder: string;
let giveBack: () => void;
let repository: Repository;
/** What was asked of the cluster that is no question. */
let changes: string[];

const change = async (args: readonly string[]): Promise<never> => {
  changes.push(args.join(' '));
  throw new Error(`the cluster was touched: ${args.join(' ')}`);
};
const kubectl = { list: async () => [], find: async () => undefined, answer: change, run: change };

const keep = (kind: Subject['kind'], name: string, cluster = 'here'): Promise<Snapshot> =>
  repository.keep(
    { cluster, kind, name },
    { command: ['sh', '-c', `head -c 4096 /dev/zero; echo 'Total bytes written: 4096' >&2`] },
    () => {},
  );

async function keepPlatform(cluster = 'here'): Promise<void> {
  const members = [await keep('vault', 'vault', cluster), await keep('environment', 'devenv-0', cluster)];
  const of = { cluster, kind: 'platform', name: 'platform' } as const;
  await repository.keepText(of, JSON.stringify({ format: 1, members, secrets: [] }));
}

/** As `sandboxctl restore --platform` does it. */
async function restore(cluster = 'here'): Promise<void> {
  const opened = await Repository.at(folder);
  const backup = await choosePlatform(opened, { cluster });
  const given = { kubectl: kubectl as unknown as Kubectl, repository: opened, folder: '.', timeout: 1, json: true };
  await (await PlatformRestore.of(backup, given)).run();
}

const makes = (...objects: KubeObject[]) =>
  jest
    .spyOn(Selection, 'of')
    .mockResolvedValue({ objects, ownObjects: objects, ownParts: [], environments: [DEVENV], namespaces: [] } as never);

/** The files with data, the newest last. */
const data = (): string[] =>
  readdirSync(folder)
    .filter((name) => /^[0-9a-f]{64}$/.test(name))
    .map((name) => join(folder, name))
    .sort((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs);
const truncate = (path: string) => truncateSync(path, 100);

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'platform-'));
  folder = join(home, 'backups');
  makeRestic(home);
  writeFileSync(join(home, 'password'), 'right');
  giveBack = rememberVariables(CHANGED);
  Object.assign(process.env, { PATH: `${home}:${process.env.PATH}`, RESTIC_PASSWORD_FILE: join(home, 'password') });
  changes = [];
  makes(VAULT, DEVENV);
  repository = await Repository.at(folder);
  await repository.prepare();
});

afterEach(() => {
  giveBack();
  rmSync(home, { recursive: true });
  jest.restoreAllMocks();
});

describe('a whole platform is not restored, and nothing is touched, where', () => {
  test.each([
    ['a part of it is truncated', () => truncate(data()[0]), /of vault is whole: snapshot \w+ is damaged/],
    [
      'files of an environment are truncated',
      () => truncate(data()[1]),
      /of devenv-0 is whole: snapshot \w+ is damaged/,
    ],
    ['what belongs together is truncated', () => truncate(data()[2]), /snapshot \w+ is damaged/],
    ['it has another password', () => writeFileSync(join(home, 'password'), 'wrong'), /has another password/],
    ['there are no backups', () => rmSync(folder, { recursive: true }), /holds no backups: give where they are/],
    ['another platform was kept', () => makes(VAULT, DATABASE), /makes no devenv-0|makes boundary-database, of which/],
    ['a smaller platform is made', () => makes(DEVENV), /platform.yaml makes no vault, which the backup holds/],
  ])('%s', async (_, spoil, expected) => {
    await keepPlatform();
    (spoil as () => void)();
    await expect(restore()).rejects.toThrow(expected as RegExp);
    expect(changes).toEqual([]);
  });

  test('files of environments alone were kept there', async () => {
    await keep('environment', 'devenv-0');
    await expect(restore()).rejects.toThrow(/there is no backup of a whole platform in .*nothing is changed/);
  });

  test('it is of one of several other clusters, and none is named', async () => {
    await keepPlatform('one');
    await keepPlatform('another');
    await expect(restore('third')).rejects.toThrow(/of several clusters, and none of this one: name one by --at/);
    expect(changes).toEqual([]);
  });
});

test('a whole platform of another cluster is restored into one that has none', async () => {
  await keepPlatform('another');
  // All of it was read, and the restore begins.
  await expect(restore('here')).rejects.toThrow('the cluster was touched: apply --server-side');
  expect(changes).toHaveLength(1);
});
