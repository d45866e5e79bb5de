"""A stand-in for a full-screen CLI: it has a terminal to itself, and does what a person types into it.

Run as a program with the path of its notes: `notes` holds one JSON line of what it found at its start, and one for each
line that was typed.  Lines: `run SHELL LINE`, `quit STATUS`, `deaf` (it ignores TERM), anything else is only noted.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import termios
import tty
from typing import Any

NOTES = sys.argv[1] if len(sys.argv) > 1 else ""


def note(**found: Any) -> None:
    with open(NOTES, "a") as notes:
        notes.write(json.dumps(found) + "\n")


def typed() -> str:
    """A line, key by key; ctrl-z stops us, as it does in such programs."""
    line = b""
    while not line.endswith((b"\r", b"\n")):
        key = os.read(0, 1)
        if not key and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
            signal.pause()
        if not key:
            sys.exit(0)
        if key == b"\x1a":
            os.kill(0, signal.SIGTSTP)
            note(back=os.tcgetpgrp(0) == os.getpgrp())
        else:
            line += key
            os.write(1, key)
    return line.decode().strip()


def main() -> None:
    settings = termios.tcgetattr(0)
    note(
        terminals=[os.isatty(one) for one in (0, 1, 2)], front=os.tcgetpgrp(0) == os.getpgrp(),
        leads=os.getpgrp() == os.getpid(), waits=os.get_blocking(0), echo=bool(settings[3] & termios.ECHO),
        size=list(os.get_terminal_size()), words=sys.argv[2:],
    )  # fmt: skip
    tty.setraw(0)
    os.write(1, b"\x1b[?1049h\x1b[?25l\x1b[?1003h\x1b[2J\x1b[Hwhat is it to do?\r\n")
    while True:
        line = typed()
        word, _, rest = line.partition(" ")
        if word == "run":
            done = subprocess.run(rest, shell=True, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            note(ran=rest, code=done.returncode, out=done.stdout + done.stderr)
        elif word == "quit":
            sys.exit(int(rest))
        elif word == "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            note(deaf=True)
        else:
            note(typed=line)


if __name__ == "__main__":
    main()
