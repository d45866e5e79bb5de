"""The mail of one owner as directories: made, and made again whatever an agent has done to them.

An agent may write in its worker's mail, and so take a directory away or put a link, a file or a pipe in its place.
Whoever reads or writes there calls `stand` first.  Knows no message's meaning.
"""

from __future__ import annotations

from inbox.maildir import Maildir
from inbox.message import Message
from swarm.files import directory
from swarm.paths import MailDir

TRIES = 20
"""How often a message is put into a box that somebody takes away at the same moment."""

TAKEN_AWAY = (FileNotFoundError, NotADirectoryError, FileExistsError)
"""What is met where a directory goes, or becomes something else, between two steps of ours."""


def stand(mail: MailDir) -> None:
    """Have both boxes and the directory of drops there, as directories of ours; what stood in their place is beside."""
    directory(mail.path)
    for box in (Maildir(mail.inbox), Maildir(mail.outbox)):
        for path in (box.path, box.tmp, box.new, box.cur, box.done, box.bad):
            directory(path)
    directory(mail.drops)


def put(mail: MailDir, box: Maildir, message: Message) -> bool:
    """Send a message into one of the boxes of this mail.  False where the box is taken away again and again."""
    for _ in range(TRIES):
        try:
            stand(mail)
            box.send(message)
        except TAKEN_AWAY:
            continue
        return True
    return False
