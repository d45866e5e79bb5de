#!/bin/sh
# See that tmux 3.0 or later is here; install it where that is allowed, else say what to type and exit 1.
set -eu

here=$(dirname "$0")

is_recent() {
    # "tmux 3.3a", "tmux next-3.5", "tmux 2.9": the first number decides.  OpenBSD's own says "tmux openbsd-7.4".
    seen=$(tmux -V 2>/dev/null) || return 1
    case $seen in *openbsd*) return 0 ;; esac
    major=$(printf '%s\n' "$seen" | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
    [ "${major:-0}" -ge 3 ]
}

is_recent && exit 0
if command -v tmux >/dev/null 2>&1; then
    echo "tmux 3.0 or later is needed, this is $(tmux -V)" >&2
fi
sh "$here/install-package.sh" 'tmux (3.0 or later)' tmux
is_recent && exit 0
echo "the system's tmux is older than 3.0: install a newer one from https://github.com/tmux/tmux and put it on PATH" >&2
exit 1
