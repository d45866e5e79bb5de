"""All adapters by name.  The only place that knows which there are."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping

from swarm.agents.aider import AIDER
from swarm.agents.builtin.adapter import BUILTIN
from swarm.agents.claude import CLAUDE
from swarm.agents.codex import CODEX
from swarm.agents.command import COMMAND
from swarm.agents.copilot import COPILOT
from swarm.agents.custom import custom
from swarm.agents.definition import Agent
from swarm.agents.gemini import GEMINI
from swarm.agents.opencode import OPENCODE
from swarm.agents.pi import PI
from swarm.agents.places import fill_all
from swarm.agents.qwen import QWEN
from swarm.agents.scripted import SCRIPTED
from swarm.core.plan import AgentSpec, Task

AGENTS: dict[str, Agent] = {
    agent.name: agent
    for agent in (CLAUDE, CODEX, GEMINI, OPENCODE, AIDER, QWEN, PI, COPILOT, BUILTIN, COMMAND, SCRIPTED)
}  # fmt: skip


def known(specs: Iterable[AgentSpec] = ()) -> Mapping[str, Agent]:
    """The adapters, with the user's own; theirs can't take the place of ours."""
    return {**{spec.name: custom(spec) for spec in specs}, **AGENTS}


def trouble(name: str, specs: Iterable[AgentSpec] = ()) -> str:
    """Why the agent of that name can't be used here, or ""."""
    agents = known(specs)
    if name not in agents:
        return f"there is no agent {name!r}; known here: {', '.join(agents)}"
    if name in AGENTS and any(spec.name == name for spec in specs):
        return f"`agents:` defines {name!r}, and there is an agent of that name; call yours otherwise"
    return agents[name].missing()


def by_hand(name: str, session: str) -> str:
    """What a person types to go on with a conversation of that agent; "" where there is no way."""
    agent = AGENTS.get(name)
    return shlex.join(fill_all(agent.by_hand, {"session": session})) if agent is not None else ""


def refusal(task: Task, specs: Iterable[AgentSpec] = ()) -> str:
    """Why its agent can't do the task as it is asked for, with the way out; "" for none, or an agent unknown here."""
    agent = known(specs).get(task.agent)
    return agent.refuses(task) if agent is not None else ""
