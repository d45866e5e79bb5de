"""What the events of accounts do to a state: they are closed and opened (swarm.core.quota), and attempts wait for them.

Knows nothing of which task belongs to which account (swarm.core.accounts); the event says it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from swarm.core import events as e
from swarm.core.index import step
from swarm.core.quota import Account
from swarm.core.state import State


def _limited(state: State, event: e.AttemptLimited, entry: e.Entry) -> None:
    found = state.tasks[event.task]
    step(state, found, event)
    state.limited[found.id] = None
    state.accounts.setdefault(event.account, Account(event.account)).hear(event, entry.at, entry.mono)


def _lifted(state: State, event: e.AccountLifted, entry: e.Entry) -> None:
    state.accounts.setdefault(event.account, Account(event.account)).open(entry.mono)


HANDLERS: dict[type[e.Event], Callable[[State, Any, e.Entry], None]] = {
    e.AttemptLimited: _limited,
    e.AccountLifted: _lifted,
}
"""The handler of each event of an account."""
