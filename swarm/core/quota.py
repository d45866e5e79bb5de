"""One account: for how long it is closed, by what was said of it, and whether that was news.  Pure.

Everybody on an account reads the same refusal, some of them only after it was opened again: that closes it no more, and
for no longer, unless they were refused a second time.  Knows no task; who says so is a word to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from swarm.core.events import AttemptLimited

REST = 900.0
"""Seconds without a new refusal after which an account begins anew: the longest of the pauses between two tries."""

PAUSES = (60.0, 120.0, 240.0, 480.0, REST)
"""Seconds until each further try, where the service names no time."""

MOST_WAIT = 31 * 86400.0
"""Seconds that a service can mean us to wait: a time that is farther away is taken for none."""


@dataclass(slots=True)
class Account:
    """An account that was refused, for now or for good: nothing on it goes on while it is closed."""

    name: str
    closed: bool = False
    reason: str = ""
    refused: bool = False
    """No time opens it, only a person."""
    named: bool = False
    """The service itself has said until when."""
    until: float | None = None
    """Unix seconds, for people; None where no time opens it."""
    due: float = 0.0
    """The same on the clock of `Entry.mono`."""
    tries: int = 0
    """How often it was closed in a row."""
    lifted: float = 0.0
    """`mono` seconds of its last opening."""
    heard: set[str] = field(default_factory=set)
    """Attempts (`task.attempt`) that have said so since it was last closed."""

    def hear(self, event: AttemptLimited, at: float, mono: float) -> None:
        """It was said to be refused, at that time (`Entry.at`, `Entry.mono`)."""
        who = f"{event.task}.{event.attempt}"
        if self._is_news(event, who, at, mono):
            self._close(event, at, mono)
        self.heard.add(who)

    def open(self, mono: float) -> None:
        """What is on it may go on."""
        self.closed, self.lifted = False, mono

    def restart_clock(self, at: float, mono: float) -> None:
        """The machine was started anew, and the clock of deadlines with it."""
        self.lifted, self.due = mono, mono + max(0.0, (self.until or 0.0) - at)

    def _is_news(self, event: AttemptLimited, who: str, at: float, mono: float) -> bool:
        if self.closed:
            if self.refused or event.refused:
                return event.refused and not self.refused
            return _named(event, at) is not None and not self._is_known(event)
        fresh = not self.tries or mono - self.lifted > REST
        return fresh or who in self.heard or not self._is_known(event)

    def _is_known(self, event: AttemptLimited) -> bool:
        """Whether it is the refusal for which it was closed: the same text, or no later time."""
        if event.until is not None and self.named and self.until is not None:
            return event.until <= self.until
        return event.reason == self.reason

    def _close(self, event: AttemptLimited, at: float, mono: float) -> None:
        if not self.closed:
            self.tries = 1 if mono - self.lifted > REST else self.tries + 1
            self.heard = set()
        until = _named(event, at)
        wait = PAUSES[min(self.tries, len(PAUSES)) - 1] if until is None else until - at
        self.closed, self.reason, self.refused = True, event.reason, event.refused
        self.named = until is not None and not event.refused
        self.until = None if event.refused else at + wait
        self.due = mono + wait


def _named(event: AttemptLimited, at: float) -> float | None:
    """The time that the service named, where that is one to wait for."""
    until = event.until
    return until if until is not None and 0 < until - at <= MOST_WAIT else None
