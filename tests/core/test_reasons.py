from __future__ import annotations

import pytest
from samples import BASE, GREEN, HEAD, PLAN, TASK, run_in, told

from swarm.core import events as e
from swarm.core.events import Member, Outcome, Usage
from swarm.core.plan import OnFailure, Plan, Review, Task, WorkerSpec
from swarm.core.state import State
from swarm.core.status import Status
from swarm.core.why import Reason, chain, root_cause, shown_status, why

S = Status


def of(state: State, name: str = TASK) -> Reason:
    return why(state, state.tasks[name])


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (S.PENDING, Reason("it is about to be claimed")),
        (S.CLAIMED, Reason("worker-1 is about to start it")),
        (S.RUNNING, Reason("worker-1 works on it (attempt 1)", "swarm attach api")),
        (S.WAITING, Reason("its agent asks: Which port?", 'swarm answer api "…"')),
        (S.PAUSED, Reason("it was paused", "swarm unpause api")),
        (S.SEALED, Reason("its work waits for its turn in the merge queue")),
        (S.VERIFYING, Reason("candidate 1 with its work is being verified")),
        (S.REVIEW, Reason("its work waits for a person's review", "swarm merge api")),
        (S.MERGED, Reason("merged as dddddddddd", "swarm diff api")),
        (S.FAILED, Reason("1 attempt used up", "swarm retry api")),
        (S.SKIPPED, Reason("docs was skipped", "swarm retry api")),
        (S.CANCELLED, Reason("cancelled by operator", "swarm retry api")),
    ],
)
def test_each_status_has_its_reason(status: Status, reason: Reason) -> None:
    assert of(run_in(status)) == reason


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (S.RUNNING, Reason("it waits for api, which is running", "swarm why api")),
        (S.PENDING, Reason("it waits for api, which is ready", "swarm why api")),
        (S.FAILED, Reason("its upstream api is failed: 1 attempt used up", "swarm retry api")),
        (S.CANCELLED, Reason("its upstream api is cancelled: cancelled by operator", "swarm retry api")),
    ],
)
def test_a_blocked_task_names_what_blocks_it(status: Status, reason: Reason) -> None:
    assert of(run_in(status), "docs") == reason


def test_what_will_not_move_by_itself_is_named_before_what_will() -> None:
    tasks = (Task("a", "a", "a"), Task("b", "b", "b"), Task("c", "c", "c", ("a", "b")))
    state = begun(tasks, (), e.TaskCancelled("b", 0, "ann"))
    assert of(state, "c").command == "swarm retry b"


@pytest.mark.parametrize(
    ("more", "name", "reason"),
    [
        ((e.RunStopping("ann"),), TASK, Reason("the run is stopping", "swarm resume")),
        ((e.RunStopping("ann"), e.RunStopped()), TASK, Reason("the run is stopped", "swarm resume")),
        ((e.RunFailed("no"),), TASK, Reason("the run is failed", "swarm resume")),
        ((e.WorkerLost("worker-1", "x"),), TASK, Reason("the workers that could take it are starting")),
        (
            (e.WorkerBroken("worker-1", "no tmux"), e.WorkerBroken("worker-2", "no tmux")),
            TASK,
            Reason("worker-1 could not be started: no tmux", "swarm resume"),
        ),
    ],
)
def test_a_pending_task_has_one_reason(more: tuple[e.Event, ...], name: str, reason: Reason) -> None:
    assert of(run_in(S.PENDING, *more), name) == reason


def begun(
    tasks: tuple[Task, ...], workers: tuple[WorkerSpec, ...], *more: e.Event, budget: float | None = None
) -> State:
    plan = Plan("p", tasks, workers=workers, run_budget=budget)
    ready = [e.WorkerReady(worker.name, 1) for worker in workers]
    return told(e.RunStarted("r", "/r", BASE, "main", plan), e.LeaderStarted(1, "b"), e.TipMoved(BASE), *ready, *more)


W = (WorkerSpec("w"),)
TWO = (Task("a", "a", "a", files=("src/**",)), Task("b", "b", "b", files=("src/b.py",)))
CLAIMED = e.TaskClaimed("a", 1, "w", BASE)


def test_the_base_comes_first() -> None:
    state = told(e.RunStarted("r", "/r", BASE, "main", PLAN), e.LeaderStarted(1, "b"))
    assert of(state) == Reason("the base is being verified first")


def test_busy_workers_are_named_with_what_they_do() -> None:
    plain = (Task("a", "a", "a"), Task("b", "b", "b"))
    assert of(begun(plain, W, CLAIMED), "b") == Reason("w could take it, but has a", "swarm why a")
    crew = (WorkerSpec("w"), WorkerSpec("v"))
    reason = of(begun(plain, crew, CLAIMED, e.WorkerLost("v", "x")), "b")
    assert reason == Reason("w could take it, but has a, and 1 more are busy or starting", "swarm why a")


