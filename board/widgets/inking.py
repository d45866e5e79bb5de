"""The look of a program's output on a page: its colours in those of the theme, and never so faint that they hide text.

Knows inks and the two colours beneath them.  Where the terminal's own colours are used (no theme), inks pass as they
are, and it is the terminal's palette that counts.
"""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.style import Style
from rich.terminal_theme import TerminalTheme

from board.view.sheet import Colour, Ink

LEAST_CONTRAST = 3.0
"""Between text and what is beneath it, as WCAG 2.2 measures it; 3 is its least for large text."""


@lru_cache(maxsize=1024)
def style(ink: Ink, text: Color | None, ground: Color | None, palette: TerminalTheme) -> Style:
    """What an ink adds to the style beneath, whose colours are `text` and `ground`."""
    fg, bg = _colour(ink.fg, palette), _colour(ink.bg, palette)
    if text is None or ground is None or not (text.triplet and ground.triplet):
        return _attributes(ink) + Style(color=fg, bgcolor=bg, reverse=ink.reverse or None)
    over = ground if bg is None else bg
    under = text if fg is None else fg
    if ink.reverse:
        over, under, bg = under, over, under
    return _attributes(ink) + Style(color=_readable(under, over, palette), bgcolor=bg)


def _attributes(ink: Ink) -> Style:
    return Style(
        bold=ink.bold or None, dim=ink.dim or None, italic=ink.italic or None, underline=ink.underline or None,
        strike=ink.strike or None,
    )  # fmt: skip


def _colour(colour: Colour | None, palette: TerminalTheme) -> Color | None:
    if colour is None:
        return None
    if isinstance(colour, int):
        return Color.from_triplet(Color.from_ansi(colour).get_truecolor(palette))
    return Color.from_rgb(*colour)


def _readable(text: Color, ground: Color, palette: TerminalTheme) -> Color:
    """The colour, drawn towards black or white until it stands out from the ground."""
    beneath = ground.get_truecolor(palette)
    found = text.get_truecolor(palette)
    towards = 0 if _light(beneath) > 0.18 else 255  # which of the two stands out more
    for part in range(11):
        mixed = ColorTriplet(*(round(one + (towards - one) * part / 10) for one in found))
        if contrast(mixed, beneath) >= LEAST_CONTRAST:
            return text if part == 0 else Color.from_triplet(mixed)
    return Color.from_triplet(ColorTriplet(towards, towards, towards))


def contrast(one: ColorTriplet, other: ColorTriplet) -> float:
    """The contrast ratio of two colours, from 1 to 21."""
    lights = sorted((_light(one), _light(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _light(colour: ColorTriplet) -> float:
    """Relative luminance, from 0 to 1."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
