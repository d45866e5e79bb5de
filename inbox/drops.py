"""A plain directory into which any shell drops files: `echo hi > drops/worker-2/note.txt` is a message.

Knows nothing of boxes, senders or addresses: it says what was dropped, and forgets it once somebody has it safe.

    for dropped in box.collect(SETTLE_NS, time.time_ns()):
        maildir.send(dropped.message(sender, to))       # durable from here on
        box.remove(dropped)

A file is taken when it is finished: it holds something, it has stood still for the settle time, and nobody has it open
for writing any more (where the kernel can tell, see `inbox.writers`).  So `(make; make test) > drops/leader/log.txt`
is one message, and comes at the end.  An empty file waits for its content.  Dot files and names that end in `~` are
somebody's unfinished business and are left alone.

Killed between `send` and `remove`, the next look makes the same id, and `Maildir.send` does nothing the second time.
`remove` only renames, to a dot name that says how much was delivered: a writer may have found the file by its name just
before.  What it adds becomes a message of its own; what stays the same for the grace time is deleted by a later look.
(Deleted at once, 10 lines of 4,000 were lost to a shell that went on appending.)
"""

from __future__ import annotations

import os
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from inbox.message import MAX_TEXT_BYTES, NOTE, Malformed, Message, Rejected, new_id
from inbox.untrusted import open_regular, read_whole, set_aside
from inbox.writers import Writers, shut_out

SETTLE_NS = 100_000_000
"""How long a dropped file has to stand still by default: 0.1 s."""

GRACE_NS = 2_000_000_000
"""How long a file is kept after it was delivered, for a writer that had opened it: 2 s."""

_TAKEN = re.compile(r"\.taken-(?P<inode>[0-9]+)-(?P<size>[0-9]+)-(?P<mtime>-?[0-9]+)-(?P<crc>[0-9a-f]{8})\Z")
"""What a delivered file is called: its look, and the checksum of what was delivered."""

_Look = tuple[int, int, int]
"""Inode, size, and time of the last change of the content in nanoseconds."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A finished file.  `text` without its last newline; `dropped_ns`, Unix time, is the kernel's and can't be forged.

    `salt` and `dropped_ns` follow from the file alone: looked at again, it is the same message.
    """

    path: Path
    text: str
    dropped_ns: int
    salt: int
    look: _Look
    crc: int
    """Of the whole file, of which `text` is the part that was not delivered before."""

    @property
    def name(self) -> str:
        return self.path.name

    def message(self, sender: str, to: str) -> Message:
        """The note that this file is.  Raises Malformed for names that no address can have."""
        ident = new_id(sender, self.dropped_ns, self.salt)
        return Message(ident, sender, to, NOTE, self.text, self.dropped_ns / 1e9)


