import type { ListrTask } from 'listr2';
import { hasten } from '../cluster/hasten';
import { runOnDemand } from '../cluster/jobs';
import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { OURS } from '../cluster/labels';
import { Failure } from '../failure';
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
    (rotation: KubeObject): ListrTask => ({
      title: `secrets of ${rotation.metadata.namespace}`,
      task: async () => {
        await runOnDemand(kubectl, rotation, timeoutSec);
        await hasten(kubectl, rotation.metadata.namespace, '--selector', OURS);
      },
    }),
  );
  return runTasks(tasks, { json });
}
