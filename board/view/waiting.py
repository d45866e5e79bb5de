"""What waits for an account, and until when, in a few words.  Pure; the time of day is that of the place.

Knows the state alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from swarm.core import accounts
from swarm.core.quota import Account
from swarm.core.state import State, TaskState

_DAY = 86400.0


def note(state: State, task: TaskState) -> str:
    """Of a task whose attempt waits for its account; else ""."""
    account = accounts.waits(state, task)
    if account is None:
        return ""
    if account.refused:
        return f"account {account.name} refused: {account.reason}"
    return f"{_quota(account, state.at)}: {account.reason}"


def holding_up(state: State, now: float) -> Iterator[str]:
    """The closed accounts, each with the way out."""
    for account in accounts.closed(state):
        what = f"account {account.name} refused: {account.reason}" if account.refused else _quota(account, now)
        waiting = _waiting(state, account)
        way_out = f" → {'mend it, then ' if account.refused else ''}swarm unpause {waiting}" if waiting else ""
        yield f"{what}{way_out}"


def _waiting(state: State, account: Account) -> str:
    """A task that opens the account when it is to go on: one whose attempt waits for it, else one that would begin; ""
    where none is left."""
    limited = (name for name in state.limited if accounts.waits(state, state.tasks[name]) is account)
    ready = (name for _, _, name in reversed(state.ready))
    others = (name for name in (*state.limited, *ready) if accounts.bar(state, state.tasks[name]) is account)
    return next(limited, "") or next(others, "")


def _quota(account: Account, now: float) -> str:
    until = account.until or 0.0
    form = "%H:%M" if until - now < _DAY else "%a %H:%M"
    return f"quota until {time.strftime(form, time.localtime(until))} ({account.name})"
