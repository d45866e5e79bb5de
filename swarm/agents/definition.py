"""What an adapter is: how to start one kind of agent for one attempt, and how to read what it prints.

Knows no worker, no leader and no plan beyond the order at hand.  An adapter is a table-like value; a new CLI is a new
file beside this one and a line in swarm.agents.registry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from swarm.core.plan import Fence, Mode, Permission, Task

NEVER_ASKS = frozenset({Permission.EDITS, Permission.ALL})
"""What a CLI can keep to that can ask nobody when it runs headless."""


@dataclass(frozen=True, slots=True)
class Order:
    """What an agent is started for.  `session`: a fresh id (a UUID) for its conversation; `budget`: USD left."""

    task: Task
    session: str
    budget: float | None = None


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start it.  All texts may hold places (swarm.agents.places), but those of an agent without `places`."""

    argv: tuple[str, ...]
    again: tuple[str, ...] = ()
    """Starts one more turn of the conversation `{{session}}`, prompted as the first; () where that can't be done."""
    taken: tuple[str, ...] = ()
    """Shows the conversation `{{session}}` in a terminal, for a person to go on with; () where that can't be done."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Its variables; the plan's own come before them."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Settings: written below the attempt's directory, each with mode 0600, before the first turn."""
    pass_env: tuple[str, ...] = ()
    """Names that it needs from the environment in which the worker was started."""
    home: tuple[str, ...] = ()
    """Paths below $HOME that it needs in a sandbox, with `:rw` behind those to which it writes."""
    stdin: bool = True
    """Whether it reads its prompt from standard input; else nothing is there, and `{{prompt}}` names the file."""
    session: str = ""
    """The id of the conversation, where it takes ours; else what it prints says which it is."""


@dataclass(frozen=True, slots=True)
class Agent:
    """One adapter.  `missing()` says why it can't start on this machine, or "".

    Refuses nothing itself: what it can't do of what a task asks for, `refuses` says.
    """

    name: str
    summary: str
    launch: Callable[[Order], Launch]
    missing: Callable[[], str]
    reader: str = ""
    """How what it prints is read, see swarm.agents.readers; "": plain text."""
    priced: bool = False
    """Whether what it prints says what it costs; else only its tokens are known."""
    counted: bool = True
    """Whether what it prints says what it uses, where it has a reader."""
    listens: bool = False
    """Whether messages reach it while it works; else with its next turn, where it can have one."""
    places: bool = True
    permissions: frozenset[Permission] = frozenset(Permission)
    """Which of ours it can keep to."""
    modes: frozenset[Mode] = frozenset({Mode.HEADLESS})
    objection: Callable[[Task], str] = lambda task: ""
    """What else keeps it from the task as it is asked for, or ""."""
    program: str = ""
    """What it runs, where that is not the first word of its launch line; it is asked for its `--version`."""
    resumes: str = ""
    """From where it can go on with a conversation: "anywhere" (any worktree of the repository), "worktree" (the one in
    which it began), or "" (nowhere)."""

    by_hand: tuple[str, ...] = ()
    """What a person types to go on with the conversation `{{session}}` in a terminal."""

    def refuses(self, task: Task) -> str:
        """Why it can't do the task as it is asked for, or ""."""
        if task.permissions not in self.permissions:
            can = " or ".join(f"`permissions: {one}`" for one in Permission if one in self.permissions)
            return f"{self.name} can't keep to `permissions: {task.permissions}`; write {can}, or take another agent"
        if task.mode not in self.modes:
            return f"{self.name} can't be run in `mode: {task.mode}`; take the line away, or take another agent"
        if task.mode is Mode.INTERACTIVE and task.sandbox.kind is not Fence.NONE:
            return "`mode: interactive` goes without a sandbox only: a terminal leads out of it; take one of them away"
        return self.objection(task)
