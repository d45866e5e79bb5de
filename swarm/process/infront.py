"""Become a program that has the terminal on standard input to itself: `infront.py PROGRAM [WORD...]`.

Run as a file by a bare interpreter, in a process group of its own.  The group has to be the foreground one before the
program begins, else its first look at the terminal stops it or fails; whoever started it would come too late for that.
"""

import os
import signal
import sys


def main() -> None:
    """Take the terminal and become the program; exit status 127 where there is none."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTTOU])
    os.tcsetpgrp(0, os.getpgrp())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTTOU])
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by the interpreter
        signal.signal(ignored, signal.SIG_DFL)
    try:
        os.execvp(sys.argv[1], sys.argv[1:])
    except OSError as error:
        print(f"{sys.argv[1]} could not be started, {error.strerror}", file=sys.stderr)
        sys.exit(127)


if __name__ == "__main__":
    main()
