"""The one family of errors that a person can mend: what went wrong and where, and the next command to type.

Knows nothing of the rest of the program.  Caught once, in the command line's `main`; anything else that
escapes is a bug and exits 70.  Exit codes are a contract (docs/protocol.md).
"""

from __future__ import annotations

EXIT_DONE = 0
EXIT_MEND = 1
EXIT_USAGE = 2
EXIT_UNMERGED = 3
EXIT_BUG = 70
EXIT_BUSY = 75
EXIT_INTERRUPTED = 130


class SwarmError(Exception):
    """Something a person can mend.  `message` says what and where; `hint` says what to do or type next."""

    exit_code = EXIT_MEND

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(SwarmError):
    """The command line itself was wrong (exit 2)."""

    exit_code = EXIT_USAGE


class Busy(SwarmError):
    """Another leader holds this repository's run (exit 75)."""

    exit_code = EXIT_BUSY
