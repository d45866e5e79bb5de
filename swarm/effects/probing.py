"""Looking for clashes: live branches that touch the same files are merged on trial, before it costs anything.

Knows git, not what a clash leads to: nothing.  Costs are bounded: git is asked for tips where a ref has moved, for what
a branch has changed where its tip is another one, and for a merge where two branches touch the same path and one of the
two tips is another one.  What a look can't do within its bounds is left to the next.

What it can't see: work that is not committed, and what a sandboxed agent commits before its attempt is over.  Where one
branch stands on work that has landed since the other began, a conflict with that work in a file that both have touched
is taken for a clash of the two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from swarm.core import events as e
from swarm.core.clashes import PROBE, Glance, Pair
from swarm.effects.tips import Tips
from swarm.effects.trials import Trials, Verdict
from swarm.effects.trouble import said
from swarm.errors import SwarmError
from swarm.git.footprint import touching
from swarm.git.hub import Hub
from swarm.git.trial import on_trial

MOST_BRANCHES = 20
"""Branches that are walked in one look."""
MOST_MERGES = 6
"""Merges on trial in one look."""
MOST_CLASHES = 8
"""Clashes of one task that are worth knowing: two that have as many are not merged on trial."""
MOST_PATHS = 8
"""Paths of a clash that are named."""
LONGEST_PATH = 300
"""Characters of a path that are kept."""


@dataclass(slots=True)
class Lookout:
    """Looks for clashes, one look at a time.  What it knows is in memory, and can be found out again."""

    hub: Hub
    run: str
    _tips: Tips = field(init=False)
    _trials: Trials = field(init=False)
    _settled: object = None
    """The tips and clashes that the last look left, where it left nothing to be done."""
    _looks: int = 0
    _stopped: bool = False

    def __post_init__(self) -> None:
        self._tips, self._trials = Tips(self.hub, self.run), Trials(self.hub)

    def stop(self) -> None:
        """Have the look under way end after its present git command, from any thread."""
        self._stopped = True

    def look(self, glance: Glance) -> tuple[e.Event, ...]:
        """What came and went since `glance.known`; ActionHindered where something was in the way."""
        try:
            return self._look(glance)
        except (SwarmError, OSError) as error:
            return (e.ActionHindered(PROBE, said(error)),)

    def _look(self, glance: Glance) -> tuple[e.Event, ...]:
        tips = self._present(glance)
        if (tips, frozenset(glance.known)) == self._settled:
            return ()
        self._settled = None
        self._trials.keep(frozenset(tips.values()))
        left = self._walk(glance.tip, tips)
        pairs = self._pairs(tips)
        left += self._merge(glance, tips, pairs)
        verdicts = {pair: self._verdict(tips, pairs, pair) for pair in dict.fromkeys([*pairs, *glance.known])}
        if not left:
            standing = frozenset(pair for pair, found in verdicts.items() if found)
            self._settled = (tips, standing)
        return tuple(_news(glance, verdicts))

    def _present(self, glance: Glance) -> dict[str, str]:
        """The tip of each live branch by task; each look begins with another one, so that none is always the last."""
        under_way = {task: live.attempt for task, live in glance.live.items() if live.commit is None}
        sealed = {task: live.commit for task, live in glance.live.items() if live.commit is not None}
        tips = sorted((sealed | self._tips.of(under_way)).items())
        self._looks += 1
        first = self._looks % max(1, len(tips))
        return dict(tips[first:] + tips[:first])

    def _walk(self, onto: str, tips: Mapping[str, str]) -> int:
        """Find out what branches have changed.  How many are left for the next look."""
        missing = [tip for tip in dict.fromkeys(tips.values()) if tip not in self._trials.prints]
        for tip in missing[:MOST_BRANCHES]:
            if not self._stopped:
                self._trials.walk(onto, tip)
        return len(missing[MOST_BRANCHES:])

    def _pairs(self, tips: Mapping[str, str]) -> dict[Pair, None]:
        """The pairs that touch the same, in the order of the tips."""
        prints = {task: self._trials.prints[tip] for task, tip in tips.items() if tip in self._trials.prints}
        return dict.fromkeys(touching(prints))

    def _merge(self, glance: Glance, tips: Mapping[str, str], pairs: Mapping[Pair, None]) -> int:
        """Merge on trial what was not merged as it stands, as far as it is worth knowing.  How many are left."""
        count = Counter(task for pair in glance.known for task in pair)
        todo = [
            pair
            for pair in pairs
            if self._verdict(tips, pairs, pair) is None
            and (pair in glance.known or min(count[task] for task in pair) < MOST_CLASHES)
        ]
        if todo:
            self.hub.restore_config()
            with on_trial(self.hub) as hub:
                for one, other in todo[:MOST_MERGES]:
                    if not self._stopped:
                        self._trials.merge(hub, glance.tip, tips[one], tips[other])
        return len(todo[MOST_MERGES:])

    def _verdict(self, tips: Mapping[str, str], pairs: Mapping[Pair, None], pair: Pair) -> Verdict | None:
        """What is known of two branches as they stand; None where nothing is."""
        both = [tips[task] for task in pair if task in tips]
        if len(set(both)) < 2:  # an agent may delete its branch, or go on from another's
            return ()
        if not self._trials.prints.keys() >= set(both):
            return None
        return self._trials.verdicts.get(frozenset(both)) if pair in pairs else ()


def _news(glance: Glance, verdicts: Mapping[Pair, Verdict | None]) -> Iterator[e.Event]:
    """What differs from what was seen before; nothing of pairs of which nothing is known now."""
    for pair, paths in verdicts.items():
        if paths:
            seen = _seen(glance, pair, paths)
            if seen != glance.known.get(pair):
                yield seen
        elif paths is not None and pair in glance.known:
            yield e.ClashGone(*pair)


def _seen(glance: Glance, pair: Pair, paths: Verdict) -> e.ClashSeen:
    one, other = pair
    named = tuple(path if len(path) <= LONGEST_PATH else path[: LONGEST_PATH - 1] + "…" for path in paths[:MOST_PATHS])
    attempts = (glance.live[one].attempt, glance.live[other].attempt)
    return e.ClashSeen(one, attempts[0], other, attempts[1], named, len(paths) - len(named))
