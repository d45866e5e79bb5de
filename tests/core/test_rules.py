"""What the leader decides alone: claims, ends of the run, and workers that do not come back."""

from __future__ import annotations

import pytest
from samples import BASE, HEAD, TASK, run_in, told

from swarm.core import events as e
from swarm.core.actions import Assign, Deliver, Spawn, Stop, Withdraw, wanted
from swarm.core.events import Outcome, Usage
from swarm.core.evolve import is_pertinent
from swarm.core.plan import Limits, OnFailure, Plan, Task, WorkerSpec
from swarm.core.rules import MAX_LOST, RESERVATION, admit, next_deadline
from swarm.core.state import MAX_LOSSES, Phase, State
from swarm.core.status import Status
from swarm.core.why import why

S = Status


def begun(
    tasks: tuple[Task, ...], workers: tuple[WorkerSpec, ...], *more: e.Event, budget: float | None = None
) -> State:
    """A run with a green, published base, whose workers are ready."""
    plan = Plan("p", tasks, workers=workers, run_budget=budget)
    ready = [e.WorkerReady(worker.name, 1) for worker in workers]
    return told(
        e.RunStarted("r", "/r", BASE, "main", plan),
        e.LeaderStarted(1, "b"),
        e.TipMoved(BASE),
        e.Published(BASE),
        *ready,
        *more,
    )


def claims(state: State) -> list[tuple[str, str]]:
    return [(event.task, event.worker) for event in admit(state, 0.0) if isinstance(event, e.TaskClaimed)]


A, B = WorkerSpec("w-a"), WorkerSpec("w-b")
PLAIN = (Task("a", "a", "a"), Task("b", "b", "b"), Task("c", "c", "c"))


# claims


def test_each_idle_worker_gets_one_task_in_the_order_of_the_file() -> None:
    assert claims(begun(PLAIN, (A, B))) == [("a", "w-a"), ("b", "w-b")]


def test_priority_goes_before_the_order_of_the_file() -> None:
    tasks = (Task("a", "a", "a"), Task("b", "b", "b", priority=1), Task("c", "c", "c", priority=-1))
    assert [task for task, _ in claims(begun(tasks, (A, B)))] == ["b", "a"]


def test_a_worker_gets_what_it_can_do_even_if_it_is_not_the_first() -> None:
    tasks = (Task("a", "a", "a", skills=("sql",)), Task("b", "b", "b"))
    assert claims(begun(tasks, (A, WorkerSpec("w-b", ("sql", "python"))))) == [("b", "w-a"), ("a", "w-b")]


def test_tasks_whose_files_overlap_are_not_side_by_side() -> None:
    tasks = (Task("a", "a", "a", files=("src",)), Task("b", "b", "b", files=("src/x",)), Task("c", "c", "c"))
    state = begun(tasks, (A, B))
    assert [task for task, _ in claims(state)] == ["a", "c"]
    told(*admit(state, 0.0), e.WorkSealed("a", 1, HEAD), e.WorkSealed("c", 1, HEAD), state=state)
    assert claims(state) == []  # a is on its way to the tip until it has landed
    told(e.TaskCancelled("a", 1, "ann"), state=state)
    told(*admit(state, 0.0), state=state)
    assert [task for task, _ in claims(state)] == ["b"]


def test_a_worker_that_is_not_up_gets_nothing() -> None:
    assert claims(begun(PLAIN, (A,), e.WorkerLost("w-a", "x"))) == []
    assert claims(begun(PLAIN, (A,), e.WorkerBroken("w-a", "x"))) == []
    assert claims(begun(PLAIN, (A,), e.WorkerDetached("w-a"))) == [("a", "w-a")]


def test_nothing_is_claimed_while_a_run_stops_or_has_ended() -> None:
    stopping = e.RunStopping("ann")
    for last in ((stopping,), (stopping, e.RunStopped()), (e.RunFinished(),), (e.RunFailed("x"),)):
        assert claims(begun(PLAIN, (A,), *last)) == []


# attempts and their limits


def test_a_task_fails_when_its_attempts_are_used_up_and_not_before() -> None:
    state = begun((Task("a", "a", "a", limits=Limits(retries=1)),), (A,))
    for attempt in (1, 2):
        assert claims(state) == [("a", "w-a")]
        told(*admit(state, 0.0), e.AttemptEnded("a", attempt, Outcome.FAILED, "no"), state=state)
    assert admit(state, 0.0) == [e.TaskGaveUp("a", 2, "2 attempts used up; the last one: no")]


def test_losses_are_not_the_tasks_fault_but_do_not_go_on_for_ever() -> None:
    state = begun((Task("a", "a", "a", limits=Limits(retries=0)),), (A,))
    for attempt in range(1, MAX_LOSSES + 2):
        told(*admit(state, 0.0), e.AttemptEnded("a", attempt, Outcome.LOST, "its worker died"), state=state)
    assert [type(event) for event in admit(state, 0.0)] == [e.TaskGaveUp]


@pytest.mark.parametrize("policy", OnFailure)
def test_what_a_failure_means_for_dependents(policy: OnFailure) -> None:
    tasks = (Task("a", "a", "a", on_failure=policy), Task("b", "b", "b", ("a",)), Task("c", "c", "c", ("b",)))
    failed = e.AttemptEnded("a", 1, Outcome.FAILED, "no")
    ended = (e.TaskClaimed("a", 1, "w-a", BASE), failed, e.TaskGaveUp("a", 1, "no"))
    decided = admit(begun(tasks, (A,), *ended), 0.0)
    assert decided == {
        OnFailure.BLOCK: [e.RunFinished()], OnFailure.SKIP: [e.TaskSkipped("b", 0, "a")],
        OnFailure.CONTINUE: [e.TaskClaimed("b", 1, "w-a", BASE)],
    }[policy]  # fmt: skip


def test_a_paused_task_whose_upstream_fails_is_skipped_when_it_goes_on() -> None:
    tasks = (Task("a", "a", "a", on_failure=OnFailure.SKIP), Task("b", "b", "b", ("a",)))
    state = begun(tasks, (A,), e.TaskPaused("b", 0), e.TaskClaimed("a", 1, "w-a", BASE))
    told(e.AttemptEnded("a", 1, Outcome.FAILED, "no"), e.TaskGaveUp("a", 1, "no"), state=state)
    assert admit(state, 0.0) == []
    told(e.TaskUnpaused("b", 0), state=state)
    assert admit(state, 0.0) == [e.TaskSkipped("b", 0, "a")]


# reservations


def test_a_reservation_counts_from_the_handing_over_not_from_the_claim() -> None:
    state = begun(PLAIN[:1], (A,), e.TaskClaimed("a", 1, "w-a", BASE))
    claimed = state.tasks["a"].claimed_at
    assert next_deadline(state) is None
    assert admit(state, claimed + 10 * RESERVATION) == []
    told(e.AttemptAssigned("a", 1), state=state)
    deadline = next_deadline(state)
    assert deadline == claimed + 1 + RESERVATION
    assert admit(state, deadline - 0.01) == []
    assert admit(state, deadline) == [e.ReservationExpired("a", 1)]
    told(e.ReservationExpired("a", 1), state=state)
    assert (next_deadline(state), admit(state, deadline + 1)) == (None, [])
    assert Withdraw("a", 1) in list(wanted(state))
    told(e.AttemptStarted("a", 1, 7), state=state)
    assert Withdraw("a", 1) not in list(wanted(state))


def test_handing_over_is_wanted_until_it_is_on_record_even_if_the_worker_was_quicker() -> None:
    state = begun(PLAIN[:1], (A,), e.TaskClaimed("a", 1, "w-a", BASE))
    for event in (e.AttemptStarted("a", 1, 7), e.QuestionAsked("a", 1, "q", "?")):
        told(event, state=state)
        assert Assign("a", 1) in list(wanted(state))
    told(e.AttemptAssigned("a", 1), state=state)
    assert Assign("a", 1) not in list(wanted(state))


# workers that do not come back


def test_a_lost_worker_is_started_again_and_keeps_its_attempt_till_it_says_what_came_of_it() -> None:
    state = run_in(S.RUNNING, e.WorkerLost("worker-1", "its lock is free"))
    assert admit(state, 0.0) == []
    assert Spawn("worker-1", 1) in list(wanted(state))


def test_the_attempt_of_a_worker_that_never_comes_back_is_lost() -> None:
    state = run_in(S.RUNNING, e.WorkerLost("worker-1", "x"), e.WorkerBroken("worker-1", "no tmux"))
    why_lost = "worker-1, which had it, could not be started again"
    assert admit(state, 0.0) == [e.AttemptEnded(TASK, 1, Outcome.LOST, why_lost)]


def test_an_attempt_that_a_broken_worker_has_not_taken_is_withdrawn_first() -> None:
    # it would begin when a later leader gets that worker to start after all
    state = run_in(S.CLAIMED, e.AttemptAssigned(TASK, 1), e.WorkerBroken("worker-1", "no tmux"))
    assert admit(state, 0.0) == [e.ReservationExpired(TASK, 1)]
    told(e.ReservationExpired(TASK, 1), state=state)
    assert (admit(state, 0.0), Withdraw(TASK, 1) in list(wanted(state))) == ([], True)


