"""Where a message goes: `route(state, sender, to) -> Route`, or Refused.  Pure.

Addresses: `leader`, `operator`, a worker, a task (whoever runs it; kept until somebody does), `role:NAME` (whoever
runs a task with that role), `all`.  A name alone is a worker first, then a task, then a role.
"""

from __future__ import annotations

from dataclasses import dataclass

from swarm.core.commands import Refused
from swarm.core.state import State
from swarm.core.status import TERMINAL

MOST_SAID = 1000
"""Messages that one attempt may send, each counted once for every mailbox that it goes to."""

MOST_SAID_BYTES = 8 << 20
"""Letters of all these texts: they stand in the journal and in every one of the mailboxes."""


@dataclass(frozen=True, slots=True)
class Route:
    """Mailboxes that a message goes to now, or the task that it is kept for."""

    recipients: tuple[str, ...] = ()
    task: str = ""


def route(state: State, sender: str, to: str) -> Route:
    """Where a message of `sender` to `to` goes.  Raises Refused for an address that nobody has."""
    kind, _, name = to.rpartition(":")
    if kind == "" and name == "all":
        return Route(tuple(box for box in (*state.workers, "operator") if box != sender))
    if kind == "" and name == "leader":
        return Route()
    if kind == "" and name == "operator":
        return Route(("operator",))
    if kind in ("", "worker") and name in state.workers:
        return Route((name,))
    if kind in ("", "task") and name in state.tasks:
        return _to_task(state, name)
    if kind in ("", "role"):
        return _to_role(state, sender, name)
    raise Refused(f"nobody here is called {to!r}")


def _to_task(state: State, name: str) -> Route:
    task = state.tasks[name]
    if task.status in TERMINAL:
        raise Refused(f"{name} is {task.status}; nobody will read this")
    if task.worker is not None and task.assigned:
        return Route((task.worker,))
    return Route(task=name)


def _to_role(state: State, sender: str, name: str) -> Route:
    active = (state.tasks[task] for task in state.under_way)
    boxes = tuple(t.worker for t in active if t.task.role == name and t.assigned and t.worker not in (None, sender))
    if boxes:
        return Route(tuple(box for box in boxes if box))
    having = (t for t in state.tasks.values() if t.task.role == name and t.status not in TERMINAL)
    waiting = next((t.id for t in having if t.worker is None or t.worker != sender), None)
    if waiting is None:
        raise Refused(f"nobody here is called {name!r}")
    return Route(task=waiting)


def is_talked_out(state: State, sender: str) -> bool:
    """Whether a worker's agent has sent all that one attempt may send."""
    worker = state.workers.get(sender)
    return worker is not None and (worker.said >= MOST_SAID or worker.said_bytes >= MOST_SAID_BYTES)
