"""GitPython: the runner of the leader and the command line, and a held-open question about objects.

Knows nothing of what is run: argv and environment come hardened from `swarm.git.command`.  Only this module imports
GitPython.  Importing this raises SwarmError where git is missing, too old or does not answer.  Not for the worker
program, which has to stay small.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import BinaryIO, Self

from swarm.errors import SwarmError
from swarm.git.command import Git, environment, oid
from swarm.git.version import check_version
from swarm.process import Done, NotStarted, finish

try:
    import git
    from git.exc import GitCommandNotFound
except ModuleNotFoundError:
    raise
except ImportError as error:  # GitPython asks for git's version when it is loaded: no sentence for a person
    check_version()
    raise SwarmError("git did not say its version when it was asked", "try again; git version   shows it") from error

_ALSO_DROPPED = ("XDG_CONFIG_HOME", "LANGUAGE")


def library(argv: Sequence[str], env: Mapping[str, str], input: bytes | None, timeout: float | None) -> Done:
    """The runner through GitPython's `Git.execute`: bytes in and out, any exit code is an answer, never a shell.

    Its own `kill_after_timeout` has a thread for each command, which an interrupted program would wait for at its end.
    """
    with ExitStack() as stack:
        source: BinaryIO | None = None
        if input is not None:
            source = stack.enter_context(tempfile.TemporaryFile())
            source.write(input)
            source.seek(0)
        try:
            started = git.Git().execute(
                _clean(argv, env), istream=source, env=dict(env), as_process=True, shell=False, start_new_session=True
            )
        except GitCommandNotFound as error:
            raise NotStarted(f"{argv[0]} could not be started", "check that git is installed and on PATH") from error
        # Out of GitPython's hands, which would end a command that we were interrupted in, with its work half done.
        process, started.proc = started.proc, None
        assert process is not None
        return finish(process, argv, timeout=timeout)


def _clean(argv: Sequence[str], env: Mapping[str, str]) -> list[str]:
    """`argv` as it is, or behind env(1) where the caller's environment would leak in.

    `execute` merges its `env` into os.environ, so a GIT_DIR or GIT_INDEX_FILE of the caller would come through.
    """
    dropped = [name for name in os.environ if (name.startswith("GIT_") or name in _ALSO_DROPPED) and name not in env]
    return ["env", *(word for name in dropped for word in ("-u", name)), *argv] if dropped else list(argv)


class Objects:
    """One `cat-file --batch-check` that stays open: whether an object exists, in 0.1 ms.  For one thread at a time."""

    def __init__(self, where: Git) -> None:
        """`where`: the repository to ask."""
        self._where = where
        self._process: git.Git.AutoInterrupt | None = None

    def kind(self, object_id: str) -> str | None:
        """commit, tree, blob or tag; None where the repository has no such object."""
        asked = f"{oid(object_id)}\n".encode()
        answer = self._ask(asked) or self._ask(asked)  # a second time: the process may have been ended from outside
        found, _, rest = answer.decode("ascii", "replace").rstrip("\n").partition(" ")
        if found != object_id or not rest:
            raise ConnectionError(f"cat-file gave no answer for {object_id}: {answer[:200]!r}")
        return None if rest == "missing" else rest.split(" ")[0]

    def _ask(self, asked: bytes) -> bytes:
        """The answer, b"" where the process had ended."""
        process = self._process or self._start()
        assert process.stdin and process.stdout
        try:
            process.stdin.write(asked)
            process.stdin.flush()
            answer: bytes = process.stdout.readline()
        except BrokenPipeError:
            answer = b""
        if not answer:
            self.close()
        return answer

    def _start(self) -> git.Git.AutoInterrupt:
        env = environment(self._where.profile, os.environ)
        argv = _clean(self._where.argv("cat-file", "--batch-check"), env)
        self._process = git.Git().execute(argv, istream=subprocess.PIPE, as_process=True, env=env, shell=False)
        return self._process

    def close(self) -> None:
        """End the process; asking again starts a new one."""
        process, self._process = self._process, None
        if process is not None and process.proc is not None:
            for pipe in (process.stdin, process.stdout, process.stderr):
                with suppress(BrokenPipeError):  # what was written to a process that is gone
                    if pipe:
                        pipe.close()
            process.proc.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
