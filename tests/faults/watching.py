"""The campaign of the bad watcher: none at all, none to be had from the kernel, flooded, or deaf.

A watcher that fails only delays: every message arrives, in the order of its sender, once.  That a delay is bounded is
read from the number of looks, not from a clock: the run and all messages come to their end without any bell.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bending import bend, make_bendable
from enclosure import MOUNTS
from moments import wait_for_lines
from scenario import Job, Scenario
from stage import AT_MOST, Stage
from trial import Trial

NOTES = 8
FLOOD = 17_000
"""More than the kernel keeps for a watcher that does not read (max_queued_events, 16,384)."""
STREAM = 3_000

TAKE_ALL = """
import ctypes, sys
libc = ctypes.CDLL(None)
while libc.inotify_init() >= 0:
    pass
print("taken", flush=True)
sys.stdin.read()
"""
"""Takes every inotify instance that its user namespace has left, until its standard input ends."""


def _talk(stage: Stage) -> None:
    """Notes from the operator to a task, which is held until they are all sent."""
    _order(stage, "pause", "last")
    for number in range(NOTES):
        said = stage.swarm("send", "last", f"note-{number:05d}.")
        if said.code != 0:
            raise RuntimeError(f"swarm send: {said.err}")
    _order(stage, "unpause", "last")


def _order(stage: Stage, *words: str) -> None:
    said = stage.swarm(*words)
    if said.code != 0:
        raise RuntimeError(f"swarm {' '.join(words)}: {said.err}")


def _heard(stage: Stage, count: int) -> None:
    """All notes stand in the journal, in order, once."""
    text = (stage.run / "journal.jsonl").read_text()
    accepted = [line for line in text.splitlines() if '"MessageAccepted"' in line]
    found = [number for line in accepted for number in _numbers(line)]
    if found != [f"{number:05d}" for number in range(count)]:
        wrong = next((place for place, name in enumerate(found) if name != f"{place:05d}"), len(found))
        told = f"wrong from number {wrong} on: {found[wrong:][:5]}"
        raise RuntimeError(f"{len(found)} of {count} notes were taken; {told}")


def _numbers(line: str) -> list[str]:
    return [part[:5] for part in line.split("note-")[1:] if part[5:6] == "."]


def _end(stage: Stage, leader: subprocess.Popen[bytes], count: int = NOTES) -> None:
    leader.wait(AT_MOST * 3)
    if leader.returncode not in (0, 3):
        raise RuntimeError(f"the leader ended with {leader.returncode}: {stage.said_by(leader)[-600:]}")
    _heard(stage, count)


def _absent(stage: Stage, chance: random.Random) -> None:
    """The library can't even be imported."""
    make_bendable(stage)
    bend(stage, absent=["watchfiles"])
    leader = stage.take_up()
    wait_for_lines(stage, leader, 5)
    _talk(stage)
    _end(stage, leader)


def _exhausted(stage: Stage, chance: random.Random) -> None:
    """The kernel gives nobody an instance, from before the start on."""
    Path("/proc/sys/user/max_inotify_instances").write_text("0")
    leader = stage.take_up()
    wait_for_lines(stage, leader, 5)
    _talk(stage)
    _end(stage, leader)


def _no_watches(stage: Stage, chance: random.Random) -> None:
    """There are instances, but no watches."""
    Path("/proc/sys/user/max_inotify_watches").write_text("0")
    leader = stage.take_up()
    wait_for_lines(stage, leader, 5)
    _talk(stage)
    _end(stage, leader)


def _taken(stage: Stage, chance: random.Random) -> None:
    """Somebody else has all instances when we start, and gives them back in mid-run."""
    Path("/proc/sys/user/max_inotify_instances").write_text("60")
    taker = subprocess.Popen(
        [sys.executable, "-c", TAKE_ALL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"PATH": "/usr/bin"}
    )
    assert taker.stdout is not None
    taker.stdout.readline()
    leader = stage.take_up()
    wait_for_lines(stage, leader, 5)
    _talk(stage)
    taker.communicate()
    _end(stage, leader)


def _flood(stopped: bool, count: int) -> Callable[[Stage, random.Random], None]:
    """As many messages as no queue of the kernel holds, in the operator's outbox, by the protocol's plain files."""

    def disturb(stage: Stage, chance: random.Random) -> None:
        leader = stage.take_up()
        wait_for_lines(stage, leader, 5)
        new = stage.run / "mail" / "operator" / "outbox" / "new"
        drafts = new.parent / "tmp"
        _order(stage, "pause", "last")
        if stopped:
            leader.send_signal(signal.SIGSTOP)
        began = time.time()
        for number in range(count):
            id = f"{time.time_ns():020d}-flood-{number:05d}"
            text = _letter(id, f"note-{number:05d}.", began + number / 1e6)
            draft = drafts / id
            draft.write_text(text)
            draft.rename(new / f"{id}.note")
        stage.note(f"{count} letters in {time.time() - began:.1f} s")
        if stopped:
            leader.send_signal(signal.SIGCONT)
        _order(stage, "unpause", "last")
        _end(stage, leader, count)

    return disturb


def _letter(id: str, text: str, sent: float) -> str:
    """A note as docs/protocol.md has it."""
    return f"id: {id}\nfrom: operator\nto: leader\nkind: note\nsent: {sent:.6f}\n\n{text}\n"


def _made_again(stage: Stage, chance: random.Random) -> None:
    """A mailbox's directory is removed and made again, with the watcher deaf on the old one."""
    leader = stage.take_up()
    wait_for_lines(stage, leader, 5)
    outbox = stage.run / "mail" / "operator" / "outbox"
    for _ in range(3):
        aside = outbox.with_name("gone")
        new = outbox / "new"
        os.rename(new, aside)
        new.mkdir(mode=0o700)
        for letter in aside.iterdir():
            letter.rename(new / letter.name)
        shutil.rmtree(aside)
        time.sleep(0.3)
    _talk(stage)
    _end(stage, leader)


def _scenario(name: str) -> Scenario:
    jobs = (Job("first", "good"), Job("last", "good", ("first",)))
    return Scenario(name, jobs, workers=1)


def _trial(name: str, disturb: Callable[[Stage, random.Random], None], *, mounts: bool = False) -> Trial:
    trial = Trial(f"watching/{name}", lambda _: _scenario("watching"), disturb, restarts=1)
    return replace(trial, enclosure=MOUNTS) if mounts else trial


def fast() -> list[Trial]:
    """None: the tests of `inbox.watch` take the watcher away, too."""
    return []


def whole(first: int) -> list[Trial]:
    """Every way once."""
    return [
        _trial(f"absent-{first}", _absent),
        _trial(f"exhausted-{first}", _exhausted, mounts=True),
        _trial(f"nowatches-{first}", _no_watches, mounts=True),
        _trial(f"taken-{first}", _taken, mounts=True),
        _trial(f"flood-stopped-{first}", _flood(True, FLOOD)),
        _trial(f"flood-running-{first}", _flood(False, STREAM)),
        _trial(f"madeagain-{first}", _made_again),
    ]
