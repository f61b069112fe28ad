import { Failure } from '../failure';
import { lastLines } from '../run';
import { until } from '../until';
import type { Kubectl, KubeObject } from './kubectl';

const isOver = ({ status }: KubeObject, how: 'Complete' | 'Failed'): boolean =>
  (status?.conditions ?? []).some((one: KubeObject) => one.type === how && one.status === 'True');

/**
 * Has a program that only people set off do its work: makes a Job of its CronJob, and waits for that.
 * @throws Failure - with its last words, where it fails or is not through in time
 */
export async function runOnDemand(kubectl: Kubectl, { metadata }: KubeObject, timeoutSec: number): Promise<void> {
  const job = `${metadata.name}-${Date.now().toString(36)}`;
  const where = ['--namespace', metadata.namespace];
  await kubectl.answer(['create', 'job', job, `--from=cronjob/${metadata.name}`, ...where]);
  const said = async (what: string) => {
    const { stdout } = await kubectl.run(['logs', `job/${job}`, '--tail=3', ...where]);
    return `${what}: ${lastLines(stdout, 3) || 'its pod says nothing'}`;
  };
  const ended = await until(
    () => said(`not after ${timeoutSec} s`),
    timeoutSec,
    async () => {
      const now = await kubectl.find('job', job, metadata.namespace);
      return (isOver(now ?? {}, 'Complete') && 'done') || (isOver(now ?? {}, 'Failed') && 'failed');
    },
  );
  if (ended === 'failed') throw new Failure(await said('it failed'));
}
