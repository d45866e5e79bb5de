"""Pictures of a board's screen: what stands in each cell, with its colours, as SVG that looks the same everywhere.

Every run of cells is put at its own place, so that no font can move what comes after it; nothing outside is needed.
The pictures of the main states are golden files (tests/board/pictures/), renewed with RENEW_GOLDEN=1, and the one in
the README is among them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import MONOKAI
from textual.app import App

HERE = Path(__file__).parent / "pictures"
WIDTH, HEIGHT, SIZE = 8.43, 18, 14
"""Pixels of a cell, and of the letters in it."""

FONT = "'DejaVu Sans Mono', 'Menlo', 'Consolas', monospace"


class Run(NamedTuple):
    """Cells side by side that look alike."""

    column: int
    text: str
    style: Style


def picture(app: App[None]) -> str:
    """The screen as it is now."""
    width, height = app.size
    base = app.screen.rich_style
    back = _colour(base.bgcolor) or "#121212"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width * WIDTH:.0f} {height * HEIGHT}" '
        f'font-family="{FONT}" font-size="{SIZE}px">',
        f'<rect width="100%" height="100%" fill="{back}"/>',
    ]
    for row, strip in enumerate(app.screen._compositor.render_strips()):
        for run in _runs(list(strip)):
            lines += _drawn(run, row, back)
    return "\n".join([*lines, "</svg>", ""])


def _runs(segments: list[Segment]) -> Iterator[Run]:
    column, found = 0, None
    for text, style, _ in segments:
        look = style or Style.null()
        if found is not None and found.style == look:
            found = found._replace(text=found.text + text)
        else:
            if found is not None:
                yield found
            found = Run(column, text, look)
        column += cell_len(text)
    if found is not None:
        yield found


def _drawn(run: Run, row: int, back: str) -> Iterator[str]:
    style = run.style
    front, behind = _colour(style.color) or "#e0e0e0", _colour(style.bgcolor)
    if style.reverse:
        front, behind = behind or back, front
    left, top, wide = run.column * WIDTH, row * HEIGHT, cell_len(run.text) * WIDTH
    if behind and behind != back:
        yield f'<rect x="{left:.1f}" y="{top}" width="{wide:.1f}" height="{HEIGHT}" fill="{behind}"/>'
    looks = "".join([
        ' font-weight="bold"' if style.bold else "",
        ' font-style="italic"' if style.italic else "",
        ' text-decoration="underline"' if style.underline else "",
        ' opacity="0.6"' if style.dim else "",
    ])  # fmt: skip
    for words in re.finditer(r"\S+(?: \S+)*", run.text):  # spaces at the ends, and several, are nobody's to draw
        left = (run.column + cell_len(run.text[: words.start()])) * WIDTH
        yield (
            f'<text x="{left:.1f}" y="{top + SIZE - 1}" textLength="{cell_len(words[0]) * WIDTH:.1f}" '
            f'lengthAdjust="spacingAndGlyphs" fill="{front}"{looks}>{escape(words[0])}</text>'
        )


def _colour(colour: Color | None) -> str | None:
    if colour is None or colour.is_default:
        return None
    return colour.get_truecolor(MONOKAI).hex


def same_picture(name: str, app: App[None]) -> None:
    """Fail where the screen is not what the golden file shows."""
    path, found = HERE / f"{name}.svg", picture(app)
    if os.environ.get("RENEW_GOLDEN"):
        HERE.mkdir(exist_ok=True)
        path.write_text(found)
    assert path.read_text() == found, f"{path.name} differs; look at both, and renew it if the new one is right"
