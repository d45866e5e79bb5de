"""GitPython: the runner of the leader and the command line.

Knows nothing of what is run: argv and environment come hardened from `swarm.git.command`.  Only this module imports
GitPython.  Importing this raises SwarmError where git is missing, too old or does not answer.  Not for the worker
program, which has to stay small.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import BinaryIO

from swarm.errors import SwarmError
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
