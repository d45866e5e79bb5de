"""A Maildir of messages: five directories, through which a file moves by rename and never backwards unless given back.

Knows no sender's rights, no routing, no watcher.  The directories of a box (each 0700):

    tmp/    being written; nobody reads it
    new/    sent, unread            send: tmp -> new
    cur/    claimed by a reader     claim: new -> cur       release: cur -> new
    done/   dealt with              acknowledge: cur or new -> done
    bad/    not a message           reject: new or cur -> bad, the reason beside it in `<name>.why`

A file in `new/` is whole: it was written and fsynced in `tmp/` first.  Each rename is followed by an fsync of the
directory it leads to, so that a step that was reported has happened even if the power goes.  Of several readers exactly
one wins a claim.  Names are `<id>.<kind>` and sort by time.

A plain file dropped into `new/` under any other name (`echo text > new/note.txt`) becomes a note from "unknown" to
"self" once it is finished (`inbox.drops`).  Errors: `Rejected` (with `.why`) when a file is to blame; OSError when the
disk or the machine is.
"""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from inbox.drops import SETTLE_NS, DropBox
from inbox.message import (
    NOTE,
    SELF,
    UNKNOWN,
    Malformed,
    Message,
    Rejected,
    decode,
    encode,
    file_name,
    is_stamped,
    kind_of,
    opens_as,
)
from inbox.untrusted import Unsafe, read_regular, set_aside, sync_directory

__all__ = ["Maildir", "Malformed", "Rejected", "Unsafe"]


