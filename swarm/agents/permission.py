"""A permission that an agent needs, as a question to a person, and the answer as a decision.  Pure.

The person sees exactly what is asked for: a command or an edit whole, with characters that can't be seen written out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from swarm.agents import toollines, toolnames

MOST_SHOWN = 20_000
"""Characters that a person may be asked to judge."""

ANSWERS = "Answer yes, no, or what it should do instead."

PATCH = "apply_patch"
"""Codex's tool that changes files, whose `command` is the patch."""

WHERE = ("workdir", "dir_path", "directory", "cwd")
"""Where a command is run, as far as it says so."""

SHELLS = toolnames.alike(toolnames.SHELL) | {"shell"}
EDITORS = toolnames.alike(*toolnames.EDITS) | {"create"}
"""Tools that are known by name; what another one does with a command or a path, nobody here knows."""

UNSAID = frozenset({"description", "instruction", "justification", "timeout"})
"""What the agent says of a step is not what it does."""

OLD, NEW = ("old_string", "oldString", "oldText"), ("new_string", "newString", "newText")

YES = frozenset({"y", "yes", "ok", "allow"})
NO = frozenset({"n", "no", "deny"})


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person said.  `why`: what the agent is told where it is not allowed."""

    allowed: bool
    why: str = ""


def question(tool: str, arguments: Mapping[str, Any]) -> str:
    """What a person is asked, or "" where there is more of it than anybody could judge."""
    head, body = _asked(tool, arguments)
    if len(head) + len(body) > MOST_SHOWN:
        return ""
    shown = "".join(f"    {line}\n" for line in visible(body).splitlines())
    return "\n\n".join(part for part in (visible(head), shown.rstrip("\n"), ANSWERS) if part)


TOO_LONG = Decision(
    False, f"this is too long for a person to judge (over {MOST_SHOWN} characters): do it in smaller steps"
)


def decided(answer: str) -> Decision:
    """The decision in an answer: yes, no, or words, which are a no with a reason."""
    word = answer.strip().rstrip(".!").lower()
    if word in YES:
        return Decision(True)
    if word in NO:
        return Decision(False, "the operator said no")
    return Decision(False, f"the operator said: {answer.strip()}")


def visible(text: str) -> str:
    """The text with every character that can't be seen, or that moves others about, written as its number."""
    return "".join(one if one.isprintable() or one == "\n" else _number(one) for one in text.replace("\t", "    "))


def _number(one: str) -> str:
    return one.encode("unicode_escape", "backslashreplace").decode("ascii")


def _asked(tool: str, arguments: Mapping[str, Any]) -> tuple[str, str]:
    command = arguments.get("command")
    if tool == PATCH and isinstance(command, str):
        return "May it apply this patch?", _beside(arguments, "command") + command
    if tool in SHELLS and isinstance(command, str):
        first, _, rest = command.partition("\n")
        beside = _beside(arguments, "command")
        # Where a list has one line for a question, the command is in it.
        return f"May it run: {first}{' …' if rest or beside else ''}", beside + (command if rest or beside else "")
    paths = [key for key in toollines.PATHS if arguments.get(key)]
    if tool in EDITORS and len(paths) == 1 and isinstance(arguments[paths[0]], str):
        path = _line(arguments[paths[0]])
        old, new, content = (_first(arguments, keys) for keys in (OLD, NEW, ("content",)))
        if old and new:
            beside = _beside(arguments, *paths, old, new)
            return f"May it change {path}?", beside + _marked("-", arguments[old]) + _marked("+", arguments[new])
        if content:
            return f"May it write {path}?", _beside(arguments, *paths, content) + _marked("+", arguments[content])
    return f"May it use {_line(tool)}?", json.dumps(arguments, indent=1, ensure_ascii=False)


def _beside(arguments: Mapping[str, Any], *shown: str) -> str:
    """Where it would be done, and with what else: whatever of the arguments is not shown otherwise."""
    where = "".join(f"in {_line(str(arguments[key]))}\n" for key in WHERE if arguments.get(key))
    left = {
        key: value
        for key, value in arguments.items()
        if value and key not in shown and key not in UNSAID and key not in WHERE
    }
    return where + (f"with {json.dumps(left, ensure_ascii=False)}\n" if left else "")


def _line(text: str) -> str:
    return text.replace("\n", "\\n")


def _first(arguments: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    """The first of these keys under which a text stands, or ""."""
    return next((key for key in keys if isinstance(arguments.get(key), str)), "")


def _marked(mark: str, text: str) -> str:
    return "".join(f"{mark} {line}\n" for line in text.removesuffix("\n").split("\n")) if text else ""
