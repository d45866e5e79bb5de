from __future__ import annotations

import pytest
from rich.cells import cell_len

from board.view.tabs import Tab, bar


def text(width: int, tab: Tab) -> str:
    return "".join(label.text for label in bar(width, tab))


@pytest.mark.parametrize("tab", list(Tab))
@pytest.mark.parametrize("width", [*range(12, 90), 200])
def test_the_bar_fits_and_always_names_the_open_tab(width: int, tab: Tab) -> None:
    found = text(width, tab)
    assert cell_len(found) <= width
    assert f"{tab}]" in found


@pytest.mark.parametrize("tab", list(Tab))
def test_all_names_fit_at_80_columns_with_their_digits_and_at_50_without(tab: Tab) -> None:
    assert all(f"{place} {one}" in text(80, tab) for place, one in enumerate(Tab, 1))
    assert all(one in text(50, tab) for one in Tab)


def test_where_not_all_fit_arrows_lead_to_the_next_ones() -> None:
    assert text(30, Tab.PREVIEW) == "[preview]diff messages events›"
    assert bar(24, Tab.EVENTS)[0].tab is Tab.MESSAGES
    assert text(24, Tab.LINKS) == "‹ prompt verify[links]"
