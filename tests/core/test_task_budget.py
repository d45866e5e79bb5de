"""A task whose attempts have used its budget gets no new one, unless the operator says so."""

from __future__ import annotations

from swarm.core import events as e
from swarm.core.evolve import evolve
from swarm.core.plan import Limits, Plan, Task, WorkerSpec
from swarm.core.rules import admit
from swarm.core.state import State

BASE = "a" * 40


def after_a_failure(usd: float) -> State:
    """A run whose one task, with a budget of 2 USD and nine retries, has failed once and used so much."""
    task = Task("t", "t", "t", command="false", limits=Limits(retries=9, budget=2.0))
    state = State()
    facts: list[tuple[e.Event, ...]] = [
        (e.RunStarted("r", "/repo", BASE, "main", Plan("p", (task,), workers=(WorkerSpec("worker-1"),))),),
        (e.LeaderStarted(1, "boot"),),
        (e.CandidateFormed(0, BASE, ()),),
        (e.CandidateJudged(0, BASE, e.Verdict.PASS),),
        (e.CandidateLanding(0, None, BASE),),
        (e.CandidateLanded(0, None, BASE),),
        (e.WorkerSpawned("worker-1", ""), e.WorkerReady("worker-1", 7)),
        (e.TaskClaimed("t", 1, "worker-1", BASE),),
        (e.AttemptAssigned("t", 1), e.AttemptStarted("t", 1, 7)),
        (e.AttemptEnded("t", 1, e.Outcome.FAILED, "no", usage=e.Usage(usd=usd)),),
    ]
    for seq, events in enumerate(facts, 1):
        evolve(state, e.Entry(seq, 0.0, 0.0, events))
    return state


def kinds(state: State) -> set[type[e.Event]]:
    return {type(event) for event in admit(state, 0.0)}


def test_below_its_budget_it_is_tried_again() -> None:
    assert kinds(after_a_failure(1.99)) == {e.TaskClaimed}


def test_at_its_budget_it_is_given_up_and_says_why() -> None:
    state = after_a_failure(2.0)
    assert admit(state, 0.0) == [e.TaskGaveUp("t", 1, "its budget of 2 USD is used up after 1 attempt")]


def test_the_operator_gives_it_a_fresh_budget() -> None:
    state = after_a_failure(2.5)
    evolve(state, e.Entry(11, 0.0, 0.0, tuple(admit(state, 0.0))))
    evolve(state, e.Entry(12, 0.0, 0.0, (e.TaskRetried("t", 1, "operator"),)))
    assert kinds(state) == {e.TaskClaimed}
