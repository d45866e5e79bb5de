"""Whether anybody still has a file open for writing, asked of the kernel.

Knows descriptors only.  Linux grants a read lease (fcntl(2), F_SETLEASE) on a file only while nobody has it open for
writing, and makes whoever opens it for writing afterwards wait until the lease is given back.  That tells a finished
file from one whose writer merely pauses.  Other systems and some network file systems have no leases: then the answer
is `UNTOLD`, and the reader is left with the time for which the file has stood still.
"""

from __future__ import annotations

import enum
import errno
import fcntl
import signal

_LEASES = hasattr(fcntl, "F_SETLEASE") and hasattr(fcntl, "F_SETSIG")


class Writers(enum.Enum):
    """What the kernel says of a file's writers."""

    NOBODY = enum.auto()
    SOMEBODY = enum.auto()
    UNTOLD = enum.auto()


def shut_out(descriptor: int) -> Writers:
    """Who has the file open for writing.  If NOBODY, whoever tries now waits until the descriptor is closed.

    The descriptor must be open for reading only.  Close it soon: the kernel lets a writer wait at most 45 seconds.
    """
    if not _LEASES:
        return Writers.UNTOLD
    try:
        # The signal for "somebody waits" is SIGIO by default and would end this process; SIGURG is ignored by default.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return Writers.SOMEBODY if error.errno == errno.EAGAIN else Writers.UNTOLD
    return Writers.NOBODY
