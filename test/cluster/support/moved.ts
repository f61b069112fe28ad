import { eventually } from './eventually';
import { exec, find, isReady, type KubeObject, list } from './kubectl';

/** Until an environment of a drained node works elsewhere, and one of a lost node after the command that gives it up. */
export const BACK_SEC = 120;
/** Says who writes, again and again: two at once would be seen in the file. */
const BEAT = 'id=$(date +%s%N); (while echo $id >> /workspace/beats; do sleep 0.1; done) >/dev/null 2>&1 &';

export const environments = (): Promise<KubeObject[]> =>
  list('pods', 'devenv', '-l', 'app.kubernetes.io/component=environment');
const inside = (pod: string, script: string) => exec({ namespace: 'devenv', pod }, ['bash', '-c', script]);

/** Has an environment a file of its own, and say from now on that it runs. */
export const mark = (name: string) =>
  inside(name, `rm -f /workspace/beats; echo of ${name} > /workspace/file; ${BEAT}`);

/** Waits until an environment runs on another node, with its files; from then on it says that it does. */
export async function isBack(name: string, lost: string): Promise<void> {
  await eventually(async () => {
    const pod = await find('pod', 'devenv', name);
    expect([pod?.spec.nodeName, pod && isReady(pod)]).toEqual([
      expect.not.stringMatching(new RegExp(`^${lost}$`)),
      true,
    ]);
  }, BACK_SEC);
  expect((await inside(name, 'cat /workspace/file')).stdout).toBe(`of ${name}\n`);
  await inside(name, BEAT);
}

/** @throws where one wrote after another had begun to */
export async function expectNeverTwice(name: string, atLeast = 2): Promise<void> {
  const lines = (await inside(name, 'uniq /workspace/beats')).stdout.trim().split('\n');
  expect(lines).toEqual([...new Set(lines)]);
  expect(lines.length).toBeGreaterThanOrEqual(atLeast);
}
