"""The hooks of the CLIs that have them: at which events messages are handed over, and how an answer is said.  Pure.

Codex, Qwen Code and Gemini CLI answer in the shapes of Claude Code (swarm.agents.claudehooks); that of opencode is a
plugin of our own, which takes plain text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from swarm.agents import claudehooks


@dataclass(frozen=True, slots=True)
class Hooks:
    """`steps`: the events after a tool; `stop`: that at which the agent would end its turn, "" where there is none."""

    steps: frozenset[str]
    stop: str
    context: Callable[[str, str], str]
    """The answer that puts a text before the model: of the event, and the text."""
    prompt: str = ""
    """That at which a person has typed something, "" where there is none."""
    go_on: Callable[[str], str] = claudehooks.go_on
    """The answer that has the model go on with a text."""


_CLAUDE = Hooks(claudehooks.STEPS, claudehooks.STOP, claudehooks.context, claudehooks.PROMPT)

HOOKS: Mapping[str, Hooks] = {
    "claude": _CLAUDE,
    "codex": _CLAUDE,
    "qwen": _CLAUDE,
    "gemini": Hooks(frozenset({"AfterTool"}), "AfterAgent", claudehooks.context),
    "opencode": Hooks(frozenset({"tool.execute.after"}), "", lambda event, text: text),
}
"""By the names of the agents."""
