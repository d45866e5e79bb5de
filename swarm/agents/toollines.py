"""How the use of a tool is shown to people: one line with what matters of it, and the head of what came back.  Pure.

Knows the argument names that coding agents commonly use, no single agent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOST_LINE = 160
"""Characters of a line of this kind."""

MOST_RESULT = 6
"""Lines of what a tool gave back."""

COMMANDS = ("command", "cmd", "script")
PATHS = ("file_path", "filePath", "path", "absolute_path", "notebook_path", "filename")
MAIN = ("pattern", "query", "url", "description", "prompt", "question", "to", "summary", "text", "skill", "task_id")
"""Arguments that tell best what a tool is used for, in this order."""


def used(name: str, arguments: Mapping[str, Any], root: str = "") -> str:
    """One line: `$ command` for a shell, else the tool and its main argument.  Paths below `root` are shortened."""
    command = _first(arguments, COMMANDS)
    if command:
        return f"$ {cut(command)}\n"
    return f"• {cut(' '.join(part for part in (plain(name), _main(arguments, root)) if part))}\n"


def plain(name: str) -> str:
    """The name of a tool without the server that it comes from: `send_message` for `mcp__swarm__send_message`."""
    return name.rpartition("__")[2] if name.startswith("mcp__") else name


def gave(text: str, error: bool = False) -> str:
    """What came back, below its tool: the first lines, and how many more there are."""
    lines = [line for line in text.splitlines() if line.strip()]
    shown = [f"  {'✗' if error and at == 0 else '│'} {cut(line, strip=False)}" for at, line in enumerate(lines)]
    shown = shown[:MOST_RESULT]
    if len(lines) > MOST_RESULT:
        shown.append(f"  │ … {len(lines) - MOST_RESULT} more lines")
    return "".join(f"{line}\n" for line in shown)


def cut(text: str, strip: bool = True) -> str:
    """The first line of a text, at most MOST_LINE characters of it, with a mark where there is more."""
    first, _, rest = (text.strip() if strip else text.rstrip()).partition("\n")
    return f"{first[: MOST_LINE - 1]}…" if len(first) > MOST_LINE or rest else first


def _main(arguments: Mapping[str, Any], root: str) -> str:
    path = _first(arguments, PATHS)
    if path:
        return f"{_short(path, root)}{_size(arguments)}"
    main = _first(arguments, MAIN)
    if main:
        return main
    return ", ".join(f"{key}: {value}" for key, value in arguments.items() if isinstance(value, str | int | float))


def _size(arguments: Mapping[str, Any]) -> str:
    """How much is written or changed."""
    old, new = arguments.get("old_string"), arguments.get("new_string")
    if isinstance(old, str) and isinstance(new, str):
        return f" (+{_lines(new)} −{_lines(old)})"
    body = _first(arguments, ("content", "file_text"))
    return f" ({_lines(body)} {'line' if _lines(body) == 1 else 'lines'})" if body else ""


def _lines(text: str) -> int:
    return len(text.splitlines())


def _short(path: str, root: str) -> str:
    return path.removeprefix(f"{root.rstrip('/')}/") if root else path


def _first(arguments: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((value for name in names if isinstance(value := arguments.get(name), str) and value), "")
