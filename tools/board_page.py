"""Writes docs/board.md anew, after the keys or the tabs of the board have changed: `python -m tools.board_page`."""

from __future__ import annotations

from pathlib import Path

from board.keys import ACTIONS, MOVING
from board.view.columns import COLUMN_MARKS, MARKS, PLACE, Column

PAGE = Path(__file__).parents[1] / "docs" / "board.md"

HEAD = """\
# The board

`swarm board` shows a run as it goes on, in the terminal; `swarm start --board` opens it at once, and
[`swarm dashboard`](dashboard.md) shows the same in a browser. It only reads: what a key changes is sent to the leader
as a message, and the board shows what became of it. Closing or killing it changes nothing.

## Columns and shapes

A card says what the task waits for, who works on it and for how long, what it has cost (`$0.12`), how many messages
nobody has read (`✉2`), and with which other branch it clashes (`≠`). Below the cards, the chosen task in seven tabs.

"""

REST = """
## What waits for you

`n` opens one list of all questions, all held work and what you have paused, what has waited longest on top. One key
replies to the chosen one, and the reply names what was shown: if the agent asks something else by then, it is
refused. Something that has come up by itself under your hands is answered only after a moment.

A task that needs you and the end of the run ring the terminal's bell, and show a notification where terminal or
desktop have such; `--no-notify` leaves that out.

## The first line

`~12m left` is the longest chain of what is still to do, or all of it shared out among the workers, whichever is more,
each task taken to last as long as the merged ones did on average. It is there once two tasks have merged. `+ 3 held`
tasks are not in it: they wait for a person, or for what does.

Below it, only when it is so: what holds the whole run up (a budget used up, an account at its limit and until when, a
disk nearly full, a worker that can't be started), with what to type about it.

## Sizes and colours

Below 60 columns there is one list instead of columns, and the tabs have the screen to themselves (a digit opens one,
`esc` goes back). `NO_COLOR` is heeded; a shape stands beside each colour.
"""


def page() -> str:
    """The whole document."""
    rows = [f"| {COLUMN_MARKS[column]} {column} | {_statuses(column)} |" for column in Column]
    actions = ((one.shown, one.help) for one in ACTIONS if not one.keys.isdigit())
    keys = [f"| `{key}` | {what} |" for key, what in (*MOVING, *actions)]
    table = "\n".join(["| column | holds |", "|---|---|", *rows])
    return f"{HEAD}{table}\n\n## Keys\n\n| key | |\n|---|---|\n" + "\n".join(keys).replace("`|`", "`\\|`") + "\n" + REST


def _statuses(column: Column) -> str:
    return ", ".join(f"{MARKS[status]} {status}" for status, place in PLACE.items() if place is column)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
