"""Gits that stay open for questions: what a commit says, which paths differ between two trees, and to write a commit.

Knows one repository.  Only what is named by its content is asked here, and so can't have changed since: never a ref,
never whether something is *not* there.  They hold no lock, and end when their standard input closes: with their owner,
whatever ends it.

An answer counts in its full form alone.  Where a process was ended, hangs, says half or complains, it is ended, and the
answer is None: the caller then asks a git of its own, and what that says counts.
"""

from __future__ import annotations

import os
import secrets
import select
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from swarm.git.command import Git, is_oid, oid, parts0
from swarm.git.loose import Told, told

ANSWER_WITHIN = 10.0
"""Seconds for one answer, which takes a tenth of a millisecond; then a git of the caller's own is asked."""

@dataclass(frozen=True, slots=True)
class Change:
    """One path that differs; modes in octal, "000000" where it is not there.  `status`: A, D, M or T."""

    path: str
    mode: str
    held: str
    status: str


class Standing:
    """The open gits of one repository, each started when it is first needed.  For any thread."""

    def __init__(self, git: Git) -> None:
        """`git`: that of the repository.  Nothing is started yet."""
        self._objects = _Open(git, "cat-file", "--batch-command")
        self._trees = _Open(git, "diff-tree", "--stdin", "-r", "-z", "--no-renames")
        self._commits = _Open(git, "hash-object", "-t", "commit", "-w", "--no-filters", "--stdin-paths")

    def told(self, commit: str) -> Told | None:
        """What a commit says; None where it is no commit, or can't be told."""
        answer = self._objects.ask(f"contents {oid(commit)}\n".encode(), _whole_object)
        head, _, text = (answer or b"").partition(b"\n")
        return told(text) if head.startswith(f"{commit} commit ".encode()) else None

    def changes(self, before: str, after: str) -> list[Change] | None:
        """The paths that differ between two *trees*; a rename is two.  None where that can't be told."""
        mark = secrets.token_hex(16)  # no path can hold what nobody could guess
        asked, end = f"{oid(before)} {oid(after)}\n".encode(), f"{mark}\n".encode()
        answer = self._trees.ask(asked + end, _ending_in(end))
        if answer is None or not answer.startswith(asked):
            return None
        return changes_in(answer[len(asked) : -len(end)])

    def write_commit(self, text: bytes, scratch: Path) -> str | None:
        """The id of a commit that says just this, written and fsynced as git does; None where that did not work.
        `scratch`: a directory of ours for the moment."""
        with tempfile.NamedTemporaryFile(prefix="commit-", dir=scratch) as file:
            file.write(text)
            file.flush()
            asked = os.fsencode(file.name)
            if b"\n" in asked:
                return None
            answer = self._commits.ask(asked + b"\n", _ending_in(b"\n"))
        made = (answer or b"").decode("ascii", "replace").rstrip("\n")
        return made if is_oid(made) else None

    def close(self) -> None:
        """End them; asked again, new ones are started."""
        for one in (self._objects, self._trees, self._commits):
            one.close()


def changes_in(raw: bytes) -> list[Change]:
    """What `diff-tree -r -z` said."""
    parts = iter(parts0(raw))
    return [_change(entry, path) for entry, path in zip(parts, parts, strict=True)]


def _change(entry: str, path: str) -> Change:
    _, mode, _, held, status = entry.split(" ")
    return Change(path, mode, held, status)


def _ending_in(end: bytes) -> Callable[[bytes], int | None]:
    return lambda said: len(said) if said.endswith(end) else None


def _whole_object(said: bytes) -> int | None:
    """The length of an answer with an object's contents, once it is whole."""
    head, newline, _ = said.partition(b"\n")
    if not newline:
        return None
    words = head.split(b" ")
    if len(words) != 3 or not words[2].isdigit():
        return len(head) + 1  # missing, or a complaint
    size = len(head) + 1 + int(words[2]) + 1
    return size if len(said) >= size else None


class _Open:
    """One process that answers, started when asked."""

    def __init__(self, git: Git, *command: str) -> None:
        self._git, self._command = git, command
        self._process: subprocess.Popen[bytes] | None = None
        self._guard = threading.Lock()

    def ask(self, asked: bytes, whole: Callable[[bytes], int | None]) -> bytes | None:
        """What it says, up to the length that `whole` finds; None where it does not say so much, or more.  Tried a
        second time: the process may have been ended from outside since the last question."""
        with self._guard:
            for _ in range(2):
                said = self._asked(asked, whole)
                if said is not None:
                    return said
                self._end()
            return None

    def close(self) -> None:
        """End it."""
        with self._guard:
            self._end()

    def _asked(self, asked: bytes, whole: Callable[[bytes], int | None]) -> bytes | None:
        try:
            process = self._process or self._start()
            assert process.stdin and process.stdout
            process.stdin.write(asked)
            return _answer(process.stdout.fileno(), whole)
        except OSError:  # it is gone, or there is none: whoever asks a git of its own is told why
            return None

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(
            self._git.argv(*self._command), env=self._git.environ(), bufsize=0, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError, PermissionError):  # its number is nobody else's: it was not reaped
            os.killpg(process.pid, signal.SIGKILL)
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
        process.wait()


def _answer(pipe: int, whole: Callable[[bytes], int | None]) -> bytes | None:
    """What comes by the pipe until it is whole; None where it ends before, takes too long, or says more."""
    said = b""
    deadline = time.monotonic() + ANSWER_WITHIN
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    while (length := whole(said)) is None:
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            return None
        part = os.read(pipe, 1 << 16)
        if not part:
            return None
        said += part
    return said if len(said) == length else None
