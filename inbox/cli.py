"""The command line of the inbox: what may be typed, and what is said when it goes wrong.

Knows the verbs' names and arguments; what they do stands in `inbox.exchange` (send, read) and `inbox.following` (wait,
watch), loaded on demand because the watcher takes longer to load than `send` takes in all.  The answer goes to stdout,
the talk to stderr.  Exit codes: 0 done, 1 what a person can mend (and `wait` that waited in vain), 2 usage, 130
interrupted.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from inbox.message import NOTE, SELF, Rejected

_MODULES = {"send": "inbox.exchange", "read": "inbox.exchange", "wait": "inbox.following", "watch": "inbox.following"}

_EXAMPLES = """\
examples:
  python -m inbox send ./box "the tests are green" --from worker-1
  git diff --stat | python -m inbox send ./box - --from worker-1 --kind report
  python -m inbox read ./box --ack
  python -m inbox wait ./box --timeout 60 --ack && echo "somebody wrote"
  echo "hi" > ./box/new/note.txt                    a plain shell can send, too

BOX is a directory; send makes it.  Its new/ holds what is unread, done/ what was acknowledged, bad/ what was not a
message, with the reason beside it.  exit codes: 0 done, 1 failed or waited in vain, 2 usage, 130 interrupted."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code.  A person's errors are told in a line, without a traceback."""
    arguments = parser().parse_args(argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that can't show it is no reason to fail
    try:
        code = int(getattr(importlib.import_module(_MODULES[arguments.verb]), arguments.verb)(arguments))
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output went away.  Python would complain about the rest once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Rejected as rejected:
        return _complain(rejected.why)
    except OSError as error:
        return _complain(f"{error.strerror}: {error.filename}" if error.filename else error.strerror or str(error))


def parser() -> argparse.ArgumentParser:
    """The grammar, with its help."""
    top = argparse.ArgumentParser(
        prog="python -m inbox",
        description="send, read and await messages in a directory.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = top.add_subparsers(dest="verb", required=True, metavar="send|read|wait|watch")
    _add_send(verbs.add_parser("send", help="put a message into a box", description="put a message into a box."))
    _add_read(verbs.add_parser("read", help="print the unread messages", description="print the unread messages."))
    told = "wait for a message, print it"
    wait = verbs.add_parser("wait", help=told, description=f"{told}; exit 1 when none came in time.")
    _add_box(wait)
    wait.add_argument("--timeout", type=_seconds, metavar="S", help="wait at most S seconds (default: for ever)")
    told = "print messages as they come"
    _add_box(verbs.add_parser("watch", help=told, description=f"{told}, until interrupted."))
    return top


def _add_send(send: argparse.ArgumentParser) -> None:
    send.add_argument("box", metavar="BOX", help="the box, a directory; made if it is missing")
    send.add_argument("text", metavar="TEXT", help="what to say; - takes it from standard input")
    send.add_argument("--from", dest="sender", required=True, metavar="NAME", help="who says it, e.g. worker-1")
    send.add_argument("--to", default=SELF, metavar="NAME", help="to whom (default: self, the owner of the box)")
    send.add_argument("--kind", default=NOTE, metavar="KIND", help="what sort of message (default: note)")


def _add_read(read: argparse.ArgumentParser) -> None:
    _add_box(read)
    read.add_argument("--all", action="store_true", help="also those that were claimed or acknowledged already")


def _add_box(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("box", metavar="BOX", help="the box, a directory")
    verb.add_argument("--ack", action="store_true", help="acknowledge what was printed: it won't be shown again")
    verb.add_argument("--json", action="store_true", help="one JSON object a line instead of text")


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < 1e9:
        raise ValueError(text)
    return seconds


_seconds.__name__ = "number of seconds"  # argparse says: invalid number of seconds value: 'x'


def _complain(why: str) -> int:
    print(f"inbox: {why}", file=sys.stderr)
    return 1
