"""One thing that was looked at: how it stands, and the way out where it stands badly.

Knows nothing of what is looked at.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

from swarm.errors import SwarmError


class Level(enum.StrEnum):
    """How it stands.  A run can't begin or go on with a FAIL; with a WARN it may run into something."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """`topic` in a word or two, `text` what was seen, `way_out` what to do, `mend` what `--fix` does.

    `mend` returns False where it could not.  `asks`: what a person is asked before ("end it"); "" for nothing.
    """

    level: Level
    topic: str
    text: str
    way_out: str = ""
    mend: Callable[[], object] | None = None
    asks: str = ""


def ok(topic: str, text: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, topic, text)


def warn(
    topic: str, text: str, way_out: str, mend: Callable[[], object] | None = None, *, asks: str = ""
) -> Finding:
    """A run may run into this."""
    return Finding(Level.WARN, topic, text, way_out, mend, asks)


def fail(topic: str, text: str, way_out: str, mend: Callable[[], object] | None = None) -> Finding:
    """No run can do with this."""
    return Finding(Level.FAIL, topic, text, way_out, mend)


def told(topic: str, error: SwarmError, level: Level = Level.FAIL) -> Finding:
    """An error that a person can mend, as a finding."""
    return Finding(level, topic, error.message, error.hint)
