"""What a plain (unquoted) scalar of YAML means here.

Knows nothing of keys.  YAML 1.1 and 1.2 read `no`, `010`, `1:30`, `2024-01-01` or `1e3` differently, and people mean
a third thing.  So only what reads the same everywhere becomes a number, truth or null; everything doubtful stays text
of the class Unquoted, which passes as text, never as a number, and which an id refuses.
"""

from __future__ import annotations

import re


class Unquoted(str):
    """The letters of a plain scalar that another reader of YAML would not take for text."""

    __slots__ = ()


_LONGEST = 64
"""Longer plain scalars are text; this also bounds the work of the patterns below."""

_STARTS = frozenset("+-.0123456789~=<nNtTfFyYoO")
_WORDS = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_WHOLE = re.compile(r"(?:0|-?[1-9][0-9]{0,17})\Z")
_DECIMAL = re.compile(r"-?[0-9]{1,9}\.[0-9]{1,9}\Z")
_DOUBTFUL = re.compile(
    r"""(?: yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF | = | <<
      | [-+]?0b[01_]+ | [-+]?0o?[0-7_]+ | [-+]?0x[0-9a-fA-F_]+ | [-+]?[0-9][0-9_]*
      | [-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?
      | [-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?
      | [-+]?\.(?:inf|Inf|INF) | \.(?:nan|NaN|NAN)
      | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt\s].*)?
    )\Z""",
    re.VERBOSE,
)


def meaning(text: str) -> object:
    """None, bool, int, float (each only where `str` gives the same letters back), text, or Unquoted text."""
    if len(text) > _LONGEST or (text and text[0] not in _STARTS):
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.match(text):
        return int(text)
    if not _DOUBTFUL.match(text):
        return text
    if _DECIMAL.match(text) and repr(float(text)) == text:
        return float(text)
    return Unquoted(text)


def letters(value: object) -> str | None:
    """The letters that stood in the file for a scalar that is text or a number; None for anything else."""
    if isinstance(value, str):
        return str(value)
    return str(value) if type(value) in (int, float) else None


def key(text: str) -> str:
    """A plain scalar as a key: always text, Unquoted where a reader of YAML might see neither text nor an integer."""
    value = meaning(text)
    if isinstance(value, str):
        return value
    return text if type(value) is int else Unquoted(text)
