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
        waiting = next((name for name in state.limited if accounts.waits(state, state.tasks[name]) is account), "TASK")
        what = f"account {account.name} refused: {account.reason}" if account.refused else _quota(account, now)
        yield f"{what} → {'mend it, then ' if account.refused else ''}swarm unpause {waiting}"


def _quota(account: Account, now: float) -> str:
    until = account.until or 0.0
    form = "%H:%M" if until - now < _DAY else "%a %H:%M"
    return f"quota until {time.strftime(form, time.localtime(until))} ({account.name})"
