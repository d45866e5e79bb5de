"""The critical path of a run, over or not."""

from __future__ import annotations

from swarm.core.critical import critical
from swarm.core.plan import Task
from swarm.core.state import Attempt, Phase, State, TaskState
from swarm.core.status import Status
from swarm.core.summary import times


def state(**tasks: tuple[tuple[str, ...], Status, float]) -> State:
    """Each task with its upstreams, its status and what its attempt took; under way where it is running."""
    found = State(run="demo", began=1000.0)
    for index, (name, (upstreams, status, took)) in enumerate(tasks.items()):
        made = TaskState(Task(name, name, "x", upstreams), index, status)
        if took:
            end = None if status is Status.RUNNING else 1000.0 + took
            made.attempts.append(Attempt(1, "w", "", 1000.0, end, "sealed"))
        found.tasks[name] = made
    return found


def test_what_is_open_is_reckoned_to_take_what_merged_work_took() -> None:
    found = state(
        a=((), Status.MERGED, 10), b=((), Status.MERGED, 30), c=((), Status.MERGED, 12),
        d=(("b",), Status.PENDING, 0), x=(("c",), Status.PENDING, 0), y=(("x",), Status.PENDING, 0),
        z=(("y",), Status.PENDING, 0),
    )  # fmt: skip
    assert critical(found, 1000.0) == ("c", "x", "y", "z")  # 17 on average


def test_what_has_run_longer_already_counts_as_that() -> None:
    found = state(a=((), Status.MERGED, 5), b=((), Status.RUNNING, 1), c=(("a",), Status.PENDING, 0))
    assert critical(found, 1006.0) == ("a", "c")
    assert critical(found, 1011.0) == ("b",)


def test_what_has_just_begun_is_reckoned_like_the_others() -> None:
    found = state(
        a=((), Status.MERGED, 8), d=(("a",), Status.MERGED, 3), x=((), Status.MERGED, 10),
        b=((), Status.RUNNING, 1), c=(("b",), Status.PENDING, 0),
    )  # fmt: skip
    assert critical(found, 1001.0) == ("b", "c")  # 7 and 7


def test_what_failed_takes_no_more_time() -> None:
    found = state(a=((), Status.FAILED, 3), b=((), Status.MERGED, 2), c=(("b",), Status.PENDING, 0))
    assert critical(found, 1000.0) == ("b", "c")


def test_once_nothing_is_open_it_is_the_path_of_the_summary() -> None:
    found = state(a=((), Status.MERGED, 5), b=(("a",), Status.MERGED, 7), c=((), Status.FAILED, 11))
    assert critical(found, 0.0) == times(found, 0.0).critical == ("a", "b")
    found = state(a=((), Status.MERGED, 5), b=((), Status.FAILED, 3), c=(("b",), Status.PENDING, 0))
    assert critical(found, 0.0) == ("b", "c")
    found.phase = Phase.FINISHED
    assert critical(found, 0.0) == times(found, 0.0).critical == ("a",)


def test_before_anything_took_time_each_task_counts_alike() -> None:
    assert critical(state(a=((), Status.PENDING, 0), b=(("a",), Status.PENDING, 0)), 0.0) == ("a", "b")
    assert critical(State(), 0.0) == ()
