"""The kills: leader and worker die at system calls of each kind, and the run is taken up again.

A trial's name says whom, on which side of the call, which kind and which of them: `kills/leader-before-sync-37`.  The
chains kill whoever takes over as well, several times, at calls of any kind.  There are more calls than trials: the
whole campaign takes an even share of them, and another first seed takes the ones beside.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scenario import Scenario, small
from stage import HERE, Stage
from tracer import CALLS, why_not
from trial import Trial

RESTARTS = 2

LEADERS = {
    "write": 131, "sync": 128, "create": 60, "rename": 66, "link": 5, "unlink": 119, "mkdir": 106, "spawn": 100,
    "lock": 26,
}  # fmt: skip
WORKERS = {
    "write": 79, "sync": 118, "create": 76, "rename": 56, "link": 14, "unlink": 244, "mkdir": 20, "spawn": 191,
    "lock": 14, "change": 12,
}  # fmt: skip
"""About how many calls of a kind one small run makes; a trial whose number is beyond them kills nobody, and says so."""


@dataclass(frozen=True)
class Blow:
    """Whom to kill at which calls: `victim` as in tracer.py."""

    victim: str
    kinds: tuple[str, ...]
    at: tuple[int, ...]
    side: str = "before"

    def forewords(self, stage: Stage) -> tuple[str, ...]:
        """What stands in front of a leader's program."""
        plan = {
            "victim": self.victim, "kinds": self.kinds, "at": self.at, "side": self.side,
            "report": str(stage.root / "out" / "tracer"),
        }  # fmt: skip
        return (sys.executable, "-S", "-E", str(HERE / "tracer.py"), json.dumps(plan), "--")


def strike(stage: Stage, blow: Blow) -> int:
    """Take the run up with the blow waiting for it, and wait for that leader's end; its exit code."""
    leader = stage.take_up(forewords=blow.forewords(stage))
    code = stage.ended(leader)
    seen = json.loads((stage.root / "out" / "tracer").read_text())
    stage.note(f"{blow.victim} was killed at {seen['hits'] or 'none'} of {seen['seen']} calls; exit {code}")
    return code


def blows(*planned: Blow) -> Callable[[Stage, random.Random], None]:
    """One blow after the other; each hits the leader (or the workers of the leader) that takes the run up then."""

    def disturb(stage: Stage, chance: random.Random) -> None:
        for blow in planned:
            if not (stage.has_run() and stage.is_over()):
                strike(stage, blow)

    return disturb


def chain(victims: Sequence[str], length: int) -> Callable[[Stage, random.Random], None]:
    """Lives that end early, one after the other: `length` of them, at calls of any kind."""

    def disturb(stage: Stage, chance: random.Random) -> None:
        for _ in range(length):
            if stage.has_run() and stage.is_over():
                return
            victim = chance.choice(victims)
            first = chance.randint(1, 250)
            more = () if victim == "self" else (first + chance.randint(100, 200), first + chance.randint(300, 400))
            strike(stage, Blow(victim, tuple(CALLS), (first, *more), chance.choice(("before", "after"))))

    return disturb


def _scenario(executor: str) -> Callable[[random.Random], Scenario]:
    return lambda _: small("kills", executor)


def _single(who: str, victim: str, kind: str, number: int) -> Trial:
    """Side and executor hang on the number alone, so that a name says all."""
    side = "after" if number % 4 == 3 else "before"
    executor = "tmux" if number % 5 == 4 else "process"
    disturb = blows(Blow(victim, (kind,), (number,), side))
    return Trial(f"kills/{who}-{side}-{kind}-{number}", _scenario(executor), disturb, RESTARTS, lacks=why_not)


def _chained(who: str, victims: Sequence[str], executor: str, seed: int, length: int = 6) -> Trial:
    return Trial(f"kills/{who}-chain-{seed}", _scenario(executor), chain(victims, length), RESTARTS, lacks=why_not)


def _share(counts: dict[str, int], shares: int, first: int) -> list[tuple[str, int]]:
    """About `shares` of all calls, evenly; another `first` begins elsewhere."""
    total = sum(counts.values())
    found = []
    for kind, count in counts.items():
        wanted = max(2, round(shares * count / total))
        found += [(kind, (first + place * count // wanted) % count or count) for place in range(wanted)]
    return found


def without_twins(found: Sequence[Trial]) -> list[Trial]:
    """The first of each name."""
    return list({trial.name: trial for trial in reversed(found)}.values())[::-1]


def fast() -> list[Trial]:
    """A short chain of leaders.  Workers die in the probes and the tours; one that dies before its first word is missed
    only after a minute, which is for the whole."""
    return [_chained("leader-short", ["self"], "process", 0, 3)]


def whole(first: int) -> list[Trial]:
    """Singles of every kind on each side, two workers in the middle of attempts, and chains."""
    twice = blows(Blow("worker", tuple(CALLS), (150, 420)))
    found = [Trial("kills/worker-tmux-twice-0", _scenario("tmux"), twice, RESTARTS, lacks=why_not)]
    found += [_single("leader", "self", kind, number) for kind, number in _share(LEADERS, 36, first)]
    found += [_single("worker", "worker", kind, number) for kind, number in _share(WORKERS, 30, first)]
    for seed in range(first, first + 5):
        found.append(_chained("leader", ["self"], "process", seed))
        found.append(_chained("worker", ["worker"], "process", seed, 1))
        found.append(_chained("worker-tmux", ["worker"], "tmux", seed, 1))
        found.append(_chained("both", ["self", "worker"], "process" if seed % 2 else "tmux", seed))
    return without_twins([*fast(), *found])
