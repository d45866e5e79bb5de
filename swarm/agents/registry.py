"""All adapters by name.  The only place that knows which there are."""

from __future__ import annotations

from swarm.agents.aider import AIDER
from swarm.agents.claude import CLAUDE
from swarm.agents.codex import CODEX
from swarm.agents.command import COMMAND
from swarm.agents.definition import Agent
from swarm.agents.gemini import GEMINI
from swarm.agents.opencode import OPENCODE
from swarm.agents.scripted import SCRIPTED

AGENTS: dict[str, Agent] = {
    agent.name: agent for agent in (CLAUDE, CODEX, GEMINI, OPENCODE, AIDER, COMMAND, SCRIPTED)
}  # fmt: skip


def trouble(name: str) -> str:
    """Why the agent of that name can't be used here, or ""."""
    agent = AGENTS.get(name)
    if agent is None:
        return f"there is no agent {name!r}; known here: {', '.join(AGENTS)}"
    return agent.missing()
