import type { Kubectl } from '../../cluster/kubectl';
import { OURS } from '../../cluster/labels';
import { isReady } from '../../cluster/pods';
import { lastLines } from '../../run';

const PODS = 3;
const LINES = 5;

/** What those pods say that are not Ready, before they are replaced and nobody can ask them any more. */
export async function lastWords(kubectl: Kubectl): Promise<string[]> {
  const pods = (await kubectl.list('pods', { selector: OURS })).filter((pod) => !isReady(pod)).slice(0, PODS);
  const words = await Promise.all(
    pods.map(async ({ metadata }) => {
      const which = [metadata.name, '--namespace', metadata.namespace, '--all-containers'];
      const { stdout } = await kubectl.run(['logs', ...which, `--tail=${LINES}`, '--ignore-errors']);
      return stdout && `${metadata.name} said: ${lastLines(String(stdout), LINES)}`;
    }),
  );
  return words.filter((line) => line !== '' && line !== undefined);
}
