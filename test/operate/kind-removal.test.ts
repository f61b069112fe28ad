import { bundled } from '../helpers/bundled';
import { ours, StubPlatform, theirs } from '../helpers/stub-cluster';

const CLI = bundled('lib/operate/cli.ts');
const MADE = { annotations: { 'agent-sandbox.dev/made-by': 'sandboxctl' } };
const CLAIM = ours('PersistentVolumeClaim', 'workspace-devenv-0', 'devenv');
CLAIM.metadata.labels['app.kubernetes.io/component'] = 'environment';

/** A kind cluster "mine" beside another one that is the current one. */
function platform(annotations: object = MADE): StubPlatform {
  const made = new StubPlatform(CLI, {});
  made.contexts('other', { other: 'https://other', 'kind-mine': 'https://127.0.0.1:1' });
  made.program('kind', 'echo "kind $*" >>"$STUB_CLUSTER/asked"; echo mine');
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

test.each([
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
  made.stand(theirs('Namespace', 'theirs'));
  expect((await down('--delete-workspaces')).stderr).toContain('move or delete them first: Namespace theirs');
  expect(deleted(made)).toEqual([]);
});
