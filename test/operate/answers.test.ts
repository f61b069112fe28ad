import { bundled } from '../helpers/bundled';
import { Stand } from '../helpers/stand';

const CLI = bundled('lib/operate/cli.ts');
const CONFIG = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'devenv' } };

const SET = {
  ...CONFIG,
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { ...CONFIG.metadata, labels: { 'app.kubernetes.io/component': 'environment' } },
  spec: { template: { spec: { containers: [{ name: 'devenv', image: 'devenv:1' }] } } },
};

const stand = (kubectl: string) =>
  new Stand(CLI)
    .platform({ '50-environments.k8s.yaml': [CONFIG] })
    .program('kubectl', kubectl)
    .program('terraform', 'echo Terraform v1.11.0');
const NOTHING = `case "$*" in *ignore-not-found*) ;; get*) echo '{"items": []}' ;; esac`;
const oneLine = (text: string) => {
  expect(text.trim().split('\n')).toHaveLength(1);
  return JSON.parse(text);
};

describe('--json of a command that fails', () => {
  test('names the step, its reason and mend, and the exit status', async () => {
    const place = stand(`[ "$1" = apply ] && { echo 'error: namespaces "devenv" not found' >&2; exit 1; }\n${NOTHING}`);
    const { code, stdout, stderr } = await place.run(['up', '--by', 'kubectl', '--json']);
    const failure = 'error: namespaces "devenv" not found';
    expect([code, oneLine(stdout)]).toEqual([
      1,
      {
        failure: `manifests: ${failure}`,
        status: 1,
        steps: [
          {
            title: 'manifests',
            seconds: expect.any(Number),
            failure,
            mend: 'sandboxctl doctor looks for the cause; the same command goes on',
          },
        ],
      },
    ]);
    expect(stderr).toBe(`sandboxctl: manifests: ${failure}\n`);
  });

  test('says so where no step was begun', async () => {
    const { code, stdout } = await stand(NOTHING).run(['up', 'nothing', '--json']);
    expect([code, oneLine(stdout)]).toEqual([
      1,
      { failure: 'this platform has no part "nothing"; it has environments, workloads', status: 1, steps: [] },
    ]);
  });

  test('of one that finds something prints what it found, and nothing besides', async () => {
    const place = stand(`[ "$1" = version ] && exit 1\n${NOTHING}`).platform({ '50-environments.k8s.yaml': [SET] });
    const found = oneLine((await place.run(['check', '--json'])).stdout);
    expect(found).toContainEqual(expect.objectContaining({ what: 'cluster', ok: false }));
  });

  test('of a fault of the program ends with 70, in a step and outside of one', async () => {
    const outside = await stand('echo no JSON').run(['status', '--json']);
    expect([outside.code, oneLine(outside.stdout)]).toMatchObject([70, { status: 70 }]);
    const kubectl = `case "$*" in *events*) echo no JSON ;; *) ${NOTHING.replaceAll('\n', ' ')} ;; esac`;
    const place = stand(kubectl).platform({
      '50-environments.k8s.yaml': [SET],
    });
    const inside = await place.run(['up', '--by', 'kubectl', '--json']);
    expect([inside.code, oneLine(inside.stdout).status]).toEqual([70, 70]);
  });
});
