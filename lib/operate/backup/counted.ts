/**
 * Runs a command and says at the end, if it ended well, how much it wrote: a connection that is cut may end like one that
 * has nothing more to say.
 */
const SCRIPT = `set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkfifo "$dir/all"
wc -c <"$dir/all" >"$dir/count" &
{ "$@" || : >"$dir/failed"; } | tee "$dir/all"
wait
[ ! -e "$dir/failed" ] || exit 1
echo "Total bytes written: $(tr -d ' ' <"$dir/count")" >&2`;

/** A command for any shell that says how much another one wrote. */
export const counted = (...command: readonly string[]): string[] => ['sh', '-c', SCRIPT, 'sh', ...command];
