/**
 * Scripts that read and write what lasts of an environment, where that is. Each gets its folders without their first
 * slash, after arguments of its own; it needs sh, find, awk and GNU tar.
 */

/** By what an environment is known to who dials it: never another one's. */
export const HOST_KEY = 'workspace/.ssh-host';
/** What folders are called in which files arrive. */
export const STAGE = '.sandboxctl-restore-';
/** Added to that: what is replaced is there meanwhile, so that while it is there, files are of neither before nor after. */
const BEFORE = '.before';
/** Added to that: what is of none of the folders. */
const ELSEWHERE = '.elsewhere';
/** Exit status where files have no room beside those that are there. */
export const NO_ROOM = 75;
/** Exit status where somebody else is at work. */
export const BUSY = 76;
/** Records of 10 KiB, as tar reads and writes them, until it says again how far it is. */
const RECORDS = 800;
export const RECORD_BYTES = 10_240;
/** Words are the same for all, and names are bytes. */
const START = 'set -eu; export LC_ALL=C';

/** Seconds that those take to end who were killed and left something at work. */
const WAIT_SEC = 60;

/**
 * One restore at a time, and no backup beside it; backups do not hold each other up. The lock is of the first folder
 * itself, which every pod with that volume sees, and goes with whoever has it. Some network file systems lock only files:
 * there it is the pod's.
 */
const lock = (
  how: '--exclusive' | '--shared',
): string => `lock() { flock ${how} --timeout ${WAIT_SEC} --conflict-exit-code ${BUSY} 9 2>/dev/null; }
if command -v flock >/dev/null; then
  exec 9<"/$1"
  locked=0; lock || locked=$?
  case $locked in
    0 | ${BUSY}) ;;
    *) exec 9>"\${TMPDIR:-/tmp}/.restore"; locked=0; lock || locked=$? ;;
  esac
  if [ "$locked" -eq ${BUSY} ]; then
    of=$(ls -dt "/$1/${STAGE}"* 2>/dev/null | grep -vF "\${stage:-//}" | head -n 1)
    of=\${of##*${STAGE}}; of=\${of%-*}
    echo "a restore\${of:+ of $of} or a backup is at work in $(uname -n): wait until it is over, then run the same again; what a killed one left at work ends by itself, or with that pod (kubectl delete pod); nothing is changed" >&2
    exit ${BUSY}
  fi
fi`;

/** Before files are read: all folders are there, and nobody puts others in their place. */
export const BEGIN_READING = `cd / && export LC_ALL=C
for folder; do ls "$folder" >/dev/null || exit 2; done
${lock('--shared')}
half=$(find "$@" -maxdepth 1 -name '${STAGE}*${BEFORE}' -print -quit)
if [ -n "$half" ]; then
  echo "a restore is at work there or was broken off (/$half): run sandboxctl restore to its end, then the same again; nothing is kept" >&2
  exit 1
fi`;

/**
 * Says how many bytes an archive of the folders has: with names and times, a file takes some three blocks more than it
 * holds, without its holes; what has several names is there once.
 */
export const RECKON = `find "$@" -mindepth 1 -xdev -name '${STAGE}*' -prune -o -printf '%y %s %b %n %D:%i\\n' 2>/dev/null |
  awk '{ all += 1792 } $1 == "f" && ($4 == 1 || !seen[$5]++) { all += $2 < $3 * 512 ? $2 : $3 * 512 } END { printf "%.0f\\n", all }' 2>/dev/null`;

/**
 * Writes what is in the folders, not they themselves: roots of volumes are somebody else's. A file that changes or goes
 * while it is read is no failure, one that cannot be read is; tar says how much it wrote. How much it will be is
 * reckoned meanwhile.
 */
export const PACK = `${BEGIN_READING}
{ echo "Total bytes expected: $(${RECKON})" >&2; } &
exec 4>&1
# Said once the other figure is: tar writes a line in pieces, and nothing may come between them.
said=$(find "$@" -mindepth 1 -maxdepth 1 ! -name lost+found ! -name '${STAGE}*' -print0 |
  tar --create --file=- --sparse --format=posix --totals --one-file-system --null --verbatim-files-from --files-from=- 2>&1 >&4)
status=$?; wait; printf '%s\\n' "$said" >&2; [ "$status" -le 1 ]`;

