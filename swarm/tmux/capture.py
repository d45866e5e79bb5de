"""What panes show, as text for a person's eyes: the last lines of many panes in one call of tmux.

Knows nothing of workers.  Nothing may be decided by what is read here.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from itertools import groupby

from swarm.tmux.client import Client
from swarm.tmux.pane import checked_id


def capture(client: Client, pane_ids: Iterable[str], lines: int) -> dict[str, str]:
    """The last lines of each pane (3.5 ms for 64 of them); those that can't be read are left out."""
    found: dict[str, str] = {}
    wanted = list(dict.fromkeys(pane_ids))
    while wanted:
        seen = capture_until_gone(client, wanted, lines)
        found.update(seen)
        # tmux stops at the first pane that is gone: leave that one out, and ask for those behind it.
        wanted = wanted[len(seen) + 1 :]
    return found


def capture_until_gone(client: Client, pane_ids: Sequence[str], lines: int) -> dict[str, str]:
    """What could be read of these, up to the first that could not."""
    fence = f"{secrets.token_hex(16)} "  # a pane may print anything but this
    commands = []
    for pane_id in pane_ids:
        commands.append(["capture-pane", "-p", "-t", checked_id(pane_id), "-S", f"-{lines}"])
        commands.append(["display-message", "-p", f"{fence}{pane_id}"])
    found: dict[str, str] = {}
    text: list[str] = []
    for is_fence, group in groupby(client.run(*commands).stdout, lambda line: line.startswith(fence)):
        if is_fence:
            found[next(group).removeprefix(fence)] = last(text, lines)
            text = []
        else:
            text = list(group)
    return found


def last(rows: Sequence[str], lines: int) -> str:
    """The last lines of the text on a screen.

    Empty rows below it don't count, and several on end count as one: tmux tells of a program's end on the bottom row,
    far below what the program said last.
    """
    text = [row for row, above in zip(rows, ["", *rows], strict=False) if row.strip() or above.strip()]
    while text and not text[-1].strip():
        text.pop()
    return "\n".join(text[-lines:])
