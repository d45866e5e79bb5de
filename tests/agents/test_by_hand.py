"""How a person goes on with an agent's conversation in a terminal."""

from __future__ import annotations

import pytest

from swarm.agents.registry import by_hand


@pytest.mark.parametrize(
    ("agent", "line"),
    [
        ("claude", "claude --resume 0b6a-7"), ("codex", "codex resume 0b6a-7"),
        ("opencode", "opencode --session 0b6a-7"), ("command", ""), ("unknown", ""),
    ],
)  # fmt: skip
def test_each_agent_has_its_line_or_none(agent: str, line: str) -> None:
    assert by_hand(agent, "0b6a-7") == line
