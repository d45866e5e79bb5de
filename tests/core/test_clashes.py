"""Clashes of live branches: when one looks, what the events do, and that no rule heeds them."""

from __future__ import annotations

import pytest
from samples import BASE, HEAD, told

from swarm.core import events as e
from swarm.core import words
from swarm.core.actions import Probe, name, rests, wanted
from swarm.core.clashes import PROBE, Glance, Live, glance
from swarm.core.events import Member, Outcome, Verdict
from swarm.core.evolve import is_pertinent
from swarm.core.plan import Plan, Task, WorkerSpec
from swarm.core.report import status
from swarm.core.rules import admit
from swarm.core.state import PAUSES, State
from swarm.core.status import IllegalEvent

MEMBERS = (Member("b", 1, HEAD, 1),)
SEEN = e.ClashSeen("a", 1, "b", 1, ("x.py",))


def begun(*more: e.Event, count: int = 3, probe: bool = True) -> State:
    """A run of the tasks a, b, c with a worker each, all of them at work."""
    tasks = tuple(Task(one, one, one) for one in "abc"[:count])
    workers = tuple(WorkerSpec(f"w-{task.id}") for task in tasks)
    work = [
        event
        for task in tasks
        for event in (e.TaskClaimed(task.id, 1, f"w-{task.id}", BASE), e.AttemptStarted(task.id, 1, 7))
    ]
    return told(
        e.RunStarted("r", "/r", BASE, "main", Plan("p", tasks, workers=workers, probe=probe)),
        e.LeaderStarted(1, "b"), e.TipMoved(BASE), e.Published(BASE),
        *(e.WorkerReady(worker.name, 1) for worker in workers), *work, *more,
    )  # fmt: skip


def clashing(state: State) -> dict[str, set[str]]:
    """Who clashes with whom."""
    return {task.id: set(task.clashes) for task in state.tasks.values() if task.clashes}


# when one looks


def test_what_is_under_way_is_asked_of_git_and_what_is_sealed_is_known() -> None:
    state = begun(e.WorkSealed("b", 1, HEAD), e.QuestionAsked("c", 1, "q", "which?"))
    assert glance(state) == Glance(BASE, {"a": Live(1, None), "b": Live(1, HEAD), "c": Live(1, None)}, {})


def test_work_held_for_a_person_is_live_and_a_report_is_no_work() -> None:
    held = (e.WorkSealed("b", 1, HEAD), e.WorkHeld("b", 1, "look at it"))
    found = glance(begun(*held, e.WorkSealed("c", 1, None)))
    assert found is not None
    assert found.live == {"a": Live(1, None), "b": Live(1, HEAD)}


def test_there_is_nothing_to_look_at_with_one_live_branch() -> None:
    ended = [e.AttemptEnded(task, 1, Outcome.FAILED, "no") for task in "bc"]
    assert glance(begun(*ended)) is None
    assert glance(begun(ended[0])) is not None


def test_a_run_that_does_not_want_it_or_is_not_running_is_not_looked_at() -> None:
    assert glance(begun(probe=False)) is None
    assert glance(begun(e.RunStopping("ann"))) is None


def test_trouble_delays_the_next_look_and_after_so_much_of_it_there_is_none() -> None:
    state = begun()
    for _ in PAUSES:
        told(e.ActionHindered(PROBE, "git was killed"), state=state)
        assert glance(state) is None
        assert not rests(state), "nobody waits for a look"
        told(e.ActionResumed(PROBE), state=state)
        assert glance(state) is not None
    told(e.ActionHindered(PROBE, "git was killed"), e.ActionResumed(PROBE), state=state)
    assert glance(state) is None
    told(e.LeaderStarted(2, "b"), state=state)
    assert glance(state) is not None


def test_a_look_is_never_wanted_by_the_state_itself() -> None:
    assert Probe() not in list(wanted(begun(SEEN)))
    assert name(Probe()) == PROBE


# what the events do


def test_a_clash_is_known_of_both_until_it_is_gone() -> None:
    state = begun(SEEN)
    assert clashing(state) == {"a": {"b"}, "b": {"a"}}
    found = glance(state)
    assert found is not None
    assert found.known == {("a", "b"): SEEN}
    told(e.ClashGone("a", "b"), state=state)
    assert clashing(state) == {}


