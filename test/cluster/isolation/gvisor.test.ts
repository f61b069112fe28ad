import { eventually } from '../support/eventually';
import { apply, applyAll, exec, find, hasten, kubectl } from '../support/kubectl';
import { becomesReady, isFound, synthesize, workFile } from '../support/platform';
import { ssh } from '../support/ssh';

const NAMESPACE = 'devenv-gvisor';
const pod = { namespace: NAMESPACE, pod: 'devenv-0' };

/** By exec, because a port-forward ends at the node's network stack, and gVisor has its own. */
const way = ['-o', `ProxyCommand=kubectl exec -i -n ${NAMESPACE} devenv-0 -c devenv -- nc 127.0.0.1 2222`];
const inside = (command: string) => ssh({ port: 22 }, command, { options: way });

/** Whether the cluster has the runtime; without it the tests say so and are counted as skipped. */
const present = isFound('gvisor');
const title = present ? 'an environment in gVisor' : 'an environment in gVisor (skipped: no RuntimeClass "gvisor")';

(present ? describe : describe.skip)(title, () => {
  beforeAll(async () => {
    const folder = await synthesize('gvisor');
    expect((await apply(folder)).stderr).not.toMatch(/warning/i);
    await becomesReady(folder, 240);
  });

  afterAll(() => kubectl(['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--wait=false']));

  // SECURITY.md: "Give it a stronger wall by environments.runtimeClass"
  test("runs on gVisor's kernel", async () => {
    expect((await find('pod', NAMESPACE, 'devenv-0')).spec.runtimeClassName).toBe('gvisor');
    expect((await exec(pod, ['dmesg'])).stdout).toContain('Starting gVisor');
  });

  test('sees a Secret that appears and one that changes, in files and shells, without a restart', async () => {
    const started = async () => {
      const { metadata, status } = await find('pod', NAMESPACE, 'devenv-0');
      return [metadata.uid, status.containerStatuses[0].restartCount];
    };
    const before = await started();
    for (const day of ['monday', 'tuesday']) {
      const metadata = { name: 'devenv-secrets', namespace: NAMESPACE };
      await applyAll({ apiVersion: 'v1', kind: 'Secret', metadata, stringData: { langfuse_host: day } });
      await eventually(async () => {
        await hasten(NAMESPACE, 'devenv-0');
        const { stdout } = await inside('cat /run/secrets/devenv/langfuse_host; echo " $LANGFUSE_HOST"');
        expect(stdout).toBe(`${day} ${day}\n`);
      }, 120);
    }
    expect(await started()).toEqual(before);
  });

  test('accepts SSH, and keeps files when its pod is deleted', async () => {
    expect(await inside('id -u; echo kept > /workspace/kept')).toMatchObject({ code: 0, stdout: '1234567\n' });
    await kubectl(['delete', 'pod', 'devenv-0', '-n', NAMESPACE]);
    await becomesReady(workFile('dist-gvisor'), 120);
    expect(await inside('cat /workspace/kept')).toMatchObject({ code: 0, stdout: 'kept\n' });
  });
});
