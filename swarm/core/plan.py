"""The plan: a parsed task file as frozen values, with its graph.  Pure.

Knows nothing of YAML, files or the state of a run; `swarm.core.taskfile` makes a Plan, everything else reads one.
Every default is already applied here: a reader never asks twice where a value comes from.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

ID_PATTERN = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}\Z")
"""What a task, worker or run may be called; unique after casefold.  Safe as a file name, a ref and an argument."""

AGENT_OF_START = ""
"""The agent of a task whose file names none: the one that `swarm start --agent` gives."""

IDENTITY = "{worker} <{worker}@swarm>"
"""As whom a worker commits, where nothing is said of it."""

VERIFY_TIMEOUT = 600.0
"""Seconds that the commands of `verify` may take together, where the file says nothing."""

RESERVED_NAMES = frozenset({"leader", "operator", "all", "self"})
"""Addresses of the inbox that no task, worker or role may take."""


class Expects(enum.StrEnum):
    """What an attempt has to leave behind to count as done."""

    COMMITS = "commits"
    REPORT = "report"
    ANY = "any"


class OnFailure(enum.StrEnum):
    """What a failed task means for the tasks that depend on it."""

    BLOCK = "block"
    SKIP = "skip"
    CONTINUE = "continue"


class MergePolicy(enum.StrEnum):
    """Whether sealed work enters the merge queue by itself or waits for a person."""

    AUTO = "auto"
    MANUAL = "manual"


class Clean(enum.StrEnum):
    """What a pooled worktree keeps from one attempt to the next: ignored files (warm caches), or nothing."""

    WARM = "warm"
    FULL = "full"


class Permission(enum.StrEnum):
    """What an agent may do without asking a person first."""

    ASK = "ask"
    """Only what it may always do (to read); for everything else a person is asked, where the agent can."""
    EDITS = "edits"
    """Change files in its worktree, and whatever `allow` lists."""
    ALL = "all"


class Mode(enum.StrEnum):
    """Who has the worker's pane while an agent works: the worker, showing what the agent does, or the agent itself."""

    HEADLESS = "headless"
    INTERACTIVE = "interactive"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one attempt.  Seconds and USD; None is unbounded."""

    timeout: float | None = 3600.0
    idle: float | None = None
    retries: int = 2
    budget: float | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """A task that waits for a judgement after sealing.  `role` None: a person, by `swarm merge TASK`."""

    role: str | None = None
    rounds: int = 1


@dataclass(frozen=True, slots=True)
class Role:
    """A Markdown agent definition: its text goes in front of the prompt."""

    name: str
    description: str = ""
    model: str | None = None
    tools: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a fresh worktree needs beyond its commit: ignored files copied or linked, commands run once."""

    copy: tuple[str, ...] = ()
    symlink: tuple[str, ...] = ()
    run: tuple[str, ...] = ()


