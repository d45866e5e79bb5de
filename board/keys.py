"""The keys of the board: what each does, for the footer and the help.

Knows words only; the bindings themselves stand where the actions are (board.app, board.widgets.kanban).
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

Key = tuple[str, str]
"""A key and a word."""

STEERING: tuple[Key, ...] = (
    ("↵", "attach"), ("⇥", "tab"), ("d", "diff"), ("m", "message"), ("r", "retry"), ("p", "pause"), ("x", "cancel"),
    ("M", "merge"), ("w", "why"), ("/", "filter"), ("?", "help"), ("q", "quit"),
)  # fmt: skip
"""The footer of a board that may change the run."""

READING: tuple[Key, ...] = tuple(key for key in STEERING if key[0] not in "mrpxM")
"""The footer of a board that changes nothing."""

FIRST_TO_GO = ("⇥", "/", "M", "w", "x", "p", "r", "d", "m", "↵")
"""Which keys are left out first; help and quit stay, and help tells the rest."""

HELP = (
    "arrows hjkl     move between cards and columns",
    "home g, end G   first and last card of the column",
    "enter           attach to the task's pane; detach as in tmux",
    "1 to 7, tab     preview, diff, messages, events, prompt, verify, links",
    "pgup, pgdn      scroll the text; z: over the whole screen, and back",
    "] [  (n N)      next and last file, message, command or linked card",
    "f               choose among these; enter or a click follows a line",
    "J K             next and last card while the text has the screen",
    "d               the diff, read anew, over the whole screen",
    "m               write to the task; answers it if it asks",
    "r               try again",
    "p               pause, or go on",
    "x               cancel (asks first)",
    "M               let held work into the merge queue",
    "w               why is it where it is?",
    "/               only cards with these words; esc: all again",
    "q               quit; the run goes on without the board",
    "",
    "◇ blocked   ○ ready      ◔ claimed  ● running  ? asks",
    "! held      = paused     ◫ sealed   ◐ verifying",
    "✓ merged    ✗ failed     ↷ skipped  ∅ cancelled",
)


def footer(keys: Sequence[Key], width: int) -> tuple[list[Key], str]:
    """The keys that fit into so many cells, and the gap between them."""
    kept = list(keys)
    for last in FIRST_TO_GO:
        for gap in ("   ", "  ", " "):
            if _length(kept, gap) <= width:
                return kept, gap
        kept = [key for key in kept if key[0] != last]
    return kept, " "


def _length(keys: list[Key], gap: str) -> int:
    return sum(cell_len(key) + 1 + cell_len(word) + len(gap) for key, word in keys)
