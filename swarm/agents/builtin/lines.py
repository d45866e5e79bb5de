"""What the agent prints: one JSON object to a line, for `swarm.agents.builtin.reader`.

Knows the shapes of the lines, nothing of what led to them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any, TextIO

from swarm.agents.builtin.prices import Tokens
from swarm.agents.reading import Trouble

MOST_RESULT = 4000
"""Characters of what a tool gave that are printed; the model gets more."""


class Lines:
    """The agent's standard output."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout

    def start(self, session: str, model: str) -> None:
        """A turn begins."""
        self._put("start", session=session, model=model)

    def text(self, text: str) -> None:
        """A piece of what the model says, as it comes."""
        self._put("text", text=text)

    def answered(self, model: str, tokens: Tokens, usd: float | None) -> None:
        """A request has been answered, or broke off: what it used.  `usd` None: nobody knows the model's price."""
        self._put(
            "usage", model=model, input_tokens=tokens.input, output_tokens=tokens.output, cache_read=tokens.read,
            cache_written=tokens.written, usd=usd,
        )  # fmt: skip

    def tool(self, name: str, given: Mapping[str, Any]) -> None:
        """A tool is used."""
        self._put("tool", name=name, input=given)

    def result(self, text: str, wrong: bool) -> None:
        """What came of it."""
        cut = text if len(text) <= MOST_RESULT else f"{text[:MOST_RESULT]}…"
        self._put("result", text=cut, error=wrong)

    def note(self, sender: str, text: str) -> None:
        """A note was taken in."""
        self._put("note", sender=sender, text=text)

    def asks(self, call: str) -> None:
        """A person is asked for a permission."""
        self._put("asks", call=call)

    def denied(self, call: str) -> None:
        """It was not given."""
        self._put("denied", call=call)

    def retry(self, seconds: float, why: str) -> None:
        """The request is made once more after so many seconds."""
        self._put("retry", seconds=round(seconds, 1), why=why)

    def cleared(self, tokens: int) -> None:
        """Old results are left out from now on."""
        self._put("cleared", tokens=tokens)

    def end(self, trouble: Trouble | None = None) -> None:
        """The turn is over."""
        found = None if trouble is None else {"kind": trouble.kind, "text": trouble.text, "until": trouble.until}
        self._put("end", trouble=found)

    def _put(self, type: str, **values: Any) -> None:
        print(json.dumps({"type": type, **values}), file=self._out, flush=True)
