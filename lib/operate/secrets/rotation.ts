import type { ListrTask } from 'listr2';
import { hasten } from '../cluster/hasten';
import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { OURS } from '../cluster/labels';
import { Failure } from '../failure';
import { lastLines } from '../run';
import { runTasks, type TaskEnd, type Waiting } from '../tasks';

/** What a Job is made from that makes the secrets of its namespace anew. */
const ROTATION = 'app.kubernetes.io/instance=rotate-secrets';

/**
 * Makes anew what the platform made itself: passwords of its databases, and the secrets that its parts log people in
 * with. What uses them follows by itself.
 */
export async function rotateOwn(kubectl: Kubectl, { timeoutSec, json }: Waiting): Promise<TaskEnd[]> {
  const rotations = await kubectl.list('cronjobs', { selector: `${OURS},${ROTATION}` });
  if (rotations.length === 0)
    throw new Failure('nothing in this cluster is rotated: there is no platform, or only environments');
  const tasks = rotations.map(
    ({ metadata: { namespace } }: KubeObject): ListrTask => ({
      title: `secrets of ${namespace}`,
      task: async () => {
        const name = `rotate-${Date.now().toString(36)}`;
        const where = ['--namespace', namespace];
        await kubectl.answer(['create', 'job', name, '--from=cronjob/rotate-secrets', ...where]);
        const wait = ['wait', `job/${name}`, '--for=condition=Complete', `--timeout=${timeoutSec}s`, ...where];
        const { exitCode } = await kubectl.run(wait);
        if (exitCode === 0) return hasten(kubectl, namespace, '--selector', OURS);
        const { stdout } = await kubectl.run(['logs', `job/${name}`, '--tail=3', ...where]);
        throw new Failure(`not after ${timeoutSec} s: ${lastLines(stdout, 3) || 'its pod says nothing'}`);
      },
    }),
  );
  return runTasks(tasks, { json });
}
