"""The standard streams and the encoding of this process, put right before a verb runs.

Knows no verb.  Whatever the caller's terminal or locale, there are three streams, no letter breaks one, and names of
files are bytes read as UTF-8, as git and the journal have them.
"""

from __future__ import annotations

import codecs
import os
import sys
from io import TextIOWrapper

PLAIN = {"→": "->", "…": "...", "·": "-", "╰": "`", "–": "-", "“": '"', "”": '"'}
"""Our own letters as a terminal without UTF-8 can show them; all others become escapes."""


def whole_streams() -> None:
    """Have all three standard streams, and none that a letter can break.

    One that the caller closed (`>&-`) is None to Python, and its number would go to the next file that is opened.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            lead_nowhere(number)
            setattr(sys, name, open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))  # noqa: SIM115
    codecs.register_error("swarm", _in_plain_letters)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="swarm")


def _in_plain_letters(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letter = error.object[error.start]
    if letter in PLAIN:
        return PLAIN[letter], error.start + 1
    return codecs.backslashreplace_errors(error)


def lead_nowhere(number: int) -> None:
    """Let a standard stream lead nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    if nowhere != number:
        os.dup2(nowhere, number)
        os.close(nowhere)


def insist_on_utf8() -> None:
    """Start this program again in Python's UTF-8 mode where the locale has another encoding (Latin-1, bare ASCII):
    there a path from git could not even be opened."""
    if sys.getfilesystemencoding() != "utf-8":
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])
