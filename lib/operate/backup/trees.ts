import { type Arrive, BEGIN_READING, HOST_KEY, RECKON, STAGE } from './files';

/**
 * Scripts that have restic keep folders as they are, and put them back: each file by itself, so that what did not change
 * since is not read again. It runs where the files are, as `"$SANDBOXCTL_RESTIC"`.
 */

/**
 * What is left out by a name that nothing has: a snapshot keeps the list of that, and with it how much room its files
 * take, without holes and further names. Labels would part the backups of an environment.
 */
const ROOM = '/.sandboxctl-room-';

/** In a word of a shell. */
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
const words = (...all: readonly string[]): string => all.map(quoted).join(' ');
/** What restic takes for a pattern of names, as it is. */
const pattern = (path: string): string => path.replace(/[[\]*?\\]/g, '\\$&');

/** Keeps the folders that it is given. @param named how the snapshot is known, by restic's options */
export const keepTrees = (named: readonly string[], folders: readonly string[]): string => {
  const roots = folders.map((folder) => `/${folder}`);
  const left = roots.flatMap((root) => [`${pattern(root)}/lost+found`, `${pattern(root)}/${STAGE}*`]);
  const excluded = left.flatMap((path) => ['--exclude', path]);
  // Of the same environment, not of the one that was kept last.
  const options = ['--json', '--group-by', 'host,tags', '--one-file-system', ...named, ...excluded];
  return `${BEGIN_READING}
room=$(${RECKON})
echo "Total bytes expected: $room" >&2
exec "$SANDBOXCTL_RESTIC" backup ${words(...options)} --exclude "${ROOM}$room" -- ${words(...roots)}`;
};

/** What a snapshot says of its room. */
export function roomOf(excludes: readonly string[]): number | undefined {
  const said = excludes.flatMap((path) => (path.startsWith(ROOM) ? path.slice(ROOM.length) : [])).find(Boolean);
  return said === undefined ? undefined : Number(said);
}

/** Restores those folders of a snapshot that it has. Those of the kernel's attributes that only some may set stay away. */
export const restoreTrees =
  (id: string, kept: readonly string[]): Arrive =>
  ({ folders, isOwn, below, elsewhere }) => {
    const put = (folder: string, target: string, excluded: readonly string[] = []) => {
      const options = ['--json', '--sparse', '--include-xattr', 'user.*', ...excluded, '--target', `/${target}`];
      return `"$SANDBOXCTL_RESTIC" restore ${words(...options, `${id}:${folder}`)}`;
    };
    const wanted = (folder: string) => folders.includes(folder.slice(1));
    const keys = (folder: string) =>
      !isOwn && HOST_KEY.startsWith(`${folder.slice(1)}/`) ? ['--exclude', `/${HOST_KEY.slice(folder.length)}`] : [];
    const own = kept
      .filter(wanted)
      .map((folder) => put(folder, `${folder.slice(1)}${below ? `/${below}` : ''}`, keys(folder)));
    // Where nothing can be changed any more, what is of other folders was found to be none.
    const others =
      below === undefined ? [] : kept.filter((folder) => !wanted(folder)).map((folder) => put(folder, elsewhere));
    return [...own, ...others].join('\n');
  };
