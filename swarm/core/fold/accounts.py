"""What the events of accounts do to a state: each is closed once for all that is said of one refusal, and opened again.

Knows nothing of which task belongs to which account (swarm.core.accounts); the event says it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from swarm.core import events as e
from swarm.core.index import step
from swarm.core.state import REST, Account, State

PAUSES = (60.0, 120.0, 240.0, 480.0, REST)
"""Seconds until each further try, where the service names no time."""

MOST_WAIT = 31 * 86400.0
"""Seconds that a service can mean us to wait: a time that is farther away is taken for none."""


def _limited(state: State, event: e.AttemptLimited, entry: e.Entry) -> None:
    found = state.tasks[event.task]
    step(state, found, event)
    state.limited[found.id] = None
    account = state.accounts.setdefault(event.account, Account(event.account))
    who = f"{event.task}.{event.attempt}"
    if _is_news(account, event, who, entry):
        _close(account, event, entry)
    account.heard.add(who)


def _is_news(account: Account, event: e.AttemptLimited, who: str, entry: e.Entry) -> bool:
    """Whether it tells more than is known.  Everybody on the account reads the same refusal, some of them only after
    it was opened again: that closes it no more, unless they were refused a second time."""
    if account.closed:
        if account.refused or event.refused:
            return event.refused and not account.refused
        return _named(event, entry) is not None and not _is_known(account, event)
    fresh = not account.tries or entry.mono - account.lifted > REST
    return fresh or who in account.heard or not _is_known(account, event)


def _is_known(account: Account, event: e.AttemptLimited) -> bool:
    """Whether it is the refusal for which the account was closed: the same text, or no later time."""
    if event.until is not None and account.named and account.until is not None:
        return event.until <= account.until
    return event.reason == account.reason


def _close(account: Account, event: e.AttemptLimited, entry: e.Entry) -> None:
    if entry.mono - account.lifted > REST and not account.closed:
        account.tries = 0
    if not account.closed:
        account.tries += 1
        account.heard = set()
    until = _named(event, entry)
    wait = PAUSES[min(account.tries, len(PAUSES)) - 1] if until is None else until - entry.at
    account.closed, account.reason, account.refused = True, event.reason, event.refused
    account.named = until is not None and not event.refused
    account.until = None if event.refused else entry.at + wait
    account.due = entry.mono + wait


def _named(event: e.AttemptLimited, entry: e.Entry) -> float | None:
    """The time that the service named, where that is one to wait for."""
    until = event.until
    return until if until is not None and 0 < until - entry.at <= MOST_WAIT else None


def _lifted(state: State, event: e.AccountLifted, entry: e.Entry) -> None:
    account = state.accounts.setdefault(event.account, Account(event.account))
    account.closed, account.lifted = False, entry.mono


HANDLERS: dict[type[e.Event], Callable[[State, Any, e.Entry], None]] = {
    e.AttemptLimited: _limited,
    e.AccountLifted: _lifted,
}
"""The handler of each event of an account."""
