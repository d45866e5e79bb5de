"""Senders and readers that are killed at any moment: nothing half-read, nothing twice, nothing lost."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable

from inbox.drops import DropBox
from inbox.maildir import Maildir

SENDER = """
import sys
from inbox.maildir import Maildir
from inbox.message import Message, new_id
box, first = Maildir(sys.argv[1]), int(sys.argv[2])
number = first
while True:
    # A sender that starts again sends its last message once more: it can't know whether that was sent.
    text = f"{number}:" + "x" * (number * 7919 % 50_000) + ":end"
    box.send(Message(new_id("worker-1", number, 7), "worker-1", "leader", "note", text, 1.0))
    print(number)
    number += 1
"""

READER = """
import sys
from inbox.maildir import Maildir
box = Maildir(sys.argv[1])
while True:
    for name in box.claimed():
        box.acknowledge(name)
    for name, message in box.receive():
        if box.claim(name):
            box.acknowledge(name)
            print(name)
"""

DROPPER = """
import os, sys, time
from inbox.drops import DropBox
from inbox.maildir import Maildir
box, drops = Maildir(sys.argv[1]), DropBox(sys.argv[2])
while True:
    for dropped in drops.collect(0, time.time_ns()):
        box.send(dropped.message("worker-1", "leader"))
        print("sent")
        drops.remove(dropped)
"""


def last_number(child: subprocess.Popen[str], lines: int) -> int:
    """Reads so many lines, kills the child with SIGKILL, and returns the last number that it had told."""
    assert child.stdout is not None
    for _ in range(lines):
        child.stdout.readline()
    child.kill()
    told = [int(line) for line in child.stdout.read().split() if line.isdecimal()]
    child.wait()
    return told[-1] if told else -1


def test_a_sender_killed_in_a_loop_leaves_nothing_half_and_nothing_twice(
    box: Maildir, python: Callable[..., subprocess.Popen[str]]
) -> None:
    received: list[str] = []
    chance = random.Random(1)
    first = 0
    for _ in range(12):
        child = python("-c", SENDER, str(box.path), str(first))
        acknowledged = last_number(child, chance.randrange(1, 20))
        for name, message in box.receive():
            assert message.text.endswith(":end")
            assert box.claim(name)
            box.acknowledge(name)
            received.append(message.text.split(":")[0])
        first = max(first, acknowledged)
        assert len(received) > first, "what was told to be sent is there"
    assert [int(number) for number in received] == list(range(len(received)))
    assert list(box.bad.iterdir()) == []


def test_a_reader_killed_in_a_loop_loses_nothing(
    box: Maildir, make: Callable[..., object], python: Callable[..., subprocess.Popen[str]]
) -> None:
    sent = [box.send(make()).name for _ in range(400)]  # type: ignore[arg-type]
    chance = random.Random(2)
    for _ in range(8):
        child = python("-c", READER, str(box.path))
        assert child.stdout is not None
        for _ in range(chance.randrange(1, 40)):
            child.stdout.readline()
        child.kill()
        child.wait()
        assert sorted(box.unread() + box.claimed() + box.finished()) == sent


def test_a_taker_of_drops_killed_in_a_loop_delivers_each_once(
    box: Maildir, python: Callable[..., subprocess.Popen[str]], until: Callable[..., None]
) -> None:
    drops = DropBox(box.path / "drops")
    drops.path.mkdir()
    expected = set()
    for round_ in range(8):
        for number in range(15):
            text = f"{round_}-{number}"
            expected.add(text)
            (drops.path / text).write_text(text)
        child = python("-c", DROPPER, str(box.path), str(drops.path))
        assert child.stdout is not None
        for _ in range(round_ + 2):
            child.stdout.readline()
        child.kill()
        child.wait()
    child = python("-c", DROPPER, str(box.path), str(drops.path))
    assert child.stdout is not None
    until(lambda: all(path.name.startswith(".") for path in drops.path.iterdir()))
    child.kill()
    child.wait()
    texts = [message.text for _, message in box.receive()]
    assert len(texts) == len(set(texts))
    assert set(texts) == expected
