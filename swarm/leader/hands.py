"""The hands of the leader: effects under way, each on the lane where it belongs.

Knows which effects share a lane, not what they do or what comes of them.
"""

from __future__ import annotations

from collections import Counter

from swarm.core import actions as a
from swarm.effects.lanes import Effect, Lane, Results

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

    def begin(self, action: a.Action, effect: Effect) -> None:
        """Carry an effect out after those that share its lane."""
        name = self._lane(action)
        self._busy[action] = name
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

    def can_begin(self, action: a.Action) -> bool:
        """Whether an effect need not wait for one of its kind to return: of all tips that come while one is fetched,
        only the last is worth a fetch, and one look for clashes is enough at a time."""
        alone = isinstance(action, (a.Publish, a.Probe))
        return not alone or not any(type(other) is type(action) for other in self._busy)

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
