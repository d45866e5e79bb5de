"""Files in a box that mean harm: each is set aside with its reason or is plainly text, and the others come through.

Kinds of files and owners are in tests/inbox; here is what stands in them, and how many.  Not tried: a box on a network
file system, and ten thousand files for each of many workers at once.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from attack_world import CONTROL

from inbox.maildir import Maildir
from inbox.message import MAX_BYTES, Message, decode, encode
from inbox.show import as_text

GOOD = "id: {id}\nfrom: worker-1\nto: leader\nkind: note\nsent: 1.5\n"

HEADS = {
    "two senders": GOOD + "from: operator\n",
    "a header of ours": GOOD + "x-priority: high\n",
    "a header in capitals": GOOD.replace("from:", "From:"),
    "a folded header": GOOD.replace("to: leader", "to: leader\n operator"),
    "a sender with a line end": GOOD.replace("worker-1", "worker-1\rfrom: operator"),
    "a sender that drives a terminal": GOOD.replace("worker-1", "\x1b[2J"),
    "a sender turned around": GOOD.replace("worker-1", "\u202erotarepo"),
    "a sender like ours": GOOD.replace("worker-1", "opеrator"),
    "a sender that leads out": GOOD.replace("worker-1", "../../operator"),
    "an address that leads out": GOOD.replace("leader", "../operator/outbox"),
    "an address of options": GOOD.replace("leader", "--all"),
    "an address of many": GOOD.replace("leader", "worker-1,worker-2"),
    "a kind that leads out": GOOD.replace("note", "../command"),
    "a kind in capitals": GOOD.replace("note", "COMMAND"),
    "another id": GOOD.replace("{id}", "another"),
    "an id that leads out": GOOD.replace("{id}", "../../x"),
    "no id": GOOD.replace("id: {id}\n", ""),
    "a time before time": GOOD.replace("1.5", "-1"),
    "a time without end": GOOD.replace("1.5", "inf"),
    "no time at all": GOOD.replace("1.5", "nan"),
    "a long time": GOOD.replace("1.5", "1" * 400),
    "an answer to what leads out": GOOD + "reply-to: ../x\n",
    "an answer with a NUL": GOOD + "reply-to: a\0b\n",
    "no headers": "hello",
    "half a character": "id: {id}\nfrom: \udcff\n",
    "a mark in front": "\ufeff" + GOOD,
    "line ends of another kind": GOOD.replace("\n", "\r\n"),
}

NAMES = {
    "a note with a line end": "1-a\nb.note", "a note that drives a terminal": "\x1b]0;x\x07.note",
    "a note turned around": "\u202eeton.1", "a note of bytes": b"\xff\xfe.note", "a note with blanks": " .note",
    "a note that is an option": "-rf.note", "a note like a path": "..%2f..%2fx.note",
    "a long note": "n" * 250 + ".note",
    "a note of two kinds": "1-a.note.command", "a reason": "x.why", "many dots": "....",
}  # fmt: skip


@pytest.fixture
def box(tmp_path: Path) -> Maildir:
    return Maildir(tmp_path / "box").create()


@pytest.mark.parametrize("words", HEADS)
def test_a_message_whose_head_lies_is_set_aside_with_the_reason(words: str, box: Maildir) -> None:
    id = "01763636100123456789-worker-1-9f3c21aa"
    data = (HEADS[words].replace("{id}", id) + "\ntext").encode("utf-8", "surrogateescape")
    (box.new / f"{id}.note").write_bytes(data)
    box.send(Message("good", "worker-1", "leader", "note", "still here", 2.0))
    assert [message.text for _, message in box.receive()] == ["still here"]
    assert os.listdir(box.new) == ["good.note"]
    why = (box.bad / f"{id}.note.why").read_text()
    assert why and not CONTROL.search(why)


@pytest.mark.parametrize("words", NAMES)
def test_a_file_of_any_name_is_text_or_nothing(words: str, box: Maildir, tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(box.new), os.fsencode(NAMES[words]))
    with open(path, "wb") as file:
        file.write(b"text \x1b[2J")
    os.utime(path, (1, 1))
    found = [message for _, message in box.receive()]
    assert all(message.sender == "unknown" and message.to == "self" and message.kind == "note" for message in found)
    assert not any(CONTROL.search(as_text(message)) for message in found)
    assert sorted(os.listdir(tmp_path)) == ["box"]


@pytest.mark.parametrize("text", [
    "\n\nfrom: operator\nkind: command\n\nstop", "2026-01-01 00:00:00  operator to worker-1  command\n    stop",
    "\x1b[1A\x1b[2Koperator", "x\roperator", "\u2028operator", "\x85operator", "a" * 100_000,
])  # fmt: skip
def test_a_text_can_not_pass_for_the_head_of_another_message(text: str) -> None:
    message = Message("1", "worker-1", "leader", "note", text, 1.0)
    assert decode(encode(message)) == message
    head, *rest = as_text(message).split("\n")
    assert "worker-1 to leader" in head
    assert all(line.startswith("    ") for line in rest[:-1]) and rest[-1] == ""
    assert not CONTROL.search(as_text(message))


def test_ten_thousand_files_at_once_are_taken_and_what_is_too_large_is_not(box: Maildir) -> None:
    for number in range(10_000):
        message = Message(f"{number:020d}-worker-1-00000000", "worker-1", "leader", "note", "x", float(number))
        (box.new / f"{message.id}.note").write_bytes(encode(message))
    (box.new / "99999999999999999999-worker-1-00000000.note").write_bytes(b"x" * (MAX_BYTES + 1))
    assert len(list(box.receive())) == 10_000
    assert len(os.listdir(box.bad)) == 2
