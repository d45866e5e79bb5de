"""What the answer of a model's service means for a turn, by its HTTP status or by words that stand for one.  Pure.

Programs tell an error in words of their own; a status is mostly among them.  Knows no program.
"""

from __future__ import annotations

import re

from swarm.agents.reading import Kind

_STATUS = re.compile(
    r"""(?:status(?:\s?code)?["']?|"?code"?|\berror(?:\s+code)?|HTTP)[\s:=]+["']?(?P<status>[45][0-9]{2})\b""", re.I
)
"""`last status: 429 Too Many`, `"code":401`, `status: 503`, `statusCode: 500`, `HTTP 529`, `Error code: 401`."""

_WORDS = (
    (re.compile(r"usage limit|rate.?limit|too many requests|quota|RESOURCE_EXHAUSTED", re.I), Kind.LIMIT),
    (re.compile(
        r"unauthori[sz]ed|authenticat|invalid.?api.?key|incorrect api key|permission.?denied|forbidden|billing|"
        r"insufficient (?:credit|balance)|not logged in", re.I,
    ), Kind.REFUSED),
    (re.compile(
        r"overloaded|high demand|unavailable|internal ?server ?error|bad gateway|server_error", re.I
    ), Kind.OVERLOAD),
)  # fmt: skip
"""Words of services and of the libraries that call them, the plainest first."""


def of_status(status: int) -> Kind:
    """What an HTTP status of the service means."""
    match status:
        case 429:
            return Kind.LIMIT
        case 401 | 402 | 403:
            return Kind.REFUSED
        case _:
            return Kind.OVERLOAD if status >= 500 else Kind.BROKEN


def status_in(text: str) -> int:
    """The last HTTP status of an error that a text names, or 0."""
    found = [int(one["status"]) for one in _STATUS.finditer(text)]
    return found[-1] if found else 0


def of_words(text: str) -> Kind:
    """What the words of an error mean: the status among them first."""
    status = status_in(text)
    if status:
        return of_status(status)
    return next((kind for pattern, kind in _WORDS if pattern.search(text)), Kind.BROKEN)
