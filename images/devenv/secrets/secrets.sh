# shellcheck shell=sh disable=SC2034,SC3043 # (read by sh, bash and zsh, all of which have `local`)
# The secrets that are delivered into an environment, read from their mounted files. It starts no program in bash and zsh,
# as every shell does it.

devenv_newline='
'
# Between records NAME=value: no text has it.
devenv_separator=$(printf '\036')

# The one table of what a secret's name, its key in capitals, stands for.
#   variable: it is one in every shell
#   helper:   one of the helpers beside this file hands it on; a variable would come before the helper, and grow old
#   file:     it is a file and nothing else
devenv_use() {
  case $1 in
    AWS_ACCESS_KEY_ID | AWS_SECRET_ACCESS_KEY | AWS_SESSION_TOKEN | TF_TOKEN_*) use=helper ;;
    # What shells and the loader obey: a secret is data.
    LD_* | BASH_* | DEVENV_* | ENV | IFS | PROMPT_COMMAND | PS[0-4]) use=file ;;
    # Underscores come first in what Vault's operator adds, such as _raw; dots are in names of files.
    '' | [0-9_]* | *[!A-Z0-9_]*) use=file ;;
    *) use=variable ;;
  esac
}

# devenv_name KEY: `name` is the key in capitals, with _ for -.
devenv_name() {
  if [ -n "${BASH_VERSION-}" ]; then
    eval 'name=${1^^} name=${name//-/_}'
  elif [ -n "${ZSH_VERSION-}" ]; then
    eval 'name=${(U)1} name=${name//-/_}'
  else
    name=$(printf %s "$1" | tr 'a-z-' 'A-Z_')
  fi
}

# devenv_read FILE: `value` is its text, without newlines at its end; fails where it is too long for a variable.
devenv_read() {
  local line
  value=
  while IFS= read -r line || [ -n "$line" ]; do
    value=$value$line$devenv_newline
    [ "${#value}" -lt 32000 ] || return 1
  done <"$1"
  while [ "$value" != "${value%"$devenv_newline"}" ]; do value=${value%"$devenv_newline"}; done
  case $value in *"$devenv_separator"*) return 1 ;; esac
}

# devenv_folder: `folder` is where the files stand, as the kubelet last changed all of them at once.
devenv_folder() {
  local secrets
  secrets=${DEVENV_SECRETS-/run/secrets/devenv} folder=$secrets
  [ -e "$secrets/..data" ] || return 0
  for folder in "$secrets"/..[0-9]*; do
    [ ! "$folder" -ef "$secrets/..data" ] || return 0
  done
}

# devenv_load: `records` are all secrets, of one moment: what the kubelet changes meanwhile is read again.
# Of keys that differ in nothing but capitals, the one in capitals counts.
devenv_load() {
  local folder before file name value tries
  for tries in 1 2 3; do
    records=$devenv_separator
    devenv_folder
    before=$folder
    for file in "$folder"/[A-Z]* "$folder"/[!A-Z]*; do
      [ -f "$file" ] || continue
      devenv_name "${file##*/}"
      case $records in *"$devenv_separator$name="*) continue ;; esac
      devenv_read "$file" 2>/dev/null || continue
      records=$records$name=$value$devenv_separator
    done
    devenv_folder
    [ "$folder" != "$before" ] || return 0
  done
}

# devenv_value NAME: `value` is that secret of `records`; fails where there is none.
devenv_value() {
  case $records in *"$devenv_separator$1="*) ;; *) return 1 ;; esac
  value=${records#*"$devenv_separator$1="}
  value=${value%%"$devenv_separator"*}
}

# devenv_refresh [USE]: makes variables of the secrets whose use is `variable` (or also USE). One that has a value of
# somebody else's keeps it, so DEVENV_DELIVERED remembers, for child processes as well, what was given.
devenv_refresh() {
  # Whatever the options of the shell; traced, it would show secrets.
  if [ -n "${ZSH_VERSION-}" ]; then emulate -L sh; else local -; fi
  { set +efuvx; } 2>/dev/null
  local IFS records record name value use current given
  devenv_load
  set -f
  IFS=$devenv_separator
  for record in ${DEVENV_DELIVERED-}; do
    name=${record%%=*} current=
    devenv_use "$name"
    [ "$use" = file ] || eval "current=\${$name-}"
    [ "$name=$current" != "$record" ] || unset "$name"
  done
  given=
  for record in $records; do
    name=${record%%=*} value=${record#*=} current=
    devenv_use "$name"
    [ "$use" = variable ] || [ "$use" = "${1-variable}" ] || continue
    eval "current=\${$name+set}"
    # One variable longer than 128 KiB, and no program would start.
    [ -z "$current" ] && [ $((${#given} + ${#record})) -lt 32000 ] || continue
    eval "export $name=\$value"
    given=$given$record$devenv_separator
  done
  export DEVENV_DELIVERED="$given"
}
