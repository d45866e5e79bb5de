"""What may be done without asking a person: the task's `permissions`, and its `allow` list.  Pure.

`allow` is written as for Claude Code: `Bash(git add:*)` (a beginning), `Bash(make test)` (exactly that), `Bash` (all),
`Edit(src/**)`, `Edit`; our own names `shell`, `create` and `edit` do as well.  A beginning never covers a command that
holds more than one: nothing can be hung on to what was allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from swarm.core.plan import Permission
from swarm.core.scope import outside

SHELL = frozenset({"bash", "shell"})
EDIT = frozenset({"edit", "write", "multiedit", "create"})
READ = frozenset({"read", "view", "grep", "glob", "ls"})

_RULE = re.compile(r"(?P<name>[A-Za-z_]+)(?:\((?P<what>.*)\))?\Z", re.S)
_MORE = frozenset(";&|<>()`$\n{}")
"""What makes a command hold another, unless it is quoted."""


def may_run(permissions: Permission, allow: Sequence[str], command: str) -> bool:
    """Whether the shell may run that."""
    if permissions is Permission.ALL:
        return True
    return any(what is None or _covers(what, command) for what in _rules(allow, SHELL))


def may_edit(permissions: Permission, allow: Sequence[str], path: str) -> bool:
    """Whether that file of the worktree may be written."""
    if permissions in (Permission.ALL, Permission.EDITS):
        return True
    return any(what is None or (what and not outside([path], [what])) for what in _rules(allow, EDIT))


def offered(tools: Sequence[str]) -> frozenset[str]:
    """Which of our tools a role's list of tools means; () is all."""
    names = {name.partition("(")[0].strip().lower() for name in tools}
    groups = {"shell": SHELL, "view": READ, "create": EDIT, "edit": EDIT}
    return frozenset(tool for tool, aliases in groups.items() if not names or names & aliases)


def _rules(allow: Sequence[str], names: frozenset[str]) -> Iterator[str | None]:
    """What stands in the parentheses of each rule for these tools; None where there are none."""
    for text in allow:
        found = _RULE.match(text.strip())
        if found and found["name"].lower() in names:
            yield found["what"]


def _covers(rule: str, command: str) -> bool:
    command = command.strip()
    if not rule.endswith(":*"):
        return command == rule.strip()
    start = rule.removesuffix(":*").strip()
    begins = command == start or command.startswith(f"{start} ") or not start
    return begins and _is_single(command)


def _is_single(command: str) -> bool:
    """Whether it is one plain command: nothing outside of quotes starts, joins, redirects or fills in anything."""
    quote = ""
    letters = iter(command)
    for letter in letters:
        if quote == "'":
            quote = "" if letter == "'" else quote
        elif letter == "\\":
            next(letters, "")
        elif quote == '"':
            if letter in "`$":
                return False
            quote = "" if letter == '"' else quote
        elif letter in "'\"":
            quote = letter
        elif letter in _MORE:
            return False
    return not quote
