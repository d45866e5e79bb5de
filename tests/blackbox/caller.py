"""The person at the shell: calls `swarm` as a program of its own, and looks at what it answers.

Knows no module of ours.  `refused` is what every mistake of a user has to look like.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = (sys.executable, "-P", "-m", "swarm")

MORTAL = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.getuid() == 0 else ()
"""In front of a command: the rights of files hold for root too."""

AT_MOST = 60.0
"""Seconds after which a call counts as hung.  No promise of speed: the machine may be busy."""

USER = {
    "GIT_AUTHOR_NAME": "Ann", "GIT_AUTHOR_EMAIL": "ann@example.invalid",
    "GIT_COMMITTER_NAME": "Ann", "GIT_COMMITTER_EMAIL": "ann@example.invalid",
}  # fmt: skip


@dataclass(frozen=True)
class Said:
    """What a call answered."""

    code: int
    out: str
    err: str


Inside = Callable[..., Said]
"""inside(directory, *words): the fixture that calls `swarm` without a new process."""


def swarm(
    cwd: Path, *words: str | Path, env: Mapping[str, str | None] | None = None, mortal: bool = False, **more: Any
) -> Said:
    """Call `swarm` in a directory.  `env` is added to the environment; None takes a name away."""
    whole = {**os.environ, **(env or {})}
    argv = [*(MORTAL if mortal else ()), *PROGRAM, *map(str, words)]
    given = {"stdin": subprocess.DEVNULL} if "input" not in more else {}
    done = subprocess.run(
        argv, cwd=cwd, env={name: value for name, value in whole.items() if value is not None}, timeout=AT_MOST,
        start_new_session=True, capture_output=True, **given, **more,
    )  # fmt: skip
    return Said(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))


def refused(said: Said, code: int, *words: str) -> None:
    """The call failed as a user's mistake has to: its code, what and where, a way out, and no trace of our insides."""
    assert said.code == code, said
    for word in words:
        assert word in said.err, (word, said)
    assert has_way_out(said.err), said
    assert_no_insides(said)


def has_way_out(err: str) -> bool:
    """A last line with the next thing to do."""
    return any(
        line.lstrip().startswith(("→ ", "-> ")) or line.endswith("--help says more") for line in err.splitlines()
    )


def assert_no_insides(said: Said) -> None:
    """Nothing of Python and no excuse is to be seen."""
    for word in ("Traceback", "a bug in swarm", "Error:", "Errno", "Exception"):
        assert word not in said.out + said.err, said


def git(cwd: Path, *args: str, env: Mapping[str, str] | None = None, code: int = 0) -> str:
    """git as the user would type it."""
    whole = {**os.environ, **USER, **(env or {})}
    done = subprocess.run(["git", *args], cwd=cwd, env=whole, capture_output=True)
    assert done.returncode == code, (args, done)
    return done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")
