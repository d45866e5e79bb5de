"""What kind of trouble an effect met: one that passes, one of the disk, or one that stays.

Knows error numbers and what git says of them, not what is done about it.  What passes is tried again by itself; with a
disk that is full or fails nothing more may be begun; everything else is said to a person.
"""

from __future__ import annotations

import errno
import re

from swarm.errors import SwarmError
from swarm.git.command import GitFailed
from swarm.process import TimedOut

_PASSING = frozenset({
    errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.EINTR, errno.EBUSY, errno.ETXTBSY, errno.ETIMEDOUT,
    errno.ESTALE,
})  # fmt: skip
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})

_GIT_PASSING = re.compile(
    r"\.lock'|could not lock|unable to create thread|fork failed|cannot fork|unable to fork"
    r"|Resource temporarily unavailable|Cannot allocate memory|out of memory|Too many open files"
    r"|Interrupted system call"
    r"|nonexistent object|Device or resource busy|Text file busy",
    re.IGNORECASE,
)
_GIT_DISK = re.compile(r"No space left on device|Disk quota exceeded|Input/output error|Read-only file system", re.I)


def passes(error: BaseException) -> bool:
    """Whether the same thing may well succeed in a moment: git was killed, a lock was held, the machine was short of
    something."""
    if isinstance(error, GitFailed):
        killed = error.code < 0 or not error.err.strip()
        return not is_of_the_disk(error) and (killed or _GIT_PASSING.search(error.err) is not None)
    return isinstance(error, TimedOut) or _number(error) in _PASSING


def is_of_the_disk(error: BaseException) -> bool:
    """Whether the disk is full or fails."""
    if isinstance(error, GitFailed):
        return _GIT_DISK.search(error.err) is not None
    return _number(error) in _DISK


def said(error: BaseException) -> str:
    """The trouble as one line."""
    if isinstance(error, SwarmError):
        return error.message
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower() + (f": {error.filename}" if error.filename else "")
    return str(error)


def _number(error: BaseException) -> int | None:
    """The error number of an OSError, or of the one behind an error of ours."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, OSError):
        cause = cause.__cause__
    return cause.errno if cause is not None else None
