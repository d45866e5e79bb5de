"""From what a step wants done to a call of a tool that the client really offers.  Pure.

Knows the names that coding agents give to their tools and arguments; the rest it takes from each tool's own schema.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from modelserver.conversation import Conversation, Tool
from modelserver.script import Step

Call = tuple[Tool, Any]
"""A tool and its arguments: an object, or plain text for one whose input is free."""

WRITERS = (
    "Write", "write_file", "write", "create_file", "create", "edit_file", "write_to_file",
    "str_replace_based_edit_tool", "editor",
)  # fmt: skip
SHELLS = (
    "Bash", "bash", "shell", "run_shell_command", "exec_command", "shell_command", "local_shell",
    "run_terminal_command", "execute_command", "terminal", "execute_bash", "run_commands",
)  # fmt: skip
PATHS = ("file_path", "filePath", "filepath", "path", "absolutePath", "absolute_path", "filename")
BODIES = ("content", "contents", "file_text", "text", "fileText")
LINES = ("command", "cmd", "script", "commands")

_STANDS_IN = re.compile(r"(?i)(?:working (?:in the )?directory(?: is)?: ?|<cwd>)(/[\w./-]+)")
_KNOWN_TYPES = {
    "bash": {"properties": {"command": {"type": "string"}}},
    "text_editor": {"properties": {"command": {}, "path": {}, "file_text": {}}},
}
_EMPTY: dict[str, Any] = {"array": [], "integer": 1, "number": 1, "boolean": False, "null": None}


def known_type(type: str) -> dict[str, Any]:
    """The schema of a tool that a client offers by its type alone, or {}."""
    return next((schema for name, schema in _KNOWN_TYPES.items() if type.startswith(name)), {})


def calls(step: Step, conversation: Conversation) -> list[Call]:
    """The calls that do what the step wants; none where the client offers nothing that could."""
    found = []
    if step.write is not None:
        found += _writing(*step.write, conversation)
    if step.shell is not None:
        found += _shell(step.shell, conversation)
    for name, arguments in [*([step.tool] if step.tool else []), *step.tools]:
        found += _named(name, arguments, conversation)
    return found


def _writing(path: str, body: str, conversation: Conversation) -> Iterator[Call]:
    tool = _first(conversation, WRITERS)
    if tool is not None:
        wants = json.dumps(tool.schema).lower()
        stands_in = _stands_in(conversation) if "absolute" in wants and "relative or" not in wants else None
        given = {_key(tool, PATHS): f"{stands_in}/{path}" if stands_in else path, _key(tool, BODIES): body}
        if "command" in tool.properties:
            given["command"] = "create"
        yield tool, filled(tool.schema, given)
    elif "apply_patch" in conversation.tools and conversation.tools["apply_patch"].free:
        added = "".join(f"+{line}\n" for line in body.splitlines())
        patch = f"*** Begin Patch\n*** Add File: {path}\n{added}*** End Patch\n"
        yield conversation.tools["apply_patch"], patch
    else:
        yield from _shell(f"printf %s {shlex.quote(body)} > {shlex.quote(path)}", conversation)


def _shell(line: str, conversation: Conversation) -> Iterator[Call]:
    tool = _first(conversation, SHELLS)
    if tool is None:
        return
    key = _key(tool, LINES)
    value: Any = line
    if (tool.properties.get(key) or {}).get("type") == "array":
        value = [line] if key == "commands" else ["bash", "-lc", line]
    yield tool, filled(tool.schema, {key: value})


def _named(name: str, arguments: dict[str, Any], conversation: Conversation) -> Iterator[Call]:
    tools = conversation.tools
    tool = tools.get(name) or next((found for key, found in tools.items() if key.endswith(name)), None)
    if tool is not None:
        yield tool, filled(tool.schema, arguments)
    elif "tool_search" in tools:  # a tool that is loaded on demand: it is looked for, and the step comes once more
        yield tools["tool_search"], {"query": name.replace("_", " "), "limit": 8}


def _first(conversation: Conversation, names: Sequence[str]) -> Tool | None:
    return next((conversation.tools[name] for name in names if name in conversation.tools), None)


def _key(tool: Tool, names: Sequence[str]) -> str:
    return next((name for name in names if name in tool.properties), names[0])


def _stands_in(conversation: Conversation) -> str | None:
    """The client's working directory, as its own prompt names it."""
    said = "\n".join([conversation.system, *(text for _, text in conversation.items[:4])])
    found = _STANDS_IN.search(said)
    return found[1].rstrip("./,") if found else None


def example(schema: dict[str, Any]) -> Any:
    """A smallest value that fits a JSON schema, as far as clients use them."""
    if schema.get("enum"):
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    for key in ("anyOf", "oneOf", "allOf"):
        if schema.get(key):
            return example(schema[key][0])
    type = schema.get("type") or ("object" if "properties" in schema else "string")
    type = str(type[0] if isinstance(type, list) else type).lower()
    if type == "object":
        needed = schema.get("required") or []
        return {key: example(value) for key, value in (schema.get("properties") or {}).items() if key in needed}
    return _EMPTY.get(type, "anything")


def filled(schema: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The given arguments, and the smallest fitting value for each other that the schema requires."""
    bare = {key: value for key, value in schema.items() if key in ("properties", "required")}
    return {**example({**bare, "type": "object"}), **given}
