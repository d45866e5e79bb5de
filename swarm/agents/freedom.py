"""What an agent may do without asking a person, where its CLI leaves the judgement to us.

Knows steps by the published names of tools (swarm.agents.toolnames), and shell lines as swarm.agents.shell takes them
apart; of the file system only where a path leads.  What it does not know is asked: a tool, an argument, an option.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from swarm.agents import knowncommands, shell, toolnames
from swarm.agents.bounds import Bounds
from swarm.agents.own import VERBS
from swarm.agents.shell import Command
from swarm.agents.toolbox import TOOLS
from swarm.agents.toollines import PATHS

PLACES = (*PATHS, "dir_path", "workdir", "directory", "cwd")
"""Arguments that say where a tool reads, writes or runs."""

_FOUND = frozenset({"pattern", "limit", "case_sensitive", "respect_git_ignore", "respect_gemini_ignore"})

PLAIN: Mapping[str, frozenset[str]] = {
    "Read": frozenset({"offset", "limit", "start_line", "end_line"}),
    "Grep": _FOUND | {
        "include", "include_pattern", "exclude_pattern", "names_only", "fixed_strings", "context", "after", "before",
        "no_ignore", "max_matches_per_file", "total_max_matches", "glob", "ignoreCase", "literal",
    },
    "Glob": _FOUND,
    "LS": frozenset({"ignore", "limit", "file_filtering_options"}),
    "Write": frozenset({"content"}),
    "Edit": frozenset({
        "old_string", "new_string", "oldString", "newString", "oldText", "newText", "edits", "replaceAll",
        "allow_multiple", "instruction",
    }),
    toolnames.SHELL: frozenset({"command", "description", "timeout", "is_background", "delay_ms"}),
}  # fmt: skip
"""The other arguments that are known, by the published names of tools."""

RULE = re.compile(r"(?:Bash|bash|run_shell_command)\((?P<words>[^()*\"'\\$`]+?)(?P<more>(?::|\s)\s*\*)?\)\Z")
"""A command of `allow`, `Bash(make test:*)`: these words, and with the star any behind them."""


@dataclass(frozen=True, slots=True)
class Freedom:
    """`agent`: whose steps; `edits`: whether it may change files in `tree`, its worktree; `allow`: the task's list."""

    agent: str
    edits: bool
    allow: tuple[str, ...]
    tree: str

    def covers(self, tool: str, given: Mapping[str, Any]) -> bool:
        """Whether nobody needs to be asked about this step."""
        talk = toolnames.TALK.get(self.agent)
        if talk is not None and tool.startswith(talk) and tool.removeprefix(talk) in TOOLS:
            return True
        name = toolnames.published(self.agent, tool)
        if name == toolnames.NOTES or {name, tool} - {""} & set(self.allow):
            return True
        places = [given[key] for key in PLACES if given.get(key)]
        known = given.keys() <= PLAIN.get(name, frozenset()) | set(PLACES)
        if not known or not all(isinstance(place, str) for place in places):
            return False
        places += [place[1:] for place in places if place.startswith("@")]  # pi takes that off
        return self._covers(name, given, places)

    def _covers(self, name: str, given: Mapping[str, Any], places: Sequence[str]) -> bool:
        bounds = Bounds(self.tree)
        if not all(map(bounds.hold, places)):
            return False
        match name:
            case toolnames.SHELL:
                return len(places) <= 1 and self._runs(given.get("command"), bounds.below("".join(places)))
            case "Read":
                return bool(places)
            case "Grep" | "LS":
                return True
            case "Glob":
                pattern = given.get("pattern")
                return isinstance(pattern, str) and all(bounds.below(at).hold_all(pattern) for at in places or [""])
            case _:
                return self.edits and name in toolnames.EDITS and bool(places) and all(map(bounds.give, places))

    def _runs(self, line: object, bounds: Bounds) -> bool:
        commands = shell.commands(line) if isinstance(line, str) else None
        return bool(commands) and all(self._may(command, bounds) for command in commands or ())

    def _may(self, command: Command, bounds: Bounds) -> bool:
        if command.words[0] == "swarm" and command.words[1:2] and command.words[1] in VERBS:
            return True
        commits = self.edits and knowncommands.is_committing(command, bounds)
        return commits or self._listed(command.words) or knowncommands.is_looking(command, bounds)

    def _listed(self, words: Sequence[str]) -> bool:
        rules = [found for found in map(RULE.match, self.allow) if found]
        listed = [(tuple(found["words"].split()), bool(found["more"])) for found in rules]
        return any(words[: len(one)] == one if more else words == one for one, more in listed)


def unknown_rule(allow: Sequence[str]) -> str:
    """What of a task's `allow` is no rule of these, or ""."""
    return next((one for one in allow if not (RULE.match(one) or one.isidentifier())), "")
