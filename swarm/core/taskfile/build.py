"""From checked keys to the frozen values of a plan, with every default applied.

Knows what each key comes to; refuses nothing (see `checks`, `names` and `draft` for that).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from swarm.core.plan import (
    AGENT_OF_START,
    IDENTITY,
    VERIFY_TIMEOUT,
    Clean,
    Expects,
    Fence,
    Limits,
    MergePolicy,
    Mode,
    OnFailure,
    Permission,
    Plan,
    Review,
    Role,
    Sandbox,
    Setup,
    Task,
)
from swarm.core.roles import suits
from swarm.core.taskfile import names
from swarm.core.taskfile.agents import specs
from swarm.core.taskfile.fields import UNBOUNDED
from swarm.core.taskfile.model import (
    FileEntry,
    ReviewEntry,
    RunLimits,
    SandboxEntry,
    SetupEntry,
    TaskEntry,
    TaskLimits,
)
from swarm.core.taskfile.settings import Settings

TITLE_LENGTH = 72

_NO_LIMITS = RunLimits()
_NO_SETUP = SetupEntry()


def plan(file: FileEntry, name: str, tasks: Sequence[Task], roles: Sequence[Role], own: Settings) -> Plan:
    """The whole plan.  Keys that are missing take the user's settings, then the defaults of `swarm.core.plan`."""
    agents = {spec.name: spec for spec in (*own.agents, *specs(file.agents))}
    limits = file.limits or _NO_LIMITS
    setup = file.setup or _NO_SETUP
    return Plan(
        name=file.name or name,
        tasks=tuple(tasks),
        base=file.base,
        workers=names.workers(file),
        verify=tuple(file.verify or ()),
        setup=Setup(tuple(setup.copy_ or ()), tuple(setup.symlink or ()), tuple(setup.run or ())),
        teardown=tuple(file.teardown or ()),
        env=file.env or {},
        roles=tuple(roles),
        merge=file.merge or MergePolicy.AUTO,
        gates=file.gates or 1,
        probe=file.probe is not False,
        clean=file.clean or Clean.WARM,
        run_budget=limits.run_budget,
        verify_timeout=limits.verify_timeout or VERIFY_TIMEOUT,
        worktrees=file.worktrees,
        sandbox=_sandbox(file.sandbox, Sandbox()),
        agents=tuple(agents.values()),
        identity=file.identity or own.identity or IDENTITY,
    )


class TaskBuilder:
    """Builds the tasks of one file: what the file says for all is worked out once."""

    def __init__(self, file: FileEntry, own: Settings) -> None:
        self._file = file
        self._permissions = file.permissions or own.permissions or Permission.ASK
        self._env: Mapping[str, str] = file.env or {}
        self._limits = _limits(file.limits or _NO_LIMITS, Limits())
        self._sandbox = _sandbox(file.sandbox, Sandbox())

    def task(self, entry: TaskEntry, prompt: str, role: Role | None, judge: Role | None) -> Task:
        """One task; `prompt` is its text, wherever it came from; `judge` is the role of its review."""
        agent = "command" if entry.command else entry.agent or self._file.agent or AGENT_OF_START
        upstreams = entry.depends_on or entry.needs or entry.blocked_by or entry.deps or entry.dependencies
        return Task(
            id=entry.id,
            title=title(entry.title or prompt) or entry.id,
            prompt=prompt,
            depends_on=tuple(dict.fromkeys(upstreams)) if upstreams else (),
            agent=agent,
            command=entry.command,
            model=entry.model or self._file.model or _role_model(role, agent),
            role=role.name if role else None,
            files=tuple(entry.files or entry.touches or ()),
            skills=tuple(entry.skills or ()),
            priority=entry.priority or 0,
            verify=tuple(entry.verify or ()),
            review=_review(entry.review, judge) if entry.review else None,
            expects=entry.expects or Expects.COMMITS,
            on_failure=entry.on_failure or OnFailure.BLOCK,
            limits=self._task_limits(entry),
            env={**self._env, **entry.env} if entry.env else self._env,
            sandbox=_sandbox(entry.sandbox, self._sandbox),
            permissions=entry.permissions or self._permissions,
            allow=tuple(entry.allow if entry.allow is not None else self._file.allow or ()),
            tools=role.tools if role else (),
            mode=entry.mode or self._file.mode or Mode.HEADLESS,
            secrets=tuple(dict.fromkeys(entry.secrets if entry.secrets is not None else self._file.secrets or ())),
            account=entry.account or "",
            agent_open=not (entry.command or entry.agent),
            model_open=not entry.model,
        )

    def _task_limits(self, entry: TaskEntry) -> Limits:
        below = _limits(entry.limits, self._limits) if entry.limits else self._limits
        if entry.timeout is None and entry.idle is None and entry.retries is None and entry.budget is None:
            return below
        return _limits(entry, below)


def title(text: str) -> str:
    """The first line of a text that says something, without Markdown's `#`, cut at TITLE_LENGTH."""
    first = next(filter(None, (line.strip().lstrip("#").strip() for line in text.splitlines())), "")
    line = " ".join(first.split())
    return line if len(line) <= TITLE_LENGTH else f"{line[: TITLE_LENGTH - 1].rstrip()}…"


def _limits(entry: TaskLimits | TaskEntry, below: Limits) -> Limits:
    """`below` with what `entry` says; `none` lifts a bound."""
    return Limits(
        timeout=_bound(entry.timeout, below.timeout),
        idle=_bound(entry.idle, below.idle),
        retries=below.retries if entry.retries is None else entry.retries,
        budget=_bound(entry.budget, below.budget),
    )


def _bound(given: float | None, below: float | None) -> float | None:
    if given is None:
        return below
    return None if given == UNBOUNDED else given


def _sandbox(entry: SandboxEntry | None, below: Sandbox) -> Sandbox:
    """`below` with what `entry` says; a list takes the place of the one below."""
    if entry is None:
        return below
    if entry.kind is Fence.NONE:
        return Sandbox()
    return Sandbox(
        Fence.BWRAP,
        below.network if entry.network is None else entry.network,
        below.home if entry.home is None else tuple(entry.home),
        below.write if entry.write is None else tuple(entry.write),
    )


def _role_model(role: Role | None, agent: str) -> str | None:
    return role.model if role and role.model and suits(role.model, agent) else None


def _review(entry: ReviewEntry, judge: Role | None) -> Review:
    return Review(judge.name if judge else None, entry.rounds or 1)
