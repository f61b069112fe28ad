/**
 * Scripts that read and write what lasts of an environment, where that is. Each gets its folders without their first
 * slash, after arguments of its own; it needs sh, find, awk and GNU tar.
 */

/** By what an environment is known to who dials it: never another one's. */
const HOST_KEY = 'workspace/.ssh-host';
/** What folders are called in which files arrive. */
export const STAGE = '.sandboxctl-restore-';
/** Exit status where files have no room beside those that are there. */
export const NO_ROOM = 75;
/** Records of 10 KiB, as tar reads and writes them, until it says again how far it is. */
const RECORDS = 800;
export const RECORD_BYTES = 10_240;

/**
 * Writes what is in the folders, not they themselves: roots of volumes are somebody else's. A file that changes or goes
 * while it is read is no failure, one that cannot be read is; tar says how much it wrote. How much it will be is
 * reckoned meanwhile: with names and times, a file takes some three blocks more than it holds.
 */
export const PACK = `cd / && export LC_ALL=C
for folder; do ls "$folder" >/dev/null || exit 2; done
find "$@" -mindepth 1 -xdev -printf '%y %s\\n' 2>/dev/null |
  awk '{ all += 1792 } $1 == "f" { all += $2 } END { printf "Total bytes expected: %.0f\\n", all }' 3>&2 2>/dev/null >&3 &
find "$@" -mindepth 1 -maxdepth 1 ! -name lost+found ! -name '${STAGE}*' -print0 |
  tar --create --file=- --format=posix --totals --one-file-system --null --verbatim-files-from --files-from=-
status=$?; wait; [ "$status" -le 1 ]`;

/** Leaves out what came. */
const ARRIVED = '! -path "/$folder/$stage" ! -path "/$folder/$stage/*" ';

const LOCK = `if command -v flock >/dev/null; then
  exec 9>"\${TMPDIR:-/tmp}/.restore"
  flock -w 60 9 || { echo "another restore is at work there: wait until it is over; nothing is changed" >&2; exit 1; }
fi`;

const STUCK = `if [ -n "$stuck" ]; then
    echo "$stuck is somebody else's and holds files: chown it in the environment, then run the same again; nothing is changed" >&2
    exit 1
  fi`;

/** What is there can go, all of it but what is arriving: folders that are read-only become writable, somebody else's are told of. */
const expectRemovable = (but = ''): string => `for folder; do
  find "/$folder" -xdev ${but}-type d -user "$(id -u)" ! -perm -u+rwx -exec chmod u+rwx {} +
  stuck=$(find "/$folder" -mindepth 1 -xdev ${but}-type d ! -writable ! -empty -print -quit)
  ${STUCK}
done`;

/** The same, while nothing may be changed. */
const EXPECT_OWN = `for folder; do
  stuck=$(find "/$folder" -mindepth 1 -xdev -type d ! -user "$(id -u)" ! -writable ! -empty -print -quit 2>/dev/null) || :
  ${STUCK}
done`;

/** Removes what is there, but what is arriving, and another one's key. */
const remove = (isOwn: boolean, but = ''): string =>
  `for folder; do find "/$folder" -mindepth 1 -xdev ${isOwn ? '' : `! -path /${HOST_KEY} ! -path '/${HOST_KEY}/*' `}${but}-delete; done`;

const extract = (isOwn: boolean): string =>
  `tar --extract --file=- --directory=/ --no-same-owner --preserve-permissions --totals \
--checkpoint=${RECORDS} --checkpoint-action='echo=records %u'${isOwn ? '' : ` --exclude=${HOST_KEY}`}`;

/** Puts what it reads in the place of what is there. */
export const replace = (isOwn: boolean): string => `set -eu
${LOCK}
${expectRemovable()}
${remove(isOwn)}
${extract(isOwn)}`;

/** Sees whether all that comes has room beside what is there: gets the name of the folder for it, and bytes. */
export const PREPARE = `set -eu
stage=$1 bytes=$2; shift 2
${EXPECT_OWN}
free=$(df --output=avail --block-size=1 "/$1" | tail -n 1)
[ "$free" -gt "$((bytes + bytes / 10))" ] || exit ${NO_ROOM}
for folder; do mkdir "/$folder/$stage"; done`;

/** Puts what it reads beside what is there, into the folders that were made for it. */
export const stage = (isOwn: boolean, folders: readonly string[], name: string): string => {
  const beside = folders.map((folder) => {
    const pattern = folder.replace(/[.[\]*^$\\,]/g, '\\$&');
    return ` --transform='flags=rhS;s,^${pattern}/,${folder}/${name}/,'`;
  });
  return `exec ${extract(isOwn)}${beside.join('')}`;
};

/** Has what came take the place of what was there. A folder is moved only while it is writable. */
export const swap = (isOwn: boolean): string => `set -eu
stage=$1; shift
${LOCK}
${expectRemovable(ARRIVED)}
${remove(isOwn, ARRIVED)}
for folder; do
  cd "/$folder/$stage"
  find . -mindepth 1 -maxdepth 1 -type d ! -perm -u+w -exec sh -euc '
    for one; do mode=$(stat -c %a "$one"); chmod u+w "$one"; mv "$one" ..; chmod "$mode" "../$one"; done' sh {} +
  find . -mindepth 1 -maxdepth 1 -exec mv --target-directory=.. {} +
  cd /
  rmdir "/$folder/$stage"
done`;

/** Removes what came. */
export const DROP = `stage=$1; shift
for folder; do
  find "/$folder/$stage" -type d ! -perm -u+rwx -exec chmod u+rwx {} + 2>/dev/null
  rm -rf "/$folder/$stage"
done`;
