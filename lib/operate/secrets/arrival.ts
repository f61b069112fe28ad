import { createHash } from 'node:crypto';
import type { ListrTask } from 'listr2';
import { hasten } from '../cluster/hasten';
import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { ENVIRONMENTS, labelOf } from '../cluster/labels';
import { isReady } from '../cluster/pods';
import { Failure } from '../failure';
import { pauseFor } from '../interruption';
import { runTasks, type TaskEnd, type Waiting } from '../tasks';
import type { Values } from './store';

const INTERVAL_MS = 5000;
/** Folder in which environments find what is delivered. */
const DELIVERED = '/run/secrets/devenv';
/** Prints the sum of what stands there, without newlines at its end, as it is read by whoever uses it. */
const SUM = `printf %s "$(cat "${DELIVERED}/$1")" | sha256sum`;

const sumOf = (value: string): string => createHash('sha256').update(value.replace(/\n+$/, '')).digest('hex');

/**
 * Waits until all environments that run have values in their files, but for those that have such keys alone.
 *
 * @param user whose environment alone is waited for
 * @throws Failure - naming those that have not
 */
export async function untilArrived(
  kubectl: Kubectl,
  values: Values,
  { timeoutSec, json, user }: Waiting & { readonly user?: string },
): Promise<TaskEnd[]> {
  const pods = await receivers(kubectl, Object.keys(values), user);
  const limit = AbortSignal.timeout(timeoutSec * 1000);
  const tasks = pods.map(
    (pod): ListrTask => ({
      title: `${pod.metadata.name} has it`,
      task: async () => {
        while (!(await has(kubectl, pod, values))) {
          if (limit.aborted) throw new Failure(`not after ${timeoutSec} s: sandboxctl doctor looks for the cause`);
          await hasten(kubectl, pod.metadata.namespace, pod.metadata.name);
          await pauseFor(INTERVAL_MS);
        }
      },
    }),
  );
  return runTasks(tasks, { json, atOnce: 8 });
}

const setOf = (pod: KubeObject): string => labelOf(pod, 'instance') ?? '';

/** The environments that see what is written for all, or for one user. */
export async function receivers(kubectl: Kubectl, keys: readonly string[], user?: string): Promise<KubeObject[]> {
  const pods = (await kubectl.list('pods', { selector: ENVIRONMENTS })).filter(isReady);
  if (user !== undefined) return pods.filter((pod) => [user, `devenv-${user}`].includes(setOf(pod)));
  // Equal environments have nothing alone.
  const users = pods.filter((pod) => setOf(pod) !== 'devenv');
  if (users.length === 0) return pods;
  const secrets = await kubectl.list('secrets', { namespace: users[0].metadata.namespace });
  const hiding = new Set(
    secrets
      .filter(({ data = {} }) => keys.some((key) => Object.hasOwn(data, key)))
      .map(({ metadata }) => metadata.name),
  );
  return pods.filter((pod) => !users.includes(pod) || !hiding.has(`${setOf(pod)}-vault-secrets`));
}

async function has(kubectl: Kubectl, { metadata }: KubeObject, values: Values): Promise<boolean> {
  const place = ['--namespace', metadata.namespace, metadata.name];
  for (const [key, value] of Object.entries(values)) {
    const { stdout } = await kubectl.run(['exec', ...place, '--', 'sh', '-c', SUM, 'sh', key]);
    if (!stdout.startsWith(sumOf(value))) return false;
  }
  return true;
}