class Fence(enum.StrEnum):
    """What keeps an agent or a gate from the rest of the machine."""

    NONE = "none"
    BWRAP = "bwrap"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What agents and gates may reach.  `home`: paths below $HOME that stay visible, with `:rw` behind them writable;
    `write`: further directories and files, absolute, that stay writable."""

    kind: Fence = Fence.NONE
    network: bool = True
    home: tuple[str, ...] = ()
    write: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """One worker: a slot with a name, what it can do, and by what it does tasks that leave that open (swarm.core.pools;
    None: as the task says)."""

    name: str
    skills: tuple[str, ...] = ()
    agent: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class AgentSpec:
    """An agent of the user's own (`agents:`).  `argv` may hold places, see swarm.agents.places; `again` goes on with a
    conversation; `reader` is how its output is read ("": as it is)."""

    name: str
    argv: tuple[str, ...]
    again: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    """What is added to `argv` where a model is asked for; `{{model}}` in it."""
    env: Mapping[str, str] = field(default_factory=dict)
    pass_env: tuple[str, ...] = ()
    home: tuple[str, ...] = ()
    reader: str = ""
    account: str = ""
    taken: tuple[str, ...] = ()
    """Shows a conversation in a terminal, for a person who takes it over."""


@dataclass(frozen=True, slots=True)
class Task:
    """One task.  `priority`: higher goes first.  `command` is a shell line; with it `agent` is "command".

    `verify` and `files` are the task's own; `env`, `model`, `limits` and `sandbox` have the plan's already below them.
    """

    id: str
    title: str
    prompt: str
    depends_on: tuple[str, ...] = ()
    agent: str = "command"
    command: str | None = None
    model: str | None = None
    role: str | None = None
    files: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    priority: int = 0
    verify: tuple[str, ...] = ()
    review: Review | None = None
    expects: Expects = Expects.COMMITS
    on_failure: OnFailure = OnFailure.BLOCK
    limits: Limits = Limits()
    env: Mapping[str, str] = field(default_factory=dict)
    sandbox: Sandbox = Sandbox()
    permissions: Permission = Permission.ASK
    allow: tuple[str, ...] = ()
    """Tools that need no permission, as the agent writes them, e.g. `Bash(git add:*)`."""
    tools: tuple[str, ...] = ()
    """The only tools that it is to have (its role's); () is all."""
    mode: Mode = Mode.HEADLESS
    secrets: tuple[str, ...] = ()
    """Names of variables of the user's environment, or of their secrets file, that its agent may see."""
    account: str = ""
    """Whose usage limits it shares; "" is its agent's name."""
    agent_open: bool = False
    """Whether `agent` is the file's or the run's: a worker's own takes its place (swarm.core.pools)."""
    model_open: bool = False
    """Whether `model` is not the task's own."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole task file.  `run_budget` in USD, `verify_timeout` in seconds; `sandbox` is that of the gates.

    `probe`: live branches are merged on trial with one another, to see clashes early.
    """

    name: str
    tasks: tuple[Task, ...]
    base: str | None = None
    workers: tuple[WorkerSpec, ...] = ()
    verify: tuple[str, ...] = ()
    setup: Setup = Setup()
    teardown: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    roles: tuple[Role, ...] = ()
    merge: MergePolicy = MergePolicy.AUTO
    gates: int = 1
    clean: Clean = Clean.WARM
    run_budget: float | None = None
    verify_timeout: float = VERIFY_TIMEOUT
    worktrees: str | None = None
    sandbox: Sandbox = Sandbox()
    probe: bool = True
    agents: tuple[AgentSpec, ...] = ()
    identity: str = IDENTITY
    """As whom workers commit: a name and an address, `{worker}` in them the name of the worker."""


def slug(text: str) -> str:
    """The nearest thing to `text` that matches ID_PATTERN, or "" where no letter of it may stay."""
    return re.sub(r"[^a-z0-9_-]+", "-", text[:200].lower()).lstrip("-_")[:63].rstrip("-_")


def dependents(tasks: Iterable[Task]) -> dict[str, list[str]]:
    """Each task's direct dependents, in file order."""
    below: dict[str, list[str]] = {}
    for task in tasks:
        below.setdefault(task.id, [])
        for upstream in task.depends_on:
            below.setdefault(upstream, []).append(task.id)
    return below


def cycle(depends_on: Mapping[str, Sequence[str]]) -> list[str]:
    """One cycle as the path a -> … -> a, or [] where the graph has none.  Linear in edges, no recursion."""
    white, grey, black = 0, 1, 2
    colour = dict.fromkeys(depends_on, white)
    for root in depends_on:
        if colour[root] != white:
            continue
        path = [root]
        trail = [iter(depends_on[root])]
        colour[root] = grey
        while trail:
            upstream = next(trail[-1], None)
            if upstream is None:
                colour[path.pop()] = black
                trail.pop()
            elif colour.get(upstream, black) == grey:
                return [*path[path.index(upstream) :], upstream]
            elif colour.get(upstream, black) == white:
                colour[upstream] = grey
                path.append(upstream)
                trail.append(iter(depends_on[upstream]))
    return []


def layers(tasks: Sequence[Task]) -> list[list[Task]]:
    """The tasks by depth: layer 0 depends on nothing, layer n on something in layer n-1.  Needs an acyclic plan."""
    below = dependents(tasks)
    by_id = {task.id: task for task in tasks}
    open_upstreams = {task.id: len(task.depends_on) for task in tasks}
    layer = [task for task in tasks if not task.depends_on]
    found: list[list[Task]] = []
    while layer:
        found.append(layer)
        following = []
        for task in layer:
            for name in below[task.id]:
                open_upstreams[name] -= 1
                if open_upstreams[name] == 0:
                    following.append(by_id[name])
        layer = following
    return found
