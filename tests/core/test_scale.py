"""Ten thousand tasks feel like a hundred: what one event costs does not grow with the number of tasks.

Cost is counted in calls of Python functions and builtins, which no other load on the machine changes.
"""

from __future__ import annotations

import dataclasses
import hashlib
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from samples import BASE

from swarm.core import actions as a
from swarm.core import events as e
from swarm.core.evolve import evolve, replay
from swarm.core.plan import Plan, Task, WorkerSpec
from swarm.core.report import status
from swarm.core.rules import admit
from swarm.core.state import Phase, State
from swarm.core.status import Status
from swarm.core.why import why


def task(n: int, *upstreams: int) -> Task:
    return Task(f"t{n}", "x", "x", tuple(f"t{up}" for up in dict.fromkeys(upstreams)))


def chain(count: int) -> list[Task]:
    return [task(n, *([n - 1] if n else [])) for n in range(count)]


def fan_out(count: int) -> list[Task]:
    return [task(n, *([0] if n else [])) for n in range(count)]


def fan_in(count: int) -> list[Task]:
    return [*(task(n) for n in range(count - 1)), task(count - 1, *range(count - 1))]


def layered(count: int) -> list[Task]:
    return [task(n, *((n // 2, n // 3) if n else ())) for n in range(count)]


def apart(count: int) -> list[Task]:
    return [task(n) for n in range(count)]


class Run:
    """A run in which everything goes well, at once."""

    def __init__(self, tasks: list[Task], workers: int = 4, gates: int = 1, skilled: int = 0) -> None:
        crew = tuple(WorkerSpec(f"w{n}", ("sql",) if n < skilled else ()) for n in range(workers))
        self.state = State()
        self.log: list[e.Entry] = []
        self.record(e.RunStarted("r", "/r", BASE, "main", Plan("p", tuple(tasks), workers=crew, gates=gates)))
        self.record(e.LeaderStarted(1, "b"))

    def record(self, *events: e.Event) -> None:
        seq = len(self.log) + 1
        self.log.append(e.Entry(seq, float(seq), float(seq), events))
        evolve(self.state, self.log[-1])

    def play(self) -> None:
        while not self.state.over:
            while decided := admit(self.state, 0.0):
                self.record(*decided)
            for action in list(a.wanted(self.state)):
                self.carry_out(action)

    def carry_out(self, action: a.Action) -> None:
        match action:
            case a.Spawn():
                self.record(e.WorkerReady(action.worker, 1))
            case a.Assign():
                self.record(e.AttemptAssigned(action.task, action.attempt))
                self.record(e.AttemptStarted(action.task, action.attempt, 1))
                self.record(e.WorkSealed(action.task, action.attempt, oid(action.task)))
            case a.Prove():
                commits = tuple(oid(f"{action.candidate} {member.task}") for member in action.chain)
                own = commits[len(commits) - action.own :]
                verdict = e.Verdict.PASS
                self.record(e.CandidateJudged(action.candidate, own[-1] if own else BASE, verdict, commits=own))
            case a.Land():
                self.record(e.CandidateLanded(action.candidate, action.old, action.new))
            case a.Publish():
                self.record(e.Published(action.tip))
            case _:
                raise AssertionError(action)


def oid(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()


def calls(act: Callable[[], object]) -> int:
    """How many functions are called, Python's and builtin ones."""
    count = 0

    def see(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(see)
    try:
        act()
    finally:
        sys.setprofile(None)
    return count


Shape = Callable[[int], list[Task]]
SHAPES: list[Shape] = [chain, fan_out, fan_in, layered, apart]


@pytest.mark.parametrize("shape", SHAPES)
def test_an_event_among_ten_times_as_many_tasks_costs_less_than_twice_as_much(shape: Shape) -> None:
    cost = {}
    for count in (200, 2000):
        run = Run(shape(count))
        spent = calls(run.play)
        assert run.state.phase is Phase.FINISHED
        assert run.state.counts[Status.MERGED] == count
        cost[count] = spent / len(run.log)
    assert cost[2000] < 2 * cost[200], cost


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_ten_thousand_tasks_of_any_shape_are_brought_to_their_end(shape: Shape) -> None:
    run = Run(shape(10_000), workers=8, gates=2)
    run.play()
    assert run.state.all_merged
    assert replay(run.log) == run.state


def test_the_cost_of_a_replay_is_the_number_of_its_entries() -> None:
    cost = {}
    for count in (200, 2000):
        run = Run(layered(count))
        run.play()
        cost[count] = calls(lambda log=run.log: replay(log)) / len(run.log)  # type: ignore[misc]
    assert cost[2000] < 1.5 * cost[200], cost


def test_a_long_gate_does_not_make_the_events_behind_it_dear() -> None:
    cost = {}
    for count in (200, 2000):
        run = Run(apart(count))
        held: list[a.Prove] = []
        spent = calls(lambda run=run, held=held: hold(run, held))  # type: ignore[misc]
        assert len(run.state.queue) > count - 20
        cost[count] = spent / len(run.log)
    assert cost[2000] < 2 * cost[200], cost


def test_tasks_that_no_idle_worker_can_do_do_not_make_events_dear() -> None:
    cost = {}
    for count in (200, 2000):
        run = Run([dataclasses.replace(one, skills=("sql",)) for one in apart(count)], skilled=1)
        cost[count] = calls(run.play) / len(run.log)
    assert cost[2000] < 2 * cost[200], cost


def hold(run: Run, held: list[a.Prove]) -> None:
    """Play until everything is sealed, behind a gate that does not answer."""
    while True:
        while decided := admit(run.state, 0.0):
            run.record(*decided)
        todo = [one for one in a.wanted(run.state) if not (isinstance(one, a.Prove) and one.chain)]
        if not todo:
            return
        for action in todo:
            run.carry_out(action)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_reason_of_a_task_costs_its_degree(shape: Shape) -> None:
    state = Run(shape(2000)).state
    costs = [calls(lambda found=found: why(state, found)) for found in state.tasks.values()]  # type: ignore[misc]
    dearest = max(zip(costs, state.tasks.values(), strict=True), key=lambda pair: pair[0])
    assert dearest[0] < 40 + 6 * len(dearest[1].task.depends_on)


def test_the_status_of_ten_times_as_many_tasks_costs_ten_times_as_much() -> None:
    cost = {}
    for count in (200, 2000):
        state = Run(layered(count)).state
        cost[count] = calls(lambda state=state: status(state, leader_alive=True, worktrees=""))  # type: ignore[misc]
    assert cost[2000] < 12 * cost[200], cost


def test_a_chain_of_skips_needs_no_recursion() -> None:
    state = Run(chain(5000), workers=1).state
    for number in range(0, 5000, 1000):
        assert why(state, state.tasks[f"t{number}"]).text
