import type { ListrTask } from 'listr2';
import { clusterTask, imageTask } from '../../lib/operate/platform/kind';
import { answer, run } from '../../lib/operate/run';

jest.mock('../../lib/operate/run');

const CLUSTERS = [{ cluster: { 'certificate-authority-data': 'its own' } }];

/** What is run on a machine with clusters, of which kubectl knows those in its file. */
async function asked(
  clusters: string,
  known: boolean,
  mine: object = CLUSTERS[0].cluster,
  parts: readonly string[] = [],
): Promise<string[]> {
  const all: string[] = [];
  const note = (program: string, args: readonly string[]) => void all.push([program, ...args].join(' '));
  jest.mocked(answer).mockImplementation(async (program, args) => {
    note(program, args);
    return args[1] === 'kubeconfig' ? JSON.stringify({ clusters: CLUSTERS }) : clusters;
  });
  jest.mocked(run).mockImplementation(async (program, args) => {
    note(program, args);
    return { exitCode: known ? 0 : 1, stdout: JSON.stringify({ clusters: [{ cluster: mine }] }) } as never;
  });
  const { task } = clusterTask('mine', '/nowhere', parts) as Required<ListrTask>;
  await task({}, {} as never);
  return all;
}

const LIST = 'kind get clusters';
const USE = 'kubectl config use-context kind-mine';

test('a cluster of kind is made and used where there is none of that name', async () =>
  expect(await asked('other\nmine-too', true)).toEqual([
    LIST,
    'kind create cluster --name mine',
    USE,
    'kubectl --context kind-mine annotate namespace kube-system agent-sandbox.dev/made-by=sandboxctl --overwrite --field-manager=sandboxctl',
  ]));

test('one that is there is used', async () =>
  expect(await asked('other\nmine', true)).toEqual([
    LIST,
    USE,
    'kind get kubeconfig --name mine',
    'kubectl --context kind-mine config view --minify --flatten --output json',
  ]));

test('none is made by the name of a part, which was meant as that; one that is there is used', async () => {
  const parts = ['environments', 'mine'];
  await expect(asked('other', true, undefined, parts)).rejects.toThrow(
    /^--kind mine names a cluster, and mine is a part of the platform: sandboxctl up mine --kind brings that part;.* nothing is changed$/,
  );
  expect(await asked('other\nmine', true, undefined, parts)).toContain(USE);
});

test('one of another machine by the same name is not used', async () =>
  expect(asked('mine', true, { 'certificate-authority-data': 'another' })).rejects.toThrow(
    'context kind-mine is not of the kind cluster mine that is on this machine',
  ));

test('one that was never finished is told of, with what to do', async () =>
  expect(asked('mine', false)).rejects.toThrow(
    /kind cluster mine is not in KUBECONFIG: .*kind delete cluster --name mine;/,
  ));

test('the image is loaded by the tool that has it here, and otherwise left to the nodes, which is said', async () => {
  const loaded = async (here: readonly string[]) => {
    const all: string[] = [];
    jest.mocked(run).mockImplementation(async (program, args) => {
      if (args[0] !== 'inspect') all.push([program, ...args.slice(0, 2)].join(' '));
      const stdout = '[{"Os": "linux", "Architecture": "arm64"}]';
      return { exitCode: args[0] !== 'inspect' || here.includes(program) ? 0 : 1, stdout, stderr: '' } as never;
    });
    const { title, task } = imageTask('mine', 'devenv:1', '/nowhere') as Required<ListrTask>;
    const listed = { title };
    await task({}, listed as never);
    return [all.filter((line) => !line.endsWith(' version')), listed.title];
  };
  const title = 'devenv:1 into kind cluster mine';
  const load = 'kind load image-archive';
  expect(await loaded(['docker', 'podman'])).toEqual([['docker save --platform', load], title]);
  expect(await loaded(['podman'])).toEqual([['podman push devenv:1', load], title]);
  expect(await loaded([])).toEqual([[], 'devenv:1 is not on this machine: nodes pull it']);
});
