import { type KubeObject, list, nameOf } from '../support/kubectl';
import { becomesReady, deploy, namespacesOf, workFile } from '../support/platform';
import { run } from '../support/run';

const folder = workFile('dist-platform');
let warnings = '';

test('a server-side apply brings every pod to Ready', async () => {
  const start = Date.now();
  warnings = (await deploy(folder)).stderr;
  await becomesReady(folder, 300);
  console.info(`time to Ready: ${((Date.now() - start) / 1000).toFixed(1)} s`);
});

test('no pod violates the Pod Security Standard of its namespace', () => {
  expect(warnings).not.toMatch(/warning/i);
});

test('no container restarted more than once', async () => {
  const namespaces = new Set(namespacesOf(folder));
  const pods = (await list('pods')).filter(({ metadata }) => namespaces.has(metadata.namespace));
  const restarts = pods.flatMap((pod) =>
    [...(pod.status.containerStatuses ?? []), ...(pod.status.initContainerStatuses ?? [])]
      .filter(({ restartCount }: KubeObject) => restartCount > 1)
      .map(({ name, restartCount }: KubeObject) => `${nameOf(pod)} ${name}: ${restartCount}`),
  );
  expect(pods.length).toBeGreaterThan(5);
  expect(restarts).toEqual([]);
});

test('nothing differs from the manifests once every Job has ended', async () => {
  const { code, stdout, stderr } = await run('kubectl', ['diff', '--server-side', '-f', folder], { seconds: 180 });
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
});
