"""The lines of a journal: one entry as JSON, with its number and a crc chained over the line before.

Knows entries and bytes; nothing of files.
"""

from __future__ import annotations

import json
import zlib
from typing import Any

from swarm.core import codec
from swarm.core.events import EVENTS, Entry, Event
from swarm.errors import SwarmError

VERSION = 1
"""Version of the lines.  Older ones are read; a newer one is refused."""


def encode_line(entry: Entry, crc: int) -> tuple[bytes, int]:
    """One line with its newline, and the crc that the next line builds on."""
    # "event" is the name of no field of any event, which a test holds.
    events = [{"event": type(event).__name__, **codec.encode(event)} for event in entry.events]
    record = {"seq": entry.seq, "v": VERSION, "at": entry.at, "mono": entry.mono, "events": events}
    body = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    crc = zlib.crc32(body, crc)
    return b'{"crc":"%08x",' % crc + body[1:] + b"\n", crc


def decode_line(line: bytes, seq: int, crc: int) -> tuple[Entry, int]:
    """The entry of one line (without its newline) and its crc.

    Raises ValueError when it is not the line that must come here, SwarmError when it is whole but written by a newer
    version: that one must never be taken for torn, and cut.
    """
    if not line.startswith(b'{"crc":"') or line[16:18] != b'",':
        raise ValueError("it does not begin with a crc")
    body = b"{" + line[18:]
    found = zlib.crc32(body, crc)
    if line[8:16] != b"%08x" % found:
        raise ValueError("its crc does not fit")
    record = json.loads(body.decode("utf-8", "surrogatepass"))
    if record["v"] > VERSION:
        raise SwarmError(f"the journal was written by a newer version of swarm (format {record['v']})", "update swarm")
    if record["seq"] != seq:
        raise ValueError(f"its number is {record['seq']}, not {seq}")
    try:
        events = tuple(_event(one) for one in record["events"])
    except (KeyError, codec.DecodeError) as error:
        unknown = f"entry {seq} of the journal is unknown to this version of swarm ({error})"
        raise SwarmError(unknown, "update swarm") from None
    return Entry(seq, record["at"], record["mono"], events), found


def _event(record: dict[str, Any]) -> Event:
    kind = EVENTS[record.pop("event")]
    return codec.decode(kind, record)
