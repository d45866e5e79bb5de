"""What an agent may do without asking a person, where its CLI leaves the judgement to us.

Knows steps by the published names of tools (swarm.agents.toolnames), and shell lines as swarm.agents.shell takes them
apart; of the file system only where a path leads.  What it does not know is asked.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from swarm.agents import shell, toolnames
from swarm.agents.own import VERBS
from swarm.agents.shell import Command
from swarm.agents.toolbox import TOOLS
from swarm.agents.toollines import PATHS

PLACES = (*PATHS, "dir_path", "workdir", "directory", "cwd")
"""Arguments that say where a tool reads, writes or runs."""

COMMIT = (("git", "status"), ("git", "add"), ("git", "commit"))
"""Whoever may change files may commit them."""

LOOK = frozenset({"ls", "cat", "head", "tail", "wc", "nl", "pwd", "grep", "rg"})
LOOK_IN_GIT = frozenset({"status", "diff", "log", "show"})
"""Commands that only read, with plain options."""

TELLING = frozenset({".git", ".claude", ".codex", ".gemini", ".opencode", ".pi", ".qwen"})
"""Places in a worktree that tell git or an agent what to run: a change there is asked."""

SHORT = re.compile(r"-[A-Za-z0-9]+\Z")
LONG = frozenset({"--stat", "--oneline", "--name-only", "--name-status", "--cached", "--staged", "--short"})
LINES = re.compile(r"\d+(,(\d+|\$))?p\Z")
"""What `sed -n` may print."""

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
        places = [str(given[key]) for key in PLACES if given.get(key)]
        if name == toolnames.SHELL:
            return all(map(self.is_inside, places)) and self._runs(given.get("command"))
        if name == "Glob":
            places.append(str(given.get("pattern") or ""))
        if name in toolnames.READS:
            return all(map(self.is_inside, places))
        return self.edits and name in toolnames.EDITS and bool(places) and all(map(self._is_own, places))

    def is_inside(self, place: str) -> bool:
        """Whether a path leads to something in the worktree."""
        root = os.path.realpath(self.tree)
        found = os.path.realpath(os.path.join(root, place))
        return not place.startswith("~") and (found == root or found.startswith(f"{root}{os.sep}"))

    def _is_own(self, place: str) -> bool:
        root = os.path.realpath(self.tree)
        found = os.path.realpath(os.path.join(root, place))
        return self.is_inside(place) and not TELLING & set(os.path.relpath(found, root).split(os.sep))

    def _runs(self, line: object) -> bool:
        commands = shell.commands(line) if isinstance(line, str) else None
        return bool(commands) and all(map(self._may, commands or ()))

    def _may(self, words: Command) -> bool:
        if words[0] == "swarm" and words[1:2] and words[1] in VERBS:
            return True
        commit = COMMIT if self.edits else ()
        return any(words[: len(one)] == one for one in commit) or self._listed(words) or self._looks(words)

    def _listed(self, words: Command) -> bool:
        rules = [found for found in map(RULE.match, self.allow) if found]
        listed = [(tuple(found["words"].split()), bool(found["more"])) for found in rules]
        return any(words[: len(one)] == one if more else words == one for one, more in listed)

    def _looks(self, words: Command) -> bool:
        match words:
            case ("git", verb, *rest):
                return verb in LOOK_IN_GIT and self._plain(rest)
            case ("sed", "-n", lines, *files):  # an option behind them could write, or run something
                return bool(LINES.match(lines)) and bool(files) and all(map(self._is_file, files))
            case (name, *rest):
                return name in LOOK and self._plain(rest)
            case _:
                return False

    def _is_file(self, word: str) -> bool:
        return not word.startswith("-") and self.is_inside(word)

    def _plain(self, words: Sequence[str]) -> bool:
        return all(SHORT.match(one) or one in LONG or self._is_file(one) for one in words)


def unknown_rule(allow: Sequence[str]) -> str:
    """What of a task's `allow` is no rule of these, or ""."""
    return next((one for one in allow if not (RULE.match(one) or one.isidentifier())), "")