@pytest.mark.parametrize("taken", [True, False])
def test_a_cancelled_attempt_of_a_broken_worker_ends_too(taken: bool) -> None:
    more = (e.AttemptAssigned(TASK, 1), *((e.AttemptStarted(TASK, 1, 7),) if taken else ()))
    state = run_in(S.CLAIMED, *more, e.TaskCancelled(TASK, 1, "ann"), e.WorkerBroken("worker-1", "no tmux"))
    ended = [event for event in admit(state, 0.0) if isinstance(event, e.AttemptEnded)]
    assert len(ended) == int(taken)
    assert Stop(TASK, 1) in list(wanted(state))


def test_a_worker_that_dies_again_and_again_is_given_up() -> None:
    state = begun(PLAIN, (A, B))
    for _ in range(MAX_LOST):
        assert not [event for event in admit(state, 0.0) if isinstance(event, e.WorkerBroken)]
        told(e.WorkerSpawned("w-a", "%1"), e.WorkerLost("w-a", "x"), state=state)
    given_up = f"its program ended {MAX_LOST} times in a row without finishing an attempt; the last time: x"
    assert e.WorkerBroken("w-a", given_up) in admit(state, 0.0)


def test_a_worker_that_was_given_up_and_lives_is_taken_back() -> None:
    state = begun(PLAIN[:1], (A,), e.WorkerBroken("w-a", "slow machine"), e.WorkerReady("w-a", 9))
    assert claims(state) == [("a", "w-a")]


def test_a_run_without_any_worker_left_fails_and_says_why() -> None:
    state = begun(PLAIN, (A, B), e.WorkerBroken("w-a", "no tmux"), e.WorkerBroken("w-b", "no tmux"))
    assert admit(state, 0.0) == [e.RunFailed("no worker could be kept running: no tmux")]
    assert admit(begun(PLAIN, ()), 0.0) == [e.RunFailed("no worker could be kept running: the run has none")]


def test_workers_that_break_after_the_last_task_do_not_make_the_run_fail() -> None:
    state = run_in(S.MERGED, e.TaskCancelled("docs", 0, "ann"), e.Published("d" * 40))
    told(e.WorkerBroken("worker-1", "x"), e.WorkerBroken("worker-2", "x"), state=state)
    assert admit(state, 0.0) == [e.RunFinished()]


def test_work_that_waits_for_a_person_keeps_a_run_without_workers_open() -> None:
    state = run_in(S.REVIEW, e.TasksAdded((Task("x", "x", "x"),)))
    told(e.WorkerBroken("worker-1", "x"), e.WorkerBroken("worker-2", "x"), state=state)
    assert admit(state, 0.0) == []


def test_a_run_ends_when_only_broken_workers_could_do_what_is_left() -> None:
    tasks = (Task("a", "a", "a", skills=("sql",)),)
    state = begun(tasks, (A, WorkerSpec("w-b", ("sql",))), e.WorkerBroken("w-b", "no tmux"))
    assert admit(state, 0.0) == [e.RunFinished()]
    assert why(state, state.tasks["a"]).command == "swarm resume"


# the end


def test_a_run_finishes_only_when_everything_is_published_and_nothing_is_open() -> None:
    docs = e.TaskCancelled("docs", 0, "ann")
    assert admit(run_in(S.MERGED, docs), 0.0) == []
    assert admit(run_in(S.MERGED, docs, e.Published("d" * 40)), 0.0) == [e.RunFinished()]
    for status in (S.CLAIMED, S.RUNNING, S.WAITING, S.PAUSED, S.REVIEW):
        assert e.RunFinished() not in admit(run_in(status), 0.0)


def test_a_finished_run_that_is_led_again_finishes_at_once() -> None:
    state = run_in(S.MERGED, e.TaskCancelled("docs", 0, "ann"), e.Published("d" * 40), e.RunFinished())
    assert admit(state, 0.0) == []
    told(e.LeaderStarted(2, "b"), state=state)
    assert admit(state, 0.0) == [e.RunFinished()]


def test_a_budget_that_is_used_up_ends_the_run_after_what_is_under_way() -> None:
    state = begun(PLAIN, (A, B), e.TaskClaimed("a", 1, "w-a", BASE), e.TaskClaimed("b", 1, "w-b", BASE), budget=1.0)
    told(e.AttemptEnded("a", 1, Outcome.FAILED, "no", usage=Usage(usd=1.0)), state=state)
    assert admit(state, 0.0) == []
    told(e.AttemptEnded("b", 1, Outcome.FAILED, "no"), state=state)
    assert admit(state, 0.0) == [e.RunFinished()]


