"""Lanes: order within one, none between two, results that wake a selector, exceptions that come back."""

from __future__ import annotations

import os
import select
import threading

import pytest

from swarm.core.actions import Publish
from swarm.core.events import Event, Published
from swarm.effects.lanes import Lane, Result, Results


@pytest.fixture
def results() -> Results:
    return Results()


def waited(results: Results, count: int) -> list[Result]:
    found: list[Result] = []
    while len(found) < count:
        assert select.select([results], [], [], 10)[0], "nothing rang"
        found += results.take()
    return found


def says(text: str) -> tuple[Event, ...]:
    return (Published(text, None, ""),)


def test_effects_of_one_lane_happen_in_order(results: Results) -> None:
    lane = Lane("one", results)
    for number in range(50):
        lane.put(Publish(str(number)), lambda number=number: says(str(number)))  # type: ignore[misc]
    found = waited(results, 50)
    assert [result.events for result in found] == [says(str(number)) for number in range(50)]
    lane.close()
    assert lane.join(10)


def test_a_slow_lane_does_not_hold_up_another(results: Results) -> None:
    go = threading.Event()
    slow, quick = Lane("slow", results), Lane("quick", results)
    slow.put(Publish("slow"), lambda: (go.wait(10), says("slow"))[1])
    quick.put(Publish("quick"), lambda: says("quick"))
    assert [result.key for result in waited(results, 1)] == [Publish("quick")]
    go.set()
    assert [result.key for result in waited(results, 1)] == [Publish("slow")]
    for lane in (slow, quick):
        lane.close()
        assert lane.join(10)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError("a bug"), SystemExit(3)])
def test_an_effect_that_raises_hands_its_exception_over_and_the_lane_goes_on(
    results: Results, error: BaseException
) -> None:
    def fails() -> tuple[Event, ...]:
        raise error

    lane = Lane("one", results)
    lane.put(Publish("a"), fails)
    lane.put(Publish("b"), lambda: says("b"))
    first, second = waited(results, 2)
    assert (first.error, first.events, second.events) == (error, (), says("b"))
    lane.close()
    assert lane.join(10)


def test_what_was_put_before_the_close_is_still_done(results: Results) -> None:
    lane = Lane("one", results)
    lane.put(Publish("a"), lambda: says("a"))
    lane.close()
    assert lane.join(10)
    assert len(results.take()) == 1


def test_more_results_than_the_pipe_holds_rings_for_are_all_there(results: Results) -> None:
    for number in range(70_000):
        results.put(Result(str(number)))
    found = results.take()
    assert [result.key for result in found] == [str(number) for number in range(70_000)]
    results.put(Result("one more"))
    assert select.select([results], [], [], 10)[0]
    assert [result.key for result in results.take()] == ["one more"]


def test_taken_results_leave_no_ring_behind(results: Results) -> None:
    results.put(Result("x"))
    results.take()
    assert not select.select([results], [], [], 0)[0]


def test_results_from_many_threads_all_arrive(results: Results) -> None:
    threads = [threading.Thread(target=lambda: [results.put(Result("x")) for _ in range(500)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert len(waited(results, 4000)) == 4000
    for thread in threads:
        thread.join()


def test_closed_it_gives_its_descriptors_up() -> None:
    before = len(os.listdir("/proc/self/fd"))
    Results().close()
    assert len(os.listdir("/proc/self/fd")) == before
