import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Inventory } from '../../helpers/contents';
import { eventually } from '../support/eventually';
import { changed, inventory, inventoryBefore, KEPT } from '../support/inventory';
import { find, kubectl } from '../support/kubectl';
import { noPlatform, workFile } from '../support/platform';
import { makeProject, missing, sandboxctl, succeeds } from '../support/stacks';
import { triedUnless } from '../support/tried';

const why = missing();
const tried = triedUnless(why);

/** Somebody else's, of names that the platform's objects have. */
const THEIRS = join(__dirname, '../original.yaml');
const NAMED = /Namespace devenv, .*StatefulSet devenv\/devenv/;
const RELEASES = ['-l', 'owner=helm', '-o', 'name', '-n', 'kube-system'];

let before: Inventory;

/** What stands of somebody else's, by what tells it from anything made anew or changed. */
const theirs = async (): Promise<string[]> => {
  const found = [
    await find('namespace', '', 'devenv'),
    await find('service', 'devenv', 'devenv'),
    await find('statefulset', 'devenv', 'devenv'),
  ];
  return found.map((one) =>
    JSON.stringify([one?.metadata.uid, one?.metadata.labels, one?.metadata.annotations, one?.spec]),
  );
};
const files = () => readdirSync(workFile('stacks')).filter((name) => /tfstate|^\.agent-sandbox$/.test(name));

beforeAll(async () => {
  if (why) return;
  await noPlatform();
  before = await inventoryBefore();
  await makeProject({
    vault: { enabled: false },
    boundary: { enabled: false },
    keycloak: { enabled: false },
    secrets: { delivery: 'none' },
    environments: { replicas: 1 },
  });
  // Of platforms that are gone.
  for (const name of files()) rmSync(join(workFile('stacks'), name), { recursive: true });
}, 300_000);

afterAll(async () => {
  if (why) return;
  await sandboxctl(['down', '--delete-workspaces', '--yes']);
  await kubectl(['delete', 'namespace', 'devenv', '--ignore-not-found'], { seconds: 100 });
}, 300_000);

tried(
  "somebody else's objects of the platform's names are untouched by up and by down, and named by both",
  async () => {
    await kubectl(['apply', '-f', THEIRS]);
    const as = await theirs();
    const up = await sandboxctl(['up']);
    expect(up).toMatchObject({ code: 1, stderr: expect.stringMatching(NAMED) });
    expect(up.stderr).toContain('nothing is changed');
    expect(await kubectl(['get', 'secrets', ...RELEASES])).toBe('');
    const planned = JSON.parse((await sandboxctl(['down', '--dry-run', '--json'])).stdout);
    expect(planned.stays).toContainEqual({ what: 'StatefulSet devenv/devenv', why: "somebody else's" });
    expect(await sandboxctl(['down', '--delete-workspaces', '--yes'])).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/they stay: Namespace devenv, .*StatefulSet devenv\/devenv/),
    });
    expect(await theirs()).toEqual(as);
    await kubectl(['delete', 'namespace', 'devenv'], { seconds: 100 });
  },
  300_000,
);

tried(
  'down of the environments keeps the rest and the files, and up brings them back',
  async () => {
    await succeeds('up');
    const claim = await find('persistentvolumeclaim', 'devenv', 'workspace-devenv-0');
    await succeeds('down', 'environments', '--yes');
    expect(await find('statefulset', 'devenv', 'devenv')).toBeUndefined();
    expect((await find('persistentvolumeclaim', 'devenv', 'workspace-devenv-0')).metadata.uid).toBe(claim.metadata.uid);
    expect(await find('namespace', '', 'devenv')).toBeDefined();
    expect(await kubectl(['get', 'secrets', ...RELEASES])).toContain('agent-sandbox-namespaces');
    expect(files()).toContain('terraform.workloads.tfstate');
    expect(await sandboxctl(['down', 'namespaces', '--delete-workspaces', '--yes'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('holds none'),
    });
    await succeeds('up');
  },
  400_000,
);

tried(
  'down of all does what its dry run said, and leaves no state and no folder of its own',
  async () => {
    const there = await inventory();
    const { goes, stays } = JSON.parse(await succeeds('down', '--dry-run', '--json'));
    expect(await inventory()).toEqual(there);
    await succeeds('down', '--yes');
    const kinds = (name: string) => `+ ${name.replace('/', ' ')}`;
    const left = (await changed(before)).filter((object) => !object.startsWith('+ PersistentVolume pvc-'));
    expect(left.filter((object) => !KEPT.test(object))).toEqual([]);
    for (const what of goes.filter((name: string) => /^[A-Z]\w+ \S+$/.test(name)).map(kinds))
      expect(left).not.toContain(what);
    for (const { what } of stays) expect(left).toContain(kinds(what));
    expect(files()).toEqual([]);
    expect(existsSync(workFile('stacks/.agent-sandbox'))).toBe(false);
    await succeeds('down', '--delete-workspaces', '--yes');
    await eventually(async () => expect(await changed(before)).toEqual([]), 60);
  },
  400_000,
);
