"""What a request cost, by a small dated table of list prices.  Pure.

The prices are those of https://platform.claude.com/docs/en/about-claude/pricing as of 24 October 2026, for caches of
five minutes.  A model that is not in the table costs an unknown amount: its tokens are counted, its dollars are not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from swarm.errors import SwarmError

VARIABLE = "SWARM_BUILTIN_PRICES"
"""Prices of one's own: {"model": [input, output, cache read, cache write]}, USD per million tokens."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What one request used.  `fresh` input was in no cache; the whole input is fresh + read + written."""

    fresh: int = 0
    output: int = 0
    read: int = 0
    written: int = 0

    @property
    def input(self) -> int:
        """All that went in."""
        return self.fresh + self.read + self.written


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens.  Beyond `above` tokens of input a request costs what `beyond` says."""

    fresh: float
    output: float
    read: float
    written: float
    above: int = 0
    beyond: Price | None = None

    def of(self, tokens: Tokens) -> float:
        """USD for one request."""
        if self.beyond is not None and tokens.input > self.above:
            return self.beyond.of(tokens)
        parts = (
            tokens.fresh * self.fresh, tokens.output * self.output, tokens.read * self.read,
            tokens.written * self.written,
        )  # fmt: skip
        return sum(parts) / 1_000_000


_OPUS, _SONNET = Price(5.0, 25.0, 0.5, 6.25), Price(3.0, 15.0, 0.3, 3.75)
PRICES: Mapping[str, Price] = {
    "claude-fable-5-1": Price(10.0, 50.0, 0.25, 12.5),
    "claude-fable-5": Price(10.0, 50.0, 1.0, 12.5),
    "claude-opus-5-5": Price(4.0, 20.0, 0.2, 5.0),
    "claude-opus-5": _OPUS,
    "claude-opus-4-8": _OPUS,
    "claude-opus-4-7": _OPUS,
    "claude-opus-4-6": _OPUS,
    "claude-opus-4-5": _OPUS,
    "claude-sonnet-5-5": Price(2.0, 10.0, 0.1, 2.5),
    "claude-sonnet-5": Price(2.0, 10.0, 0.2, 2.5),
    "claude-sonnet-4-6": _SONNET,
    "claude-sonnet-4-5": _SONNET,
    "claude-haiku-5-5": Price(0.1, 0.5, 0.01, 0.125, 100_000, Price(0.5, 2.5, 0.05, 0.625)),
    "claude-haiku-4-5": Price(1.0, 5.0, 0.1, 1.25),
}
_DATED = re.compile(r"-20\d{6}\Z")


def price(model: str, environ: Mapping[str, str]) -> Price | None:
    """The model's price, with or without a date in its name; None where nobody knows it.  Raises SwarmError where the
    user's own prices make no sense."""
    own = _own(environ.get(VARIABLE, ""))
    plain = _DATED.sub("", model)
    return own.get(model) or own.get(plain) or PRICES.get(plain)


def _price(fresh: float, output: float, read: float, written: float) -> Price:
    return Price(float(fresh), float(output), float(read), float(written))


def _own(text: str) -> dict[str, Price]:
    try:
        return {str(name): _price(*four) for name, four in json.loads(text or "{}").items()}
    except (ValueError, TypeError, AttributeError):
        raise SwarmError(
            f"{VARIABLE} can't be read", f"""write it as {VARIABLE}='{{"my-model": [3, 15, 0.3, 3.75]}}'"""
        ) from None
