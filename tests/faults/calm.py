"""The calm campaign: no fault at all.  What the oracles say here they would say of anything."""

from __future__ import annotations

import random

from scenario import random_scenario, small
from stage import Stage
from trial import Trial


def calm(stage: Stage, chance: random.Random) -> None:
    """Nothing is done to it."""


def fast() -> list[Trial]:
    """The small run with tmux; probes to which nothing is done are calm with processes."""
    return [trial for trial in trials(0) if trial.name == "calm/small-tmux"]


def trials(count: int, first: int = 0) -> list[Trial]:
    """The small run on each executor, then `count` random ones."""
    found = [
        Trial(f"calm/small-{executor}", lambda _, executor=executor: small("calm", executor), calm, restarts=1)
        for executor in ("process", "tmux")
    ]
    for seed in range(first, first + count):
        executor = "tmux" if seed % 4 == 3 else "process"
        found.append(
            Trial(
                f"calm/random-{seed}",
                lambda chance, executor=executor: random_scenario("calm", chance, executor),
                calm,
                restarts=1,
            )
        )
    return found
