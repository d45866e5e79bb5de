"""Trials: what single branches have changed, and whether two of them would merge.  Asked for once for each tip.

Knows tips, not whose they are, nor how many trials one may have (swarm.effects.probing).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from swarm.effects.trouble import is_of_the_disk, passes
from swarm.errors import SwarmError
from swarm.git import merge, trial
from swarm.git.footprint import Footprint, blamed, footprint
from swarm.git.hub import Hub
from swarm.process import TimedOut

MOST_CHANGES = 20_000
"""Paths that a branch may change; one with more touches everything, and counts as one that touches nothing."""

T = TypeVar("T")
Verdict = tuple[str, ...]
"""The paths in which two branches clash; () where they don't, or where git can't tell."""


@dataclass(slots=True)
class Trials:
    """What was found out about tips.  `onto`, wherever it stands, is the tip that they are to be merged onto."""

    hub: Hub
    prints: dict[str, Footprint] = field(default_factory=dict)
    verdicts: dict[frozenset[str], Verdict] = field(default_factory=dict)
    _renames: dict[str, dict[str, str]] = field(default_factory=dict)

    def keep(self, tips: frozenset[str]) -> None:
        """Forget what was known of all other tips."""
        self.prints = {tip: found for tip, found in self.prints.items() if tip in tips}
        self._renames = {tip: found for tip, found in self._renames.items() if tip in tips}
        self.verdicts = {both: found for both, found in self.verdicts.items() if both <= tips}

    def walk(self, onto: str, tip: str) -> None:
        """Find out what a branch has changed: one git command."""
        nothing: frozenset[str] = frozenset()
        paths = _told(lambda: trial.changes(trial.modest(self.hub), onto, tip), nothing)
        self.prints[tip] = footprint(paths) if len(paths) <= MOST_CHANGES else Footprint()

    def merge(self, hub: Hub, onto: str, one: str, other: str) -> None:
        """Find out whether two branches that were walked would merge: one git command, three where files were renamed.

        `hub`: as swarm.git.trial.on_trial gives it.
        """
        found = _told(lambda: merge.merge(hub, one, other), None)
        conflicts = found.paths if isinstance(found, merge.Conflict) else ()
        here, there = self.prints[one], self.prints[other]
        renames: dict[str, str] = {}
        if set(conflicts) - (here.paths & there.paths):
            renames = self._renamed(onto, one) | self._renamed(onto, other)
        self.verdicts[frozenset((one, other))] = blamed(conflicts, here, there, renames)

    def _renamed(self, onto: str, tip: str) -> dict[str, str]:
        if tip not in self._renames:
            self._renames[tip] = _told(lambda: trial.renames(trial.modest(self.hub), onto, tip), {})
        return self._renames[tip]


def _told(ask: Callable[[], T], otherwise: T) -> T:
    """What git says, or `otherwise` where it can't tell: a branch without a common history, a commit that is not there,
    a merge that takes too long.  Raises what may be different in a moment."""
    try:
        return ask()
    except TimedOut:
        return otherwise
    except SwarmError as error:
        if passes(error) or is_of_the_disk(error):
            raise
        return otherwise
