"""The built-in agent's tools: what the model is offered, and what each call comes to.

Knows the shell, the files, who has to permit what, and the swarm's own tools.  A model makes things up: a wrong
argument becomes a text for it, never an exception.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from swarm.agents import toolbox
from swarm.agents.builtin import permits, shell
from swarm.agents.builtin.adapter import KEYS
from swarm.agents.builtin.consent import Consent, Unanswered
from swarm.agents.builtin.files import Files
from swarm.agents.builtin.settings import Orders
from swarm.agents.builtin.transcript import Block
from swarm.agents.permission import Decision
from swarm.agents.toolbox import Desk, Given, Patience
from swarm.errors import SwarmError

_TEXT, _WHOLE, _SWITCH, _NUMBER = ({"type": name} for name in ("string", "integer", "boolean", "number"))

OWN: Mapping[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "shell": (
        "Run a shell command in the worktree; its output and status. Nothing can be typed into it. `seconds`: after "
        f"which it is ended (else {shell.SECONDS:g}).",
        {"command": _TEXT, "seconds": _NUMBER}, ("command",),
    ),
    "view": (
        "Show a file with line numbers, or what is in a directory. `first` and `last`: only these lines.",
        {"path": _TEXT, "first": _WHOLE, "last": _WHOLE}, ("path",),
    ),
    "create": (
        "Write a whole file, new or in place of an old one.", {"path": _TEXT, "text": _TEXT}, ("path", "text"),
    ),
    "edit": (
        "Replace a piece of a file. `old` has to stand there exactly once, to the letter; with `all`, anywhere.",
        {"path": _TEXT, "old": _TEXT, "new": _TEXT, "all": _SWITCH}, ("path", "old", "new"),
    ),
}  # fmt: skip
"""Our own tools: what each is for, its arguments, and those that it needs."""

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "boolean": (bool,), "number": (int, float),
}  # fmt: skip

LATER = "A person was asked for permission and has not answered yet. The answer comes with the next message."


@dataclass(slots=True)
class Hands:
    """What one attempt's agent can do.  `waits`: a question is open that the next turn begins with."""

    desk: Desk
    files: Files
    orders: Orders
    consent: Consent
    environ: Mapping[str, str]
    waits: bool = False

    def offered(self) -> list[Block]:
        """The tools as the model is shown them."""
        own = permits.offered(self.orders.tools)
        found: list[Block] = [
            {"name": name, "description": text, "input_schema": _schema(arguments, needed)}
            for name, (text, arguments, needed) in OWN.items()
            if name in own
        ]
        return found + [
            {"name": tool.name, "description": tool.summary, "input_schema": tool.schema}
            for tool in toolbox.TOOLS.values()
        ]

    def do(self, name: str, given: Mapping[str, Any]) -> Given:
        """Do one call."""
        try:
            if name in toolbox.TOOLS:
                return self._swarms(name, given)
            if name not in OWN or name not in permits.offered(self.orders.tools):
                return Given(f"there is no tool {name[:60]!r}", wrong=True)
            wrong = _wrong(name, given)
            return Given(wrong, wrong=True) if wrong else self._own(name)(given)
        except Unanswered:
            self.waits = True
            return Given(LATER)
        except SwarmError as error:
            return toolbox.refusal(error)
        except (OSError, ValueError) as error:  # ValueError: a NUL in a path or a command
            return Given(f"{name}: {error}", wrong=True)

    def _swarms(self, name: str, given: Mapping[str, Any]) -> Given:
        found = toolbox.call(self.desk, name, given, Patience(self.consent.patience))
        self.waits = self.waits or found.open
        return found

    def _own(self, name: str) -> Callable[[Mapping[str, Any]], Given]:
        return {"shell": self._shell, "view": self._view, "create": self._create, "edit": self._edit}[name]

    def _shell(self, given: Mapping[str, Any]) -> Given:
        command = given["command"]
        if not permits.may_run(self.orders.permissions, self.orders.allow, command):
            decision = self.consent.asked("shell", {"command": command}, f"$ {command}")
            if not decision.allowed:
                return _refused(decision)
        seconds = min(max(float(given.get("seconds", shell.SECONDS)), 1.0), shell.MOST_SECONDS)
        text, wrong = shell.run(command, self.files.worktree, self.environ, KEYS, seconds)
        return Given(text, wrong)

    def _view(self, given: Mapping[str, Any]) -> Given:
        return Given(self.files.view(given["path"], given.get("first", 1), given.get("last")))

    def _create(self, given: Mapping[str, Any]) -> Given:
        path = given["path"]
        decision = self._may_edit("create", {"path": path, "content": given["text"]})
        return Given(self.files.create(path, given["text"])) if decision.allowed else _refused(decision)

    def _edit(self, given: Mapping[str, Any]) -> Given:
        path, old, new = given["path"], given["old"], given["new"]
        everywhere = bool(given.get("all"))
        where = {"places": "all"} if everywhere else {}
        decision = self._may_edit("edit", {"path": path, "old_string": old, "new_string": new, **where})
        if not decision.allowed:
            return _refused(decision)
        return Given(self.files.edit(path, old, new, everywhere))

    def _may_edit(self, tool: str, arguments: Mapping[str, str]) -> Decision:
        relative = self.files.relative(arguments["path"])
        if permits.may_edit(self.orders.permissions, self.orders.allow, relative):
            return Decision(True)
        return self.consent.asked(tool, {**arguments, "path": relative}, f"{tool} {relative}")


def _refused(decision: Decision) -> Given:
    return Given(f"not permitted: {decision.why}", wrong=True)


def _schema(arguments: dict[str, Any], needed: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "object", "properties": arguments, "required": list(needed), "additionalProperties": False}


def _wrong(name: str, given: object) -> str:
    """Why these can't be the tool's arguments, or ""."""
    _, arguments, needed = OWN[name]
    if not isinstance(given, Mapping):
        return f"{name} takes an object with: {', '.join(arguments)}"
    for key, value in given.items():
        if key not in arguments:
            return f"{name} does not take {str(key)[:60]!r}; it takes: {', '.join(arguments)}"
        types = _TYPES[arguments[key]["type"]]
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            return f"{name}: {key!r} has to be a {arguments[key]['type']}"
    missing = [key for key in needed if key not in given]
    return f"{name} needs {missing[0]!r}; it takes: {', '.join(arguments)}" if missing else ""