class Maildir:
    """One box.  Making the object touches nothing; `create` makes the directories."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.tmp = self.path / "tmp"
        self.new = self.path / "new"
        self.cur = self.path / "cur"
        self.done = self.path / "done"
        self.bad = self.path / "bad"
        self._drops = DropBox(self.new, self.bad)

    @property
    def directories(self) -> tuple[Path, ...]:
        """All that a box is made of, the outermost first."""
        return (self.path, self.tmp, self.new, self.cur, self.done, self.bad)

    def create(self) -> Maildir:
        """Makes what is missing, for this user alone; safe to repeat.  Raises NotADirectoryError for a link."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for directory in (self.tmp, self.new, self.cur, self.done, self.bad):
            directory.mkdir(mode=0o700, exist_ok=True)
            if not stat.S_ISDIR(os.lstat(directory).st_mode):
                raise NotADirectoryError(f"{directory} is a link, not a directory")
        return self

    def exists(self) -> bool:
        """Whether there is a box here."""
        return self.new.is_dir() and self.cur.is_dir()

    @property
    def unsettled(self) -> bool:
        """Whether the last `receive` met a dropped file that has yet to stand still: look again after 0.1 s."""
        return self._drops.unsettled

    @property
    def stuck(self) -> dict[str, str]:
        """Names in `new/` that are not messages and could not even be moved to `bad/`, and why."""
        return self._drops.stuck

    # sending

    def send(self, message: Message) -> Path:
        """Puts a message into `new/`, durably; where it is now.  Sending it again does nothing, even after it was read.

        Raises Malformed for a message that can't be written, OSError (a full disk) with nothing left behind.
        """
        data = encode(message)
        name = file_name(message)
        # In the direction in which files move, so that one on its way from new to done is met for certain.
        for directory in (self.new, self.cur, self.done):
            if os.path.lexists(directory / name):
                sync_directory(directory)  # whoever sent it first may have died before this
                return directory / name
        draft = self.tmp / f"{os.getpid()}-{os.urandom(8).hex()}"
        try:
            _write(draft, data)
            os.rename(draft, self.new / name)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        sync_directory(self.new)
        return self.new / name

    # reading

    def unread(self) -> list[str]:
        """The names in `new/`, oldest first; dropped files, which are not messages yet, among them."""
        return _names(self.new)

    def claimed(self) -> list[str]:
        """The names in `cur/`, oldest first: what a reader that died had begun."""
        return _names(self.cur)

    def finished(self) -> list[str]:
        """The names in `done/`, oldest first."""
        return _names(self.done)

    def read(self, name: str) -> Message:
        """The message of that name in `new/`, `cur/` or `done/`.  Raises Rejected, or FileNotFoundError."""
        for directory in (self.new, self.cur):
            try:
                return _message(name, read_regular(self._in(directory, name)))
            except FileNotFoundError:
                continue
        return _message(name, read_regular(self._in(self.done, name)))

    def messages(self, names: Iterable[str]) -> Iterator[Message]:
        """The messages of these names, wherever in the box they lie; what is gone or no message is passed over."""
        for name in names:
            try:
                yield self.read(name)
            except (FileNotFoundError, Rejected):
                continue

    def receive(
        self,
        kinds: Collection[str] | None = None,
        passing_over: Collection[str] = (),
        only: Collection[str] | None = None,
    ) -> Iterator[tuple[str, Message]]:
        """One scan of `new/`: names and messages, oldest first.  Nothing is claimed; a name may be gone by then.

        With `kinds`, only these; files whose name tells another kind are not even opened, nor are those whose names
        are in `passing_over`, nor, with `only`, those whose names are not in it.  What is not a message is
        moved to `bad/`; the scan goes on.  Raises OSError only where the machine is in trouble.
        """
        if kinds is None or NOTE in kinds:
            self._adopt_dropped()
        for name in self.unread() if only is None else sorted(only):
            kind = kind_of(name)
            if kind is None or name in passing_over or (kinds is not None and kind not in kinds):
                continue
            if not is_stamped(name) and not self._is_message(name):
                continue
            try:
                message = self.read(name)
            except FileNotFoundError:
                continue
            except Rejected as rejected:
                self._set_aside(name, rejected.why)
                continue
            yield name, message

    # moving on

    def claim(self, name: str) -> bool:
        """Takes a message for this reader, `new/` to `cur/`.  False when somebody else has it or it is gone."""
        return self._move(name, self.new, self.cur)

    def release(self, name: str) -> bool:
        """Gives a claimed message back, `cur/` to `new/`.  False when it wasn't claimed."""
        return self._move(name, self.cur, self.new)

    def acknowledge(self, name: str) -> bool:
        """Files a message as dealt with, in `done/`.  Safe to repeat; False when there was nothing to move."""
        return self._move(name, self.cur, self.done) or self._move(name, self.new, self.done)

    def reject(self, name: str, why: str) -> Path | None:
        """Moves whatever bears that name to `bad/` with the reason beside it; its place, None when it was gone.

        Works for pipes and directories too; nothing that lies in `bad/` is overwritten.
        """
        return set_aside(self._in(self.new, name), self.bad, why) or set_aside(self._in(self.cur, name), self.bad, why)

    def prune(self, keep: int) -> int:
        """Deletes the oldest of what was dealt with, all but `keep`; returns how many.

        Only messages whose ids are made by `new_id`: nobody makes such a one a second time, so that nothing depends on
        the file in `done/`, from which `send` tells that a message was sent before.
        """
        stamped = [name for name in self.finished() if is_stamped(name)]
        old = stamped[: max(0, len(stamped) - keep)]
        for name in old:
            (self.done / name).unlink(missing_ok=True)
        return len(old)

    # inside

    def _move(self, name: str, source: Path, target: Path) -> bool:
        try:
            os.rename(self._in(source, name), self._in(target, name))
        except FileNotFoundError:
            return False
        sync_directory(target)
        return True

    def _in(self, directory: Path, name: str) -> str:
        if not name or name in (".", "..") or "/" in name or "\0" in name:
            raise Malformed(f"bad name {name[:80]!r}")
        return f"{directory}/{name}"

    def _adopt_dropped(self) -> None:
        """Makes messages of the dropped files that are finished."""
        strangers = [name for name in os.listdir(self.new) if not is_stamped(name)]
        self._drops.forget_all_but(strangers)
        if not strangers:
            return
        with _alone_in(self.new) as alone:
            # Another reader is at it.  Two at once could both send a drop, one of them after the other had read it.
            if not alone:
                return
            for name in sorted(strangers):
                if not self._is_message(name):
                    self._adopt(name)

    def _adopt(self, name: str) -> None:
        dropped = self._drops.finished(name, SETTLE_NS, time.time_ns())
        if dropped is not None:
            self.send(dropped.message(UNKNOWN, SELF))
            self._drops.remove(dropped)

    def _is_message(self, name: str) -> bool:
        if kind_of(name) is None:
            return False
        try:
            return opens_as(name, read_regular(self._in(self.new, name)))
        except (FileNotFoundError, Rejected):
            return False

    def _set_aside(self, name: str, why: str) -> None:
        try:
            self.reject(name, why)
        except OSError as error:
            self.stuck[name] = f"{why}; not set aside: {error.strerror}"


def _names(directory: Path) -> list[str]:
    return sorted(name for name in os.listdir(directory) if not name.startswith("."))


def _message(name: str, data: bytes) -> Message:
    message = decode(data)
    if file_name(message) != name:
        raise Malformed(f"the headers say {file_name(message)}, the file's name says otherwise")
    return message


def _write(path: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        rest = memoryview(data)
        while rest:  # a disk that fills up takes a part first, and says so at the next write only
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _alone_in(directory: Path) -> Iterator[bool]:
    """Whether this process now holds the directory's lock; given back at the end, by the kernel if need be."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
