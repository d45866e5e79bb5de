"""What a person is told when a verb fails: what went wrong and the next command, or where the report of a bug lies."""

from __future__ import annotations

import errno
import os
import platform
import sys
import tempfile
import time
import traceback
from pathlib import Path

from swarm.cli.streams import lead_nowhere
from swarm.core.plaintext import harmless
from swarm.errors import EXIT_BUG, EXIT_MEND, EXIT_USAGE, SwarmError
from swarm.paths import state_root

TROUBLES = {
    errno.ENOSPC: "free some space, then try again",
    errno.EDQUOT: "free some space, then try again",
    errno.EROFS: "make that file system writable, or point XDG_STATE_HOME to one that is",
    errno.EACCES: "look at its owner and mode",
    errno.EPERM: "look at its owner and mode",
    errno.ENAMETOOLONG: "point XDG_STATE_HOME to a shorter path",
    errno.ELOOP: "a link leads to itself, or stands where none may: move it away",
    errno.ENOTDIR: "a file stands where a directory belongs: move it away",
    errno.EISDIR: "a directory stands where a file belongs: move it away",
    errno.EMFILE: "raise the limit of open files: ulimit -n 8192",
    errno.ENFILE: "end some programs: no more files can be opened on this machine",
    errno.ENOMEM: "close some programs",
    errno.EAGAIN: "close some programs",
    errno.EFBIG: "raise the limit of a file's size: ulimit -f unlimited",
    errno.EIO: "the disk fails: look at the system's log",
}
"""What a machine may refuse to anybody, with what a person can do.  Every other OSError is a bug of ours."""


def explain(error: BaseException, verb: str) -> int:
    """Say what happened on stderr; the exit code."""
    if isinstance(error, SwarmError):
        usage = f"swarm {verb} --help says more" if error.exit_code == EXIT_USAGE else ""
        return _told(verb, error.message, error.hint or usage, error.exit_code)
    if isinstance(error, OSError) and error.errno in TROUBLES:
        _spare_stdout()
        where = f": {error.filename}" if error.filename else ""
        return _told(verb, f"{os.strerror(error.errno).lower()}{where}", TROUBLES[error.errno], EXIT_MEND)
    if isinstance(error, MemoryError) or _is_refused_thread(error):
        what = "out of memory" if isinstance(error, MemoryError) else "no further thread could be started"
        hint = "close some programs, or raise the limits (ulimit -v, ulimit -u); nothing is lost"
        return _told(verb, what, hint, EXIT_MEND)
    try:
        hint = f"nothing is lost; the report is in {_report(error, verb)}; go on with: swarm resume"
    except OSError as trouble:
        traceback.print_exception(error)  # the only place left for it
        hint = f"nothing is lost; no report could be written ({trouble.strerror}); go on with: swarm resume"
    return _told(verb, f"a bug in swarm: {type(error).__name__}: {error}", hint, EXIT_BUG)


def _is_refused_thread(error: BaseException) -> bool:
    """Python has no type of its own for a thread that the kernel refused: processes or memory are used up."""
    return isinstance(error, RuntimeError) and str(error) == "can't start new thread"


def _told(verb: str, message: str, hint: str, code: int) -> int:
    print(f"swarm {verb}: {harmless(message)}", file=sys.stderr)  # may quote anybody: a file, a path, an agent
    if hint:
        print(f"  → {harmless(hint)}", file=sys.stderr)
    return code


def _spare_stdout() -> None:
    """Drop what stdout does not take (`> /dev/full`): the interpreter would try again at its end, and say so."""
    try:
        sys.stdout.flush()
    except OSError:
        lead_nowhere(1)


def _report(error: BaseException, verb: str) -> Path:
    """A file fit to be sent: the traceback and versions, no environment."""
    root = state_root()
    directory = root if os.access(root, os.W_OK) else Path(tempfile.gettempdir())
    fd, path = tempfile.mkstemp(prefix=f"bug-{time.strftime('%Y%m%d-%H%M%S')}-", suffix=".txt", dir=directory)
    os.close(fd)
    lines = traceback.format_exception(error)
    Path(path).write_text(
        f"swarm {verb}\npython {platform.python_version()} on {platform.platform()}\n\n{''.join(lines)}"
    )
    return Path(path)
