# shellcheck shell=sh disable=SC2034,SC3044 # (read by bash and zsh; each knows its own names)
# Environment of every shell in the image: read by login shells and by interactive bash and zsh.
authorities=/etc/ssl/certs/ca-certificates.crt
export LANG="${LANG:-C.UTF-8}" DISABLE_AUTOUPDATER="${DISABLE_AUTOUPDATER:-1}"
export NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-$authorities}" REQUESTS_CA_BUNDLE="${REQUESTS_CA_BUNDLE:-$authorities}" \
  SSL_CERT_FILE="${SSL_CERT_FILE:-$authorities}"
unset authorities
case ":$PATH:" in *":$HOME/.local/bin:"*) ;; *) PATH="$HOME/.local/bin:$PATH" ;; esac

# History has a volume of its own; where none is mounted writable, the shell's default stays.
if [ -w /commandhistory ]; then
  if [ -n "${ZSH_VERSION:-}" ]; then
    HISTFILE=/commandhistory/.zsh_history HISTSIZE=10000 SAVEHIST=10000
    setopt INC_APPEND_HISTORY HIST_IGNORE_DUPS
  elif [ -n "${BASH_VERSION:-}" ]; then
    HISTFILE=/commandhistory/.bash_history HISTSIZE=10000 HISTFILESIZE=20000
    case $- in *i*) shopt -s histappend && PROMPT_COMMAND='history -a' ;; esac
  fi
fi
