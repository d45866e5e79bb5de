"""Durations, money and sizes as people write them: text to a number and back.  Pure.

Knows nothing of keys, files or flags: who asks adds the place to the error.  Inside, the units are seconds, USD, bytes.
A duration needs its unit, because 30 means seconds to one reader and minutes to the next; money may be bare, because
there is only one currency.
"""

from __future__ import annotations

import re
from typing import TypeGuard

from swarm.errors import SwarmError

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0

_SECONDS = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 0.001),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), MINUTE),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), HOUR),
    **dict.fromkeys(("d", "day", "days"), DAY),
}
_BYTES = {"": 1, "b": 1}
for _power, _letter in enumerate("kmgt", start=1):
    _BYTES |= {_letter: 1000**_power, f"{_letter}b": 1000**_power, f"{_letter}ib": 1024**_power}

_NUMBER = r"([0-9]{1,12}(?:\.[0-9]{1,9})?)"
_NUMBER_ONLY = re.compile(rf"{_NUMBER}\Z")
_PART = re.compile(rf"{_NUMBER}\s*([a-z]+)\s*")
_DURATION = re.compile(rf"(?:{_NUMBER}\s*[a-z]+\s*)+\Z")
_MONEY = re.compile(rf"(?:usd\s*|\$\s*)?{_NUMBER}(?:\s*usd|\s*\$)?\Z")
_OTHER_MONEY = re.compile(rf"[^0-9]*{_NUMBER}\s*[a-z€£¥]+\Z|[€£¥]")
_SIZE = re.compile(rf"{_NUMBER}\s*([a-z]*)\Z")
_LONGEST = 366 * DAY
_DEAREST = 1_000_000.0
_LONGEST_TEXT = 100
"""Longer than any amount that a person writes; bounds the work of the patterns above."""


class UnitError(SwarmError):
    """`message` says what is expected there ("expected a duration"), without what was seen; `hint` shows one."""


def seconds(text: str) -> float:
    """`90s`, `30m`, `1h30m`, `1.5 hours`, `2d` as seconds: above zero and at most a year.  Raises UnitError."""
    lowered = text.strip().lower()[:_LONGEST_TEXT]
    if _NUMBER_ONLY.match(lowered):
        raise UnitError("expected a duration with its unit", f"write e.g. {lowered}s or {lowered}m")
    if not _DURATION.match(lowered):
        raise UnitError("expected a duration", "write e.g. 90s, 30m or 1h30m")
    parts: list[tuple[str, str]] = _PART.findall(lowered)
    strange = [unit for _, unit in parts if unit not in _SECONDS]
    if strange:
        raise UnitError(f"expected a duration in s, m, h or d (not {strange[0]})", "write e.g. 90s, 30m or 1h30m")
    total = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    if not 0 < total <= _LONGEST:
        raise UnitError("expected a duration above zero and at most 366d", "write e.g. 90s, 30m or 1h30m")
    return total


def usd(text: str) -> float:
    """`5 USD`, `$5`, `0.50` as US dollars: above zero and at most a million.  Raises UnitError."""
    lowered = text.strip().lower()[:_LONGEST_TEXT]
    found = _MONEY.match(lowered)
    if found is None and _OTHER_MONEY.match(lowered):
        raise UnitError("expected an amount in USD, the only currency here", "write e.g. 5 USD")
    if found is None:
        raise UnitError("expected an amount of money", "write e.g. 5 USD")
    amount = float(found[1])
    if not 0 < amount <= _DEAREST:
        raise UnitError("expected an amount above zero and at most 1000000 USD", "write e.g. 5 USD")
    return amount


def size(text: str) -> int:
    """`512`, `10 kB`, `5 MB`, `1.5 GiB` as bytes (kB is 1000, KiB is 1024).  Raises UnitError."""
    found = _SIZE.match(text.strip().lower()[:_LONGEST_TEXT])
    if found is None or found[2] not in _BYTES:
        raise UnitError("expected a size", "write e.g. 500 kB, 5 MB or 1 GiB")
    return int(float(found[1]) * _BYTES[found[2]])


def duration_text(duration: float) -> str:
    """Seconds as `45s`, `1m30s`, `2h05m` or `3d04h`: two units at most, rounded down.  Below zero reads as 0s."""
    whole = max(0, int(duration))
    if whole < MINUTE:
        return f"{whole}s"
    if whole < HOUR:
        minutes, rest = divmod(whole, 60)
        return f"{minutes}m{rest:02}s" if rest else f"{minutes}m"
    if whole < DAY:
        hours, rest = divmod(whole // 60, 60)
        return f"{hours}h{rest:02}m" if rest else f"{hours}h"
    days, rest = divmod(whole // 3600, 24)
    return f"{days}d{rest:02}h" if rest else f"{days}d"


def usd_text(amount: float) -> str:
    """US dollars as `$1.20`; below ten cents with four digits, so that small steps show."""
    return f"${amount:.2f}" if amount == 0 or amount >= 0.1 else f"${amount:.4f}"


def size_text(count: int) -> str:
    """Bytes as `512 B`, `1.5 kB`, `5 MB` (powers of 1000)."""
    amount, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.1f}".removesuffix(".0") + f" {unit}"


MOST_USD = 1e9
"""More than anybody will use: whatever says so is not a number to add up."""

_OBJECT_ID = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")


_SESSION = re.compile(r"[A-Za-z0-9_/.~][A-Za-z0-9_/.:@+~-]{0,199}\Z")


def is_session(said: str) -> bool:
    """Whether an agent can mean this as the id of its conversation: it is given back to it as an argument, so it must
    not be taken for an option, whoever wrote it into the agent's output."""
    return bool(_SESSION.match(said))


def is_object_id(said: object) -> TypeGuard[str]:
    """Whether this is the full id of an object of git."""
    return isinstance(said, str) and _OBJECT_ID.match(said) is not None
