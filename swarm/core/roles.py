"""A role: a Markdown file whose front matter names it and whose text goes in front of a task's prompt.  Pure.

Knows nothing of directories and tasks.  Such files are written by hand and by generators for other programs, and much
of their front matter is not YAML (descriptions with `: `, `<example>` blocks and stray quotes).  So the four keys that
we need are read line by line, and nothing in front matter is an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from swarm.core.plan import AGENT_OF_START, Role, slug

_FENCE = re.compile(r"---[ \t]*\Z")
_KEY = re.compile(r"(name|description|model|tools)[ \t]*:(?:[ \t]+(.*)|[ \t]*)\Z")
_OTHER_KEY = re.compile(r"[a-z][A-Za-z0-9_-]*:(?:[ \t]|\Z)")
_BLOCK = re.compile(r"[|>][+-]?[0-9]?[+-]?[ \t]*(?:#.*)?\Z")
_SWITCHED = re.compile(r"[ \t]+[\w.*\"'-]+[ \t]*:[ \t]*(?:true|false)[ \t]*(?:#.*)?\Z", re.IGNORECASE)
_NOT_NAMED = frozenset({"", "inherit", "default"})

_CLAUDES = re.compile(r"(?:opus|sonnet|haiku|opusplan)(?:\[1m\])?\Z|claude-", re.IGNORECASE)
"""How models of Claude are called in such files: mostly by an alias, which other programs don't know."""

_OF_CLAUDE = frozenset({"claude", "builtin"})
_OF_MANY = frozenset({"opencode", "aider", "pi"})
"""Agents that call models by their provider: `anthropic/claude-opus-4-6`."""


def suits(model: str, agent: str) -> bool:
    """Whether the `model` of a role means something to that agent.  Else it would be asked for one that it lacks.
    Of AGENT_OF_START it is decided once the agent is known."""
    if agent == AGENT_OF_START:
        return True
    if "/" in model:
        return agent in _OF_MANY
    return (_CLAUDES.match(model) is not None) == (agent in _OF_CLAUDE)


def parse_role(name: str, text: str) -> Role:
    """The role in a Markdown file called `name` (without .md).  Its own name wins and is brought into the form of an
    id; `model: inherit` is no model; no `tools` or `*` is ()."""
    front, body = _parts(text.removeprefix("\ufeff"))
    found = _keys(front)
    model = _bare(_one(found.get("model", [])))
    return Role(
        name=slug(_bare(_one(found.get("name", [])))) or slug(name) or "role",
        description=_one(found.get("description", [])),
        model=None if model.lower() in _NOT_NAMED else model,
        tools=_tools(found.get("tools", [])),
        text=body.strip() + "\n" if body.strip() else "",
    )


def _parts(text: str) -> tuple[list[str], str]:
    """(lines of the front matter, the rest); front matter that is never closed is text."""
    lines = text.replace("\r\n", "\n").split("\n")
    begin = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    if begin < len(lines) and _FENCE.match(lines[begin]):
        for index in range(begin + 1, len(lines)):
            if _FENCE.match(lines[index]):
                return lines[begin + 1 : index], "\n".join(lines[index + 1 :])
    return [], text


def _keys(lines: Sequence[str]) -> dict[str, list[str]]:
    """The lines of each known key, its first line without the key.  The first key of a name wins."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in lines:
        key = _KEY.match(line)
        if key and key[1] not in found:
            current = found[key[1]] = [key[2] or ""]
        elif _OTHER_KEY.match(line):
            current = []
        else:
            current.append(line)
    return found


def _one(lines: Sequence[str]) -> str:
    """The lines of a value as one text."""
    if not lines:
        return ""
    first, rest = lines[0].strip(), [line.strip() for line in lines[1:]]
    if _BLOCK.match(first):
        return ("\n" if first.startswith("|") else " ").join(rest).strip()
    return _unquoted(" ".join([first, *filter(None, rest)]).strip())


def _bare(text: str) -> str:
    """A value without the comment behind it."""
    return re.split(r"(?:\A|[ \t])#", text, maxsplit=1)[0].strip()


def _unquoted(text: str) -> str:
    if len(text) < 2 or text[0] != text[-1] or text[0] not in "'\"":
        return text
    if text[0] == "'":
        return text[1:-1].replace("''", "'")
    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        return text[1:-1]


def _tools(lines: Sequence[str]) -> tuple[str, ...]:
    """`Read, Bash(git log:*)`, `[Read, Write]` or a list of `- Read` lines.  A map (`write: false`) takes away from
    all tools, which is no list of those that are left: it says nothing here."""
    if any(_SWITCHED.match(line) for line in lines):
        return ()
    listed = [line.strip().removeprefix("- ") for line in lines if line.strip() not in ("", "-")]
    text = ",".join(listed).strip()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    names = (_unquoted(_bare(one.strip())) for one in _split(text))
    return tuple(name for name in names if name and name not in ("*", "all"))


def _split(text: str) -> list[str]:
    """`text` at its commas, but not at those in brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts
