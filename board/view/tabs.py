"""The tabs of a card and their bar at a width.  Pure.

Knows names and cells.  The open tab is in brackets, so that it is told without colours; digits stand before the names
where there is room, and where not even the names fit, only those around the open one are shown.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

from rich.cells import cell_len


class Tab(enum.StrEnum):
    """What can be seen of a card."""

    PREVIEW = "preview"
    DIFF = "diff"
    MESSAGES = "messages"
    EVENTS = "events"
    PROMPT = "prompt"
    VERIFY = "verify"
    LINKS = "links"


class Label(NamedTuple):
    """One piece of the bar; `tab` is None between them."""

    text: str
    tab: Tab | None = None


def bar(width: int, open_tab: Tab) -> tuple[Label, ...]:
    """The bar in at most `width` cells."""
    tabs = list(Tab)
    names, numbered = [str(tab) for tab in tabs], [f"{place} {tab}" for place, tab in enumerate(tabs, 1)]
    for found in (_wide(numbered, open_tab), _wide(names, open_tab), _labels(tabs, names, open_tab)):
        if _width(found) <= width:
            return found
    return _around(tabs, open_tab, width)


def _wide(texts: list[str], open_tab: Tab) -> tuple[Label, ...]:
    """Each with a cell of its own on either side; brackets take their place."""
    pairs = zip(Tab, texts, strict=True)
    return tuple(Label(f"[{text}]" if tab is open_tab else f" {text} ", tab) for tab, text in pairs)


def _labels(tabs: list[Tab], texts: list[str], open_tab: Tab) -> tuple[Label, ...]:
    """The same with one cell between two of them."""
    found: list[Label] = []
    for tab, text in zip(tabs, texts, strict=True):
        before = "[" if tab is open_tab else "" if found and found[-1].text.endswith("]") else " "
        found.append(Label(f"{before}{text}{']' if tab is open_tab else ''}", tab))
    return tuple(found)


def _width(labels: tuple[Label, ...]) -> int:
    return sum(cell_len(label.text) for label in labels)


def _around(tabs: list[Tab], open_tab: Tab, width: int) -> tuple[Label, ...]:
    """As many tabs around the open one as fit, with arrows where there are more."""
    first = last = tabs.index(open_tab)
    best = (Label(f"[{open_tab}]", open_tab),)
    while (first, last) != (0, len(tabs) - 1):
        grown = [(first, last + 1)] if last + 1 < len(tabs) else []
        grown += [(first - 1, last)] if first else []
        for low, high in grown:
            shown = tabs[low : high + 1]
            labels = _labels(shown, [str(tab) for tab in shown], open_tab)
            left = (Label("‹", tabs[low - 1]),) if low else ()
            right = (Label("›", tabs[high + 1]),) if high + 1 < len(tabs) else ()
            if _width(found := (*left, *labels, *right)) <= width:
                first, last, best = low, high, found
                break
        else:
            break
    return best
