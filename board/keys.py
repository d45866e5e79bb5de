"""The keys of the board: one table of what can be done, for the bindings, the footer, the help and the palette.

Knows words only; the actions themselves stand in board.actions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from rich.cells import cell_len

from board.view.tabs import Tab

Key = tuple[str, str]
"""A key and a word."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a key does.  `title`: for the palette; `name`: the action, as Textual
    names it; `keys`: as Textual
    names them; `shown`: the key as people write it; `word`: for the footer, "" to leave it out; `help`: a line;
    `steers`: it changes the run."""

    title: str
    name: str
    keys: str
    shown: str
    word: str
    help: str
    steers: bool = False


PALETTE = "app.command_palette"

ACTIONS: tuple[Action, ...] = (
    Action("Attach", "attach", "enter", "↵", "attach", "attach to the task's pane; detach as in tmux"),
    Action("Needs you", "needs_you", "n", "n", "needs you", "what waits for you, oldest first; replies in one key"),
    Action("Next tab", "tab(1)", "tab", "⇥", "tab", "the next tab of the task"),
    Action("Previous tab", "tab(-1)", "shift+tab", "⇧⇥", "", "the tab before"),
    *(
        Action(tab.title(), f"open('{tab}')", str(place), str(place), "", f"the tab {tab}")
        for place, tab in enumerate(Tab, 1)
    ),
    Action("Page up", "turn(-1)", "pageup,ctrl+b", "PgUp", "", "scroll the text up"),
    Action("Page down", "turn(1)", "pagedown,ctrl+f", "PgDn", "", "scroll the text down"),
    Action("Zoom", "zoom", "z", "z", "", "the text over the whole screen, and back"),
    Action("Next place", "jump(1)", "right_square_bracket", "]", "", "next file, message, command or linked card"),
    Action("Previous place", "jump(-1)", "left_square_bracket", "[", "", "the one before; enter or a click follows it"),
    Action("Places", "pick", "f", "f", "", "choose among these from a list"),
    Action("Next card", "card(1)", "J", "J", "", "the next card, while the text has the screen"),
    Action("Previous card", "card(-1)", "K", "K", "", "the card before"),
    Action("Read the diff anew", "diff", "d", "d", "diff", "the diff over the whole screen, read anew"),
    Action("Message or answer", "message", "m", "m", "message", "write to it; answers what it asks", steers=True),
    Action("Retry", "steer('retry')", "r", "r", "retry", "try again", steers=True),
    Action("Pause or go on", "steer('pause')", "p", "p", "pause", "pause, or go on", steers=True),
    Action("Take over", "take", "t", "t", "", "take its agent's conversation over, in its pane", steers=True),
    Action("Cancel", "cancel", "x", "x", "cancel", "cancel (asks first)", steers=True),
    Action("Merge held work", "steer('approve')", "M", "M", "merge", "let held work into the merge queue", steers=True),
    Action("Next view", "view(1)", "v", "v", "view", "kanban, graph of tasks, timeline"),
    Action("Previous view", "view(-1)", "V", "V", "", "the view before"),
    Action("Why", "why", "w", "w", "why", "why is it where it is?"),
    Action("Summary", "summary", "s", "s", "", "how far the run is, or what became of it"),
    Action("Filter", "filter", "slash", "/", "filter", "only cards with these words; esc: all again"),
    Action("Palette", PALETTE, "ctrl+p,colon", "^p", "", "all of this by name"),
    Action("Help", "help", "question_mark", "?", "help", "the keys"),
    Action("Quit", "app.quit", "q", "q", "quit", "quit; the run goes on without the board"),
)
"""Everything, in the order of the footer and the help."""

STEERING: tuple[Key, ...] = tuple((action.shown, action.word) for action in ACTIONS if action.word)
"""The footer of a board that may change the run."""

READING: tuple[Key, ...] = tuple((one.shown, one.word) for one in ACTIONS if one.word and not one.steers)
"""The footer of a board that changes nothing."""

FIRST_TO_GO = ("⇥", "/", "v", "M", "w", "x", "p", "r", "d", "m", "n", "↵")
"""Which keys are left out first; help and quit stay, and help tells the rest."""

MOVING = (
    ("arrows hjkl", "move between cards and columns"),
    ("home g, end G", "first and last card of the column"),
    ("+ - 0", "graph, timeline: nearer, further, as it fits"),
    (f"1 to {len(Tab)}", ", ".join(Tab)),
)

SHAPES = (
    "◇ blocked   ○ ready      ◔ claimed  ● running  ? asks",
    "! held      = paused     ◫ sealed   ◐ verifying",
    "✓ merged    ✗ failed     ↷ skipped  ∅ cancelled",
)


def help_lines(*, read_only: bool, width: int) -> list[str]:
    """All keys, and what the shapes mean; in two columns where so many cells have room for them."""
    shown = (one for one in ACTIONS if not (one.steers and read_only) and not one.keys.isdigit())
    found = (*MOVING, *((one.shown, one.help) for one in shown))
    least = max(len(what) for _, what in found) + 15
    if width < least:
        folded = (
            wrap(what, max(24, width), initial_indent=f"{key:<15}", subsequent_indent=" " * 15) for key, what in found
        )
        return [*(line for lines in folded for line in lines), "", *SHAPES]
    rows = [f"{key:<14} {what}" for key, what in found]
    wide = max(cell_len(row) for row in rows) + 3
    if 2 * wide > width:
        return [*rows, "", *SHAPES]
    half = (len(rows) + 1) // 2
    left, right = rows[:half], [*rows[half:], ""]
    return [*(one.ljust(wide) + other for one, other in zip(left, right, strict=False)), "", "   ".join(SHAPES)]


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
