import { roomOf } from './trees';

/** What of a platform is kept, each kind as one file of its snapshot, in a folder of its subject's name. */
const FILES = {
  environment: 'workspace.tar',
  vault: 'vault.snap',
  database: 'database.dump',
  /** What belongs together, and what else there is to know: kept last, so that it stands for a whole. */
  platform: 'platform.json',
} as const;

/** What a snapshot is of. */
export interface Subject {
  readonly kind: keyof typeof FILES;
  readonly name: string;
}

/** What is in a repository, as restic lists it. */
export interface Snapshot extends Subject {
  readonly id: string;
  /** When it was begun, as ISO 8601. */
  readonly time: string;
  /** Identity of the cluster that it is of. */
  readonly cluster: string;
  /** Bytes, before what is the same is kept once and all is compressed. */
  readonly bytes: number;
  /** Folders whose files are kept each by itself. @default - they are one archive */
  readonly folders?: readonly string[];
  /** Bytes that these files take where they are put back, without holes and further names. @default - `bytes` */
  readonly room?: number;
}

/** A snapshot in restic's words. */
export interface Listed {
  readonly id: string;
  readonly time: string;
  readonly hostname: string;
  readonly paths: readonly string[];
  readonly tags?: readonly string[];
  readonly excludes?: readonly string[];
  readonly summary?: { readonly total_bytes_processed: number };
}

const SHORT = 8;
export const shortId = (id: string): string => id.slice(0, SHORT);

export const fileOf = ({ kind, name }: Subject): string => `${name}/${FILES[kind]}`;
export const tagOf = ({ kind, name }: Subject): string => `${kind}=${name}`;
/** What there is to read of a snapshot: its file, or all of its folders as an archive. */
export const readOf = (snapshot: Snapshot): string => (snapshot.folders ? '/' : fileOf(snapshot));

/** Nothing of one that somebody else made. */
export function snapshotOf({ id, time, hostname, paths, tags = [], excludes = [], summary }: Listed): Snapshot[] {
  const of = tags.map((tag) => tag.split('=')).find(([kind]) => kind in FILES) as [Subject['kind'], string] | undefined;
  if (!of) return [];
  const [kind, name] = of;
  const bytes = summary?.total_bytes_processed ?? 0;
  const isArchive = paths.includes(`/${fileOf({ kind, name })}`);
  const trees = isArchive ? {} : { folders: paths, room: roomOf(excludes) };
  return [{ id: shortId(id), time, cluster: hostname, kind, name, bytes, ...trees }];
}
