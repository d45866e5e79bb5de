"""What the events of messages and commands do to a state: what was taken, what is to be delivered, what is unread.

Keeps no text longer than it must: the journal has it.  Knows nothing of mailboxes on disk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from swarm.core import events as e
from swarm.core.digest import digest
from swarm.core.state import State


def _accepted(state: State, event: e.MessageAccepted, entry: e.Entry) -> None:
    state.taken[event.id] = digest(event.sender, event.text)
    state.messages += 1
    sender = state.workers.get(event.sender)
    if sender is not None:
        copies = max(1, len(event.recipients))
        sender.said += copies
        sender.said_bytes += copies * len(event.text)
    for recipient in event.recipients:
        state.undelivered[event.id, recipient] = event
    if event.task:
        state.kept[event.id] = event
        state.tasks[event.task].mail.append(event.id)


def _delivered(state: State, event: e.MessageDelivered, entry: e.Entry) -> None:
    """Said twice, it is one delivery.  What stands in a prompt is read by being there."""
    kept = state.kept.get(event.id)
    to_worker = kept is not None and state.tasks[kept.task].worker == event.recipient
    if kept is not None and (to_worker or kept.task == event.recipient):
        del state.kept[event.id]
        state.tasks[kept.task].mail.remove(event.id)
    if state.undelivered.pop((event.id, event.recipient), None) is not None or to_worker:
        state.unread.setdefault(event.recipient, set()).add(event.id)


def _read(state: State, event: e.MessageRead, entry: e.Entry) -> None:
    state.unread.get(event.recipient, set()).discard(event.id)


def _taken(state: State, event: e.CommandTaken, entry: e.Entry) -> None:
    state.taken.setdefault(event.id, "")
    state.answers[event.id] = (event.ok, event.answer)


HANDLERS: dict[type[e.Event], Callable[[State, Any, e.Entry], None]] = {
    e.MessageAccepted: _accepted,
    e.MessageDelivered: _delivered,
    e.MessageRead: _read,
    e.CommandTaken: _taken,
}
"""The handler of each event of messages."""
