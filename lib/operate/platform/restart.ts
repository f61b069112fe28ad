import type { ListrTask } from 'listr2';
import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { shortNameOf } from '../cluster/names';
import { environmentOf } from '../cluster/place';
import { isReady } from '../cluster/pods';
import { reasonOf } from '../cluster/readiness';
import { pauseFor } from '../interruption';
import { runTasks, type TaskEnd } from '../tasks';
import { until } from '../until';

export interface RestartArguments {
  /** Names of environments, or of their users. */
  readonly names: readonly string[];
  /** Seconds between what sessions are told and the restart; nobody waits where there is no session. */
  readonly warning: number;
  /** Seconds in which each has to be Ready again. */
  readonly timeout: number;
  readonly json?: boolean;
}

/** Names sessions, a line each, and says something to each terminal: one that its user holds holds up nothing. */
const TELL = `for process in /proc/[0-9]*; do
  title=$(tr '\\0' ' ' < "$process/cmdline" 2>/dev/null) || continue
  case $title in "sshd: "*@*|"sshd-session: "*@*) echo "$title" ;; esac
done
for terminal in /dev/pts/[0-9]*; do
  [ -c "$terminal" ] && timeout 2 printf '\\r\\n\\a%s\\r\\n' "$1" > "$terminal" 2>/dev/null || true
done`;

/** Ends environments and has them start again, with their volumes; who works in one is told before. @returns what became of each */
export async function restart(kubectl: Kubectl, given: RestartArguments): Promise<TaskEnd[]> {
  const pods: KubeObject[] = [];
  for (const name of given.names) pods.push(await environmentOf(kubectl, name));
  const unique = [...new Map(pods.map((pod) => [shortNameOf(pod), pod])).values()];
  return runTasks(
    unique.map((pod) => restartTask(kubectl, pod, given)),
    given,
  );
}

const restartTask = (kubectl: Kubectl, { metadata }: KubeObject, given: RestartArguments): ListrTask => ({
  title: `${metadata.name} Ready again`,
  task: async (_, task) => {
    const { warning, timeout } = given;
    const sessions = await tell(
      kubectl,
      metadata,
      `This environment restarts in ${warning} s; files in /workspace stay.`,
    );
    if (sessions.length > 0 && warning > 0) {
      task.output = `${sessions.length} ${sessions.length === 1 ? 'session is' : 'sessions are'} in use, and told: ${warning} s`;
      await pauseFor(warning * 1000);
    }
    const { name, namespace, uid } = metadata;
    await kubectl.answer(['delete', 'pod', name, '--namespace', namespace, '--wait=false']);
    let pod: KubeObject | undefined;
    const late = () => `${name} is not Ready after ${timeout} s: ${pod ? reasonOf(pod, []) : 'it is not there'}`;
    await until(late, timeout, async () => {
      pod = await kubectl.find('pod', name, namespace);
      return pod !== undefined && pod.metadata.uid !== uid && isReady(pod);
    });
  },
});

/** Tells who works in an environment. @returns its sessions, as SSH's server calls them */
async function tell(kubectl: Kubectl, { name, namespace }: KubeObject, text: string): Promise<string[]> {
  const { exitCode, stdout } = await kubectl.run([
    'exec',
    '--namespace',
    namespace,
    name,
    '--container',
    'devenv',
    '--',
    'sh',
    '-c',
    TELL,
    'sh',
    text,
  ]);
  // One that does not run has nobody in it.
  if (exitCode !== 0) return [];
  return String(stdout).split('\n').filter(Boolean);
}