class DropBox:
    """The files in one directory.  Keep the object: it remembers what it saw, to tell what has settled.

    `bad` is the directory for what can't be taken, each with a `.why`; by default `.bad` inside, made when needed.
    `path` need not exist yet: nothing is there then.
    """

    def __init__(self, path: str | Path, bad: str | Path | None = None) -> None:
        self.path = Path(path)
        self.bad = self.path / ".bad" if bad is None else Path(bad)
        self.stuck: dict[str, str] = {}
        """What could not even be set aside, by name, and why; tried again at each look."""
        self._looks: dict[str, tuple[_Look, int]] = {}
        self._unsettled: set[str] = set()

    @property
    def unsettled(self) -> bool:
        """Whether the last look met a file that was only waiting for its settle time: worth another look after it."""
        return bool(self._unsettled)

    def collect(self, settled_ns: int, now_ns: int) -> list[Dropped]:
        """The finished files, by name.  `now_ns` is Unix time, as in the times of files.

        What is there but can't be taken is set aside.  Raises OSError only where the machine is in trouble.
        """
        try:
            names = sorted(os.listdir(self.path))
        except FileNotFoundError:
            names = []
        self.forget_all_but(names)
        found = (self.finished(name, settled_ns, now_ns) for name in names)
        return [dropped for dropped in found if dropped is not None]

    def finished(self, name: str, settled_ns: int, now_ns: int) -> Dropped | None:
        """The file of that name, if it is finished; None where it isn't, or is nothing to be taken."""
        self._unsettled.discard(name)
        if name.endswith("~") or (name.startswith(".") and not self._has_news(name, now_ns)):
            return None
        try:
            descriptor, status = open_regular(self.path / name, MAX_TEXT_BYTES)
        except FileNotFoundError:
            return None
        except Rejected as rejected:
            self._set_aside(name, rejected.why)
            return None
        try:
            return self._read(name, descriptor, status, settled_ns, now_ns)
        except Rejected as rejected:
            self._set_aside(name, rejected.why)
            return None
        finally:
            os.close(descriptor)

    def remove(self, dropped: Dropped) -> bool:
        """Lets go of a file whose message is safe.  False when more has come by now: that is collected next time."""
        inode, size, mtime = dropped.look
        taken = self.path / f".taken-{inode}-{size}-{mtime}-{dropped.crc:08x}"
        try:
            os.rename(dropped.path, taken)
            return _look(os.lstat(taken)) == dropped.look
        except FileNotFoundError:
            return True

    def forget_all_but(self, names: list[str]) -> None:
        """Drops what is remembered of files that are no longer there."""
        there = set(names)
        self._looks = {name: seen for name, seen in self._looks.items() if name in there}
        self.stuck = {name: why for name, why in self.stuck.items() if name in there}
        self._unsettled &= there

    def _read(self, name: str, descriptor: int, status: os.stat_result, settled_ns: int, now_ns: int) -> Dropped | None:
        look = _look(status)
        taken = _TAKEN.match(name)
        if not status.st_size and not taken:
            return None
        if not self._has_settled(name, look, settled_ns, now_ns):
            self._unsettled.add(name)
            return None
        if shut_out(descriptor) is Writers.SOMEBODY:
            return None
        data = read_whole(descriptor, MAX_TEXT_BYTES)
        after = os.fstat(descriptor)
        if _look(after) != look:
            self._unsettled.add(name)
            return None
        rest = _undelivered(taken, look, data)
        if taken and not rest:
            if now_ns - after.st_ctime_ns >= GRACE_NS:
                os.unlink(self.path / name)
            return None
        return Dropped(self.path / name, _text(rest), after.st_ctime_ns, _salt(name, look), look, zlib.crc32(data))

    def _has_news(self, name: str, now_ns: int) -> bool:
        """Whether a dot file is a delivered one that is worth opening: it has changed, or its grace time is over."""
        taken = _TAKEN.match(name)
        if not taken:
            return False
        try:
            status = os.lstat(self.path / name)
        except FileNotFoundError:
            return False
        inode, size, mtime = (int(taken[part]) for part in ("inode", "size", "mtime"))
        return _look(status) != (inode, size, mtime) or now_ns - status.st_ctime_ns >= GRACE_NS

    def _has_settled(self, name: str, look: _Look, settled_ns: int, now_ns: int) -> bool:
        if now_ns - look[2] >= settled_ns:
            return True
        # A time in the future (a clock was set back, or somebody ran `touch -d`): trust two equal looks instead.
        before, since_ns = self._looks.get(name, (None, 0))
        if before != look or since_ns > now_ns:
            self._looks[name] = (look, now_ns)
            return settled_ns <= 0
        return now_ns - since_ns >= settled_ns

    def _set_aside(self, name: str, why: str) -> None:
        try:
            self.bad.mkdir(mode=0o700, exist_ok=True)
            set_aside(self.path / name, self.bad, why)
        except OSError as error:
            self.stuck[name] = f"{why}; not set aside: {error.strerror}"


def _look(status: os.stat_result) -> _Look:
    return status.st_ino, status.st_size, status.st_mtime_ns


def _undelivered(taken: re.Match[str] | None, look: _Look, data: bytes) -> bytes:
    """What no message holds yet: all of it, unless it goes on where a delivered file ended."""
    if taken is None or int(taken["inode"]) != look[0]:
        return data
    size = int(taken["size"])
    return data[size:] if zlib.crc32(data[:size]) == int(taken["crc"], 16) else data


def _salt(name: str, look: _Look) -> int:
    return zlib.crc32(os.fsencode(f"{name}/{look}"))


def _text(data: bytes) -> str:
    try:
        return data.decode().removesuffix("\n")
    except UnicodeDecodeError as error:
        raise Malformed(f"not utf-8 at byte {error.start}") from None
