import { shownOnly } from '../output';
import { lastLines } from '../run';
import type { Kubectl, KubeObject } from './kubectl';
import { containersOf } from './pods';

const LINES = 3;
/** As much as a line of a report takes. */
const MOST_CHARS = 300;
/** How many are asked in one look: what breaks many breaks them alike. */
const PODS = 5;

/** How a container ended that should not have. */
interface Crash {
  readonly container: string;
  readonly state: KubeObject;
  /** Whether it was begun again since, or is about to be. */
  readonly isOver: boolean;
  readonly times: number;
}

/** What programs said before they ended, by the uids of their pods and of what these are owned by. */
export type Words = ReadonlyMap<string, string>;

/** The container of a pod that ended and should not have, if one did. */
export function crashOf(pod: KubeObject): Crash | undefined {
  const found = containersOf(pod).flatMap(({ name, ready, state = {}, lastState = {}, restartCount = 0 }) => {
    const isBack = !state.terminated && !ready;
    const ended = state.terminated ?? (isBack ? lastState.terminated : undefined);
    return ended && ended.exitCode !== 0
      ? [{ container: name, state: ended, isOver: isBack, times: restartCount + (isBack ? 0 : 1) }]
      : [];
  });
  return found[0];
}

/** A crash as people read it. */
export function crashText({ state, times }: Crash, said?: string): string {
  const { exitCode, reason, message } = state;
  const why = reason && !/^(Error|Completed)$/.test(reason) ? ` (${reason})` : '';
  const count = times > 1 ? `, ${times} times` : '';
  const last = shownOnly(message ?? '').trim() || said;
  return `ended with status ${exitCode}${why}${count}${last ? `: ${last}` : ''}`;
}

/** Asks for last words, once each time that a container ends. */
export class LastWords {
  private readonly heard = new Map<string, string>();
  private readonly words = new Map<string, string>();

  constructor(private readonly kubectl: Kubectl) {}

  async of(pods: readonly KubeObject[]): Promise<Words> {
    const crashed = pods.flatMap((pod) => {
      const crash = crashOf(pod);
      return crash ? [{ pod, crash }] : [];
    });
    await Promise.all(crashed.slice(0, PODS).map(({ pod, crash }) => this.hear(pod, crash)));
    return this.words;
  }

  private async hear({ metadata }: KubeObject, crash: Crash): Promise<void> {
    const { container, isOver, times } = crash;
    const key = `${metadata.uid} ${container} ${times}`;
    if (!this.heard.has(key)) {
      const which = [metadata.name, '--namespace', metadata.namespace, '--container', container];
      const more = [`--tail=${LINES}`, ...(isOver ? ['--previous'] : [])];
      const { exitCode, stdout } = await this.kubectl.run(['logs', ...which, ...more]);
      this.heard.set(key, exitCode === 0 ? lastLines(stdout, LINES).slice(-MOST_CHARS) : '');
    }
    const said = this.heard.get(key) ?? '';
    this.words.set(metadata.uid, said);
    // A Job that gives up removes its pods.
    for (const { uid } of metadata.ownerReferences ?? []) this.words.set(uid, crashText(crash, said));
  }
}
