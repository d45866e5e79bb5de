"""Secrets in what an agent prints: each is shown as `‹secret NAME›`.  Pure.

Knows values and text.  A value of several lines is found whole, and line by line.  What is shorter than LEAST is left:
it would be found in words that are no secret.  Whoever means to get a secret past this can (backwards, in pieces): it
keeps a secret out of logs that was printed by mistake.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

LEAST = 8
"""Characters of a value, or of a line of one, from which on it is looked for."""


class Hidden:
    """The values that are not to be shown, each with its name."""

    def __init__(self, values: Iterable[tuple[str, str]] = ()) -> None:
        self._names: dict[str, str] = {}
        for name, value in values:
            for piece in (value.strip(), *(line.strip() for line in value.splitlines())):
                if len(piece) >= LEAST:
                    self._names.setdefault(piece, name)
        longest_first = sorted(self._names, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def text(self, text: str) -> str:
        """The text without them."""
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda found: f"‹secret {self._names[found[0]]}›", text)

    def line(self, line: str) -> str:
        """A line of a stream without them, before it is read: of an object the texts, whatever they are spelt like."""
        if self._pattern is None or not line.startswith("{"):
            return line  # as it is shown it goes through `text`
        try:
            found = json.loads(line)
            without = self._walk(found)
            return line if without == found else json.dumps(without)
        except (ValueError, RecursionError):
            return self.text(line)

    def _walk(self, value: Any) -> Any:
        match value:
            case str():
                return self.text(value)
            case list():
                return [self._walk(one) for one in value]
            case dict():
                return {key: self._walk(one) for key, one in value.items()}
            case _:
                return value

    def ready(self, text: str) -> int:
        """How much of the text can be shown: what is behind that may be the beginning of one, and waits for more."""
        if self._pattern is None:
            return len(text)
        ready = len(text) - max(_open(text, piece) for piece in self._names)
        across = (found.end() for found in self._pattern.finditer(text) if found.start() < ready < found.end())
        return next(across, ready)


def _open(text: str, piece: str) -> int:
    """How many characters at the end of the text begin the piece."""
    most = min(len(piece) - 1, len(text))
    return next((size for size in range(most, 0, -1) if text.endswith(piece[:size])), 0)
