"""A whole SVG picture around its parts: size, name for those who can't see it, ground, style sheet.  Pure."""

from __future__ import annotations

from collections.abc import Iterable

from swarm.core.picture.markup import element, text
from swarm.core.picture.palette import style


def framed(kind: str, told: str, width: float, height: float, parts: Iterable[str], *, styled: bool) -> str:
    """The picture, with a newline at its end.  `styled`: with its style sheet, as a file of its own needs it."""
    inside = [
        element("title", text(told)),
        *([f"<style>{style()}</style>"] if styled else []),
        element("rect", class_="ground", x=0, y=0, width=width, height=height),
        *parts,
    ]
    return element(
        "svg", "\n".join(inside), xmlns="http://www.w3.org/2000/svg", class_=f"swarm {kind}", role="img",
        width=width, height=height, viewBox=f"0 0 {width:.9g} {height:.9g}",
    ) + "\n"  # fmt: skip
