"""Cards and header as lines of a given width.  Pure: text with roles in, no colours and no widgets out.

Knows widths in terminal cells, and what to leave out when there is little room.  A line is a tuple of pieces; a piece
has a role, for which the widget has a style.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from rich.cells import cell_len, set_cell_size

from board.view.card import Card
from board.view.columns import COLUMN_MARKS, MARKS, Column
from board.view.header import Header

Role = Literal["mark", "id", "title", "note", "time", "plain", "strong", "done", "todo", "urgent"]


class Piece(NamedTuple):
    """Some text and what it is."""

    text: str
    role: Role


Line = tuple[Piece, ...]


LEAST_ID = 16
"""Cells of a name that are not given up for a sign beside it."""


def fit(text: str, width: int) -> str:
    """The text in exactly `width` cells: filled up with spaces, or cut with an ellipsis."""
    if width <= 0:
        return ""
    if cell_len(text) > width:
        text = set_cell_size(text, width - 1).rstrip() + "…"
    return set_cell_size(text, width)


def card_line(card: Card, row: int, rows: int, width: int, now: float) -> Line:
    """Line `row` of a card that has `rows` lines (1 to 3), `width` cells wide.

    The first says which task; the second what is worth knowing; with three lines the title has one of its own.
    Of what is merged the title says more than the commit.
    """
    if row == 0:
        return _first(card, width, now) if rows > 1 else _only(card, width, now)
    if rows == 2:
        has_news = bool(card.note) and card.column is not Column.MERGED
        return _under(card.note if has_news else card.title, "note" if has_news else "title", width)
    if row == 1:
        return _under(card.title, "title", width)
    return _under(card.note, "note", width)


def _first(card: Card, width: int, now: float) -> Line:
    badges, time = _badges(card), _time(card, now)
    while badges and width - 2 - _length((*badges, time)) < min(cell_len(card.id), LEAST_ID):
        badges.pop()
    right = [piece for piece in (*badges, time) if piece]
    room = width - 2 - _length(right)
    if room < 6:
        right, room = [], width - 2
    ends = tuple(Piece(f" {piece}", "time") for piece in right)
    return (Piece(MARKS[card.status] + " ", "mark"), Piece(fit(card.id, room), "id"), *ends)


def _badges(card: Card) -> list[str]:
    """What is worth a sign beside the name; what matters least comes last."""
    unread = f"✉{card.unread}" if card.unread else ""
    return [badge for badge in (unread, money(card.usd)) if badge]


def _length(texts: Iterable[str]) -> int:
    """Cells of these with a space before each."""
    return sum(cell_len(text) + 1 for text in texts if text)


def money(usd: float) -> str:
    """USD as people read them; nothing for nothing."""
    return "" if not usd else f"${usd:.2f}" if usd < 100 else f"${usd:.0f}"


def _under(text: str, role: Role, width: int) -> Line:
    return (Piece("  ", "plain"), Piece(fit(text, width - 2), role))


def _only(card: Card, width: int, now: float) -> Line:
    """A whole card in one line, for a list."""
    if width < 34:
        return _first(card, width, now)
    left = max(16, min(28, width // 3))
    time = _time(card, now)
    rest = width - left - 1 - (len(time) + 1 if time else 0)
    head = (Piece(MARKS[card.status] + " ", "mark"), Piece(fit(card.id, left - 2), "id"), Piece(" ", "plain"))
    body = Piece(fit(card.note or card.title, rest), "note" if card.note else "title")
    return (*head, body, Piece(" " + time, "time")) if time else (*head, body)


def _time(card: Card, now: float) -> str:
    if card.since is not None:
        return duration(now - card.since)
    return duration(card.took) if card.took is not None else ""


def duration(seconds: float) -> str:
    """Seconds as people read them, at most six letters: 8s, 4m05s, 2h07m, 3d04h."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    if whole < 86400:
        return f"{whole // 3600}h{whole // 60 % 60:02}m"
    return f"{whole // 86400}d{whole // 3600 % 24:02}h"


def head_line(header: Header, width: int) -> Line:
    """The run in one line: name, phase, progress, workers, time, money; what matters least is left out first."""
    done = f" {header.merged}/{header.total} merged"
    always = [Piece(f" {fit(header.run, min(cell_len(header.run), 24))} ", "strong"), Piece(header.phase, "plain")]
    extra = [
        Piece(f"  {header.needs} need{'s' if header.needs == 1 else ''} you" if header.needs else "", "urgent"),
        Piece(_left(header), "plain"),
        Piece(f"  {header.busy}/{header.workers} workers busy", "plain"),
        Piece(_spent(header), "plain"),
        Piece(f"  {duration(header.elapsed)}", "time"),
    ]
    used = sum(cell_len(piece.text) for piece in always) + len(done) + 2
    for piece in extra:
        used += cell_len(piece.text)
    while extra and used > width:
        used -= cell_len(extra.pop().text)
    bar = _bar(header, min(30, width - used))
    return (*always, Piece("  ", "plain"), *bar, Piece(done, "plain"), *extra)


def _left(header: Header) -> str:
    """The estimate; a person who holds something up is told that it is not in there."""
    if header.estimate is None:
        return ""
    held = f" + {header.estimate.held} held" if header.estimate.held else ""
    return f"  ~{duration(header.estimate.left)} left{held}"


def _spent(header: Header) -> str:
    if header.budget is not None:
        return f"  ${header.usd:.2f} of ${header.budget:g}"
    return f"  ${header.usd:.2f}" if header.usd else ""


def _bar(header: Header, width: int) -> Line:
    """Progress as a bar; without room there is none.  Two shapes, so that it reads without colours."""
    if width < 4 or not header.total:
        return ()
    full = header.merged * width // header.total
    return (Piece("█" * full, "done"), Piece("░" * (width - full), "todo"))


def counts_line(header: Header, width: int) -> tuple[tuple[str, ...], str]:
    """A text for each column with its count, and the gap between them: words where they fit, else shapes alone."""
    marks = COLUMN_MARKS
    words = tuple(f"{marks[column]} {column} {count}" for column, count in header.counts)
    for gap in ("   ", "  "):
        if cell_len(gap.join(words)) + 2 <= width:
            return words, gap
    narrow = tuple(f"{marks[column]}{column.split()[0]} {count}" for column, count in header.counts)
    if cell_len(" ".join(narrow)) + 2 <= width:
        return narrow, " "
    return tuple(f"{marks[column]}{count}" for column, count in header.counts), "  " if width > 40 else " "
