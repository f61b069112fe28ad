import { Failure } from '../failure';
import type { Kubectl, KubeObject } from './kubectl';
import { OURS } from './labels';

/** Annotation of the platform's namespaces while it is put back: which backup it is of. */
export const RESTORED_FROM = 'agent-sandbox.dev/restored-from';

/** Annotation of the same namespaces once all but the files is back, of which backup. */
const DATA_RESTORED = 'agent-sandbox.dev/restored-data';

/** Annotation of the same namespaces once an environment has its files, of which backup. */
const filesRestored = (environment: string): string => `restored-files.agent-sandbox.dev/${environment}`;

/** Annotation of the same namespaces once all of it is back, of which backup. */
export const RESTORED = 'agent-sandbox.dev/restored';

/** How far a restore of a whole platform is, as its namespaces tell; a run that goes on starts there. */
export class Restored {
  private readonly marks: Readonly<Record<string, string>>;

  private constructor(private readonly namespaces: readonly KubeObject[]) {
    this.marks = Object.assign({}, ...namespaces.map(({ metadata }) => metadata.annotations));
  }

  static async in(kubectl: Kubectl): Promise<Restored> {
    return new Restored(await kubectl.list('namespaces', { selector: OURS }));
  }

  /** The backup that was begun with, if there is one. */
  get from(): string | undefined {
    return this.marks[RESTORED_FROM];
  }

  /** Whether all but the files is back. */
  get hasData(): boolean {
    return this.from !== undefined && this.marks[DATA_RESTORED] === this.from;
  }

  /** Whether all of a backup is back, and what was made of it stands: some of these namespaces outlive the platform. */
  isOver = (backup: string, namespaces: readonly string[]): boolean =>
    namespaces.length > 0 &&
    namespaces.every((name) =>
      this.namespaces.some(({ metadata }) => metadata.name === name && metadata.annotations?.[RESTORED] === backup),
    );

  hasFiles = (environment: string): boolean =>
    this.from !== undefined && this.marks[filesRestored(environment)] === this.from;
}

/** Changes of annotations, as kubectl takes them. */
export const changes = {
  begun: (backup: string, environments: readonly string[]): string[] => [
    `${RESTORED_FROM}=${backup}`,
    `${RESTORED}-`,
    ...forgotten(environments),
  ],
  data: (backup: string): string[] => [`${DATA_RESTORED}=${backup}`],
  files: (backup: string, environment: string): string[] => [`${filesRestored(environment)}=${backup}`],
  over: (backup: string, environments: readonly string[]): string[] => [
    `${RESTORED}=${backup}`,
    `${RESTORED_FROM}-`,
    ...forgotten(environments),
  ],
} as const;

const forgotten = (environments: readonly string[]): string[] =>
  [DATA_RESTORED, ...environments.map(filesRestored)].map((mark) => `${mark}-`);

/** @throws Failure - where a restore was broken off before its data was there: what begins then would begin without it */
export async function expectNoHalfRestore(kubectl: Kubectl): Promise<void> {
  const { from, hasData } = await Restored.in(kubectl);
  if (from === undefined || hasData) return;
  throw new Failure(
    `backup ${from} is half put back here: go on with sandboxctl restore --platform --at ${from}, or sandboxctl down removes it; nothing is changed`,
  );
}
