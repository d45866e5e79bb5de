from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from board.view.card import Card
from board.view.columns import Column
from board.view.whole import by_order
from board.widgets.deck import Deck


def make(number: int, rank: int) -> Card:
    return Card(f"t{number}", "", "ready", Column.READY, (float(rank), number))


@given(st.lists(st.tuples(st.integers(0, 8), st.one_of(st.none(), st.integers(0, 3)))))
def test_a_deck_holds_what_a_sorted_dictionary_would(changes: list[tuple[int, int | None]]) -> None:
    deck, model = Deck(by_order), dict[str, Card]()
    for number, rank in changes:
        name = f"t{number}"
        before = sorted(model.values(), key=by_order)
        if rank is None:
            assert (deck.drop(name) is not None) == (model.pop(name, None) is not None)
            continue
        was, now = deck.put(make(number, rank))
        assert was == (before.index(model[name]) if name in model else None)
        model[name] = make(number, rank)
        assert deck.cards[now] == model[name]
    assert deck.cards == sorted(model.values(), key=by_order)
    assert [deck.index(card.id) for card in deck.cards] == list(range(len(deck)))
    assert deck.index("nobody") is None
