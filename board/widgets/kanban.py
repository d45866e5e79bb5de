"""The columns side by side, with one chosen card; in a narrow terminal one list of all cards instead.

Knows cards, where each one stands, a filter and the chosen task; nothing of states or messages.  The chosen one is a
task, not a place: it keeps being chosen while its card moves from column to column.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message

from board.view.card import Card
from board.view.columns import URGENCY, Column
from board.view.whole import by_order, matches
from board.widgets.column import CardList
from board.widgets.spread import NARROW, spread


def by_urgency(card: Card) -> tuple[float, ...]:
    """The order of the one list: what a person has to look at comes first."""
    return (URGENCY[card.column], *card.order)


class Kanban(Horizontal, can_focus=True):
    """All cards.  Posts Chosen when another task is chosen (None: there is nothing to choose)."""

    DEFAULT_CSS = "Kanban { height: 1fr; overflow: hidden; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("left,h", "cross(-1)", show=False),
        Binding("right,l", "cross(1)", show=False),
        Binding("home,g", "move(-1000000)", show=False),
        Binding("end,G", "move(1000000)", show=False),
    ]

    class Chosen(Message):
        """Another task is chosen, or the card of the chosen one changed."""

        def __init__(self, card: Card | None) -> None:
            super().__init__()
            self.card = card

    class Spread(Message):
        """Other columns are on the screen now."""

        def __init__(self, columns: tuple[Column, ...]) -> None:
            super().__init__()
            self.columns = columns

    def __init__(self) -> None:
        super().__init__()
        self.lists = {column: CardList(column, by_order) for column in Column}
        self.every = CardList(None, by_urgency)
        self.cards: dict[str, Card] = {}
        self.chosen: str | None = None
        self.query_text = ""
        self._used: set[Column] = set()
        self._spread: list[tuple[Column, int]] = []
        self._card_shape = (0, 0)

    def compose(self) -> ComposeResult:
        """One list for each column, and the one of all cards."""
        yield from self.lists.values()
        yield self.every

    @property
    def card(self) -> Card | None:
        """The chosen card."""
        return self.cards.get(self.chosen or "")

    # what comes in

    def put(self, cards: Iterable[Card]) -> None:
        """Add or replace cards, each where it belongs now."""
        chosen = self.card
        for card in cards:
            self._put(card)
        if self.card is not chosen or not self._sees(self.card):
            self._settle()
        else:
            self._here().show_chosen()  # cards that came above it have moved it
            self._lay_out()

    def replace(self, cards: Iterable[Card]) -> None:
        """Show these cards and no others; the chosen task stays chosen if it is among them."""
        self.cards = {card.id: card for card in cards}
        self._used = {card.column for card in self.cards.values()}
        self._fill()

    def filter(self, query: str) -> None:
        """Show only the cards that fit; "" shows all."""
        self.query_text = query.strip()
        self._fill()

    def tick(self, now: float) -> None:
        """Let the running times of the visible cards go on."""
        for shown in (*self.lists.values(), self.every):
            shown.tick(now)

    def _put(self, card: Card) -> None:
        old = self.cards.get(card.id)
        if old == card:
            return
        self.cards[card.id] = card
        self._used.add(card.column)
        if old is not None and old.column is not card.column:
            self.lists[old.column].drop(card.id)
        for shown in (self.lists[card.column], self.every):
            if matches(card, self.query_text):
                shown.put(card)
            else:
                shown.drop(card.id)

    def _fill(self) -> None:
        found = [card for card in self.cards.values() if matches(card, self.query_text)]
        for column, shown in self.lists.items():
            shown.replace(card for card in found if card.column is column)
        self.every.replace(found)
        self._settle()

    # what is chosen

    def choose(self, task: str | None) -> None:
        """Choose a task by its id."""
        self.chosen = task
        for shown in (*self.lists.values(), self.every):
            shown.choose(task)
        self._lay_out()
        self.post_message(self.Chosen(self.card))

    def action_move(self, by: int) -> None:
        """Up and down within the list."""
        here = self._here()
        at = here.deck.index(self.chosen or "")
        if at is not None:
            self.choose(here.deck.cards[min(max(0, at + by), len(here.deck) - 1)].id)

    def action_cross(self, by: int) -> None:
        """To the next column that has cards, at the same height."""
        card = self.card
        if card is None or self.is_narrow:
            return
        order = list(Column)
        at = self.lists[card.column].deck.index(card.id) or 0
        place = order.index(card.column) + by
        while 0 <= place < len(order):
            beside = self.lists[order[place]].deck
            if beside:
                self.choose(beside.cards[min(at, len(beside) - 1)].id)
                return
            place += by

    def on_card_list_picked(self, event: CardList.Picked) -> None:
        """A click."""
        self.focus()
        self.choose(event.task)

    def _settle(self) -> None:
        """Something is chosen if anything is shown: the same task, else what needs a person most."""
        if not self._sees(self.card):
            self.choose(self.every.deck.cards[0].id if self.every.deck else None)
        else:
            self.choose(self.chosen)

    def _sees(self, card: Card | None) -> bool:
        return card is not None and card.id in self.every.deck

    def _here(self) -> CardList:
        card = self.card
        return self.every if self.is_narrow or card is None else self.lists[card.column]

    # how it lies on the screen

    @property
    def is_narrow(self) -> bool:
        """Whether there is room for one list only."""
        return self.size.width < NARROW

    def tell_spread(self, *, hidden: bool) -> None:
        """Say again which columns are on the screen: none while another view is."""
        self.post_message(self.Spread(() if hidden else tuple(dict(self._spread))))

    def on_resize(self) -> None:
        """Another size: other columns, more or fewer lines to a card."""
        self._lay_out()

    def _lay_out(self) -> None:
        if not self.size.width or not self.is_mounted:
            return
        self.every.display = self.is_narrow
        card = self.card
        first = self._spread[0][0] if self._spread else None
        found = [] if self.is_narrow else spread(self.size.width, self._used, card.column if card else None, first)
        rows, stride = _shape(self.size.height)
        self.every.shape(1, 1)
        if found == self._spread and (rows, stride) == self._card_shape:
            return
        self._spread, self._card_shape = found, (rows, stride)
        widths = dict(found)
        for column, shown in self.lists.items():
            shown.display = column in widths
            if column in widths:
                shown.styles.width = widths[column]
                shown.shape(rows, stride)
        self.post_message(self.Spread(tuple(widths)))


def _shape(height: int) -> tuple[int, int]:
    """Lines of text for a card, and lines from one to the next, in a board of this height."""
    if height < 18:
        return 2, 2
    return (2, 3) if height < 26 else (3, 4)
