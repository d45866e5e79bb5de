from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color
from textual._ansi_theme import ALABASTER, MONOKAI

from board.view.sheet import Ink
from board.widgets.inking import LEAST_CONTRAST, contrast, style

DARK = Color.parse("#e0e0e0"), Color.parse("#121212")
LIGHT = Color.parse("#1f1f1f"), Color.parse("#e0e0e0")

COLOUR = st.none() | st.integers(0, 255) | st.tuples(*[st.integers(0, 255)] * 3)


@given(st.builds(Ink, fg=COLOUR, bg=COLOUR, reverse=st.booleans(), dim=st.booleans()), st.booleans())
def test_no_colours_hide_the_text(ink: Ink, dark: bool) -> None:
    text, ground = DARK if dark else LIGHT
    found = style(ink, text, ground, MONOKAI if dark else ALABASTER)
    assert found.color is not None
    over = found.bgcolor or ground
    assert contrast(found.color.get_truecolor(), over.get_truecolor()) >= LEAST_CONTRAST


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    assert style(Ink(fg=(255, 120, 0)), *DARK, MONOKAI).color == Color.from_rgb(255, 120, 0)


def test_reverse_swaps_what_would_have_been() -> None:
    found = style(Ink(reverse=True), *DARK, MONOKAI)
    assert (found.color, found.bgcolor) == (DARK[1], DARK[0])


def test_without_a_theme_the_terminals_own_colours_pass() -> None:
    found = style(Ink(fg=3, reverse=True), None, Color.default(), MONOKAI)
    assert found.reverse
    assert found.color is not None
