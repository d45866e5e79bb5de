"""What one trial is about: a few tasks with what their agents do, made from a seed, and the model of how that must end.

Pure: no disk, no process.  The model knows nothing of the product but the three rules that a user knows: a task is
merged when its work is green on top of the others, a task that can't be is failed, and `on_failure` says what becomes
of those that wait for it.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MERGED, FAILED, SKIPPED, BLOCKED, CANCELLED = "merged", "failed", "skipped", "blocked", "cancelled"

GOOD = ("good", "lines", "untracked", "commits", "odd", "noise", "daemon", "stumbles", "talks", "report")
SLOW = ("naps", "crashes")
BAD = ("red", "fails", "empty")
HANGING = ("hangs", "stubborn")
UNRULY = (
    "deaf", "nested", "deletes", "modes", "stashes", "switches", "detaches", "resets", "collects", "locks", "signs",
    "chats", "asks", "says_done", "uproots", "unlinks", "veiled", "severed",
    "evicts", "forgets",
)  # fmt: skip
UNRULY_BAD = ("gives_up", "wipes")
FAILING = frozenset({*BAD, *HANGING, *UNRULY_BAD})

PATIENT = 100
"""Retries of a task that has to succeed in the end: each conflict uses one up."""


@dataclass(frozen=True)
class Job:
    """One task: what its agent does (a kind of actor.py), what it waits for, and how long it thinks (seconds)."""

    id: str
    kind: str
    depends_on: tuple[str, ...] = ()
    on_failure: str = "block"
    pause: float = 0.0
    retries: int = PATIENT
    timeout: str = ""


@dataclass(frozen=True)
class Scenario:
    """A whole trial's plan, in the order of the task file (upstreams before their dependents)."""

    name: str
    jobs: tuple[Job, ...]
    workers: int = 3
    gates: int = 1
    executor: str = "process"
    gate_pause: float = 0.0
    """Seconds that the gate thinks."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Further lines at the top of the task file, by key; the value is YAML."""
    given_up: frozenset[str] = frozenset()
    """Tasks that were cancelled for good."""

    def job(self, task: str) -> Job:
        """The job of this id."""
        return next(job for job in self.jobs if job.id == task)

    def task_file(self, python: str, actor: str, gate: str, ledger: str) -> str:
        """The YAML that is given to the swarm."""
        head = [
            "version: 1", f"name: {self.name}", f"gates: {self.gates}",
            f"verify: ['{python} -S -E {gate} {ledger} {self.gate_pause:g}']",
            *(f"{key}: {value}" for key, value in self.extra.items()),
        ]  # fmt: skip
        return "\n".join(head) + "\n" + tasks_alone(self.jobs, python, actor, ledger)


def tasks_alone(jobs: Iterable[Job], python: str, actor: str, ledger: str) -> str:
    """The tasks of a file, without its top."""
    agent = f"{python} -S -E {actor} {ledger}"
    return "\n".join(["tasks:", *(line for job in jobs for line in _lines(job, agent))]) + "\n"


def _lines(job: Job, agent: str) -> list[str]:
    lines = [
        f"  - id: {job.id}",
        f"    command: {agent} {job.kind} {job.pause:g}",
        f"    depends_on: [{', '.join(job.depends_on)}]",
        f"    on_failure: {job.on_failure}",
        f"    retries: {job.retries}",
    ]
    if job.kind == "report":
        lines.append("    expects: report")
    if job.timeout:
        lines.append(f"    timeout: {job.timeout}")
    return lines


def outcomes(scenario: Scenario) -> dict[str, str]:
    """How each task must end, whatever faults there were on the way."""
    ends: dict[str, str] = {}
    for job in scenario.jobs:
        ends[job.id] = _outcome(scenario, job, ends)
    return ends


def _outcome(scenario: Scenario, job: Job, ends: Mapping[str, str]) -> str:
    if job.id in scenario.given_up:
        return CANCELLED
    holds = False
    for upstream in job.depends_on:
        end, policy = ends[upstream], scenario.job(upstream).on_failure
        if end == SKIPPED or (end == FAILED and policy == "skip"):
            return SKIPPED
        holds = holds or end in (BLOCKED, CANCELLED) or (end == FAILED and policy == "block")
    if holds:
        return BLOCKED
    return FAILED if job.kind in FAILING else MERGED


def small(name: str, executor: str = "process") -> Scenario:
    """The run of the systematic campaigns: four tasks, two of them in each other's way, one that needs two attempts."""
    return Scenario(
        name,
        (
            Job("first", "good"),
            Job("left", "clash", ("first",)),
            Job("right", "clash", ("first",)),
            Job("last", "stumbles", ("left", "right")),
        ),
        workers=2,
        executor=executor,
    )


def random_scenario(name: str, chance: random.Random, executor: str, unruly: float = 0.0) -> Scenario:
    """3 to 12 tasks: mostly good ones, some that clash in text or in meaning, some that can't be merged.

    `unruly`: how many of them, of all, do something beside their work.
    """
    count = min(chance.randint(3, 12), chance.randint(3, 12)) if unruly else chance.randint(3, 12)
    kinds = [_kind(chance, unruly) for _ in range(count)]
    if chance.random() < 0.5:  # a pair that is green alone and red together
        kinds[: 1 + chance.randint(1, 2)] = ["rename", *["caller"] * 2][: 1 + chance.randint(1, 2)]
        chance.shuffle(kinds)
    jobs: list[Job] = []
    for number, kind in enumerate(kinds):
        earlier = [job.id for job in jobs]
        upstreams = chance.sample(earlier, min(len(earlier), chance.choice((0, 0, 1, 1, 2))))
        jobs.append(_job(f"t{number}", kind, tuple(sorted(upstreams)), chance))
    return Scenario(name, tuple(jobs), chance.randint(1, 4), chance.choice((1, 1, 2)), executor)


def _kind(chance: random.Random, unruly: float) -> str:
    if unruly and chance.random() < unruly:
        return chance.choice((*UNRULY, *UNRULY_BAD))
    group = chance.choices((GOOD, ("clash",), SLOW, BAD, HANGING), (12, 4, 2, 3, 1))[0]
    return chance.choice(group)


def _job(task: str, kind: str, upstreams: tuple[str, ...], chance: random.Random) -> Job:
    return Job(
        task, kind, upstreams,
        on_failure=chance.choice(("block", "block", "skip", "continue")),
        pause=round(chance.choice((0.0, 0.1, 0.4)), 1),
        retries=chance.choice((0, 1)) if kind in FAILING else PATIENT,
        timeout="4s" if kind in HANGING or kind == "naps" else "",
    )  # fmt: skip
