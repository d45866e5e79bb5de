"""Cards in order, found by task id.  One change costs the logarithm of their number, and one shift of a list.

Knows no terminal.  The order is a key of the card that is unique within the deck.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable

from board.view.card import Card

Key = Callable[[Card], tuple[float, ...]]


class Deck:
    """The cards of one list.  `cards` is for reading."""

    def __init__(self, key: Key) -> None:
        self.cards: list[Card] = []
        self._key = key
        self._keys: list[tuple[float, ...]] = []
        self._by_id: dict[str, Card] = {}

    def __len__(self) -> int:
        return len(self.cards)

    def __contains__(self, task: object) -> bool:
        return task in self._by_id

    def index(self, task: str) -> int | None:
        """The place of a task's card, from 0; None where it has none."""
        found = self._by_id.get(task)
        return None if found is None else bisect.bisect_left(self._keys, self._key(found))

    def put(self, card: Card) -> tuple[int | None, int]:
        """Add a card or replace that of the same task; its place before (None: it was not here) and now."""
        before = self.index(card.id)
        key = self._key(card)
        if before is not None and self._keys[before] == key:
            self.cards[before] = self._by_id[card.id] = card
            return before, before
        if before is not None:
            del self.cards[before], self._keys[before]
        now = bisect.bisect_left(self._keys, key)
        self.cards.insert(now, card)
        self._keys.insert(now, key)
        self._by_id[card.id] = card
        return before, now

    def drop(self, task: str) -> int | None:
        """Take a task's card out; the place that it had."""
        at = self.index(task)
        if at is not None:
            del self.cards[at], self._keys[at], self._by_id[task]
        return at

    def replace(self, cards: Iterable[Card]) -> None:
        """Hold these cards and no others."""
        self.cards = sorted(cards, key=self._key)
        self._keys = [self._key(card) for card in self.cards]
        self._by_id = {card.id: card for card in self.cards}
