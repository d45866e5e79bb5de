"""Text of strangers made fit for a terminal: escape codes can't move the cursor, set a title, copy, paste or lie.

Knows no terminal.  Colours (SGR) may be kept; every other control character is dropped or shown as what it is.
"""

from __future__ import annotations

import re

_SGR = re.compile(r"\x1b\[[0-9;:]*m")
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # CSI …
    r"|[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)"  # OSC, DCS, SOS, PM, APC, up to their end; one without hides nothing
    r"|[ -/]*[0-~]?)"  # all others
    r"|\x9b[0-?]*[ -/]*[@-~]"
)
_CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f]|[\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udfff]"
)
"""C0 and C1 controls but for newline and tab, marks that turn the direction of text around or can't be seen, ends of
line that no line has, and halves of characters, which no terminal can be sent."""

RESET = "\x1b[0m"


def harmless(text: str, *, colours: bool = False) -> str:
    """The text without control codes.  With `colours` its SGR sequences stay, and are switched off at the end."""
    text = text.replace("\r\n", "\n")
    if not colours or "\x1b" not in text:
        return _CONTROLS.sub("", _ESCAPES.sub("", text))
    pieces, at = [], 0
    for found in _SGR.finditer(text):
        pieces += [_CONTROLS.sub("", _ESCAPES.sub("", text[at : found.start()])), found.group()]
        at = found.end()
    pieces.append(_CONTROLS.sub("", _ESCAPES.sub("", text[at:])))
    return "".join(pieces) + RESET


def one_line(text: str, most: int = 200) -> str:
    """The first line that says something, harmless, at most `most` characters."""
    for line in harmless(text).splitlines():
        if line.strip():
            shown = line.strip()
            return shown if len(shown) <= most else shown[: most - 1] + "…"
    return ""
