"""The built-in agent's shell: one command, in the worktree, with an end.

Each command has a process group of its own, which ends with it where it takes too long.  What it leaves running in the
background lives until the attempt ends.  It does not see the keys of the model's service.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

SECONDS = 120.0
MOST_SECONDS = 3600.0
GRACE = 2.0
"""Between TERM and KILL."""

MOST_OUTPUT = 24_000
"""Characters of output that a model gets; of more, the first and the last half."""


def run(command: str, cwd: Path, environ: Mapping[str, str], hidden: Sequence[str], seconds: float) -> tuple[str, bool]:
    """What the command printed, and whether it went wrong.  Output goes to a file: a child that stays behind would
    hold a pipe open."""
    env = {name: value for name, value in environ.items() if name not in hidden}
    shell = shutil.which("bash") or "/bin/sh"
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(
            [shell, "-c", command], cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            process_group=0,
        )  # fmt: skip
        try:
            process.wait(seconds)
            ending = ""
        except subprocess.TimeoutExpired:
            _end(process)
            ending = f"ended after {seconds:g} s: it took too long"
        return _told(_output(out), process.returncode, ending)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End its whole group.  Its number is still its own: it has not been waited for."""
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _output(out: IO[bytes]) -> str:
    size = out.seek(0, os.SEEK_END)
    out.seek(0)
    half = MOST_OUTPUT // 2
    if size <= MOST_OUTPUT:
        return out.read().decode("utf-8", "replace")
    head = out.read(half).decode("utf-8", "replace")
    out.seek(size - half)
    tail = out.read(half).decode("utf-8", "replace")
    return f"{head}\n… {size - 2 * half} bytes left out …\n{tail}"


def _told(output: str, code: int, ending: str) -> tuple[str, bool]:
    if not ending and code:
        ending = f"ended with status {code}" if code > 0 else f"ended with signal {-code}"
    said = output.rstrip("\n") or ("" if ending else "(no output)")
    return "\n".join(part for part in (said, f"({ending})" if ending else "") if part), bool(ending)
