"""The colours of pictures and pages, for light and dark, as one style sheet.  Pure.

Knows classes of elements, nothing of what is drawn.  A shape stands beside each colour (swarm.core.shapes), so nothing
is told by colour alone.  No variables of CSS: many programs that show SVG files don't know them.
"""

from __future__ import annotations

from swarm.core.status import BLOCKED, READY, Status

Colours = tuple[str, str, str]
"""Of an area, its edge, and the text on it."""

LIGHT: dict[tuple[str, ...], Colours] = {
    (BLOCKED,): ("#f3f4f6", "#a8afb9", "#5b6470"),
    (READY,): ("#ffffff", "#6b7480", "#2b313a"),
    (Status.CLAIMED, Status.RUNNING): ("#e3f0fd", "#2f75c0", "#124a86"),
    (Status.WAITING, Status.REVIEW, Status.PAUSED): ("#fff1cf", "#b97a10", "#7a4d00"),
    (Status.SEALED, Status.VERIFYING): ("#f0e7fb", "#8456bd", "#56318a"),
    (Status.MERGED,): ("#e4f5e9", "#33905c", "#145c35"),
    (Status.FAILED,): ("#fde6e6", "#c43c3c", "#8c1d1d"),
    (Status.SKIPPED, Status.CANCELLED): ("#f3eeee", "#a78b8b", "#6d5252"),
}
"""By day."""

DARK: dict[tuple[str, ...], Colours] = {
    (BLOCKED,): ("#23272e", "#5d6570", "#a4adb8"),
    (READY,): ("#1b1f25", "#8a94a0", "#dde3ea"),
    (Status.CLAIMED, Status.RUNNING): ("#14304e", "#4f9be8", "#b9dafb"),
    (Status.WAITING, Status.REVIEW, Status.PAUSED): ("#42310c", "#d79c2d", "#f8dc9c"),
    (Status.SEALED, Status.VERIFYING): ("#33234b", "#a47fdb", "#dccbf5"),
    (Status.MERGED,): ("#123a26", "#46b079", "#b4e6cb"),
    (Status.FAILED,): ("#471a1c", "#e06464", "#f9c0c0"),
    (Status.SKIPPED, Status.CANCELLED): ("#332b2b", "#8d7575", "#cdb9b9"),
}
"""By night."""

_SHAPES = """
.swarm text { font: 600 13px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
.swarm .more, .swarm .axis text { font-weight: 400; font-size: 11px; }
.swarm rect { stroke-width: 1.2; }
.swarm .line { fill: none; stroke-width: 1.4; }
.swarm .path rect { stroke-width: 3; }
.swarm .line.path { stroke-width: 3.4; }
"""


def style() -> str:
    """The rules for what has the class `swarm`: by day, and by night where the reader wants that."""
    day = _rules(LIGHT, ground="#ffffff", ink="#1f2530", faint="#68717d", line="#a8b0bb")
    night = _rules(DARK, ground="#14171c", ink="#e6eaf0", faint="#9aa4b0", line="#5c6672")
    return f"{_SHAPES}{day}@media (prefers-color-scheme: dark) {{\n{night}}}\n"


def _rules(colours: dict[tuple[str, ...], Colours], *, ground: str, ink: str, faint: str, line: str) -> str:
    rules = [
        f".swarm .ground {{ fill: {ground}; }}",
        f".swarm text {{ fill: {ink}; }}",
        f".swarm .more, .swarm .axis text {{ fill: {faint}; }}",
        f".swarm .line {{ stroke: {line}; }}",
        f".swarm .tip {{ fill: {line}; }}",
        f".swarm .line.path {{ stroke: {ink}; }}",
        f".swarm .tip.path {{ fill: {ink}; }}",
    ]
    for statuses, (area, edge, letters) in colours.items():
        for status in statuses:
            rules.append(f".swarm .{status} rect {{ fill: {area}; stroke: {edge}; }}")
            rules.append(f".swarm .{status} text {{ fill: {letters}; }}")
    return "".join(f"{rule}\n" for rule in rules)
