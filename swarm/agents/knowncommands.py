"""Commands that do one thing and nothing besides: those that only read, and those that commit.

Knows their words, and by swarm.agents.bounds where a path leads; no shell line, no agent and no task.  An option that
is not known here may do anything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from swarm.agents.bounds import Bounds
from swarm.agents.shell import Command

READERS = dict.fromkeys(("cat", "head", "tail", "wc", "nl", "pwd"), "") | {"ls": "L", "grep": "R", "rg": "L"}
"""Commands that only read, and the letters by which they follow links, out of the worktree too."""

READERS_OF_GIT = frozenset({"status", "diff", "log", "show"})

_SHORT = re.compile(r"-[A-Za-z0-9]+\Z")
_LONG = frozenset({
    "--stat", "--oneline", "--name-only", "--name-status", "--cached", "--staged", "--short", "--porcelain",
})  # fmt: skip
_LINES = re.compile(r"\d+(,(\d+|\$))?p\Z")
"""What `sed -n` may print."""

_MESSAGE = re.compile(r"(?:-[aqsv]*m|--message)\Z")
"""The option whose text is the next word."""

_WRITERS = {
    "add": re.compile(r"-[Auvnf]+\Z|--(?:all|update|verbose|dry-run|force|intent-to-add)?\Z"),
    "commit": re.compile(
        r"-(?:[aqsv]+|[aqsv]*m.+)\Z|--(?:(?:all|quiet|signoff|verbose|amend|no-edit|allow-empty)?\Z|message=)", re.S
    ),
}
"""The options of git's commands that commit; with others they would read a file from anywhere into what they say."""


def is_looking(command: Command, bounds: Bounds) -> bool:
    """Whether all that it does is to read in the worktree."""
    if command.wild:  # a link, or an option, may fit
        return False
    match command.words:
        case ("git", verb, *rest):  # elsewhere in the worktree there could be another repository, with its own settings
            return verb in READERS_OF_GIT and bounds.are_at_the_top and _are_plain(rest, bounds)
        case ("sed", "-n", lines, *files):  # an option behind them could write, or run something
            return bool(_LINES.match(lines)) and bool(files) and all(_is_file(file, bounds) for file in files)
        case (name, *rest):
            return name in READERS and _are_plain(rest, bounds, READERS[name])
        case _:
            return False


def is_committing(command: Command, bounds: Bounds) -> bool:
    """Whether all that it does is to add to git's index, or to commit, what is in the worktree."""
    match command.words:
        case ("git", ("add" | "commit") as verb, *rest):
            return not command.wild and bounds.are_at_the_top and _are_options(verb, rest)
        case _:
            return False


def _are_options(verb: str, words: Sequence[str]) -> bool:
    rest = iter(words)
    for word in rest:
        if verb == "commit" and _MESSAGE.match(word):
            next(rest, "")
        elif word.startswith("-") and not _WRITERS[verb].match(word):
            return False
    return True


def _are_plain(words: Sequence[str], bounds: Bounds, never: str = "") -> bool:
    return all(
        word in _LONG or _is_file(word, bounds) or (_SHORT.match(word) and not set(never) & set(word)) for word in words
    )


def _is_file(word: str, bounds: Bounds) -> bool:
    return not word.startswith("-") and bounds.hold(word)
