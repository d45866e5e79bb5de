"""Random plans, random worlds, random histories: what must hold of each of them, whatever happens when."""

from __future__ import annotations

import os
import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from leading import Leading
from outside import Chances, Truth

from swarm.core import events as e
from swarm.core.evolve import replay
from swarm.core.plan import Expects, Limits, MergePolicy, OnFailure, Plan, Review, Task, WorkerSpec
from swarm.core.state import Phase
from swarm.core.status import Status

pytestmark = pytest.mark.slow

FILES = ((), (), (), ("src/**",), ("src/a.py",), ("docs",), ("**/*.md", "tests/*"))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    count = draw(st.integers(1, 20))
    tasks = tuple(draw(tasks_at(index)) for index in range(count))
    skills = [("python",), (), ("sql",), ("python",)]
    workers = tuple(WorkerSpec(f"worker-{n + 1}", skills[n]) for n in range(draw(st.integers(1, 4))))
    return Plan(
        "plan", tasks, workers=workers, gates=draw(st.sampled_from([1, 1, 2, 3, 4])),
        merge=draw(st.sampled_from([MergePolicy.AUTO, MergePolicy.AUTO, MergePolicy.AUTO, MergePolicy.MANUAL])),
        run_budget=draw(st.sampled_from([None, None, None, 2.0])),
    )  # fmt: skip


@st.composite
def tasks_at(draw: st.DrawFn, index: int) -> Task:
    upstreams = draw(st.lists(st.integers(0, index - 1), max_size=3, unique=True)) if index else []
    return Task(
        f"t{index}", "title", "do it", depends_on=tuple(f"t{n}" for n in upstreams),
        files=draw(st.sampled_from(FILES)), skills=draw(st.sampled_from([(), (), (), ("python",)])),
        account=draw(st.sampled_from(["", "", "other"])),
        priority=draw(st.integers(-1, 1)), review=draw(st.sampled_from([None, None, None, Review()])),
        role=draw(st.sampled_from([None, "reviewer"])),
        expects=draw(st.sampled_from([Expects.COMMITS, Expects.COMMITS, Expects.REPORT])),
        on_failure=draw(st.sampled_from(OnFailure)), limits=Limits(retries=draw(st.integers(0, 2))),
    )  # fmt: skip


@st.composite
def truths(draw: st.DrawFn, plan: Plan) -> Truth:
    names = [task.id for task in plan.tasks]
    groups = st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True).map(frozenset)
    pairs = st.lists(st.sampled_from(names), min_size=2, max_size=2, unique=True).map(frozenset)
    return Truth(
        red=tuple(draw(st.lists(groups, max_size=2))), mends=draw(st.booleans()),
        clashes=frozenset(draw(st.lists(pairs, max_size=3))) if len(names) > 1 else frozenset(),
        strays=frozenset(draw(st.lists(st.sampled_from(names), max_size=1))),
    )  # fmt: skip


@st.composite
def worlds(draw: st.DrawFn, chance: Chances) -> Leading:
    plan = draw(plans())
    return Leading(plan, draw(truths(plan)), chance, random.Random(draw(st.integers(0, 1 << 30))))


HARSH = Chances(fail=0.15, ask=0.15, die=0.4, broken=0.1, error=0.1, moved=0.15, twice=0.1, halt=0.5, limit=0.1)
UNKIND = Chances(fail=0.1, ask=0.05, die=0.1, broken=0.02, error=0.02, moved=0.02, twice=0.05, halt=0.1, limit=0.05)

HISTORIES = int(os.environ.get("HISTORIES", "60"))
"""How many random histories each property sees; HISTORIES=3000 for a long look."""

many = settings(max_examples=HISTORIES, deadline=None, suppress_health_check=list(HealthCheck))


@many
@given(st.one_of(worlds(HARSH), worlds(UNKIND)), st.integers(50, 400))
def test_whatever_happens_the_journal_tells_it_all_and_nothing_is_stuck(run: Leading, steps: int) -> None:
    run.chaos(steps)
    assert replay(run.log) == run.state
    run.calm()
    assert run.state.phase is not Phase.STOPPING
    obey(run)
    assert replay(run.log) == run.state
    assert run.state.over
    assert not run.state.undelivered
    lost_nothing(run)


def obey(run: Leading) -> None:
    """An operator who does what `why` says, until the run is over and every task has ended or can't."""
    for _ in range(60):
        run.calm()
        waiting = {name: reason for name, reason in run.reasons().items() if not run.state.over or is_open(run, name)}
        if not waiting:
            if run.state.phase is Phase.FINISHED:
                return
            run.record(e.LeaderStarted(4, "boot"))
            continue
        for name, reason in waiting.items():
            assert reason.command, f"{name} is {run.state.tasks[name].status} and nothing helps: {reason.text}"
        done = [follow(run, reason.command) for reason in waiting.values()]
        if run.state.phase is Phase.FINISHED and not any(done):
            return
    raise AssertionError(f"it never ends: {run.state.phase} {run.reasons()}")