ENDS: dict[str, tuple[e.Event, ...]] = {
    "failed": (e.AttemptEnded("b", 1, Outcome.FAILED, "no"),),
    "lost": (e.AttemptEnded("b", 1, Outcome.LOST, "its worker died"),),
    "cancelled": (e.TaskCancelled("b", 1, "ann"),),
    "paused and then ended": (e.AttemptSuspended("b", 1), e.AttemptEnded("b", 1, Outcome.TIMEOUT, "late")),
    "merged": (
        e.WorkSealed("b", 1, HEAD), e.CandidateFormed(0, BASE, MEMBERS),
        e.CandidateJudged(0, HEAD, Verdict.PASS, commits=(HEAD,)), e.CandidateLanding(0, BASE, HEAD),
        e.CandidateLanded(0, BASE, HEAD),
    ),
    "turned back": (
        e.WorkSealed("b", 1, HEAD), e.CandidateFormed(0, BASE, MEMBERS),
        e.MergeConflicted("b", 1, 0, ("x.py",), "again"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_clash_is_over_when_one_side_has_landed_ended_or_goes_back(end: tuple[e.Event, ...]) -> None:
    state = begun(SEEN, e.ClashSeen("a", 1, "c", 1, ("x.py",)), *end)
    assert clashing(state) == {"a": {"c"}, "c": {"a"}}


@pytest.mark.parametrize(
    "on",
    [
        (e.QuestionAsked("b", 1, "q", "which?"),),
        (e.AttemptSuspended("b", 1), e.AttemptContinued("b", 1)),
        (e.WorkSealed("b", 1, HEAD), e.CandidateFormed(0, BASE, MEMBERS), e.CandidateDropped(0, "x")),
        (e.WorkSealed("b", 1, HEAD), e.WorkHeld("b", 1, "look"), e.WorkApproved("b", 1, "ann")),
    ],
)
def test_a_clash_stays_while_the_work_is_on_its_way(on: tuple[e.Event, ...]) -> None:
    assert clashing(begun(SEEN, *on)) == {"a": {"b"}, "b": {"a"}}


def test_what_came_too_late_is_not_recorded() -> None:
    state = begun(SEEN)
    assert not is_pertinent(state, SEEN), "it is known"
    assert is_pertinent(state, e.ClashSeen("a", 1, "b", 1, ("y.py",)))
    assert is_pertinent(state, e.ClashGone("a", "b"))
    told(e.AttemptEnded("b", 1, Outcome.FAILED, "no"), state=state)
    assert not is_pertinent(state, SEEN)
    assert not is_pertinent(state, e.ClashGone("a", "b"))
    told(e.TaskClaimed("b", 2, "w-b", BASE), e.AttemptStarted("b", 2, 7), state=state)
    assert not is_pertinent(state, SEEN), "it was another attempt"
    with pytest.raises(IllegalEvent):
        told(SEEN, state=state)


def test_no_rule_heeds_a_clash() -> None:
    ends = [e.WorkSealed(task, 1, HEAD) for task in "ab"]
    with_it, without = begun(SEEN, *ends), begun(e.ClashGone("a", "b"), *ends)
    assert admit(with_it, 0.0) == admit(without, 0.0)
    assert list(wanted(with_it)) == list(wanted(without))


# how it is said


def test_the_status_names_the_other_task_and_the_paths() -> None:
    state = begun(e.ClashSeen("a", 1, "b", 1, ("x.py", "y.py"), 3))
    told_of = {task["id"]: task["clashes"] for task in status(state, leader_alive=True, worktrees="")["tasks"]}
    assert told_of == {
        "a": [{"task": "b", "paths": ["x.py", "y.py"], "more": 3}],
        "b": [{"task": "a", "paths": ["x.py", "y.py"], "more": 3}],
        "c": [],
    }


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (SEEN, "clashes with a in x.py"),
        (e.ClashSeen("a", 1, "b", 1, ("x", "y", "z")), "clashes with a in x, y, z"),
        (e.ClashSeen("a", 1, "b", 1, ("x", "y", "z", "w"), 5), "clashes with a in x, y, z and 6 more"),
    ],
)
def test_a_clash_in_words(seen: e.ClashSeen, said: str) -> None:
    state = begun(seen)
    assert words.clashes(state.tasks["b"]) == said
    assert words.sentence(seen) == f"a {said.replace('with a', 'with b')}"
    told(e.ClashSeen("b", 1, "c", 1, ("v",)), state=state)
    assert words.clashes(state.tasks["b"]) == f"{said}; and with c"
    assert words.clashes(state.tasks["c"]) == "clashes with b in v"
