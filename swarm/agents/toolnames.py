"""What the tools of the CLIs are called, by the names that published roles use: `Read`, `Edit`, `Bash` and such.  Pure.

One table for two questions: which tools a role's list leaves to an agent, and what a step that it wants to take does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Names = Mapping[str, tuple[str, ...]]

EDITS = ("Write", "Edit", "MultiEdit")
SHELL = "Bash"
NOTES = "TodoWrite"
"""Its own list of what it is about to do: nothing comes of it."""

_GEMINI: Names = {
    "Read": ("read_file", "read_many_files"), "Grep": ("grep_search", "search_file_content"), "Glob": ("glob",),
    "LS": ("list_directory",), "Write": ("write_file",), "Edit": ("replace",), "MultiEdit": ("replace",),
    "Bash": ("run_shell_command",), "WebFetch": ("web_fetch",), "WebSearch": ("google_web_search",),
    "TodoWrite": ("write_todos", "update_topic"),
}  # fmt: skip

NAMES: Mapping[str, Names] = {
    "codex": {"Bash": ("Bash",), "TodoWrite": ("update_plan",), "Edit": ("apply_patch",)},
    "gemini": _GEMINI,
    "opencode": {
        "Read": ("read",), "Grep": ("grep",), "Glob": ("glob",), "LS": ("list",), "Write": ("write",),
        "Edit": ("edit",), "MultiEdit": ("edit",), "Bash": ("bash",), "WebFetch": ("webfetch",),
        "WebSearch": ("websearch",), "TodoWrite": ("todowrite", "todoread"), "Task": ("task",),
    },
    "pi": {
        "Read": ("read",), "Grep": ("grep",), "Glob": ("find",), "LS": ("ls",), "Write": ("write",), "Edit": ("edit",),
        "MultiEdit": ("edit",), "Bash": ("bash",),
    },
    "qwen": {
        "Read": ("read_file",), "Grep": ("grep_search",), "Glob": ("glob",), "LS": ("list_directory",),
        "Write": ("write_file",), "Edit": ("edit",), "MultiEdit": ("edit",), "Bash": ("run_shell_command",),
        "WebFetch": ("web_fetch",), "TodoWrite": ("todo_write",),
    },
}  # fmt: skip
"""By the names of the agents."""

TALK: Mapping[str, str] = {
    "codex": "mcp__swarm__", "gemini": "mcp_swarm_", "opencode": "swarm_", "qwen": "mcp__swarm__",
}  # fmt: skip
"""What stands in front of the names of the swarm's own tools; an agent that is not there has none of them."""


def published(agent: str, tool: str) -> str:
    """The published name of an agent's tool, or ""."""
    return next((name for name, own in NAMES[agent].items() if tool in own), "")


def own(agent: str, tools: Iterable[str]) -> tuple[str, ...]:
    """An agent's own names for what a role lists, each once.  What it has nothing like is left out."""
    return tuple(dict.fromkeys(name for tool in tools for name in NAMES[agent].get(tool, ())))


def alike(*names: str) -> frozenset[str]:
    """These published names, and what any agent of the table calls such tools."""
    return frozenset(names).union(*(own.get(name, ()) for own in NAMES.values() for name in names))
