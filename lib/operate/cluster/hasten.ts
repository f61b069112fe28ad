import type { Kubectl } from './kubectl';

/**
 * Has kubelets look at pods now, which otherwise bring files of changed Secrets a minute or so later. Who may not change
 * pods waits for that.
 * @param which names of pods, or arguments that select them
 */
export const hasten = async (kubectl: Kubectl, namespace: string, ...which: string[]): Promise<void> => {
  const mark = `agent-sandbox.dev/looked-at=${Date.now()}`;
  await kubectl.run(['annotate', 'pods', ...which, mark, '--overwrite', '--namespace', namespace]);
};
