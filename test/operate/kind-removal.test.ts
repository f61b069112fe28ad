import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundled } from '../helpers/bundled';
import { ours, StubPlatform, theirs } from '../helpers/stub-cluster';

const CLI = bundled('lib/operate/cli.ts');
const MADE = { annotations: { 'agent-sandbox.dev/made-by': 'sandboxctl' } };
const CLAIM = ours('PersistentVolumeClaim', 'workspace-devenv-0', 'devenv');
CLAIM.metadata.labels['app.kubernetes.io/component'] = 'environment';

/** A kind cluster "mine" beside another one that is the current one. */
function platform(annotations: object = MADE, authority = 'authority of https://127.0.0.1:1'): StubPlatform {
  const made = new StubPlatform(CLI, {});
  made.contexts('other', { other: 'https://other', 'kind-mine': 'https://127.0.0.1:1' });
  made.program(
    'kind',
    `echo "kind $*" >>"$STUB_CLUSTER/asked"
case $2 in kubeconfig) echo '{"clusters": [{"cluster": {"certificate-authority-data": "${authority}"}}]}' ;; *) echo mine ;; esac`,
  );
  const system = theirs('Namespace', 'kube-system');
  made.stand({ ...system, metadata: { ...system.metadata, ...annotations } }, ours('Namespace', 'devenv'));
  made.write('.agent-sandbox/ca.crt', '');
  return made;
}
const deleted = ({ asked }: StubPlatform) => asked.filter((line) => line.startsWith('kind delete'));

test('the kind cluster that up made goes, with what up left here', async () => {
  const made = platform();
  expect(await made.sandboxctl(['down', '--kind', 'mine', '--yes'])).toMatchObject({ code: 0, stderr: '' });
  expect(deleted(made)).toEqual(['kind delete cluster --name mine']);
  expect(made.has('.agent-sandbox')).toBe(false);
  expect(made.asked.filter((line) => line.startsWith('kubectl') && !line.includes('--context kind-mine'))).toEqual([]);
});

test('an empty name, of a variable that is not set, is no cluster, and least of all the current one', async () => {
  const made = platform();
  const { code, stderr } = await made.sandboxctl(['down', '--kind', '', '--yes']);
  expect([code, stderr, made.asked]).toEqual([
    2,
    expect.stringContaining("'--kind [name]' argument '' is invalid"),
    [],
  ]);
});

describe('files of a platform in this folder', () => {
  const state = (place: StubPlatform) =>
    place.write(
      'terraform.workloads.tfstate',
      '{"resources": [{"mode": "managed", "type": "helm_release", "name": "vault", "instances": [{}]}]}',
    );

  test('go with the cluster that it was deployed to', async () => {
    const made = platform();
    made.release({ workloads: ['vault'] });
    state(made);
    expect(await made.sandboxctl(['down', '--kind', 'mine', '--yes'])).toMatchObject({ code: 0, stderr: '' });
    expect(made.has('terraform.workloads.tfstate')).toBe(false);
  });

  test('stay where Terraform deployed it to another one', async () => {
    const made = platform();
    made.release({ workloads: ['vault'] });
    made.clear('Secret+kube-system+sh.helm.release.v1.agent-sandbox-vault.v1');
    state(made);
    const { code, stderr } = await made.sandboxctl(['down', '--kind', 'mine', '--yes']);
    expect([code, stderr]).toEqual([0, expect.stringContaining('note: terraform.workloads.tfstate stays: it is of')]);
    expect(['terraform.workloads.tfstate', '.agent-sandbox/ca.crt'].map(made.has)).toEqual([true, true]);
  });

  test('need not be there', async () => {
    const made = platform();
    rmSync(join(made.folder, 'cdktf.out'), { recursive: true });
    expect(await made.sandboxctl(['down', '--kind', 'mine', '--yes'])).toMatchObject({ code: 0, stderr: '' });
    expect(deleted(made)).toHaveLength(1);
  });
});

test.each([
  [
    'whose context is of a cluster on another machine',
    platform(MADE, 'other'),
    ['--yes'],
    'is not of the kind cluster',
  ],
  ['that somebody else made', platform({}), ['--yes'], 'up --kind did not make the kind cluster mine'],
  [
    'that is asked about, where nobody is there',
    platform(),
    [],
    'in context kind-mine (https://127.0.0.1:1) this removes',
  ],
])('one stays %s', async (_, made, args, said) => {
  const { code, stderr } = await made.sandboxctl(['down', '--kind', 'mine', ...args]);
  expect([code, stderr, deleted(made)]).toEqual([1, expect.stringContaining(said), []]);
});

test('one stays that holds what is somebody else’s, or files that were not meant', async () => {
  const made = platform();
  made.stand(CLAIM);
  const down = (...args: string[]) => made.sandboxctl(['down', '--kind', 'mine', '--yes', ...args]);
  expect((await down()).stderr).toContain('holds files of environments in 1 volumes');
  made.stand(
    theirs('Service', 'kubernetes', 'default'),
    theirs('ConfigMap', 'notes', 'default'),
    theirs('Secret', 'token', 'devenv'),
  );
  expect((await down('--delete-workspaces')).stderr).toContain(
    'move or delete them first: ConfigMap default/notes, Secret devenv/token\n',
  );
  made.stand(theirs('Namespace', 'theirs'));
  expect((await down('--delete-workspaces')).stderr).toContain('move or delete them first: Namespace theirs,');
  expect(deleted(made)).toEqual([]);
});
