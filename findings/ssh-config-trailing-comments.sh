#!/usr/bin/env bash
# ssh-config (npm) glues a trailing comment to the word before it; OpenSSH then reads other hosts, or refuses the file.
#
# Versions: ssh-config 5.3.0 (newest on the day; 4.4.4, 5.0.0 and 5.2.1 give the same), read by OpenSSH 9.2p1.
# Seen:     2026-11-29, Node.js 20.20.
# Expected: `stringify(parse(text))` is `text`; the package's readme says that whitespace and comments are preserved.
# Behaviour: the space before a comment on the same line is lost, `build # mine` becomes `build# mine`. There OpenSSH
#   takes the `#` as part of the word and the comment's words as further arguments. A Host line then names `build#` and
#   every word of its comment as hosts, and `build` no longer, without an error; an option of one value, as User, is
#   refused ("extra arguments at end of line"), and with it the file, for every host. ssh-config reads back the Host
#   line as OpenSSH does but User as before: a round trip through it alone shows half. Comments on lines of their own
#   are kept.
# Output seen:
#| Host build# mine
#|   User robin
#| ssh-config, build: robin, written and read again: nobody
#| host, build: robin
#| host, mine: not robin
#| host-written, build: not robin
#| host-written, mine: robin
#| Host build
#|   # alone
#|   User robin# ours
#| ssh-config, build: robin, written and read again: robin
#| option, build: robin
#| option, other: not robin
#| option-written, build: refused
#| option-written, other: refused
# Instead:  use it to read only; put what a program has to say into a file of its own, which the person's file names
#   by `Include`. Who must rewrite sets `before: ' '` on each parsed comment that shares a line with what precedes it,
#   and tries the text by `ssh -G -F FILE HOST` before it replaces the old one.
#
# Needs Node.js 20 with npm, OpenSSH's ssh, and the network for npm only: `ssh -G` connects to nothing.
set -euo pipefail
command -v ssh > /dev/null || { echo 'needs ssh'; exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sed -n 's/^#| //p' "$0" > "$folder/expected" # the output above is what a run is compared with
cd "$folder"
echo '{ "private": true }' > package.json
npm install --loglevel=error --no-audit --no-fund --ignore-scripts ssh-config@5.3.0 > npm.log

cat > again.mjs <<'JS'
import { readFileSync, writeFileSync } from 'node:fs';
import SSHConfig from 'ssh-config';
const [from, to] = process.argv.slice(2);
const config = SSHConfig.parse(readFileSync(from, 'utf8'));
writeFileSync(to, SSHConfig.stringify(config));
const again = SSHConfig.parse(readFileSync(to, 'utf8'));
const user = (hosts) => hosts.compute('build').User ?? 'nobody';
console.log(`${readFileSync(to, 'utf8')}ssh-config, build: ${user(config)}, written and read again: ${user(again)}`);
JS

# Prints the user that OpenSSH takes for a host, or that it refuses the file.
user() {
  local answer
  if answer=$(ssh -G -F "$1" "$2" 2> /dev/null < /dev/null); then
    grep -qx 'user robin' <<< "$answer" && echo "$1, $2: robin" || echo "$1, $2: not robin"
  else
    echo "$1, $2: refused"
  fi
}

{
  printf 'Host build # mine\n  User robin\n' > host
  node again.mjs host host-written
  for file in host host-written; do
    user "$file" build
    user "$file" mine
  done

  printf 'Host build\n  # alone\n  User robin # ours\n' > option
  node again.mjs option option-written
  for file in option option-written; do
    user "$file" build
    user "$file" other
  done
} > seen

diff expected seen || { echo 'not what was seen on 2026-11-29'; exit 1; }
echo 'same as seen'
