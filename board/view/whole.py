"""The whole board at once: (state, now) -> columns of cards and a header.  Pure.

Knows nothing of how it is kept up to date: the feed hands over changed cards, and this is what they must add up to.
"""

from __future__ import annotations

from dataclasses import dataclass

from board.view.card import Card, card
from board.view.columns import Column
from board.view.header import Header, header
from swarm.core.state import State


@dataclass(frozen=True, slots=True)
class Shelf:
    """One column with its cards, in order."""

    column: Column
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """Every column, from left to right, and the header.  Every task is on exactly one card."""

    columns: tuple[Shelf, ...]
    header: Header


def board(state: State, now: float) -> Board:
    """The board of a state.  `now` in Unix seconds."""
    piles: dict[Column, list[Card]] = {column: [] for column in Column}
    for task in state.tasks.values():
        found = card(state, task)
        piles[found.column].append(found)
    columns = tuple(Shelf(column, tuple(sorted(cards, key=by_order))) for column, cards in piles.items())
    return Board(columns, header(state, now))


def by_order(found: Card) -> tuple[float, int]:
    """What the cards of one column are sorted by."""
    return found.order


def matches(found: Card, query: str) -> bool:
    """Whether a card fits a filter: every word of it stands in its id, title, status, note or worker, in any case."""
    text = f"{found.id} {found.title} {found.status} {found.note} {found.worker or ''}".casefold()
    return all(word in text for word in query.casefold().split())
