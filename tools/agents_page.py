"""Writes the table of docs/agents.md anew, after an adapter has changed: `python -m tools.agents_page`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from swarm.agents.definition import Agent, Launch, Order
from swarm.agents.registry import AGENTS
from swarm.core.plan import Mode, Permission, Task

PAGE = Path(__file__).parents[1] / "docs" / "agents.md"
BEGIN, END = "<!-- table -->\n", "<!-- end of the table -->\n"
ELSEWHERE = frozenset({"command", "scripted"})
"""Explained in docs/tasks.md: they do what they are told word by word."""

VARIABLES = "By which variables of yours each logs in and gets out, where they are set; no other agent sees them:"

_GOES_ON = {"anywhere": "also in a later attempt", "worktree": "also in a later attempt of the same worker"}


def table(agents: Iterable[Agent] = AGENTS.values()) -> str:
    """What each adapter can do, as Markdown."""
    lines = [
        "| agent | is | permissions | role's tools | modes"
        " | goes on with its conversation | messages reach it | usage | taken over |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    shown = [agent for agent in agents if agent.name not in ELSEWHERE]
    lines += [_row(agent) for agent in shown]
    lines += ["", VARIABLES, ""]
    lines += [f"- `{agent.name}`: {_listed(_launch(agent).pass_env) or 'none'}" for agent in shown]
    return "\n".join(lines) + "\n"


def _row(agent: Agent) -> str:
    launch = _launch(agent)
    cells = (
        f"`{agent.name}`",
        agent.summary,
        _listed(one.value for one in Permission if one in agent.permissions),
        "no" if agent.objection(Task("t", "t", "t", agent=agent.name, tools=("Read",))) else "yes",
        _listed(one.value for one in Mode if one in agent.modes),
        _GOES_ON.get(agent.resumes, "in its attempt") if launch.again else "no",
        "while it works" if agent.listens else "with its next turn" if launch.again else "no",
        "tokens, dollars" if agent.priced else "tokens" if agent.reader and agent.counted else "no",
        "yes" if launch.taken else "no",
    )
    return "| " + " | ".join(cells) + " |"


def _launch(agent: Agent) -> Launch:
    return agent.launch(Order(Task("t", "t", "t", agent=agent.name), "00000000-0000-4000-8000-000000000000"))


def _listed(names: Iterable[str]) -> str:
    return " ".join(f"`{name}`" for name in names)


def page(text: str) -> str:
    """The page with the table as it is now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
