"""The keys of a task file: one pydantic model for each map in it.  The published JSON Schema is made from these.

Knows what each key takes, not what keys mean together (see `checks`) nor what comes of them (see `build`).
A key without a value (`depends_on:`) is the same as no key.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from swarm.core.plan import Clean, Expects, Fence, MergePolicy, Mode, OnFailure, Permission
from swarm.core.taskfile.agents import Agents
from swarm.core.taskfile.entry import Entry
from swarm.core.taskfile.fields import (
    MOST_WORKERS,
    Absolutes,
    Duration,
    DurationOrNone,
    Env,
    EnvNames,
    HomePaths,
    Id,
    Identity,
    Money,
    MoneyOrNone,
    Network,
    Paths,
    Place,
    Priority,
    Switch,
    Text,
    Texts,
    Upstreams,
    Version,
    Word,
    Words,
    choice,
    refuse,
    whole,
)

DEPENDENCY_KEYS = ("depends_on", "needs", "blocked_by", "deps", "dependencies")
PROMPT_KEYS = ("prompt", "description", "task", "prompt_file")
FILES_KEYS = ("files", "touches")
SECOND_NAMES = frozenset({*DEPENDENCY_KEYS[1:], *PROMPT_KEYS[1:3], *FILES_KEYS[1:]})
LIMIT_KEYS = ("timeout", "idle", "retries", "budget")

Retries = Annotated[int, whole(0, 100)]
Rounds = Annotated[int, whole(1, 10)]
Gates = Annotated[int, whole(1, 64)]
WorkerCount = Annotated[int, whole(1, MOST_WORKERS)]


class ReviewEntry(Entry):
    """`review: {role: reviewer, rounds: 2}`."""

    role: Text | None = Field(default=None, description="the role that judges; a person where it is missing")
    rounds: Rounds | None = Field(default=None, description="how often the work may go back")


def _review(value: object) -> object:
    if value is True or value == "human":
        return {}
    if value is None or value is False:
        return None
    if value is not True and value != "human" and not isinstance(value, dict):
        refuse("expected true, human or a map (role, rounds)", "write e.g. {role: reviewer, rounds: 2}")
    return value if isinstance(value, dict) else {}


Review = Annotated[
    ReviewEntry | None, BeforeValidator(_review, json_schema_input_type=bool | Text | ReviewEntry | None)
]


class SandboxEntry(Entry):
    """`sandbox: {kind: bwrap, network: off, home: [.claude:rw]}`.  A map without a kind means bwrap."""

    kind: Annotated[Fence, choice(Fence)] | None = Field(default=None, description="bwrap (bubblewrap), or none")
    network: Network | None = Field(default=None, description="on, or off for no network at all")
    home: HomePaths | None = Field(
        default=None, description="paths below the home directory that stay visible; :rw behind one makes it writable"
    )
    write: Absolutes | None = Field(default=None, description="further absolute paths that stay writable")


def _sandbox(value: object) -> object:
    """One word is a kind; in a map the kind goes without saying."""
    if isinstance(value, dict):
        return {"kind": Fence.BWRAP.value, **value}
    return {"kind": Fence.NONE.value if value is False else value} if value is not None else None


Kind = Annotated[Fence, choice(Fence)]
Sandbox = Annotated[
    SandboxEntry | None, BeforeValidator(_sandbox, json_schema_input_type=Kind | SandboxEntry | None)
]


Permitted = Annotated[Permission, choice(Permission)]
Mannered = Annotated[Mode, choice(Mode)]


class TaskLimits(Entry):
    """`limits:` of a task."""

    timeout: DurationOrNone | None = Field(default=None, description="how long one attempt may take, or none")
    idle: DurationOrNone | None = Field(default=None, description="how long an attempt may be silent, or none")
    retries: Retries | None = Field(default=None, description="further attempts after the first")
    budget: MoneyOrNone | None = Field(default=None, description="USD that one attempt may cost, or none")


class RunLimits(TaskLimits):
    """`limits:` of the run: the defaults of its tasks, and two of its own."""

    run_budget: Money | None = Field(default=None, description="USD that the whole run may cost")
    verify_timeout: Duration | None = Field(
        default=None, description="how long the commands of verify may take together"
    )


class TaskBody(Entry):
    """One task, without its id."""

    title: Text | None = Field(default=None, description="one line; the first line of the prompt where it is missing")
    prompt: Text | None = Field(default=None, description="what the agent is told")
    description: Text | None = Field(default=None, description="the same as prompt")
    task: Text | None = Field(default=None, description="the same as prompt")
    prompt_file: Place | None = Field(default=None, description="a file with the prompt, relative to the task file")
    command: Text | None = Field(default=None, description="a shell line that does the task, in place of an agent")
    depends_on: Upstreams | None = Field(
        default=None, description="ids of the tasks that have to be merged before this one starts"
    )
    needs: Upstreams | None = Field(default=None, description="the same as depends_on")
    blocked_by: Upstreams | None = Field(default=None, description="the same as depends_on")
    deps: Upstreams | None = Field(default=None, description="the same as depends_on")
    dependencies: Upstreams | None = Field(default=None, description="the same as depends_on")
    files: Paths | None = Field(
        default=None, description="the declared scope: tasks that overlap do not run side by side"
    )
    touches: Paths | None = Field(default=None, description="the same as files")
    agent: Word | None = Field(default=None, description="the agent that does it, where it is not the run's")
    model: Word | None = Field(default=None, description="the model that the agent is asked to use")
    role: Text | None = Field(default=None, description="a Markdown definition from the directory that roles names")
    skills: Words | None = Field(default=None, description="what a worker has to be able to do")
    priority: Priority | None = Field(
        default=None, description="low, normal, high, urgent or a whole number; higher goes first"
    )
    verify: Texts | None = Field(default=None, description="shell lines that have to succeed on the merge of this task")
    review: Review = Field(default=None, description="hold the sealed work until a person or a role has judged it")
    expects: Annotated[Expects, choice(Expects)] | None = Field(
        default=None, description="what an attempt has to leave behind"
    )
    on_failure: Annotated[OnFailure, choice(OnFailure)] | None = Field(
        default=None, description="what a failure means for the dependents"
    )
    env: Env | None = Field(default=None, description="environment variables; auto is a free TCP port")
    sandbox: Sandbox = Field(default=None, description="what its agent may reach: bwrap, none or a map")
    permissions: Permitted | None = Field(default=None, description="what its agent may do without asking a person")
    allow: Texts | None = Field(default=None, description="tools that need no permission, as the agent writes them")
    mode: Mannered | None = Field(default=None, description="who has the pane: its worker, or the agent itself")
    secrets: EnvNames | None = Field(default=None, description="variables of yours that its agent may see")
    account: Text | None = Field(default=None, description="whose usage limits it shares, where not its agent's")
    limits: TaskLimits | None = None
    timeout: DurationOrNone | None = Field(default=None, description="the same as limits.timeout")
    idle: DurationOrNone | None = Field(default=None, description="the same as limits.idle")
    retries: Retries | None = Field(default=None, description="the same as limits.retries")
    budget: MoneyOrNone | None = Field(default=None, description="the same as limits.budget")


class TaskEntry(TaskBody):
    """One task of a list."""

    id: Id = Field(description="the name of the task, unique in the file")


def _tasks(value: object) -> object:
    """A map of tasks as a list: the key is the id."""
    if not isinstance(value, list | dict):
        refuse("expected a list of tasks, or a map from id to task")
    if not value:
        refuse("there is no task", "add at least one: {id: first, prompt: …}", quiet=True)
    return value if isinstance(value, list) else [_named(key, body) for key, body in value.items()]


def _named(key: str, body: object) -> object:
    return {**body, "id": key} if isinstance(body, dict) else body


TaskEntries = Annotated[
    list[TaskEntry], BeforeValidator(_tasks, json_schema_input_type=list[TaskEntry] | dict[str, TaskBody])
]


class WorkerEntry(Entry):
    """One worker, or `count` equal ones called `name-1`, `name-2` …"""

    name: Id
    count: WorkerCount | None = None
    skills: Words | None = Field(default=None, description="what tasks with skills may be given to it")
    agent: Word | None = Field(default=None, description="by which it does tasks that name no agent")
    model: Word | None = Field(default=None, description="of its agent, for tasks that name no model")


def _workers(value: object) -> object:
    """A number of workers as a list."""
    if type(value) is int and 1 <= value <= MOST_WORKERS:
        return [{"name": f"worker-{number}"} for number in range(1, value + 1)]
    if not isinstance(value, list) or not value:
        expected = f"expected a number of workers from 1 to {MOST_WORKERS} or a list"
        refuse(expected, "write e.g. 4, or [{name: backend, count: 2}]")
    return value


WorkerEntries = Annotated[
    list[WorkerEntry], BeforeValidator(_workers, json_schema_input_type=WorkerCount | list[WorkerEntry])
]


class SetupEntry(Entry):
    """What a fresh worktree needs beyond its commit."""

    copy_: Paths | None = Field(
        default=None, alias="copy", description="ignored files that are copied into each worktree"
    )
    symlink: Paths | None = Field(
        default=None, description="ignored files or directories that are linked into each worktree"
    )
    run: Texts | None = Field(default=None, description="shell lines that are run once in each worktree")


class FileEntry(Entry):
    """A whole task file."""

    version: Version | None = Field(default=None, description="of this format: 1")
    name: Id | None = Field(default=None, description="of the run; the name of the file where it is missing")
    base: Word | None = Field(default=None, description="the commit or branch to begin from")
    agent: Word | None = Field(default=None, description="the agent of tasks that name none")
    model: Word | None = Field(default=None, description="the model of tasks that name none")
    permissions: Permitted | None = Field(default=None, description="of tasks that say nothing of it; ask")
    allow: Texts | None = Field(default=None, description="tools that need no permission, of tasks that list none")
    mode: Mannered | None = Field(default=None, description="of tasks that say nothing of it; headless")
    secrets: EnvNames | None = Field(default=None, description="variables of yours for tasks that list none")
    identity: Identity | None = Field(default=None, description="as whom workers commit: {worker} <{worker}@swarm>")
    agents: Agents | None = Field(default=None, description="agents of one's own, by name")
    workers: WorkerEntries | None = Field(default=None, description="how many workers, or which")
    setup: SetupEntry | None = None
    teardown: Texts | None = Field(default=None, description="shell lines that undo what setup ran")
    env: Env | None = Field(default=None, description="environment variables of all tasks; auto is a free TCP port")
    verify: Texts | None = Field(default=None, description="shell lines that have to succeed on every merge")
    limits: RunLimits | None = None
    roles: Place | None = Field(
        default=None, description="a directory of Markdown agent definitions, such as .claude/agents"
    )
    merge: Annotated[MergePolicy, choice(MergePolicy)] | None = Field(
        default=None, description="whether finished work lands by itself"
    )
    gates: Gates | None = Field(default=None, description="how many merges are verified at once")
    probe: Switch | None = Field(
        default=None, description="whether branches are merged on trial with one another, to see clashes early"
    )
    clean: Annotated[Clean, choice(Clean)] | None = Field(
        default=None, description="what a worktree keeps from task to task"
    )
    worktrees: Place | None = Field(default=None, description="a directory for the worktrees")
    sandbox: Sandbox = Field(default=None, description="what agents and gates may reach: bwrap, none or a map")
    tasks: TaskEntries = Field(description="the tasks, as a list with ids or as a map from id to task")
