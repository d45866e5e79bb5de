from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from board.view.columns import Column
from board.widgets.spread import LEAST, spread

columns = st.one_of(st.none(), st.sampled_from(Column))


@given(st.integers(20, 400), st.sets(st.sampled_from(Column)), columns, columns)
def test_the_columns_fill_the_screen_and_the_chosen_one_is_among_them(
    width: int, used: set[Column], chosen: Column | None, first: Column | None
) -> None:
    found = spread(width, used, chosen, first)
    assert sum(cells for _, cells in found) == width
    assert all(cells >= LEAST for _, cells in found) or len(found) == 1
    assert chosen is None or chosen in [column for column, _ in found]
    order = list(Column)
    places = [order.index(column) for column, _ in found]
    assert places == sorted(places)


def test_a_wide_screen_shows_every_column() -> None:
    assert [column for column, _ in spread(7 * LEAST, set(), None, None)] == list(Column)


def test_the_window_stays_where_it_is_while_the_chosen_column_is_in_it() -> None:
    used = set(Column)
    before = spread(80, used, Column.NEEDS_YOU, Column.RUNNING)
    assert [column for column, _ in before] == [Column.RUNNING, Column.NEEDS_YOU, Column.VERIFYING]
    assert spread(80, used, Column.VERIFYING, Column.RUNNING) == before
    assert spread(80, used, Column.MERGED, Column.RUNNING)[-1][0] is Column.MERGED


def test_columns_without_a_card_give_their_room_to_the_others() -> None:
    found = spread(80, {Column.BLOCKED, Column.MERGED}, None, None)
    assert [column for column, _ in found] == [Column.BLOCKED, Column.MERGED]
