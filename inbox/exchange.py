"""The verbs `send` and `read`: what is over at once.

Know no watcher, so that they start fast.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator

from inbox.drops import SETTLE_NS
from inbox.maildir import Maildir
from inbox.message import MAX_BYTES, Malformed, Message, Rejected, new_id
from inbox.show import as_json, as_text

_LOOKS = 5
"""How often `read` looks for a file that was dropped just now to settle."""


def send(arguments: argparse.Namespace) -> int:
    """Sends one message and prints its id."""
    text = _standard_input() if arguments.text == "-" else arguments.text
    sent_ns = time.time_ns()
    ident = new_id(arguments.sender, sent_ns, int.from_bytes(os.urandom(4)))
    message = Message(ident, arguments.sender, arguments.to, arguments.kind, text, sent_ns / 1e9)
    Maildir(arguments.box).create().send(message)
    print(ident)
    return 0


def read(arguments: argparse.Namespace) -> int:
    """Prints what is unread, oldest first; with `all`, what was dealt with before it."""
    box = existing(arguments.box)
    if arguments.all:
        for message, where in _earlier(box):
            show(message, where, arguments.json)
    for name, message in _unread(box):
        deliver(box, name, message, arguments)
    return 0


def existing(path: str) -> Maildir:
    """The box at this path.  Raises FileNotFoundError where there is none."""
    box = Maildir(path)
    if not box.exists():
        raise FileNotFoundError(f"no box at {path}; `python -m inbox send {path} TEXT --from NAME` makes one")
    return box


def deliver(box: Maildir, name: str, message: Message, arguments: argparse.Namespace) -> bool:
    """Prints a message and, with `ack`, acknowledges it.  False when another reader was faster.

    Acknowledged only once it was printed: when printing fails, the message is unread again.
    """
    if not arguments.ack:
        show(message, "new", arguments.json)
        return True
    if not box.claim(name):
        return False
    try:
        show(message, "done", arguments.json)
    except BaseException:
        box.release(name)
        raise
    box.acknowledge(name)
    return True


def show(message: Message, box: str, json: bool) -> None:
    """Writes a message to standard output, at once."""
    sys.stdout.write(as_json(message, box) if json else as_text(message))
    sys.stdout.flush()


def _unread(box: Maildir) -> Iterator[tuple[str, Message]]:
    shown: set[str] = set()
    for _ in range(_LOOKS):
        for name, message in box.receive(passing_over=shown):
            shown.add(name)
            yield name, message
        if not box.unsettled:
            return
        # A file dropped a moment ago counts once it has stood still; there is nothing to wait on but the time.
        time.sleep(SETTLE_NS / 1e9)


def _earlier(box: Maildir) -> Iterator[tuple[Message, str]]:
    names = [(name, "done") for name in box.finished()] + [(name, "cur") for name in box.claimed()]
    for name, where in sorted(names):
        try:
            yield box.read(name), where
        except (Rejected, FileNotFoundError) as error:
            print(f"inbox: {name}: {error}", file=sys.stderr)


def _standard_input() -> str:
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Malformed(f"standard input holds more than {MAX_BYTES} bytes, the most that a message can")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"standard input is not utf-8 at byte {error.start}") from None
