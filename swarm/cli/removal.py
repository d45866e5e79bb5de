"""What a look at an ended run comes to: what can go, and what holds and why.

Values with the deed that belongs to them; who looks is `swarm.cli.leftovers`, who does and tells it `swarm.cli.clean`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Removal:
    """One thing that can go; `size` in bytes on the disk.  `act` returns what a person should hear of it, or ""."""

    what: str
    size: int
    act: Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class Hold:
    """One thing that stays, and the command that would let it go ("" where there is none)."""

    why: str
    way_out: str = ""


@dataclass(frozen=True, slots=True)
class Leftovers:
    """Of one run.  `act` the removals in their order: each leaves a state from which the rest can be done later."""

    removals: list[Removal] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)

    def file(self, one: Removal | Hold) -> None:
        """Put it where it belongs."""
        if isinstance(one, Hold):
            self.holds.append(one)
        else:
            self.removals.append(one)
