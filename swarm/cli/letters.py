"""How unread messages are printed and filed: `swarm inbox` of an agent and of the operator alike.

Knows a mailbox and which kinds of messages in it are for its reader.  Imports next to nothing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from inbox.maildir import Maildir
from inbox.message import Message
from inbox.show import as_json, as_text
from swarm.agents import tools
from swarm.errors import SwarmError
from swarm.paths import MailDir


@dataclass(frozen=True, slots=True)
class Reading:
    """A mailbox, and the kinds of messages that are for its reader."""

    mail: MailDir
    kinds: Collection[str]

    def unread(self, passing_over: Collection[str] = ()) -> Iterator[tuple[str, Message]]:
        """Names and messages, oldest first.  Raises SwarmError where the mailbox is gone."""
        box = Maildir(self.mail.inbox)
        if not box.exists():
            raise SwarmError(f"{box.path} is gone, and the run with it", "swarm runs")
        return box.receive(self.kinds, passing_over)


def show_unread(reading: Reading, *, in_json: bool, ack: bool) -> int:
    """Print what is unread; how many.  With `ack`, file it as read once it was printed."""
    found = list(reading.unread())
    if in_json:
        said = {"box": reading.mail.owner, "messages": [_fields(message) for _, message in found]}
        print(json.dumps(said))
    else:
        for _, message in found:
            sys.stdout.write(as_text(message))
    if not found and not in_json:
        print(f"no unread messages for {reading.mail.owner}", file=sys.stderr)
    sys.stdout.flush()  # filed only once somebody has it: a reader that went away raises here
    for name, message in found if ack else ():
        tools.read(reading.mail, name, message)
    return len(found)


def show_one(reading: Reading, name: str, message: Message, *, in_json: bool, ack: bool) -> None:
    """Print one message at once, as a line of JSON or as text."""
    sys.stdout.write(as_json(message, reading.mail.owner) if in_json else as_text(message))
    sys.stdout.flush()
    if ack:
        tools.read(reading.mail, name, message)


def _fields(message: Message) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(as_json(message, ""))
    del found["box"]
    return found
