from __future__ import annotations

import json

import pytest
from core_golden import same_as_golden
from samples import BASE, HEAD, PLAN, TASK, run_in, told

from swarm.core import events as e
from swarm.core.report import branch, counts, needs_you, shown_phase, status
from swarm.core.state import State
from swarm.core.status import Status

S = Status
TREES = "/state/runs/shop-1/worktrees"


def text(state: State) -> str:
    said = status(state, leader_alive=True, worktrees=TREES)
    return json.dumps(said, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def test_a_run_in_the_middle() -> None:
    state = run_in(S.WAITING, e.WorkerBroken("worker-2", "no such program"))
    same_as_golden("status-waiting.json", text(state))


def test_a_run_that_is_done() -> None:
    sealed = e.WorkSealed("docs", 1, None, "described", e.Usage(7, 3, 0.125))
    done = (e.TaskClaimed("docs", 1, "worker-1", HEAD), sealed, e.ReportAccepted("docs", 1), e.RunFinished())
    same_as_golden("status-finished.json", text(run_in(S.MERGED, *done)))


def test_a_run_that_could_not_begin() -> None:
    state = told(
        e.RunStarted("shop-1", "/shop", BASE, None, PLAN),
        e.LeaderStarted(1, "b"),
        e.CandidateFormed(0, BASE, ()),
        e.CandidateJudged(0, BASE, e.Verdict.FAIL),
        e.RunFailed("the base is red"),
        e.CandidateDropped(0, "red"),
    )
    same_as_golden("status-failed.json", text(state))


@pytest.mark.parametrize(
    ("last", "alive", "shown"),
    [
        ((), True, "running"),
        ((), False, "stopped"),
        ((e.RunStopping("ann"),), True, "running"),
        ((e.RunStopping("ann"),), False, "stopped"),
        ((e.RunStopping("ann"), e.RunStopped()), True, "stopped"),
        ((e.RunFinished(),), True, "finished"),
        ((e.RunFinished(),), False, "finished"),
        ((e.RunFailed("no"),), True, "failed"),
        ((e.RunFailed("no"),), False, "failed"),
        ((e.RunFinished(), e.LeaderStarted(2, "b")), True, "running"),
    ],
)
def test_shown_phase(last: tuple[e.Event, ...], alive: bool, shown: str) -> None:
    assert shown_phase(run_in(S.PENDING, *last), leader_alive=alive) == shown


def test_a_run_that_verifies_its_base_is_running() -> None:
    state = told(e.RunStarted("shop-1", "/shop", BASE, None, PLAN), e.LeaderStarted(1, "b"))
    assert shown_phase(state, leader_alive=True) == "running"
    assert shown_phase(state, leader_alive=False) == "stopped"


@pytest.mark.parametrize("state", S)
def test_counts_name_blocked_and_ready_instead_of_pending(state: Status) -> None:
    found = counts(run_in(state))
    assert "pending" not in found
    assert {"merged", "failed"} <= found.keys()
    assert sum(found.values()) == 2


def test_who_needs_a_person() -> None:
    wanting = {state: [task.id for task in needs_you(run_in(state))] for state in S}
    assert {state for state, names in wanting.items() if names} == {S.WAITING, S.REVIEW}


def test_the_branch_is_of_the_newest_attempt() -> None:
    state = run_in(S.FAILED, e.TaskRetried(TASK, 1, "ann"), e.TaskClaimed(TASK, 2, "worker-1", BASE))
    assert [branch(state, task) for task in state.tasks.values()] == ["swarm/shop-1/api.2", "swarm/shop-1/docs.1"]


def test_a_worker_that_was_started_and_has_not_reported_is_starting_and_not_lost() -> None:
    def shown(*more: e.Event) -> tuple[str, bool]:
        worker = status(run_in(S.PENDING, *more), leader_alive=True, worktrees=TREES)["workers"][1]
        return worker["state"], worker["starting"]

    assert shown() == ("idle", True)
    assert shown(e.WorkerSpawned("worker-2", "%2")) == ("idle", True)
    assert shown(e.WorkerReady("worker-2", 7)) == ("idle", False)
    assert shown(e.WorkerReady("worker-2", 7), e.WorkerLost("worker-2", "x")) == ("lost", False)
    assert shown(e.WorkerLost("worker-2", "x"), e.WorkerSpawned("worker-2", "%2")) == ("idle", True)
    assert shown(e.WorkerBroken("worker-2", "no such program")) == ("lost", False)
    assert shown(e.RunFinished()) == ("lost", False)
