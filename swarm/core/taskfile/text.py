"""The bytes of a task file as text, or a problem with line and column.

Knows nothing of YAML beyond which characters it allows.
"""

from __future__ import annotations

import codecs
import re

from swarm.core.taskfile.problem import PlanError, Problem
from swarm.core.units import size_text

MAX_BYTES = 5_000_000
"""The largest task file; ten thousand tasks with full prompts fit."""

_FOREIGN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def text(data: bytes, name: str) -> str:
    """The text of a file called `name`, without its byte order mark.  Raises PlanError."""
    if len(data) > MAX_BYTES:
        raise PlanError(name, [too_large()])
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or data[:2].count(0) == 1:
        raise PlanError(name, [Problem(0, 0, "", "this is UTF-16 or UTF-32", hint="save it as UTF-8")])
    try:
        decoded = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line, column = _position(data[: error.start].decode("utf-8"))
        message = f"the byte 0x{data[error.start]:02x} is not UTF-8"
        raise PlanError(name, [Problem(line, column, "", message, hint="save the file as UTF-8")]) from None
    foreign = _FOREIGN.search(decoded)
    if foreign:
        line, column = _position(decoded[: foreign.start()])
        message = f"the control character U+{ord(foreign[0]):04X} may not stand in a task file"
        raise PlanError(name, [Problem(line, column, "", message, hint="take it away")])
    return decoded


def too_large() -> Problem:
    """The problem of a file beyond MAX_BYTES; for those who read files and stop there."""
    hint = "move long prompts to files and name them with prompt_file"
    return Problem(0, 0, "", f"the file is larger than {size_text(MAX_BYTES)}", hint=hint)


def _position(before: str) -> tuple[int, int]:
    """(line, column) of what follows `before`, both from 1."""
    lines = before.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return len(lines), len(lines[-1]) + 1
