"""Effects on the floor where the workers are: start their programs, hand out attempts, take them back, carry letters.

Knows the pool and mailboxes.  Each function ends in the events of one entry of the journal.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from inbox.message import MAX_TEXT_BYTES, Message
from swarm.core import events as e
from swarm.core.assignment import Assignment
from swarm.core.events import Outcome
from swarm.effects.trouble import is_of_the_disk, passes
from swarm.errors import SwarmError
from swarm.executors.contract import Rejected
from swarm.executors.pool import Pool, mended_inbox
from swarm.files import directory, move_beside, write_whole
from swarm.paths import AttemptDir, RunDir


@dataclass(frozen=True, slots=True)
class Handover:
    """An assignment with its prompt, and the messages that are in the prompt."""

    work: Assignment
    prompt: str
    messages: tuple[str, ...] = ()


def spawn(pool: Pool, worker: str) -> tuple[e.Event, ...]:
    """Have a worker's program run."""
    try:
        pool.forget_quit(worker)
        return (e.WorkerSpawned(worker, pool.host.ensure(worker)),)
    except SwarmError as error:
        if passes(error) or is_of_the_disk(error):
            raise
        return (e.WorkerBroken(worker, error.message),)


def assign(pool: Pool, handover: Handover) -> tuple[e.Event, ...]:
    """Write the prompt, then give the attempt to its worker.

    Given before (a leader died before it could say so), the prompt may have been read: it stays as it was, and messages
    that have come since are not in it.
    """
    work = handover.work
    if pool.has(work):
        return (e.AttemptAssigned(work.task, work.attempt),)
    attempt = pool.run.attempt(work.task, work.attempt)
    try:
        _clear(attempt)
        write_whole(attempt.prompt, handover.prompt.encode("utf-8", "replace"))
        pool.start(work)
    except Rejected as error:
        return (e.AttemptEnded(work.task, work.attempt, Outcome.REJECTED, error.message),)
    told = (e.MessageDelivered(id, work.task) for id in handover.messages)
    return (e.AttemptAssigned(work.task, work.attempt), *told)


def _clear(attempt: AttemptDir) -> None:
    """The directory of an attempt that is about to be handed out, empty but for a prompt: what an agent of an earlier
    one has put there is moved beside.  With a start on record it is left alone, as nothing may begin twice."""
    directory(attempt.path)
    if not attempt.start.exists() and set(os.listdir(attempt.path)) - {attempt.prompt.name}:
        move_beside(attempt.path)
        directory(attempt.path)


def reject(task: str, attempt: int, why: str) -> tuple[e.Event, ...]:
    """An attempt that nobody can be given."""
    return (e.AttemptEnded(task, attempt, Outcome.REJECTED, why),)


def withdraw(pool: Pool, key: str, task: str, attempt: int) -> tuple[e.Event, ...]:
    """Take back an attempt that its worker did not take in time.  Nothing happens if the worker was quicker."""
    if not pool.withdraw(key):
        return ()
    return (e.AttemptEnded(task, attempt, Outcome.LOST, "its worker did not take it in time"),)


def stop(
    pool: Pool, key: str, task: str, attempt: int, grace: float, *, spent: bool = False
) -> tuple[e.Event, ...]:  # fmt: skip
    """End an attempt: at once where it has not begun, else by asking its worker, who reports the end.  `spent`: because
    the run's budget is used up."""
    if pool.withdraw(key):
        return (e.AttemptEnded(task, attempt, Outcome.CANCELLED, "it was ended before it began"),)
    pool.cancel(key, grace, spent=spent)
    return ()


def deliver(run: RunDir, message: e.MessageAccepted, recipient: str) -> tuple[e.Event, ...]:
    """Put a message into the recipient's inbox."""
    letter = Message(
        message.id, message.sender, message.to or recipient, message.kind, _fitting(message.text), time.time(),
        message.reply_to,
    )  # fmt: skip
    mended_inbox(run.mailbox(recipient)).send(letter)  # an agent may have removed the box
    return (e.MessageDelivered(message.id, recipient),)


def _fitting(text: str) -> str:
    """As much of a text as one letter holds; an answer, say, comes in a command whose headers are shorter."""
    return text.encode("utf-8", "replace")[:MAX_TEXT_BYTES].decode("utf-8", "ignore")
