"""What is hindered outside: tried again after growing pauses, and on record."""

from __future__ import annotations

from samples import GREEN, run_in, told

from swarm.core import events as e
from swarm.core.actions import Action, Prove, Publish, name, wanted
from swarm.core.evolve import evolve
from swarm.core.rules import admit, next_deadline
from swarm.core.state import PAUSES, State
from swarm.core.status import Status


def hinder(state: State, action: str, now: float) -> None:
    evolve(state, e.Entry(state.seq + 1, 0.0, now, (e.ActionHindered(action, "git was killed"),)))


def proofs(state: State) -> list[Action]:
    return [action for action in wanted(state) if isinstance(action, Prove)]


def test_what_was_hindered_is_wanted_again_after_a_pause_that_grows() -> None:
    state = run_in(Status.VERIFYING)
    (proof,) = proofs(state)
    now = 1000.0
    for pause in (*PAUSES, PAUSES[-1]):
        hinder(state, name(proof), now)
        assert proofs(state) == []
        assert next_deadline(state) == now + pause
        assert not any(isinstance(event, e.ActionResumed) for event in admit(state, now + pause - 0.01))
        now += pause
        assert admit(state, now) == [e.ActionResumed(name(proof))]
        told(e.ActionResumed(name(proof)), state=state)
        assert proofs(state) == [proof]


def test_a_candidate_takes_its_hindrances_with_it_and_a_new_leader_begins_without_any() -> None:
    state = run_in(Status.VERIFYING)
    hinder(state, name(proofs(state)[0]), 1.0)
    told(e.CandidateDropped(1, "x"), state=state)
    assert (state.hindered, next_deadline(state)) == ({}, None)
    hinder(state, "publish", 1.0)
    told(e.LeaderStarted(2, "boot-1"), state=state)
    assert state.hindered == {}


def test_in_a_run_that_is_over_what_was_hindered_is_still_tried_again() -> None:
    state = run_in(Status.MERGED, e.RunFinished())
    assert Publish(GREEN) in set(wanted(state))
    hinder(state, "publish", 5.0)
    assert set(wanted(state)) == set()
    assert next_deadline(state) == next_deadline(state, serve=False) == 5.0 + PAUSES[0]
    assert admit(state, 100.0) == [e.ActionResumed("publish")]


def test_after_a_new_boot_deadlines_run_from_now() -> None:
    state = run_in(Status.CLAIMED, e.AttemptAssigned("api", 1))
    evolve(state, e.Entry(state.seq + 1, 0.0, 0.5, (e.LeaderStarted(2, "boot-2"),)))
    assert admit(state, 60.4) == []
    assert admit(state, 60.6) == [e.ReservationExpired("api", 1)]
    same = run_in(Status.CLAIMED, e.AttemptAssigned("api", 1))
    told(e.LeaderStarted(2, "boot-1"), state=same)
    assert same.tasks["api"].claimed_at < same.seq
