"""A worker's program that was started has a minute to say its first word."""

from __future__ import annotations

from swarm.core import events as e
from swarm.core.evolve import evolve
from swarm.core.plan import Plan, Task, WorkerSpec
from swarm.core.rules import FIRST_WORD, admit, next_deadline
from swarm.core.state import State

BASE = "a" * 40


def spawned(at: float) -> State:
    """A run on a green base whose one worker was started at `at`."""
    plan = Plan("p", (Task("t", "t", "t", command="true"),), workers=(WorkerSpec("worker-1"),))
    state = State()
    facts: list[tuple[e.Event, ...]] = [
        (e.RunStarted("r", "/repo", BASE, "main", plan),),
        (e.LeaderStarted(1, "boot"),),
        (e.CandidateFormed(0, BASE, ()),),
        (e.CandidateJudged(0, BASE, e.Verdict.PASS),),
        (e.CandidateLanding(0, None, BASE),),
        (e.CandidateLanded(0, None, BASE),),
        (e.WorkerSpawned("worker-1", "%1"),),
    ]
    for seq, events in enumerate(facts, 1):
        evolve(state, e.Entry(seq, 0.0, at, events))
    return state


def test_a_program_that_never_reports_is_lost_after_its_time_and_not_before() -> None:
    state = spawned(100.0)
    assert next_deadline(state) == 100.0 + FIRST_WORD
    assert admit(state, 100.0 + FIRST_WORD) == []
    lost = admit(state, 100.0 + FIRST_WORD + 0.1)
    assert lost == [e.WorkerLost("worker-1", "its program did not report within 60 s")]


def test_a_program_that_has_reported_has_no_such_deadline() -> None:
    state = spawned(100.0)
    evolve(state, e.Entry(8, 0.0, 100.0, (e.WorkerReady("worker-1", 7),)))
    assert next_deadline(state) is None
    assert e.WorkerLost not in {type(event) for event in admit(state, 1e9)}
