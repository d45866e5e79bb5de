"""One call of the tmux program: always the private socket, a clean environment, literal arguments, and an end.

Knows how tmux reads its command line, not what is asked of it.  It stands on libtmux's `Server`, whose lists are not
used: walking sessions, windows and panes costs 54 ms at 16 panes, one `list-panes -a -F` 3 ms, and its empty list can
mean that tmux itself failed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import libtmux
from libtmux.common import tmux_cmd

SECONDS = 10
"""The longest that one call may take.  A server that is stopped or out of descriptors never answers its clients."""

TOO_LATE = 124
"""The exit status of a call that was ended (timeout(1))."""

PASSED = frozenset({
    "HOME", "PATH", "USER", "LOGNAME", "SHELL", "TZ", "TMPDIR", "LANG", "LANGUAGE", "VIRTUAL_ENV",
    "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME",
})  # fmt: skip
"""What a server and its panes may know of our environment, beside LC_*.  A tmux server keeps it for life and gives it
to every pane, so nothing else passes: least of all keys and tokens."""


class Client(libtmux.Server):
    """libtmux's server on one socket; `cmd` is bounded in time and never sees the caller's tmux or secrets."""

    def __init__(self, socket: Path) -> None:
        super().__init__(socket_path=socket, config_file="/dev/null")
        self.socket = socket

    def argv(self, *words: str) -> list[str]:
        """The command line of a tmux client on our socket.  -u: a `C` locale makes underscores of what isn't ASCII."""
        return ["tmux", "-u", "-f", "/dev/null", "-S", str(self.socket), *words]

    def cmd(self, cmd: str, *args: Any, target: str | int | None = None) -> tmux_cmd:
        """One tmux command with arguments as tmux itself reads them; exit status TOO_LATE where it took too long."""
        aim = [] if target is None else ["-t", str(target)]
        words = self.argv(cmd, *aim, *map(str, args))
        # The caller may sit in a tmux whose TMUX_PANE would be taken for one of ours: hence env -i for every call.
        return tmux_cmd("-i", *clean_environment(self.socket.parent), *bounded(words), tmux_bin="/usr/bin/env")

    def run(self, *commands: Sequence[str]) -> tmux_cmd:
        """Several commands in one call, in order, ending at the first that fails.  Every word arrives as it stands."""
        words = []
        for command in commands:
            words += [*map(literal, command), ";"]
        return self.cmd(words[0], *words[1:-1])


def literal(word: str) -> str:
    """A word that tmux takes as it stands: a `;` at its end would begin another command."""
    return word[:-1] + r"\;" if word.endswith(";") else word


def bounded(words: list[str]) -> list[str]:
    """The command line under timeout(1), which every Linux has; elsewhere unbounded."""
    return ["timeout", "-k", "1", str(SECONDS), *words] if shutil.which("timeout") else words


def clean_environment(socket_dir: Path) -> list[str]:
    """NAME=VALUE for the server, its clients and its panes.  A tmux that somebody starts there is kept apart as well."""
    kept = {name: value for name, value in os.environ.items() if name in PASSED or name.startswith("LC_")}
    if not any("utf" in kept.get(name, "").lower() for name in ("LC_ALL", "LC_CTYPE", "LANG")):
        kept.pop("LC_ALL", None)
        kept["LC_CTYPE"] = "C.UTF-8"
    kept["TMUX_TMPDIR"] = str(socket_dir)
    return [f"{name}={value}" for name, value in kept.items()]