def test_overlapping_files_are_named() -> None:
    crew = (WorkerSpec("w"), WorkerSpec("v"))
    reason = of(begun(TWO, crew, CLAIMED), "b")
    assert reason == Reason("its files overlap with those of a, which is claimed", "swarm why a")


def test_skills_that_nobody_has_are_named() -> None:
    reason = of(begun((Task("a", "a", "a", skills=("sql",)),), W), "a")
    assert reason == Reason("no worker has the skills sql", "swarm cancel a")


def test_a_run_without_workers_says_so() -> None:
    assert of(begun((Task("a", "a", "a"),), ()), "a") == Reason("the run has no workers", "swarm start --workers N")


def test_a_used_up_budget_says_what_can_still_be_done() -> None:
    spent = e.AttemptEnded("a", 1, Outcome.FAILED, "no", usage=Usage(usd=5.0))
    reason = of(begun(TWO, W, CLAIMED, spent, budget=5.0), "b")
    assert reason == Reason("the run's budget of 5 USD is used up", "swarm budget '10 USD'")


def test_sealed_work_of_a_run_that_is_over_waits_for_resume() -> None:
    state = run_in(S.SEALED, e.RunStopping("ann"), e.RunStopped())
    assert of(state) == Reason("its work waits for the merge queue, but the run is stopped", "swarm resume")


def test_sealed_work_may_wait_for_the_target_or_for_what_it_clashes_with() -> None:
    offered = run_in(S.SEALED, e.TargetOffered("main", HEAD, "x"))
    assert of(offered) == Reason("main is being brought in first")
    clash = run_in(S.VERIFYING, e.CandidateUnbuildable(1, deferred=(TASK,)), e.CandidateDropped(1, "x"))
    assert of(clash) == Reason("it clashes with work that is being verified, and waits for that to land")
    told(e.TipMoved(HEAD), state=clash)
    assert of(clash) == Reason("its work waits for its turn in the merge queue")


def test_an_accepted_report_is_merged_without_a_commit() -> None:
    assert of(run_in(S.SEALED, e.ReportAccepted(TASK, 1))) == Reason("its report was accepted")


SKIP = OnFailure.SKIP


def test_a_skipped_task_names_the_failure_at_the_root() -> None:
    tasks = (Task("a", "a", "a", on_failure=SKIP), Task("b", "b", "b", ("a",)), Task("c", "c", "c", ("b",)))
    ended = (CLAIMED, e.AttemptEnded("a", 1, Outcome.FAILED, "no"), e.TaskGaveUp("a", 1, "used up"))
    state = begun(tasks, W, *ended, e.TaskSkipped("b", 0, "a"), e.TaskSkipped("c", 0, "b"))
    assert of(state, "b") == Reason("a failed", "swarm retry a")
    assert of(state, "c") == Reason("b was skipped", "swarm retry a")
    told(e.TaskCancelled("a", 1, "ann"), state=state)
    assert root_cause(state, state.tasks["b"]).id == "b"
    assert of(state, "c").command == "swarm retry b"


def test_shown_status_tells_blocked_from_ready() -> None:
    state = run_in(S.PENDING)
    assert [shown_status(task) for task in state.tasks.values()] == ["ready", "blocked"]
    assert {shown_status(run_in(s).tasks[TASK]) for s in S} == {*S, "ready"} - {S.PENDING}


def test_the_chain_ends_at_what_is_not_blocked() -> None:
    tasks = tuple(Task(f"t{n}", "x", "x", (f"t{n - 1}",) if n else ()) for n in range(2000))
    state = begun(tasks, W)
    found = chain(state, state.tasks["t1999"])
    assert [found[0].id, found[-1].id, len(found)] == ["t1998", "t0", 1999]


def test_strays_are_accepted_with_the_approval_and_no_others() -> None:
    foreign = ("old/a.py",)
    state = begun((Task("a", "a", "a", review=Review()),), W, CLAIMED, e.WorkSealed("a", 1, HEAD))
    told(e.WorkHeld("a", 1, "review"), e.WorkApproved("a", 1, "ann"), state=state)
    told(e.CandidateFormed(0, BASE, (Member("a", 1, HEAD, 1),)), e.WorkHeld("a", 1, "strays", foreign), state=state)
    task = state.tasks["a"]
    assert (task.strays, task.approved) == (foreign, False)
    told(e.WorkApproved("a", 1, "ann"), state=state)
    assert (task.strays, task.approved, task.status) == (foreign, True, S.SEALED)
    told(e.TaskCancelled("a", 1, "ann"), e.TaskRetried("a", 1, "ann"), e.CandidateDropped(0, "x"), state=state)
    told(e.TaskClaimed("a", 2, "w", GREEN), state=state)
    assert (task.strays, task.approved) == ((), False)
