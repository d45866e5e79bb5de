"""The hands of the leader: effects under way, each on the lane where it belongs.

Knows which effects share a lane, not what they do or what comes of them.
"""

from __future__ import annotations

from collections import Counter

from swarm import clock
from swarm.core import actions as a
from swarm.effects.lanes import Effect, Lane, Results

PUBLISH_PACE = 1.0
"""Seconds from one fetch into the user's repository to the next while work goes on: each costs as much as a dozen git
commands.  The leader looks again at least as often."""

PATIENCE = 10.0
"""Seconds that a lane has to end its present effect when the leader goes."""


class Hands:
    """Effects that were begun and have not returned.  Their results come by `results`; tell each one to `done`."""

    def __init__(self, results: Results, gates: int) -> None:
        self._results = results
        self._gates = max(1, gates)
        self._lanes: dict[str, Lane] = {}
        self._busy: dict[a.Action, str] = {}
        """Each action with its lane."""
        self._publish_due = 0.0

    def begin(self, action: a.Action, effect: Effect) -> None:
        """Carry an effect out after those that share its lane."""
        name = self._lane(action)
        self._busy[action] = name
        if isinstance(action, a.Publish):
            self._publish_due = clock.since_boot() + PUBLISH_PACE
        if name not in self._lanes:
            self._lanes[name] = Lane(name, self._results)
        self._lanes[name].put(action, effect)

    def done(self, action: a.Action) -> None:
        """Its result has come."""
        self._busy.pop(action, None)

    @property
    def are_busy(self) -> bool:
        """Whether any effect that is missed has not returned; a look for clashes is not."""
        return any(not isinstance(action, a.Probe) for action in self._busy)

    def can_begin(self, action: a.Action, hurry: bool = False) -> bool:
        """Whether an effect need not wait for one of its kind to return, and a fetch not for its pace: of all tips that
        come meanwhile, only the last is worth a fetch, and one look for clashes is enough at a time.  `hurry`: nothing
        else is under way."""
        if not isinstance(action, (a.Publish, a.Probe)):
            return True
        if isinstance(action, a.Publish) and not hurry and clock.since_boot() < self._publish_due:
            return False
        return not any(type(other) is type(action) for other in self._busy)

    def close(self) -> None:
        """End all lanes."""
        for lane in self._lanes.values():
            lane.close()
        for lane in self._lanes.values():
            lane.join(PATIENCE)

    def _lane(self, action: a.Action) -> str:
        """Effects on the same things share a lane, so that they happen in the order in which they were wanted."""
        match action:
            case a.Prove():
                return self._gate()
            case a.Land():
                return "land"
            case a.Publish():  # in the user's repository: nobody who waits for a landing waits for this fetch
                return "publish"
            case a.Spawn():
                return "spawn"
            case a.Keep():
                return "keep"
            case a.Probe():
                return "probe"
            case _:
                return "floor"

    def _gate(self) -> str:
        """A gate that is free; where a proof that is no longer wanted still ends in each of them, the least busy."""
        taken = Counter(self._busy.values())
        return min((f"gate-{number}" for number in range(self._gates)), key=lambda name: taken[name])