const STUCK = `if [ -n "$stuck" ]; then
    echo "$stuck is somebody else's and holds files: chown it in the environment, then run the same again; nothing is changed" >&2
    exit 1
  fi`;

/** What the file system has for itself, and what came. */
const APART = `\\( -path "/$folder/lost+found" -o -path "/$folder/$stage" \\) -prune -o`;

/** What is there can go, all of it but what is arriving: folders that are read-only become writable, somebody else's are told of. */
const EXPECT_REMOVABLE = `for folder; do
  find "/$folder" -ignore_readdir_race -xdev ${APART} -type d -user "$(id -u)" ! -perm -u+rwx -exec chmod u+rwx {} +
  stuck=$(find "/$folder" -ignore_readdir_race -mindepth 1 -xdev ${APART} -type d ! -writable ! -empty -print -quit)
  ${STUCK}
done`;

/** The same, while nothing may be changed. */
const EXPECT_OWN = `for folder; do
  stuck=$(find "/$folder" -mindepth 1 -xdev ${APART} -type d ! -user "$(id -u)" ! -writable ! -empty -print -quit 2>/dev/null) || :
  ${STUCK}
done`;

/**
 * Moves what is there aside, but another one's key. Who is at work in it goes on in what was moved, and what comes into
 * being meanwhile is moved, too. Where anything cannot be, all is as before.
 */
const moveAside = (isOwn: boolean): string => `moved() {
  find "/$folder" -mindepth 1 -maxdepth 1 ! -name lost+found ! -name '${STAGE}*' ${isOwn ? '' : `! -path /${HOST_KEY} `}"$@"
}
for folder; do mkdir "/$folder/$stage${BEFORE}"; done
for folder; do
  for try in 1 2 3; do
    moved -type d ! -writable -empty -exec rmdir {} + 2>/dev/null || :
    moved -exec mv -f --backup=numbered --target-directory="/$folder/$stage${BEFORE}" {} + 2>/dev/null || :
    stuck=$(moved -print -quit)
    [ -n "$stuck" ] || break
  done
  if [ -n "$stuck" ]; then
    echo "$stuck cannot be moved; nothing is changed" >&2
    for folder; do
      before="/$folder/$stage${BEFORE}"
      find "$before" -mindepth 1 -maxdepth 1 -exec mv -f --target-directory="/$folder" {} + && rmdir "$before" ||
        echo "but that it was moved to $before" >&2
    done
    exit 1
  fi
done`;

/** Removes what restores that were broken off left. What is still written to is tried again. */
const REMOVE_LEFT = `for folder; do
  for left in "/$folder/${STAGE}"*; do
    [ -e "$left" ] && [ "$left" != "/$folder/$stage${BEFORE}" ] || continue
    rm -rf "$left" || rm -rf "$left" || echo "$left is left over: remove it" >&2
  done
done`;

/** Where among what arrives it is: a folder of that name in each of the folders, or they themselves. */
export interface Arrival {
  readonly folders: readonly string[];
  /** Whether it is of this very environment. */
  readonly isOwn: boolean;
  /** @default - in the folders themselves */
  readonly below?: string;
  /** What has nothing to do there. */
  readonly elsewhere: string;
}

/** How what is kept arrives, as a script. */
export type Arrive = (arrival: Arrival) => string;

/**
 * Extracts what it reads into the folders, and what is of none of them apart: nothing lands anywhere else. What is of the
 * folders themselves is left as it is.
 */
export const extract: Arrive = ({ folders, isOwn, below, elsewhere }) => {
  const pattern = (text: string) => text.replace(/[.[\]*^$\\,]/g, '\\$&');
  const renamed = folders.map((folder) => [`:${pattern(folder)}/`, `${folder}/${below ? `${below}/` : ''}`]);
  const all = [['', ':'], ...renamed, [':', `${elsewhere}/`]];
  const transform = all.map(([from, to]) => ` --transform='flags=rhS;s,^${from},${to},'`);
  return `tar --extract --file=- --directory=/ --no-same-owner --preserve-permissions --no-overwrite-dir --totals \
--checkpoint=${RECORDS} --checkpoint-action='echo=records %u'${isOwn ? '' : ` --anchored --exclude=${HOST_KEY}`}${transform.join('')}`;
};

