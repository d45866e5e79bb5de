"""What holding an attempt, and letting it go on, is made of.  Pure."""

from __future__ import annotations

from collections.abc import Iterable

from swarm.core import events as e
from swarm.core.state import TaskState


def told(task: TaskState, kind: str, letter: str) -> e.Event:
    """A word of the leader (`suspend`, `take`, `continue`) to the program of the worker that runs the task; `letter`:
    its id."""
    worker = task.worker or ""
    return e.MessageAccepted(letter, "leader", worker, kind, f"{task.id} {task.attempt}", recipients=(worker,))


def asked_again(task: TaskState, asked: Iterable[tuple[str, str]]) -> tuple[e.Event, ...]:
    """Questions, (id, text) each, are asked again, so that the task waits for their answers."""
    return tuple(e.QuestionAsked(task.id, task.attempt, *one) for one in asked)
