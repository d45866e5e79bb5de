"""Real repositories for tests, made with plain git as a person or an agent would type it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from swarm.git.hub import Hub


def run_git(cwd: Path, *args: str, code: int = 0, **env: str) -> str:
    """git as an agent or the user would type it, in `cwd`."""
    who = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Ann"), ("EMAIL", "ann@example.org"))
    }
    whole = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **who, **env}
    done = subprocess.run(["git", *args], cwd=cwd, env=whole, capture_output=True, check=False)
    assert done.returncode == code, (args, done.returncode, done.stderr)
    return done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")


def make_repository(top: Path, *init: str) -> Path:
    """A repository with three tracked files and an ignored pattern in one commit."""
    top.mkdir(parents=True)
    run_git(top, "init", "-q", "-b", "main", *init)
    (top / "a.txt").write_text("".join(f"line {n}\n" for n in range(20)))
    (top / "src").mkdir()
    (top / "src" / "b.txt").write_text("b\n" * 20)
    (top / ".gitignore").write_text("*.cache\n")
    run_git(top, "add", "-A")
    run_git(top, "commit", "-q", "-m", "start")
    return top


@contextmanager
def holding(hub: Hub, ref: str, commit: str) -> Iterator[subprocess.Popen[bytes]]:
    """A living git that has the lock of a ref in its hands, about to move it."""
    argv = ["git", "-C", str(hub.path), "update-ref", "--stdin"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        process.stdin.write(f"start\nupdate {ref} {commit}\nprepare\n".encode())
        process.stdin.flush()
        assert process.stdout.readline() == b"start: ok\n"
        assert process.stdout.readline() == b"prepare: ok\n"
        try:
            yield process
        finally:
            process.kill()
