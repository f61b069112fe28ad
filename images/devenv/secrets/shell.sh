# shellcheck shell=sh disable=SC3044,SC3047 # (read by sh, bash and zsh; each knows its own names)
# Read by every shell, interactive or not: today's secrets as variables.
{ . /usr/local/lib/devenv/secrets.sh && devenv_refresh; } 2>/dev/null
export BASH_ENV="${BASH_ENV-/usr/local/lib/devenv/shell.sh}"

# An interactive shell reads them again before a command, at most once a second.
case $- in
  *i*)
    if [ -n "${ZSH_VERSION-}" ]; then
      # It is called with the command, which is nothing for devenv_refresh.
      devenv_before_command() { devenv_refresh; }
      eval 'typeset -U preexec_functions && preexec_functions+=(devenv_before_command)'
    elif [ -n "${BASH_VERSION-}" ]; then
      devenv_before_command() {
        [ "$EPOCHSECONDS" = "${devenv_second-}" ] && return
        devenv_second=$EPOCHSECONDS
        devenv_refresh
      }
      # Called with what $_ is, which is then what it was.
      trap 'devenv_before_command "$_"' DEBUG
    fi
    ;;
esac
