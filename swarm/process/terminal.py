"""The terminal of this program, lent to a child: the child has it to itself, and afterwards it is ours, as it was.

Knows file descriptors and process groups, not what the child is.  The child stays in our session, since a terminal
belongs to one, and leads a group of its own, to which the keys go that interrupt and stop.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from swarm.process.boxed import Started
from swarm.process.starting import NotStarted
from swarm.process.who import Identity, identity

IN_FRONT = Path(__file__).with_name("infront.py")

IN, OUT, ERR = 0, 1, 2

SANE = (
    "\x1b[?1049l"  # the screen before a full-screen program
    "\x1b7\x1b[r\x1b8\x1b[?7h\x1b[0m\x1b(B"  # the whole of it scrolls, lines wrap, plain letters
    "\x1b[?25h\x1b[?1l\x1b>"  # the cursor is seen, keys are themselves
    "\x1b[?9;1000;1002;1003;1004;1005;1006;1015l\x1b[?2004l\x1b[>4;0m\x1b[<u"  # no mouse, focus, pastes, strange keys
    "\r\n"
)
"""What undoes the modes that a program may have left the terminal in; one that was killed has undone none of them."""


class Terminal:
    """Our standard input, output and errors, where they are the terminal of our session.  Raises NotStarted where they
    are not."""

    def __init__(self) -> None:
        try:
            ours = all(os.isatty(one) for one in (IN, OUT, ERR)) and os.tcgetpgrp(IN) == os.getpgrp()
            self._settings = termios.tcgetattr(IN) if ours else None
        except (OSError, termios.error):
            self._settings = None
        if self._settings is None:
            raise NotStarted("it needs a pane to itself, and its worker has none: start the run with --executor tmux")
        self._waits = [os.get_blocking(one) for one in (IN, OUT, ERR)]

    def start(self, argv: Sequence[str], *, env: Mapping[str, str], cwd: Path, pass_fds: Sequence[int] = ()) -> Started:
        """Start `argv` in front of the terminal; to reap it, and `take_back`, are the caller's part.

        Raises NotStarted."""
        if shutil.which(argv[0], path=env.get("PATH", os.defpath)) is None:
            raise NotStarted(f"{argv[0]} could not be started, there is no such program", "check that it is on PATH")
        for one in (IN, OUT, ERR):  # it has these very descriptors: a program that reads would be told "try again"
            os.set_blocking(one, True)
        command = [sys.executable, "-I", "-S", str(IN_FRONT), *argv]
        try:
            process = subprocess.Popen(command, env=env, cwd=cwd, process_group=0, pass_fds=pass_fds)
        except OSError as error:
            self.take_back()
            raise NotStarted(f"{argv[0]} could not be started, {error.strerror}", "check its directory") from error
        process.returncode = 0  # as in swarm.process.starting.spawn: the caller reaps it
        return Started(identity(process.pid) or Identity(process.pid, None))

    def take_back(self) -> None:
        """Have it again, in the modes that it had.  Call it when the child and all it left are gone."""
        assert self._settings is not None
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTTOU])  # we are in the background until it is done
        try:
            os.tcsetpgrp(IN, os.getpgrp())
            termios.tcsetattr(IN, termios.TCSANOW, self._settings)
            gone = False
        except (OSError, termios.error):  # hung up
            gone = True
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for one, waits in zip((IN, OUT, ERR), self._waits, strict=True):
            os.set_blocking(one, waits)
        if not gone:
            os.set_blocking(OUT, False)
            with suppress(OSError):  # a person may hold it (ctrl-s): then they see it a little strange
                os.write(OUT, SANE.encode())
            os.set_blocking(OUT, self._waits[OUT])
