"""The campaign of failing calls: EIO, ENOSPC, EDQUOT and short writes at each call of a kind, in leader and worker.

One trial has one call fail once, as a failing sector or a full disk would.  Whoever is hit stops or tells it in words;
what follows is the model's end.  An fsync that failed is never tried again: who was told so reads the disk again.
"""

from __future__ import annotations

import random
import time

from bending import bend, make_bendable, straighten
from plainness import plainly
from scenario import Job, Scenario
from stage import AT_MOST, Stage
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


def fails(who: str, call: str, what: str, nth: int, until: str = "once") -> Disturb:
    """The nth call of a kind fails; the leader that is hit, or not, is waited for."""

    def disturb(stage: Stage, chance: random.Random) -> None:
        make_bendable(stage)
        bend(stage, who=who, call=call, errno=what, nth=nth, until=until)
        leader = stage.take_up()
        if until == "once":
            leader.wait(AT_MOST)
        else:  # nothing gets better until somebody mends it
            fired = stage.root / "py" / "fired"
            patience = time.monotonic() + AT_MOST
            while leader.poll() is None and time.monotonic() < patience:
                time.sleep(0.05)
                if fired.exists() and len(fired.read_text().splitlines()) > 3:
                    break
        straighten(stage)
        leader.wait(AT_MOST)
        stage.note(f"the leader ended with {leader.returncode}: {stage.said_by(leader)[-500:]}")

    return disturb


def _trial(who: str, call: str, what: str, nth: int, until: str = "once") -> Trial:
    name = f"errors/{who}-{call}-{what}-{until}-{nth}"
    return Trial(name, lambda _: brief("errors"), fails(who, call, what, nth, until), restarts=3, also=plainly())


def fast() -> list[Trial]:
    """The journal gets half of a batch, then nothing."""
    return [_trial("leader", "write", "SHORT", 45)]


def whole(first: int, each: int = 3) -> list[Trial]:
    """`each` calls of every kind and error, evenly spread over the run; other ones for another first seed."""
    found = []
    for who, counts in CALLS.items():
        for call, count in counts.items():
            for what in WHAT[call]:
                step = count / each
                offset = (0.5 + first * 0.37) % 1
                places = {1 + int((offset + number) * step) for number in range(each)}
                found += [_trial(who, call, what, place) for place in sorted(places)]
    return found
