"""What an adapter is: how to start one kind of agent for one attempt.

Knows no worker and no plan beyond the task at hand.  An adapter is a table-like value; a new CLI is a new file beside
this one and a line in swarm.agents.registry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from swarm.core.plan import Task


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start it: an argument vector, and environment beyond the common allow-list.  The prompt is on stdin."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    pass_env: tuple[str, ...] = ()
    """Names that it needs from the environment in which the worker was started."""
    home: tuple[str, ...] = ()
    """Paths below $HOME that it needs in a sandbox, with `:rw` behind those to which it writes."""


@dataclass(frozen=True, slots=True)
class Agent:
    """One adapter.  `missing()` says why it can't start on this machine, or ""."""

    name: str
    summary: str
    launch: Callable[[Task], Launch]
    missing: Callable[[], str]
