"""The feed: follows a run's journal and says what it changed, as cards.

Knows the journal and the fold; nothing of widgets.  `poll` reads what is new; the caller polls when the bell rings and
once a second besides, because a bell may stay silent.  A journal that is missing, cut, deleted or replaced is survived:
what was known stays with a notice, and a journal that begins anew is read anew.  One thread at a time.
"""

from __future__ import annotations

import dataclasses
import os
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

from board.view.card import Card, card, subjects, touched
from inbox.watch import Watch
from swarm.core import events as e
from swarm.core.evolve import evolve
from swarm.core.state import State
from swarm.core.status import IllegalEvent
from swarm.core.timeline import Chronicle
from swarm.errors import SwarmError
from swarm.journal import CutBack, Reader

MOST_PAST = 200
"""Events that are remembered of one task, the newest ones."""

MOST_SAID = 1000
"""Messages, questions and answers that are remembered of one task, the newest ones."""

MOST_TEXT = 4000
"""Characters that are remembered of a message."""

WAITING = "waiting for the run to begin: there is no journal yet"
GONE = "the journal is gone; what was known of the run is still shown"
REPLACED = "the journal was replaced and has been read anew"

_Mark = tuple[int, int, int, int]
_SAID = (e.MessageAccepted, e.QuestionAsked, e.QuestionAnswered, e.QuestionWithdrawn)


class Past(NamedTuple):
    """Something that happened to a task.  `at` in Unix seconds."""

    at: float
    event: e.Event


@dataclass(frozen=True, slots=True)
class Batch:
    """What has changed since the last poll."""

    cards: tuple[Card, ...] = ()
    everything: bool = False
    """The cards are all there are; others that were shown are no more."""
    notice: str = ""
    """What is wrong with the journal itself; "" while all is well."""
    entries: int = 0


class Feed:
    """Follows one journal.  `state` and `past` are for reading, between polls."""

    def __init__(self, journal: Path, watched: Iterable[Path] = ()) -> None:
        """`watched`: further directories for whose changes the bell rings."""
        self.bell = Watch([journal.parent, *watched], step=20, debounce=20)  # nobody sees more than a frame
        self._journal = journal
        self._told = _Told(journal)
        self._file: tuple[int, int] | None = None
        self._refused: _Mark | None = None
        self._notice = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Take the bell down.  Safe to repeat."""
        self.bell.close()

    @property
    def state(self) -> State:
        """The run as far as it is known."""
        return self._told.state

    @property
    def chronicle(self) -> Chronicle:
        """What became of every candidate."""
        return self._told.chronicle

    def past(self, task: str) -> Sequence[Past]:
        """What happened to a task, oldest first."""
        return self._told.past.get(task, ())

    def said(self, task: str) -> Sequence[Past]:
        """What was said to a task and by it, oldest first: further back than `past` goes."""
        return self._told.said.get(task, ())

    def poll(self) -> Batch:
        """What is new since the last time.  Never raises for what the journal or the disk does."""
        self.bell.clear()
        try:
            return self._poll()
        except (FileNotFoundError, NotADirectoryError):
            return self._trouble(GONE if self.state.seq else WAITING)
        except OSError as error:
            return self._trouble(f"the journal can't be read: {error.strerror or error}")

    def _poll(self) -> Batch:
        found = os.stat(self._journal)
        mark = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
        if mark == self._refused:
            return Batch(notice=self._notice)
        anew = self._is_another(found)
        told = _Told(self._journal) if anew else self._told
        try:
            try:
                changed, entries = told.read()
            except CutBack:  # lines that were shown are taken back: their write had failed
                told, anew = _Told(self._journal), True
                changed, entries = told.read()
        except SwarmError as error:
            return self._refuse(mark, f"{error.message} ({error.hint})" if error.hint else error.message)
        except (IllegalEvent, KeyError) as error:
            # The leader never writes such a thing; showing what came before beats taking the terminal down.
            return self._refuse(mark, f"the journal says what can't be: {error}")
        self._told, self._file, self._refused = told, (found.st_dev, found.st_ino), None
        if anew:
            self._notice = REPLACED
        elif entries or self._notice != REPLACED:
            self._notice = ""
        return Batch(told.cards(changed), anew, self._notice, entries)

    def _is_another(self, found: os.stat_result) -> bool:
        """Not the file that was read before, or it has lost lines that were read, or reading it had failed."""
        if self._refused is not None:
            return True
        other = self._file is not None and self._file != (found.st_dev, found.st_ino)
        return other or found.st_size < self._told.reader.offset

    def _refuse(self, mark: _Mark, why: str) -> Batch:
        """Nothing more is taken from this file until it changes."""
        self._refused = mark
        return self._trouble(why)

    def _trouble(self, notice: str) -> Batch:
        self._notice = notice
        return Batch(notice=notice)


class _Told:
    """What one journal has told so far."""

    def __init__(self, journal: Path) -> None:
        self.reader = Reader(journal)
        self.state = State()
        self.past: dict[str, deque[Past]] = {}
        self.chronicle = Chronicle()
        self.said: dict[str, deque[Past]] = {}

    def read(self) -> tuple[Iterable[str], int]:
        """Fold what is new: ids of the tasks that it touched, each once, and the number of entries."""
        changed: dict[str, None] = {}
        entries = self.reader.read()
        for entry in entries:
            for event in entry.events:
                # One by one: what an event touches depends on the state in which it meets it.
                changed.update(dict.fromkeys(touched(self.state, event)))
                self._remember(entry.at, event)
                self.chronicle.take(entry.at, event)
                evolve(self.state, entry if len(entry.events) == 1 else dataclasses.replace(entry, events=(event,)))
        return changed, len(entries)

    def _remember(self, at: float, event: e.Event) -> None:
        past = Past(at, _shortened(event))
        for task in set(subjects(self.state, event)):
            if task not in self.state.tasks:
                continue
            self.past.setdefault(task, deque(maxlen=MOST_PAST)).append(past)
            if isinstance(event, _SAID):
                self.said.setdefault(task, deque(maxlen=MOST_SAID)).append(past)

    def cards(self, changed: Iterable[str]) -> tuple[Card, ...]:
        """Their cards as they are now."""
        tasks = self.state.tasks
        return tuple(card(self.state, tasks[task]) for task in changed if task in tasks)


def _shortened(event: e.Event) -> e.Event:
    """The event without the long part of a message: the journal has it."""
    if isinstance(event, e.MessageAccepted) and len(event.text) > MOST_TEXT:
        return dataclasses.replace(event, text=event.text[:MOST_TEXT] + "…")
    return event
