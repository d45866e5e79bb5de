"""A directory of the cell's mailbox that its agent takes away just then."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from inbox.maildir import Maildir
from inbox.message import NOTE, Message, encode, new_id
from swarm.agents.tools import LIST, LISTING
from swarm.paths import MailDir
from swarm.worker import hatch
from swarm.worker.hatch import Hatch, make_mailbox

LETTER = Message(new_id("leader", 1, 1), "leader", "worker-1", NOTE, "hello", 1.0)


@pytest.fixture
def boxes(tmp_path: Path) -> tuple[MailDir, MailDir]:
    """The mailbox inside, and the worker's own with one letter in it."""
    inside, mail = (MailDir(tmp_path / name / "worker-1") for name in ("cell", "mail"))
    Maildir(mail.inbox).create()
    Maildir(mail.outbox).create()
    mail.drops.mkdir()
    inside.path.mkdir(parents=True)
    make_mailbox(inside, mail)
    Maildir(mail.inbox).send(LETTER)
    return inside, mail


def test_a_letter_for_a_directory_that_is_removed_just_then_comes_when_there_is_one_again(
    boxes: tuple[MailDir, MailDir], monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, mail = boxes
    new = inside.inbox / "new"
    removed: list[Path] = []

    def removing(message: Message) -> bytes:
        if not removed:
            shutil.rmtree(new)
            removed.append(new)
        return encode(message)

    monkeypatch.setattr(hatch, "encode", removing)
    carrier = Hatch(inside, mail)
    carrier.carry()
    assert removed and not new.exists()
    new.mkdir()
    carrier.carry()
    assert [file.read_bytes() for file in new.iterdir()] == [encode(LETTER)]


def test_a_listing_goes_through_and_is_dealt_with_by_that(boxes: tuple[MailDir, MailDir]) -> None:
    inside, mail = boxes
    asked = Message(new_id("worker-1", 2, 2), "worker-1", "leader", LIST, "", 2.0)
    Maildir(inside.outbox).send(asked)
    carrier = Hatch(inside, mail)
    carrier.carry()
    assert [message for _, message in Maildir(mail.outbox).receive({LIST})] == [asked]
    Maildir(mail.inbox).send(Message(asked.id, "leader", "worker-1", LISTING, "{}", 2.0, asked.id))
    carrier.carry()
    assert [message.text for _, message in Maildir(inside.inbox).receive({LISTING})] == ["{}"]
    assert list(Maildir(mail.inbox).receive({LISTING})) == []
