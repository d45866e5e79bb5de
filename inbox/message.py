"""One message and how it is written down.  Pure.

Knows no directory, clock or randomness: times and salt come in as arguments.  A message is one file of UTF-8 text,
made so that `cat` reads well and a shell can write it (docs/protocol.md):

    id: 01763636100123456789-worker-1-9f3c21aa
    from: worker-1
    to: leader
    kind: note
    sent: 1763636100.1234567
    reply-to: 01763636099000000000-leader-00000001

    The text follows the empty line, exactly as it was given.

The headers stand in any order, each at most once, and `reply-to` may be missing.  An unknown header is refused, so that
a misspelt one is noticed.  The whole file is at most 256 KiB.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_BYTES = 256 * 1024
"""The most that the file of one message may hold, headers included."""

MAX_TEXT_BYTES = MAX_BYTES - 2048
"""A text of at most so many bytes always fits, whatever the headers are."""

NOTE = "note"
"""The kind of a message that a person or a shell wrote: just text."""

UNKNOWN = "unknown"
"""The sender of a file that was dropped straight into a box: nobody vouches for it."""

SELF = "self"
"""The address that means the owner of the box."""

_NAME = r"[a-z0-9][a-z0-9_-]{0,62}"
_ADDRESS = re.compile(rf"(?:[a-z]{{1,16}}:)?{_NAME}\Z")
_KIND = re.compile(r"[a-z][a-z-]{0,30}\Z")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}\Z")
_SENT = re.compile(r"[0-9]{1,11}(?:\.[0-9]{1,20})?(?:e-[0-9]{1,3})?\Z")
_STAMPED = re.compile(rf"[0-9]{{20}}-[a-z0-9._-]+-[0-9a-f]{{8}}\.{_KIND.pattern}")
_HEADERS = ("id", "from", "to", "kind", "sent", "reply-to")


class Rejected(Exception):
    """A file that is not taken as a message.  `why` is one plain line, fit to be written beside it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Malformed(Rejected, ValueError):
    """The words or bytes themselves are not those of a message."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message.  `sent` in Unix seconds; `sender` and `to` are names, or addresses such as `task:api`, `role:x`."""

    id: str
    sender: str
    to: str
    kind: str
    text: str
    sent: float
    reply_to: str | None = None


def new_id(sender: str, sent_ns: int, salt: int) -> str:
    """An id that sorts by time.  `sent_ns` in Unix nanoseconds; `salt`, 32 random bits, makes it unique."""
    _check("sender", sender, _ADDRESS)
    return f"{sent_ns:020d}-{sender.replace(':', '.')}-{salt & 0xFFFFFFFF:08x}"


def encode(message: Message) -> bytes:
    """The file of a message.  Raises Malformed for one that `decode` would refuse, so that no such file is written."""
    check(message)
    lines = [
        f"id: {message.id}",
        f"from: {message.sender}",
        f"to: {message.to}",
        f"kind: {message.kind}",
        f"sent: {message.sent!r}",
    ]
    if message.reply_to is not None:
        lines.append(f"reply-to: {message.reply_to}")
    try:
        data = ("\n".join(lines) + "\n\n" + message.text).encode()
    except UnicodeEncodeError:
        raise Malformed("the text holds half a character and can't be written as utf-8") from None
    if len(data) > MAX_BYTES:
        raise Malformed(_too_large(len(data)))
    return data


def decode(data: bytes) -> Message:
    """The message in a file's bytes.  Raises Malformed with a plain reason; never returns half a message."""
    if len(data) > MAX_BYTES:
        raise Malformed(_too_large(len(data)))
    try:
        head, gap, text = data.decode().partition("\n\n")
    except UnicodeDecodeError as error:
        raise Malformed(f"not utf-8 at byte {error.start}") from None
    if not gap:
        raise Malformed("no empty line after the headers")
    headers = _headers(head)
    sent = _check("sent", headers["sent"], _SENT)
    message = Message(
        id=headers["id"],
        sender=headers["from"],
        to=headers["to"],
        kind=headers["kind"],
        text=text,
        sent=float(sent),
        reply_to=headers.get("reply-to"),
    )
    check(message)
    return message


def check(message: Message) -> None:
    """Raises Malformed where a field is not what a header can hold."""
    _check("id", message.id, _ID)
    _check("from", message.sender, _ADDRESS)
    _check("to", message.to, _ADDRESS)
    _check("kind", message.kind, _KIND)
    _check("sent", repr(message.sent), _SENT)
    if message.reply_to is not None:
        _check("reply-to", message.reply_to, _ID)


def file_name(message: Message) -> str:
    """`<id>.<kind>`: the kind can be told from the name alone (`ls new/*.assign`)."""
    return f"{message.id}.{message.kind}"


def kind_of(name: str) -> str | None:
    """The kind in a file's name, or None for a name that no message has."""
    head, _, kind = name.rpartition(".")
    return kind if _ID.match(head) and _KIND.match(kind) else None


def is_stamped(name: str) -> bool:
    """Whether the name carries an id made by `new_id`: such a file was never meant as anything but a message."""
    return _STAMPED.match(name) is not None


def opens_as(name: str, start: bytes) -> bool:
    """Whether a file of this name that starts with these bytes means to be a message: its id stands in both."""
    return kind_of(name) is not None and start.startswith(f"id: {name.rpartition('.')[0]}\n".encode())


def _headers(head: str) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in head.split("\n"):
        name, colon, value = line.partition(":")
        if not colon or name not in _HEADERS:
            raise Malformed(f"unknown header {name[:40]!r}")
        if name in headers:
            raise Malformed(f"header {name!r} stands there twice")
        headers[name] = value.strip(" ")
    for name in _HEADERS:
        if name not in headers and name != "reply-to":
            raise Malformed(f"header {name!r} is missing")
    return headers


def _check(header: str, value: str, pattern: re.Pattern[str]) -> str:
    if not pattern.match(value):
        raise Malformed(f"bad {header} {value[:80]!r}")
    return value


def _too_large(size: int) -> str:
    return f"too large: {size} bytes, at most {MAX_BYTES} are taken"