def test_a_stopping_run_ends_its_attempts_lands_what_is_verified_and_keeps_what_is_sealed() -> None:
    state = run_in(S.VERIFYING)
    told(e.TasksAdded((Task("x", "x", "x"), Task("y", "y", "y"))), e.TaskClaimed("x", 1, "worker-1", BASE), state=state)
    told(e.RunStopping("ann"), state=state)
    assert Stop("x", 1) in list(wanted(state))
    assert admit(state, 0.0) == []
    told(e.WorkSealed("x", 1, HEAD), e.CandidateSplit(1), state=state)
    assert admit(state, 0.0) == [e.RunStopped()]
    told(e.RunStopped(), state=state)
    assert list(state.queue) == [TASK, "x"]
    told(e.LeaderStarted(2, "b"), state=state)
    assert [type(event) for event in admit(state, 0.0)] == [e.CandidateFormed]


def test_a_stopping_run_starts_those_workers_again_that_have_an_attempt_to_end() -> None:
    state = run_in(S.RUNNING, e.RunStopping("ann"), e.WorkerLost("worker-1", "x"))
    assert Spawn("worker-1", 1) in list(wanted(state))
    assert "worker-2" not in [action.worker for action in wanted(state) if isinstance(action, Spawn)]


def test_a_task_cancelled_before_it_was_handed_over_is_stopped_and_not_handed_over() -> None:
    state = run_in(S.CLAIMED, e.TaskCancelled(TASK, 1, "ann"))
    acts = [action for action in wanted(state) if not isinstance(action, Spawn | Deliver)]
    assert acts == [Stop(TASK, 1)]
    assert is_pertinent(state, e.AttemptEnded(TASK, 1, Outcome.CANCELLED, "x"))


def test_nothing_is_under_way_in_a_run_that_is_over() -> None:
    state = run_in(S.PENDING, e.RunFinished(), e.WorkerLost("worker-1", "quit"))
    assert list(wanted(state)) == []
    assert state.phase is Phase.FINISHED


# results that come too late


@pytest.mark.parametrize("status", S)
def test_what_is_pertinent_can_be_recorded(status: Status) -> None:
    late: list[e.Event] = [
        e.AttemptAssigned(TASK, 1),
        e.AttemptEnded(TASK, 1, Outcome.CANCELLED, "x"),
        e.AttemptAssigned(TASK, 2),
        e.CandidateJudged(1, HEAD, e.Verdict.PASS, commits=(HEAD,)),
        e.CandidateUnbuildable(1, deferred=(TASK,)),
        e.CandidateLanded(1, BASE, HEAD),
        e.CandidateLanded(9, BASE, HEAD),
        e.TipMoved(BASE),
        e.TipMoved("e" * 40),
        e.Published(BASE),
        e.WorkerSpawned("worker-1", "%1"),
        e.MessageDelivered("gone", "worker-1"),
    ]
    for event in late:
        if is_pertinent(run_in(status), event):
            run_in(status, event)


def test_a_gate_that_answers_after_its_candidate_was_dropped_is_not_heard() -> None:
    judged = e.CandidateJudged(1, HEAD, e.Verdict.PASS, commits=(HEAD,))
    assert is_pertinent(run_in(S.VERIFYING), judged)
    assert not is_pertinent(run_in(S.VERIFYING, e.CandidateDropped(1, "x")), judged)
    assert not is_pertinent(run_in(S.VERIFYING, judged), judged)


def test_a_landing_is_heard_only_while_it_is_meant() -> None:
    judged = e.CandidateJudged(1, HEAD, e.Verdict.PASS, commits=(HEAD,))
    landed = e.CandidateLanded(1, BASE, HEAD)
    assert not is_pertinent(run_in(S.VERIFYING, judged), landed)
    assert is_pertinent(run_in(S.VERIFYING, judged, e.CandidateLanding(1, BASE, HEAD)), landed)


def test_an_answer_of_the_executor_that_comes_after_the_seal_costs_no_place_in_the_queue() -> None:
    crew = (e.TaskClaimed("a", 1, "w-a", BASE), e.TaskClaimed("b", 1, "w-b", BASE))
    state = begun(PLAIN, (A, B), *crew, e.WorkSealed("a", 1, HEAD), e.WorkSealed("b", 1, HEAD))
    told(e.AttemptAssigned("a", 1), state=state)
    assert list(state.queue) == ["a", "b"]
