from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from played import played
from simulated import Run, plan

from board import forecast
from board.forecast import Forecast
from board.view.estimate import estimate
from swarm.core.plan import Task
from swarm.core.status import Status
from swarm.core.summary import work


def chain(length: int, workers: int, merged: int) -> Run:
    """A chain of tasks, so many of them merged."""
    tasks = [Task(f"t{n}", "", "p", (f"t{n - 1}",) if n else ()) for n in range(length)]
    run = Run(plan(tasks, workers), lambda task, _: "seal" if int(task.id[1:]) < merged else "run").begin()
    return run.play(400)


def usual(run: Run) -> float:
    merged = [task for task in run.state.tasks.values() if task.status is Status.MERGED]
    return sum(work(task, 0.0) for task in merged) / len(merged)


def test_nothing_is_said_before_two_tasks_have_merged_nor_after_the_end() -> None:
    assert estimate(chain(4, 2, 1).state, 0.0) is None
    assert estimate(chain(4, 2, 2).state, 0.0) is not None
    assert estimate(chain(3, 2, 3).state, 0.0) is None


def test_a_chain_takes_its_whole_length_whatever_the_workers() -> None:
    run = chain(10, 8, 2)
    began = run.state.tasks["t2"].attempts[-1].started
    found = estimate(run.state, began)
    assert found is not None
    assert found.left == pytest.approx(8 * usual(run))


def test_a_fan_is_shared_out_among_the_workers() -> None:
    tasks = [Task(f"t{n}", "", "p") for n in range(12)]
    run = Run(plan(tasks, 2), lambda task, _: "seal" if int(task.id[1:]) < 2 else "run").begin().play(400)
    started = max(task.attempts[-1].started for task in run.state.tasks.values() if task.attempts)
    found = estimate(run.state, started + 1000)
    assert found is not None
    assert found.left == pytest.approx(8 * usual(run) / 2), "the two under way may end at any moment"


def test_what_a_person_holds_up_is_not_in_it_but_counted() -> None:
    tasks = [Task("a", "", "p"), Task("b", "", "p"), Task("held", "", "p"), Task("below", "", "p", ("held",)),
             Task("free", "", "p")]  # fmt: skip
    run = Run(plan(tasks, 5), lambda task, _: {"held": "ask", "free": "run"}.get(task.id, "seal")).begin().play(400)
    found = estimate(run.state, run.state.at)
    assert found is not None
    assert found.held == 2


@settings(max_examples=100, deadline=None)
@given(played())
def test_an_estimate_is_never_negative_and_counts_no_task_twice(run: Run) -> None:
    found = estimate(run.state, run.state.at)
    if found is not None:
        assert found.left >= 0
        assert 0 <= found.held <= len(run.state.tasks)


def test_it_is_made_anew_only_when_something_happened_and_the_last_one_is_paid_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, made, clock = chain(10, 2, 2), [], [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])

    def slow(state: object, now: float) -> None:
        made.append(now)
        clock[0] += 0.5

    monkeypatch.setattr(forecast, "estimate", slow)
    found = Forecast()
    found.look(run.state, 1.0)
    found.look(run.state, 2.0)
    assert made == [1.0], "nothing happened"
    run.state.seq += 1
    found.look(run.state, 3.0)
    assert made == [1.0], "half a second is paid for after fifty"
    clock[0] += 50.0
    found.look(run.state, 4.0)
    assert made == [1.0, 4.0]


def test_what_is_left_grows_less_while_nothing_happens() -> None:
    run = chain(10, 2, 2)
    found = Forecast()
    found.look(run.state, run.state.at)
    first = found.known(run.state.at)
    later = found.known(run.state.at + 1.0)
    much_later = found.known(run.state.at + 1e6)
    assert first is not None
    assert later is not None
    assert much_later is not None
    assert (round(first.left - later.left, 6), much_later.left) == (1.0, 0.0)
