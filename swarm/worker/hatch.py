"""The hatch of a cell: its agent has a mailbox of its own, and the worker's program carries letters in and out.

The real boxes are not seen inside.  So an agent can't hand itself an assignment, take a letter away that is for the
worker's program, or put something in the place of a directory into which others write.  What goes out is talk, a
question, or word that a letter was read; what comes in is what is for agents.

Whatever lies in the cell was put there by a stranger.  Its directories are opened one by one and never through a link;
a directory that is gone or is something else takes no letters and gives none.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from inbox.drops import SETTLE_NS, DropBox
from inbox.maildir import Maildir
from inbox.message import NOTE, Message, Rejected, decode, encode, file_name
from inbox.untrusted import read_regular
from swarm.agents.tools import ASK, FOR_AGENTS, LIST, LISTING, READ
from swarm.paths import MailDir
from swarm.worker.door import SELF

_GOES_OUT = frozenset({NOTE, ASK, READ, LIST})
_COMES_IN = FOR_AGENTS | {LISTING}
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def make_mailbox(inside: MailDir, mail: MailDir) -> None:
    """Make the mailbox of a cell: empty boxes, and a directory for each name to which files can be dropped."""
    Maildir(inside.inbox).create()
    Maildir(inside.outbox).create()
    inside.drops.mkdir(mode=0o700, exist_ok=True)
    for entry in mail.drops.iterdir():
        if not entry.is_symlink():
            (inside.drops / entry.name).mkdir(mode=0o700, exist_ok=True)
    me = inside.drops / SELF
    me.unlink(missing_ok=True)
    me.symlink_to(mail.inbox / "new")  # as it is called inside


class Hatch:
    """Between `inside`, the mailbox of a cell, and `mail`, that of its worker."""

    def __init__(self, inside: MailDir, mail: MailDir) -> None:
        self._inside, self._owner = inside, mail.owner
        self._in, self._out = Maildir(mail.inbox), Maildir(mail.outbox)
        self._names = sorted(entry.name for entry in mail.drops.iterdir() if not entry.is_symlink())
        self._boxes: dict[str, DropBox] = {}
        self._brought: dict[str, str] = {}
        """Names of letters that were carried in, by their ids."""
        self._asked: set[str] = set()

    def carry(self, last: bool = False) -> bool:
        """Carry what there is.  True while a dropped file is still growing; `last`: nobody is left to write more."""
        self._bring_in()
        self._take_out()
        self._tell_refused()
        return self._take_drops(0 if last else SETTLE_NS)

    def _bring_in(self) -> None:
        for name, message in self._in.receive(_COMES_IN, passing_over=self._brought.values()):
            with self._opened("inbox", "new") as new:
                if new is not None:
                    _put(new, name, encode(message))
                    self._brought[message.id] = name
                    if message.kind == LISTING:  # nobody says that it was read
                        self._in.acknowledge(name)

    def _take_out(self) -> None:
        with self._opened("outbox", "new") as new:
            if new is None:
                return
            for name in sorted(name for name in os.listdir(new) if not name.startswith(".")):
                try:
                    self._send(_letter(new, name))
                except (Rejected, FileNotFoundError):
                    pass  # no letter: nobody is told, and nobody could mend it
                with suppress(OSError):  # a directory, say, stays where it is
                    os.unlink(f"{new}/{name}")

    def _send(self, message: Message) -> None:
        """Send on what this worker's agent may say; drop the rest."""
        if message.kind not in _GOES_OUT or message.sender != self._owner:
            return
        name = self._brought.get(message.text)
        if message.kind == READ and name is not None:
            self._in.acknowledge(name)
        if message.kind == ASK:
            self._asked.add(file_name(message))
        self._out.send(message)

    def _tell_refused(self) -> None:
        """A question that the leader refused lies in the real box; its agent looks into its own."""
        for name in sorted(self._asked):
            why = self._out.bad / f"{name}.why"
            if why.exists():
                with self._opened("outbox", "bad") as bad:
                    if bad is not None:
                        _put(bad, f"{name}.why", why.read_bytes())
                        _put(bad, name, b"")
                self._asked.discard(name)

    def _take_drops(self, settled: int) -> bool:
        unsettled = False
        for name in self._names:
            with self._opened("drops", name) as place:
                if place is None:
                    continue
                box = self._boxes.setdefault(name, DropBox(place, self._out.bad))
                box.path = place
                for dropped in box.collect(settled, time.time_ns()):
                    with suppress(Rejected):
                        self._out.send(dropped.message(self._owner, name))
                    box.remove(dropped)
                unsettled = unsettled or box.unsettled
        return unsettled

    @contextmanager
    def _opened(self, *parts: str) -> Iterator[Path | None]:
        """A path by which a directory of the cell's mailbox is reached, whatever becomes of its name; None: no such.

        An agent may remove it while the block is in the midst of it.  Then the block ends there.
        """
        with ExitStack() as held:
            try:
                there = held.enter_context(_descriptor(os.open(self._inside.path, _DIRECTORY)))
                for part in parts:
                    there = held.enter_context(_descriptor(os.open(part, _DIRECTORY, dir_fd=there)))
            except (FileNotFoundError, NotADirectoryError, PermissionError):
                yield None
            else:
                try:
                    yield Path(f"/proc/self/fd/{there}")
                except FileNotFoundError:
                    if os.fstat(there).st_nlink > 0:
                        raise


@contextmanager
def _descriptor(number: int) -> Iterator[int]:
    try:
        yield number
    finally:
        os.close(number)


def _letter(directory: Path, name: str) -> Message:
    message = decode(read_regular(f"{directory}/{name}"))
    if file_name(message) != name:
        raise Rejected("its name says otherwise")
    return message


def _put(directory: Path, name: str, data: bytes) -> None:
    """Write a file whole.  What an agent put in its way stays; then the letter does not come."""
    draft = f"{directory}/.{name}"
    with suppress(FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError):
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(data)
        os.rename(draft, f"{directory}/{name}")
