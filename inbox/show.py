"""How a message is shown: to a person, and to a program.  Pure but for the local time zone.

Knows no box.  What a message says is shown as text whatever is in it: control characters, which could move the cursor
or repaint the screen, and those that turn the direction of writing are spelt out (`\\x1b`), and every line of the text
is set in, so that a text can't pass itself off as the head of another message.
"""

from __future__ import annotations

import json
import re
import time

from inbox.message import Message

_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]"
)


def harmless(text: str) -> str:
    """The text with everything a terminal would obey spelt out; newlines and tabs stay."""
    return _HARMFUL.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


def as_text(message: Message) -> str:
    """A head line and the text set in by four spaces, with a newline at the end.  Local time."""
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(message.sent))
    answer = f"  in reply to {message.reply_to}" if message.reply_to else ""
    head = f"{when}  {message.sender} to {message.to}  {message.kind}{answer}\n"
    return head + "".join(f"    {line}\n" for line in harmless(message.text).split("\n"))


def as_json(message: Message, box: str) -> str:
    """One line of JSON: the message's fields, null where absent, and `box`, the directory it lies in."""
    fields = {
        "id": message.id,
        "from": message.sender,
        "to": message.to,
        "kind": message.kind,
        "sent": message.sent,
        "reply_to": message.reply_to,
        "text": message.text,
        "box": box,
    }
    return json.dumps(fields) + "\n"
