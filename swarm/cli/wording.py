"""A text on the command line: words as they come, or `-` for standard input.

Knows no verb and imports next to nothing: the verbs for agents use it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from swarm.errors import SwarmError, UsageError

STDIN = "-"
MOST = 1_000_000
"""Bytes of standard input that are taken: more is no text that somebody wrote to be read."""


def add_text(parser: argparse.ArgumentParser, name: str, what: str, *, needed: bool = True) -> None:
    """A text as the last argument.  Words need no quotes; `-` takes standard input."""
    shown = f"{what} (- takes it from standard input)"
    parser.add_argument("text", nargs="+" if needed else "*", metavar=name, help=shown)


def text_of(words: Sequence[str]) -> str:
    """The text.  Raises SwarmError for one that can't be read, UsageError for one that says nothing."""
    text = _standard_input() if list(words) == [STDIN] else " ".join(words)
    if words and not text.strip():
        raise UsageError("the text is empty")
    return text


def _standard_input() -> str:
    data = sys.stdin.buffer.read(MOST + 1)
    if len(data) > MOST:
        raise SwarmError(f"standard input holds more than {MOST} bytes", "leave it in a file, and say where")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise SwarmError(f"standard input is not utf-8 at byte {error.start}", "iconv -t utf-8") from None