def is_open(run: Leading, name: str) -> bool:
    """Worth an operator's word: not given up by anybody."""
    state = run.state
    return state.phase is not Phase.FINISHED and state.tasks[name].status not in (
        Status.FAILED,
        Status.SKIPPED,
        Status.CANCELLED,
    )


def follow(run: Leading, command: str) -> bool:
    """Type a command that `why` gave."""
    match command.split():
        case ["swarm", "why" | "attach" | "diff" | "start", *_] | ["swarm", "merge"]:
            return False
        case ["swarm", "merge", task]:
            return not run.command("approve", task=task).startswith("no")
        case ["swarm", "answer", task, _]:
            return not run.command("answer", task=task, text="the first").startswith("no")
        case ["swarm", "resume"]:
            run.record(e.LeaderStarted(5, "boot"))
            return True
        case ["swarm", "resume", "--put-back"]:
            run.outside.ref = run.state.tip
            run.record(e.LeaderStarted(5, "boot"))
            return True
        case ["swarm", "budget", *amount]:
            return not run.command("budget", usd=float(amount[0].strip("'"))).startswith("no")
        case ["swarm", "retry", task] if run.state.tasks[task].status is Status.FAILED:
            return False  # it would fail again for ever
        case ["swarm", verb, task]:
            return not run.command(verb, task=task).startswith("no")
        case _:
            raise AssertionError(command)


def lost_nothing(run: Leading) -> None:
    """What is called merged is in the integration ref, and the tip is what the ref is."""
    there = run.outside.content[run.state.tip or ""]
    for task in run.state.tasks.values():
        if task.merged is not None:
            assert task.id in dict(there), f"{task.id} is merged, but not there"
            assert task.merged in run.outside.content


# in a world where only the work itself is at fault


@st.composite
def plain_plans(draw: st.DrawFn) -> Plan:
    """No reviews, budgets or skills: nothing but the work decides what becomes of a task."""
    tasks = []
    for index in range(draw(st.integers(1, 16))):
        upstreams = draw(st.lists(st.integers(0, index - 1), max_size=2, unique=True)) if index else []
        tasks.append(Task(
            f"t{index}", "title", "do it", depends_on=tuple(f"t{n}" for n in upstreams),
            files=draw(st.sampled_from(FILES)), priority=draw(st.integers(-1, 1)),
            on_failure=draw(st.sampled_from(OnFailure)), limits=Limits(retries=draw(st.integers(0, 2))),
        ))  # fmt: skip
    crew = tuple(WorkerSpec(f"worker-{n}") for n in range(draw(st.integers(1, 5))))
    return Plan("plan", tuple(tasks), workers=crew, gates=draw(st.integers(1, 4)))


@many
@given(st.data())
def test_what_is_not_at_fault_lands_and_what_is_fails_after_its_attempts(data: st.DataObject) -> None:
    plan = data.draw(plain_plans())
    truth = replace(data.draw(truths(plan)), strays=frozenset())
    run = Leading(plan, truth, Chances.calm(), random.Random(data.draw(st.integers(0, 1 << 30))))
    run.calm()
    tasks = run.state.tasks
    assert run.state.phase is Phase.FINISHED
    assert not any(truth.is_red(content) for content in landed(run))
    lost_nothing(run)
    at_fault = {name for group in (*truth.red, *truth.clashes) for name in group}
    for task in tasks.values():
        upstreams = [tasks[name] for name in task.task.depends_on]
        if task.status is Status.FAILED:
            assert task.id in at_fault
            # An attempt that its worker did not take in time is lost, which is nobody's failure.
            assert task.attempt - task.losses == task.failures == 1 + task.task.limits.retries
        elif task.status is not Status.MERGED:
            assert task.attempt == 0
            assert any(not upstream.released for upstream in upstreams)
    for group in truth.red:
        hopeless = not truth.mends or all(tasks[name].attempt <= 1 for name in group)
        assert not (hopeless and all(tasks[name].status is Status.MERGED for name in group))
    assert len(run.outside.gate_runs) <= 1 + 6 * sum(task.attempt for task in tasks.values())


def landed(run: Leading) -> list[frozenset[tuple[str, int]]]:
    """What was in each value that the integration ref took."""
    landings = (event for entry in run.log for event in entry.events if isinstance(event, e.CandidateLanded))
    return [run.outside.content[event.new] for event in landings]
