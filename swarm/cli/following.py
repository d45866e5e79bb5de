"""Following a run's journal: its state as far as it is told, and the entries that come.

Knows the journal and the fold, not what is done with an entry.  Lines that were read and then taken back, because their
write had failed, are forgotten: the state is folded again without them, and what took their place is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from swarm.core.events import Entry
from swarm.core.evolve import evolve, replay
from swarm.core.state import State
from swarm.journal import CutBack, Reader


class Following:
    """One journal.  `state` is the fold of all entries that `entries` has yielded."""

    def __init__(self, journal: Path) -> None:
        self.state = State()
        self._reader = Reader(journal)

    def entries(self) -> Iterator[Entry]:
        """What is new since the last time, each entry once the state holds it.  Raises what a Reader raises."""
        try:
            new = self._reader.read()
        except CutBack as cut:
            self.state = replay(entry for entry in Reader(self._reader.path).read() if entry.seq <= cut.seq)
            new = self._reader.read()
        for entry in new:
            evolve(self.state, entry)
            yield entry

    def catch_up(self) -> State:
        """The state with everything that is new."""
        for _ in self.entries():
            pass
        return self.state
