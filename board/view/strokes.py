"""A line of a drawing as strokes: some cells of one kind each.  Pure.

Knows no colours; the widget has a style for each kind (board.widgets.canvas).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from board.view.columns import Column

Ink = Literal["blank", "line", "lit", "label", "bar", "chosen"]
"""What a stroke is: nothing, a line, a line of the chosen task, a task, a bar of time, what is chosen."""


class Stroke(NamedTuple):
    """Some cells of one kind.  `tone`: the column that a task belongs to.  `strong`: on the critical path."""

    text: str
    ink: Ink
    tone: Column | None = None
    strong: bool = False
    dim: bool = False


def cut(strokes: Iterable[Stroke], skip: int, width: int) -> list[Stroke]:
    """`width` cells of the strokes, without the first `skip`; neighbours of one kind are one stroke."""
    found: list[Stroke] = []
    used = 0
    for stroke in strokes:
        if used >= width:
            break
        text = stroke.text[skip:] if skip > 0 else stroke.text
        skip = max(0, skip - len(stroke.text))
        text = text[: width - used]
        used += len(text)
        if found and text and found[-1][1:] == stroke[1:]:
            found[-1] = found[-1]._replace(text=found[-1].text + text)
        elif text:
            found.append(stroke._replace(text=text))
    if used < width:
        found.append(Stroke(" " * (width - used), "blank"))
    return found
