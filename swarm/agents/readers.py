"""All readers by name.  The only place that knows which there are; a worker loads it, so it stays light."""

from __future__ import annotations

from collections.abc import Callable

from swarm.agents.lines import LinesReader
from swarm.agents.reading import Reader

READERS: dict[str, Callable[[], Reader]] = {
    "lines": LinesReader,
}
