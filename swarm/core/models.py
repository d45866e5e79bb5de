"""Names of models: which one was asked for, and whether another one ran.  Pure.

Asked for by alias (`sonnet`), by family (`claude-sonnet-4-5`) or in full, with a provider in front or not; told by the
agent in full, with a date.  Two names that could be the same are: a mismatch is only said where there is one.
"""

from __future__ import annotations

import re

from swarm.core import pools
from swarm.core.plan import Plan, Task
from swarm.core.state import State, TaskState

_ANY = frozenset({"", "inherit", "default", "auto"})
"""Names that ask for no model in particular."""

_ALIASES = {"opusplan": ("opus", "sonnet")}
"""Aliases that stand for one of several."""

_STAMP = re.compile(r"(-(20\d{6}|20\d\d-\d\d-\d\d|latest|preview|exp|\d{2}-\d{2}|v\d+))+\Z")
"""What a service adds to a model's name: its date, its version."""


def asked(plan: Plan, task: Task) -> str:
    """The model that its agent was asked for; "" for any.  `task` is as its worker does it (swarm.core.pools): a role's
    model that means nothing to that agent is not in it, and an agent of the user's own may take none."""
    own = next((spec for spec in plan.agents if spec.name == task.agent), None)
    return "" if own is not None and not own.model else task.model or ""


def is_same(wanted: str, ran: str) -> bool:
    """Whether what ran can be what was asked for.  Also where nothing was asked for, or nothing is known."""
    one, other = _plain(wanted), _plain(ran)
    if one in _ANY or other in _ANY or one == other:
        return True
    words = other.split("-")
    return any(name in words for name in _ALIASES.get(one, (one,)) if "-" not in name)


def mismatch(state: State, task: TaskState) -> str:
    """What is to be said where another model ran than the one asked for, in the newest attempt that told; else ""."""
    told = next((attempt for attempt in reversed(task.attempts) if attempt.model), None)
    if told is None:
        return ""
    wanted = asked(state.plan, pools.of_attempt(state, task, told.worker))
    return "" if is_same(wanted, told.model) else f"asked for {wanted}, but {told.model} runs"


def _plain(name: str) -> str:
    """Without provider, variant and date, in one spelling: `anthropic/Claude-Sonnet-4.5@20250929` is
    `claude-sonnet-4-5`."""
    last = re.sub(r"[\[:@].*\Z", "", name.strip().lower()).rpartition("/")[2].rpartition("anthropic.")[2]
    return _STAMP.sub("", re.sub(r"[._]", "-", last))
