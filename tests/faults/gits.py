"""The gits: each git command that the tool uses fails, is killed, says half, or hangs, for leader and for worker.

One trial takes one caller and one subcommand, and spoils its first calls one after the other, each in another way; the
first seed turns the order of the ways.  The wild ones take several commands at once.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from functools import partial

from front import Front, Spoilt, persist, stand_in_front
from kills import RESTARTS, without_twins
from scenario import Scenario, small
from stage import AT_MOST, Stage
from trial import Trial

LEADER = (
    "cat-file", "checkout", "clean", "commit-tree", "config", "diff-tree", "fetch", "for-each-ref", "hash-object",
    "init", "ls-files", "ls-tree", "merge-base", "merge-tree", "rev-parse", "status", "symbolic-ref", "update-ref",
    "version",
)  # fmt: skip
WORKER = (
    "add", "cat-file", "check-attr", "checkout", "clean", "commit", "commit-tree", "diff-files", "for-each-ref",
    "ls-files", "rev-parse", "rm", "status", "update-ref", "write-tree",
)  # fmt: skip
"""What each of them calls in the small run."""

MODES = ("kill-after", "fail-128", "half", "kill-before", "fail-1")


def spoil_all(who: str, word: str, turn: int, stage: Stage, chance: random.Random) -> None:
    """The first calls of one command go wrong, each in its own way."""
    front = stand_in_front(stage, "git")
    modes = [MODES[(place + turn) % len(MODES)] for place in range(len(MODES))]
    front.spoil(Spoilt(who, word, 1, mode) for mode in modes)
    _go(stage, front)


def spoil_some(count: int, stage: Stage, chance: random.Random) -> None:
    """A handful of calls of all kinds go wrong."""
    front = stand_in_front(stage, "git")
    found = []
    for _ in range(count):
        who = chance.choice(("leader", "worker"))
        word = chance.choice(LEADER if who == "leader" else WORKER)
        found.append(Spoilt(who, word, chance.randint(1, 5), chance.choice(MODES)))
    front.spoil(found)
    _go(stage, front)


def _go(stage: Stage, front: Front) -> None:
    persist(stage, front.env)
    stage.note(f"spoilt: {dict(front.done())}")


def hang(who: str, word: str, nth: int, stop: bool, stage: Stage, chance: random.Random) -> None:
    """One call never ends.  Somebody kills it; or stops the leader, resumes beside it, and kills it only then."""
    front = stand_in_front(stage, "git")
    front.spoil([Spoilt(who, word, nth, "hang")])
    leader = stage.take_up(env=front.env)
    _until(lambda: bool(front.done()) or leader.poll() is not None)
    if stop and leader.poll() is None:
        leader.send_signal(signal.SIGTERM)
        stage.note(f"the leader was told to end while git hangs: {stage.ended(leader)}")
        leader = stage.take_up()
        signal.sigtimedwait([], 3.0)
    stage.note(f"{front.release()} hanging calls were killed")
    stage.ended(leader)
    persist(stage, {})


def _until(condition: Callable[[], bool]) -> None:
    """A poll: what is waited for is a line in a file."""
    for _ in range(int(AT_MOST / 0.05)):
        if condition():
            return
        os.sched_yield()
        signal.sigtimedwait([], 0.05)
    raise TimeoutError("what was waited for has not come")


def _trial(name: str, disturb: Callable[[Stage, random.Random], None]) -> Trial:
    return Trial(f"git/{name}", _scenario, disturb, RESTARTS)


def _scenario(chance: random.Random) -> Scenario:
    return small("gits")


def fast() -> list[Trial]:
    """A handful of spoilt calls."""
    return [_trial("few-0", partial(spoil_some, 5))]


def whole(first: int) -> list[Trial]:
    """Every command by every caller, hangs, and handfuls."""
    found = [
        _trial(f"{who}-{word}-{first}", partial(spoil_all, who, word, first))
        for who, words in (("leader", LEADER), ("worker", WORKER))
        for word in words
    ]
    hangs = (
        ("leader", "merge-tree", False), ("leader", "update-ref", True), ("leader", "fetch", True),
        ("worker", "checkout", False), ("worker", "status", True),
    )  # fmt: skip
    for who, word, stop in hangs:
        name = f"{who}-{word}-hangs-{'stop' if stop else 'killed'}-{first}"
        found.append(_trial(name, partial(hang, who, word, 1 + first % 2, stop)))
    found += [_trial(f"wild-{seed}", partial(spoil_some, 8)) for seed in range(first, first + 4)]
    return without_twins([*fast(), *found])
