"""Text as XML and HTML: escaped, without letters that XML has no place for, cut to a width.  Pure.

Everything of a plan or an agent that gets into a picture or a page passes here once.  Knows nothing of pictures.
"""

from __future__ import annotations

import html
import re
import unicodedata

from swarm.core.plaintext import one_line

_NO_LETTERS = re.compile("[\ufdd0-\ufdef\ufffe\uffff]")
"""What may not stand in XML (XML 1.0, 2.2), or had better not, and what `one_line` leaves."""


def text(value: str, most: int = 300) -> str:
    """Somebody's words as the text of an element or the value of an attribute: one line of at most `most` letters."""
    return html.escape(_NO_LETTERS.sub("", one_line(value, most)), quote=True)


def letters(value: str) -> int:
    """How wide the words are, in letters of usual width; those of East Asia count twice (Unicode annex 11)."""
    return sum(map(_wide, one_line(value, 300)))


def fitted(value: str, room: float) -> str:
    """The words cut to so many letters of usual width."""
    line = one_line(value, 300)
    used = 0
    for place, letter in enumerate(line):
        used += _wide(letter)
        if used > room:
            return line[: max(0, place - 1)].rstrip() + "…" if room >= 1 else ""
    return line


def element(name: str, content: str = "", /, **attributes: str | float) -> str:
    """An element.  `content` is markup already; values are escaped.  `class_` is class, `stroke_width` stroke-width."""
    named = ((key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    given = "".join(f' {key}="{_value(value)}"' for key, value in named)
    return f"<{name}{given}>{content}</{name}>" if content else f"<{name}{given}/>"


def _value(value: str | float) -> str:
    return text(value, 4000) if isinstance(value, str) else f"{round(value, 2):.9g}"


def _wide(letter: str) -> int:
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
