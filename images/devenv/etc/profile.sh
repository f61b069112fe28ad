# Environment of every shell in the image: read by login shells and by interactive bash and zsh.
export LANG="${LANG:-C.UTF-8}" DISABLE_AUTOUPDATER="${DISABLE_AUTOUPDATER:-1}"
case ":$PATH:" in *":$HOME/.local/bin:"*) ;; *) PATH="$HOME/.local/bin:$PATH" ;; esac

# History lives on its own volume; where that is not mounted writable, the shell's default stays.
if [ -w /commandhistory ]; then
  if [ -n "${ZSH_VERSION:-}" ]; then
    HISTFILE=/commandhistory/.zsh_history HISTSIZE=10000 SAVEHIST=10000
    setopt INC_APPEND_HISTORY HIST_IGNORE_DUPS
  elif [ -n "${BASH_VERSION:-}" ]; then
    HISTFILE=/commandhistory/.bash_history HISTSIZE=10000 HISTFILESIZE=20000
    case $- in *i*) shopt -s histappend && PROMPT_COMMAND='history -a' ;; esac
  fi
fi
