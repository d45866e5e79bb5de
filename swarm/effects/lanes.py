"""Lanes: threads on which effects run, each one thing at a time and in order, and one bell that rings when one is done.

Knows functions and what they are called, not what they do.  An effect that raises is a bug or a machine in trouble: its
exception comes back as its result, and the leader stops on it.
"""

from __future__ import annotations

import os
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from swarm.core.actions import Action
from swarm.core.events import Event

Effect = Callable[[], tuple[Event, ...]]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an effect: its events, or the exception that ended it."""

    key: Action | str
    """The action, or a word of one of the leader's own threads."""
    events: tuple[Event, ...] = ()
    error: BaseException | None = None


class Results:
    """Results on their way from the lanes to the leader.  `fileno` is readable when there are any."""

    def __init__(self) -> None:
        self._waiting: deque[Result] = deque()
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)

    def fileno(self) -> int:
        """A descriptor for a selector."""
        return self._read

    def put(self, result: Result) -> None:
        """Hand a result over, from any thread."""
        self._waiting.append(result)
        try:
            os.write(self._write, b"\0")
        except BlockingIOError:
            pass  # the pipe is full of rings; one is enough

    def take(self) -> list[Result]:
        """All results so far, oldest first."""
        try:
            os.read(self._read, 65536)
        except BlockingIOError:
            pass
        taken = []
        while self._waiting:
            taken.append(self._waiting.popleft())
        return taken

    def close(self) -> None:
        """Give the descriptors up."""
        os.close(self._read)
        os.close(self._write)


class Lane:
    """One thread.  It is a daemon: a leader that has to go does not wait for a hung disk."""

    def __init__(self, name: str, results: Results) -> None:
        self._results = results
        self._jobs: queue.SimpleQueue[tuple[Action, Effect] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def put(self, key: Action, effect: Effect) -> None:
        """Carry out an effect after those that were put before."""
        self._jobs.put((key, effect))

    def close(self) -> None:
        """End the thread once its present effect is done."""
        self._jobs.put(None)

    def join(self, seconds: float) -> bool:
        """Wait for the thread to end.  False when it did not within so many seconds."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            key, effect = job
            try:
                self._results.put(Result(key, effect()))
            except BaseException as error:  # noqa: BLE001 (it becomes a fact, on which the leader stops)
                self._results.put(Result(key, error=error))
