"""The campaign of failing calls: EIO, ENOSPC, EDQUOT and short writes at each call of a kind, in leader and worker.

One trial has one call fail once, as a failing sector or a full disk would.  Whoever is hit stops or tells it in words;
what follows is the model's end.  An fsync that failed is never tried again: who was told so reads the disk again.
"""

from __future__ import annotations

import random

from bending import bend, make_bendable, straighten
from scenario import Job, Scenario
from stage import Stage
from trial import Disturb, Trial

CALLS = {
    "leader": {"write": 48, "fsync": 105, "rename": 52, "create": 48, "mkdir": 100, "unlink": 92, "truncate": 1,
               "fork": 84, "thread": 12},
    "worker": {"write": 27, "fsync": 45, "rename": 22, "create": 35, "link": 6, "mkdir": 8, "unlink": 81,
               "truncate": 3, "fork": 67, "thread": 1},
}  # fmt: skip
"""How many calls of a kind a leader or a worker of `brief` makes on its own files, about (a dry run counts them)."""

WHAT = {
    "write": ("EIO", "ENOSPC", "SHORT", "EDQUOT"), "fsync": ("EIO", "ENOSPC"), "rename": ("EIO", "ENOSPC"),
    "create": ("ENOSPC", "EMFILE", "EROFS"), "link": ("EIO", "ENOSPC"), "mkdir": ("ENOSPC",), "unlink": ("EIO",),
    "truncate": ("EIO",), "fork": ("EAGAIN", "ENOMEM"), "thread": ("EAGAIN",),
}  # fmt: skip


def brief(name: str, executor: str = "process") -> Scenario:
    """Three tasks, of which two meet in one line."""
    jobs = (Job("first", "good"), Job("left", "clash", ("first",)), Job("right", "clash", ("first",)))
    return Scenario(name, jobs, workers=2, executor=executor)


def fails(who: str, call: str, what: str, nth: int) -> Disturb:
    """The nth call of a kind fails, once; the leader, hit or not, is waited for."""

    def disturb(stage: Stage, chance: random.Random) -> None:
        make_bendable(stage)
        bend(stage, who=who, call=call, errno=what, nth=nth)
        leader = stage.take_up()
        stage.ended(leader)
        straighten(stage)
        stage.note(f"the leader ended with {leader.returncode}: {stage.said_by(leader)[-500:]}")

    return disturb


def _trial(who: str, call: str, what: str, nth: int, seed: int) -> Trial:
    name = f"errors/{who}-{call}-{what}-{nth}-{seed}"
    return Trial(name, lambda _: brief("errors"), fails(who, call, what, nth), restarts=3)


def fast() -> list[Trial]:
    """The journal gets half of a batch, then nothing."""
    return [_trial("leader", "write", "SHORT", 45, 0)]


def whole(first: int, each: int = 1) -> list[Trial]:
    """`each` calls of every kind and error, evenly spread over the run; other ones for another first seed, so that
    campaigns which follow each other come round to all."""
    found = []
    for who, counts in CALLS.items():
        for call, count in counts.items():
            for what in WHAT[call]:
                step = count / each
                offset = (0.5 + first * 0.37) % 1
                places = {1 + int((offset + number) * step) for number in range(each)}
                found += [_trial(who, call, what, place, first) for place in sorted(places)]
    return found
