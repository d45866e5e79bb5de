"""What the events of accounts do to a state: a gate is closed once for all that is said of a refusal, and opened again.

Knows nothing of which task belongs to which account (swarm.core.accounts); the event says it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from swarm.core import events as e
from swarm.core.index import step
from swarm.core.state import REST, Gate, State

PAUSES = (60.0, 120.0, 240.0, 480.0, REST)
"""Seconds until each further try, where the service names no time."""

MOST_WAIT = 31 * 86400.0
"""Seconds that a service can mean us to wait: a time that is farther away is taken for none."""


def _limited(state: State, event: e.AttemptLimited, entry: e.Entry) -> None:
    found = state.tasks[event.task]
    step(state, found, event)
    state.limited[found.id] = None
    gate = state.gates.setdefault(event.account, Gate(event.account))
    who = f"{event.task}.{event.attempt}"
    if _is_news(gate, event, who, entry):
        _close(gate, event, entry)
    gate.heard.add(who)


def _is_news(gate: Gate, event: e.AttemptLimited, who: str, entry: e.Entry) -> bool:
    """Whether it tells more than is known.  Everybody on the account reads the same refusal, some of them only after
    the gate was opened again: that closes it no more, unless they were refused a second time."""
    if gate.closed:
        if gate.refused or event.refused:
            return event.refused and not gate.refused
        return _named(event, entry) is not None and not _is_known(gate, event)
    fresh = not gate.tries or entry.mono - gate.lifted > REST
    return fresh or who in gate.heard or not _is_known(gate, event)


def _is_known(gate: Gate, event: e.AttemptLimited) -> bool:
    """Whether it is the refusal for which the gate was closed: the same text, or no later time."""
    if event.until is not None and gate.named and gate.until is not None:
        return event.until <= gate.until
    return event.reason == gate.reason


def _close(gate: Gate, event: e.AttemptLimited, entry: e.Entry) -> None:
    if entry.mono - gate.lifted > REST and not gate.closed:
        gate.tries = 0
    if not gate.closed:
        gate.tries += 1
        gate.heard = set()
    until = _named(event, entry)
    wait = PAUSES[min(gate.tries, len(PAUSES)) - 1] if until is None else until - entry.at
    gate.closed, gate.reason, gate.refused = True, event.reason, event.refused
    gate.named = until is not None and not event.refused
    gate.until = None if event.refused else entry.at + wait
    gate.due = entry.mono + wait


def _named(event: e.AttemptLimited, entry: e.Entry) -> float | None:
    """The time that the service named, where that is one to wait for."""
    until = event.until
    return until if until is not None and 0 < until - entry.at <= MOST_WAIT else None


def _lifted(state: State, event: e.AccountLifted, entry: e.Entry) -> None:
    gate = state.gates.setdefault(event.account, Gate(event.account))
    gate.closed, gate.lifted = False, entry.mono


HANDLERS: dict[type[e.Event], Callable[[State, Any, e.Entry], None]] = {
    e.AttemptLimited: _limited,
    e.AccountLifted: _lifted,
}
"""The handler of each event of an account."""