const elsewhereOf = ([first]: readonly string[], name: string): string => `${first}/${name}${ELSEWHERE}`;

/** Has what arrives take the place of what is there. @param name a folder for what is in nobody's way meanwhile */
export const replace = (arrive: Arrive, isOwn: boolean, folders: readonly string[], name: string): string => `${START}
stage=${name}
${lock('--exclusive')}
${EXPECT_REMOVABLE}
${moveAside(isOwn)}
${REMOVE_LEFT}
for folder; do
  before="/$folder/$stage${BEFORE}"
  find "$before" -mindepth 1 -delete || find "$before" -mindepth 1 -delete
done
${arrive({ folders, isOwn, elsewhere: elsewhereOf(folders, name) })}
rm -rf "/$1/$stage${ELSEWHERE}"
for folder; do rmdir "/$folder/$stage${BEFORE}"; done`;

/**
 * Sees whether all that comes has room beside what is there, and in its place: gets the name of the folder for it, and
 * bytes.
 */
export const PREPARE = `${START}
stage=$1 bytes=$2; shift 2
${lock('--exclusive')}
${EXPECT_OWN}
room=$(cd / && df --output=source,avail,used --block-size=1 "$@" | tail -n +2 | sort -u | awk '{ all += $(NF - 1) + $NF } END { printf "%.0f", all }')
if [ "$bytes" -gt "$room" ]; then
  echo "the backup has $bytes bytes, and its volumes only $room: make them larger (environments.storage), then run the same again; nothing is changed" >&2
  exit 1
fi
free=$(df --output=avail --block-size=1 "/$1" | tail -n 1)
[ "$free" -gt "$((bytes + bytes / 10))" ] || exit ${NO_ROOM}
for folder; do mkdir "/$folder/$stage"; done`;

/** Has what arrives come beside what is there, into the folders that were made for it. */
export const stage = (arrive: Arrive, isOwn: boolean, folders: readonly string[], name: string): string => `${START}
stage=${name}
${lock('--exclusive')}
${arrive({ folders, isOwn, below: name, elsewhere: elsewhereOf(folders, name) })}
if [ -n "$(find "/$1/${name}${ELSEWHERE}" ! -type d -print -quit 2>/dev/null)" ]; then
  echo "the backup has files that are in none of $*: nothing is changed" >&2
  exit 1
fi
rm -rf "/$1/${name}${ELSEWHERE}" || :`;

/**
 * Has what came take the place of what was there: until all of it has, nothing of that is removed. A folder is moved only
 * while it is writable; what a process made there just now is in the way.
 */
export const swap = (isOwn: boolean): string => `${START}
stage=$1; shift
${lock('--exclusive')}
for folder; do
  [ -d "/$folder/$stage" ] && continue
  echo "another restore came between and removed what came: run the same again; nothing is changed" >&2
  exit 1
done
${EXPECT_REMOVABLE}
${moveAside(isOwn)}
for folder; do
  cd "/$folder/$stage"
  find . -mindepth 1 -maxdepth 1 -type d ! -perm -u+w -exec sh -euc '
    for one; do mode=$(stat -c %a "$one"); chmod u+w "$one"; rm -rf "../$one"; mv "$one" ..; chmod "$mode" "../$one"; done' sh {} +
  find . -mindepth 1 -maxdepth 1 -exec mv -f --target-directory=.. {} + 2>/dev/null || :
  find . -mindepth 1 -maxdepth 1 -exec sh -euc 'for one; do rm -rf "../$one"; mv "$one" ..; done' sh {} +
  cd /
done
for folder; do
  rmdir "/$folder/$stage"
  mv "/$folder/$stage${BEFORE}" "/$folder/$stage"
done
${REMOVE_LEFT}`;

/** Sees that nobody is at work there. */
export const IDLE = `${START}
${lock('--exclusive')}`;

/** Removes what came. */
export const DROP = `stage=$1; shift
for folder; do
  for came in "/$folder/$stage" "/$folder/$stage${ELSEWHERE}"; do
    find "$came" -type d ! -perm -u+rwx -exec chmod u+rwx {} + 2>/dev/null
    rm -rf "$came"
  done
done`;
