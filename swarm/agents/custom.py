"""Agents of the user's own (`agents:`): a launch line that they wrote, as an adapter like all others.

What such a program may do is what its own line says: our permissions are not passed to it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable

from swarm.agents.definition import Agent, Launch, Order
from swarm.agents.places import PROMPT, SESSION
from swarm.agents.readers import READERS
from swarm.core.plan import AgentSpec

MODEL = "{{model}}"
"""In `model:` alone: the one that is asked for."""


def custom(spec: AgentSpec) -> Agent:
    """The adapter of a definition."""

    def launch(order: Order) -> Launch:
        model = _model(spec, order.task.model)
        return Launch(
            (*spec.argv, *model), again=(*spec.again, *model) if spec.again else (),
            taken=(*spec.taken, *model) if spec.taken else (), env=spec.env,
            pass_env=spec.pass_env, home=spec.home, stdin=not _has(PROMPT, spec.argv),
            session=order.session if _has(SESSION, spec.argv) else "",
        )  # fmt: skip

    resumes = "worktree" if spec.again else ""
    return Agent(spec.name, "your own", launch, lambda: _missing(spec), reader=spec.reader, resumes=resumes)


def _model(spec: AgentSpec, wanted: str | None) -> tuple[str, ...]:
    return tuple(word.replace(MODEL, wanted) for word in spec.model) if wanted else ()


def _has(place: str, words: Iterable[str]) -> bool:
    return any(place in word for word in words)


def _missing(spec: AgentSpec) -> str:
    """Why it can't start here, or what is wrong with its definition."""
    if spec.reader and spec.reader not in READERS:
        return f"its reader {spec.reader!r} does not exist; there are: {', '.join(sorted(READERS)) or 'none'}"
    if spec.again and not spec.reader:
        return "`again` needs a `reader`, which tells how a turn ended"
    if "{{" not in spec.argv[0] and shutil.which(spec.argv[0]) is None:
        return f"{spec.argv[0]} was not found on PATH"
    return ""
