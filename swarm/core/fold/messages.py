"""What the events of messages and commands do to a state: what was taken, what is still to be delivered, what is unread.

Keeps no text longer than it must: the journal has it.  Knows nothing of mailboxes on disk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from swarm.core import events as e
from swarm.core.state import State


def _accepted(state: State, event: e.MessageAccepted, entry: e.Entry) -> None:
    state.taken.add(event.id)
    state.messages += 1
    for recipient in event.recipients:
        state.undelivered[event.id, recipient] = event
    if event.task:
        state.kept[event.id] = event
        state.tasks[event.task].mail.append(event.id)


def _delivered(state: State, event: e.MessageDelivered, entry: e.Entry) -> None:
    state.undelivered.pop((event.id, event.recipient), None)
    kept = state.kept.get(event.id)
    if kept and kept.task == event.recipient:
        del state.kept[event.id]
        state.tasks[kept.task].mail.remove(event.id)
    state.unread[event.recipient] += 1


def _read(state: State, event: e.MessageRead, entry: e.Entry) -> None:
    state.unread[event.recipient] = max(0, state.unread[event.recipient] - 1)


def _taken(state: State, event: e.CommandTaken, entry: e.Entry) -> None:
    state.taken.add(event.id)


HANDLERS: dict[type[e.Event], Callable[[State, Any, e.Entry], None]] = {
    e.MessageAccepted: _accepted,
    e.MessageDelivered: _delivered,
    e.MessageRead: _read,
    e.CommandTaken: _taken,
}
"""The handler of each event of messages."""
