"""All readers by name.  The only place that knows which there are; a worker loads it, so it stays light."""

from __future__ import annotations

from collections.abc import Callable

from swarm.agents.builtin.reader import BuiltinStream
from swarm.agents.claudestream import ClaudeStream
from swarm.agents.reading import Reader

READERS: dict[str, Callable[[], Reader]] = {"builtin": BuiltinStream, "claude": ClaudeStream}
