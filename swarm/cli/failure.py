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

from swarm.errors import EXIT_BUG, EXIT_MEND, SwarmError

MENDABLE = {
    errno.ENOSPC: "free some space", errno.EDQUOT: "free some space", errno.EROFS: "have it mounted for writing",
    errno.EIO: "look at the disk", errno.EMFILE: "raise the limit with ulimit -n", errno.ENFILE: "close some programs",
    errno.ENOMEM: "close some programs", errno.EAGAIN: "close some programs",
}  # fmt: skip
"""What the machine says when it is in trouble, and what a person does about it: no bug of ours."""


def explain(error: BaseException, verb: str) -> int:
    """Say what happened on stderr; the exit code."""
    if isinstance(error, SwarmError):
        print(f"swarm {verb}: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"  → {error.hint}", file=sys.stderr)
        return error.exit_code
    if isinstance(error, OSError) and error.errno in MENDABLE:
        where = f": {error.filename}" if error.filename else ""
        print(f"swarm {verb}: {(error.strerror or str(error)).lower()}{where}", file=sys.stderr)
        print(f"  → {MENDABLE[error.errno]}; nothing is lost; go on with: swarm resume", file=sys.stderr)
        return EXIT_MEND
    report = _report(error, verb)
    print(f"swarm {verb}: a bug in swarm: {type(error).__name__}: {error}", file=sys.stderr)
    print(f"  → nothing is lost; the report is in {report}; go on with: swarm resume", file=sys.stderr)
    return EXIT_BUG


def _report(error: BaseException, verb: str) -> Path:
    """A file fit to be sent: the traceback and versions, no environment."""
    directory = Path(os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")) / "swarm"
    if not os.access(directory, os.W_OK):
        directory = Path(tempfile.gettempdir())
    fd, path = tempfile.mkstemp(prefix=f"bug-{time.strftime('%Y%m%d-%H%M%S')}-", suffix=".txt", dir=directory)
    os.close(fd)
    lines = traceback.format_exception(error)
    Path(path).write_text(f"swarm {verb}\npython {platform.python_version()} on {platform.platform()}\n\n{''.join(lines)}")
    return Path(path)
