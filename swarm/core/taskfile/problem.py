"""What is wrong in a task file: each problem with its place and a way out, and the one error that carries them all.

Knows nothing of YAML or of the keys; those who check make Problems, this module only shows them.
"""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from swarm.core.taskfile.scalar import Unquoted
from swarm.errors import SwarmError

SHOWN = 20
"""So many problems are shown; the rest is counted."""

MOST = 1000
"""Each kind of check stops after so many: a file with more has one cause, and a hostile one costs no time."""

_LONGEST = 48


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to mend.  `line` and `column` count from 1 (line 0: the file as a whole).

    `where` is the path of keys (`tasks[3] (api).limits.timeout`), `message` what is wrong or expected, `seen` what
    stands there instead, `hint` what to write.  Each may be empty except `message`.
    """

    line: int
    column: int
    where: str
    message: str
    seen: str = ""
    hint: str = ""

    def text(self, name: str) -> str:
        """One line: `tasks.yaml:12:5: tasks[3] (api).timeout: expected a duration, found 'soon'; write e.g. 30m`."""
        place = f"{name}:{self.line}:{self.column}" if self.line else name
        where = f"{self.where}: " if self.where else ""
        seen = f", found {self.seen}" if self.seen else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{place}: {where}{self.message}{seen}{hint}"


class PlanError(SwarmError):
    """The task file can't be used.  `problems` holds all that were found (see MOST), in the order of the file."""

    def __init__(self, name: str, problems: Iterable[Problem]) -> None:
        self.name = plain(name)
        self.problems = tuple(sorted(set(problems)))
        lines = [problem.text(self.name) for problem in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            lines.append(f"and {len(self.problems) - SHOWN} more{' at least' if len(self.problems) >= MOST else ''}")
        check = "try again" if name.startswith("<") else f"type: swarm check {shlex.quote(self.name)}"
        super().__init__("\n".join(lines), f"mend the file, then {check}")


def plain(text: str) -> str:
    """`text` with each letter that a terminal would not print written as an escape."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def quoted(text: str) -> str:
    """`text` in single quotes, on one line, cut where it is long."""
    cut = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return f"'{plain(cut)}'"


def seen(value: object) -> str:
    """How a value of the file is called in a message; never more than a line, whatever the file holds."""
    if isinstance(value, str):
        return plain(value[:_LONGEST]) if isinstance(value, Unquoted) else quoted(value)
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a map"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "nothing" if value is None else str(value)


def closest(word: str, names: Sequence[str]) -> str:
    """The name most like `word`, or "" where none is like it."""
    found = difflib.get_close_matches(word[:_LONGEST].lower(), names, n=1, cutoff=0.6)
    return found[0] if found else ""


def one_of(names: Iterable[str]) -> str:
    """`a, b or c`."""
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last
