"""One call of the tmux program: always the private socket, a clean environment, literal arguments, and an end.

Knows how tmux reads its command line, not what is asked of it.  It stands on libtmux, except that libtmux passes the
caller's environment on and waits for the end of the output, which never comes from a server that is stopped: the client
has sent it its own ends of the pipes.  Its lists are not used: walking sessions, windows and panes costs 54 ms
at 16 panes, one `list-panes -a -F` 3 ms, and an empty list can mean that tmux itself failed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import libtmux
from libtmux.common import tmux_cmd

from swarm.process import NotStarted, TimedOut, environment, run

SECONDS = 10
"""The longest that one call may take.  A server that is stopped or out of descriptors never answers its clients."""

TOO_LATE = 124
"""The exit status of a call that took longer (as with timeout(1)); MISSING is that of one without a tmux."""

MISSING = 127

PASSED = frozenset({
    "HOME", "PATH", "USER", "LOGNAME", "SHELL", "TZ", "TMPDIR", "VIRTUAL_ENV", "LANG", "LANGUAGE",
    "LC_ALL", "LC_COLLATE", "LC_CTYPE", "LC_MESSAGES", "LC_MONETARY", "LC_NUMERIC", "LC_TIME",
    "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME",
})  # fmt: skip
"""What a server and its panes may know of our environment, never a key or a token: a tmux server keeps it for life
and gives it to every pane."""


class Call(tmux_cmd):
    """One run of a tmux client, over within SECONDS: returncode, and stdout and stderr as lines."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str]) -> None:  # in place of tmux_cmd's own
        self.cmd = list(words)
        self.stdout: list[str] = []
        try:
            done = run(words, env=environment, timeout=SECONDS)
        except TimedOut as error:
            self.returncode, self.stderr = TOO_LATE, [error.message]
        except NotStarted as error:
            self.returncode, self.stderr = MISSING, [error.message]
        else:
            self.returncode, self.stdout, self.stderr = done.code, lines(done.out), lines(done.err)


class Client(libtmux.Server):
    """libtmux's server on one socket; `cmd` is bounded in time and hands neither the caller's tmux nor secrets on."""

    def __init__(self, socket: Path) -> None:
        super().__init__(socket_path=socket, config_file="/dev/null")
        self.socket = socket

    def argv(self, *words: str) -> list[str]:
        """The command line of a tmux client on our socket.

        -u is for the viewer: in a container that names no locale, tmux draws underscores for what isn't ASCII.
        """
        return ["tmux", "-u", "-f", "/dev/null", "-S", str(self.socket), *words]

    def cmd(  # type: ignore[override]  # as libtmux's own Server.cmd, which its mixin declares more widely
        self, cmd: str, *args: Any, target: str | int | None = None
    ) -> Call:
        """One tmux command with arguments as tmux itself reads them."""
        aim = [] if target is None else ["-t", str(target)]
        return Call(self.argv(cmd, *aim, *map(str, args)), clean_environment(self.socket.parent))

    def run(self, *commands: Sequence[str]) -> Call:
        """Several commands in one call, in order, ending at the first that fails.  Every word arrives as it stands."""
        words: list[str] = []
        for command in commands:
            words += [*map(literal, command), ";"]
        return self.cmd(*words[:-1])


def lines(output: bytes) -> list[str]:
    """The lines without the empty ones at the end, as tmux_cmd gives them."""
    text = output.decode(errors="backslashreplace").rstrip("\n")
    return text.split("\n") if text else []


def literal(word: str) -> str:
    """A word that tmux takes as it stands: a `;` at its end would begin another command."""
    return word[:-1] + r"\;" if word.endswith(";") else word


def clean_environment(socket_dir: Path) -> dict[str, str]:
    """What the server, its clients and its panes are given.

    Without TMUX_PANE, since that of the caller's own tmux would be taken for a pane of ours; with a TMUX_TMPDIR that
    keeps apart what somebody starts in a pane.
    """
    kept = environment(os.environ, PASSED)
    locale = next((kept[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if kept.get(name)), "")
    if "utf" not in locale.lower():
        kept.pop("LC_ALL", None)
        kept["LC_CTYPE"] = "C.UTF-8"
    return {**kept, "TMUX_TMPDIR": str(socket_dir)}
