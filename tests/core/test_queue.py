"""The merge queue as a policy: who is verified with whom, who is blamed, and what it costs."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import BASE, GREEN, HEAD, told

from swarm.core import events as e
from swarm.core.actions import Land, Prove, wanted
from swarm.core.events import Clash, Member, Verdict
from swarm.core.plan import Expects, Limits, MergePolicy, Plan, Review, Task, WorkerSpec
from swarm.core.rules import admit
from swarm.core.state import Phase, State
from swarm.core.status import Status
from swarm.core.why import why

S = Status


def sealed(count: int, *, gates: int = 1, retries: int = 0, merge: MergePolicy = MergePolicy.AUTO) -> State:
    """`count` tasks t0, t1 … all sealed, none verified yet."""
    tasks = tuple(Task(f"t{n}", "x", "x", limits=Limits(retries=retries)) for n in range(count))
    crew = tuple(WorkerSpec(f"w{n}") for n in range(count))
    state = told(
        e.RunStarted("r", "/r", BASE, "main", Plan("p", tasks, workers=crew, gates=gates, merge=merge)),
        e.LeaderStarted(1, "b"),
        e.TipMoved(BASE),
        e.Published(BASE),
    )
    for n in range(count):
        told(e.WorkerReady(f"w{n}", 1), e.TaskClaimed(f"t{n}", 1, f"w{n}", BASE), state=state)
    for n in range(count):
        told(e.WorkSealed(f"t{n}", 1, f"{n:040x}"), state=state)
    return state


def decide(state: State) -> list[e.Event]:
    """What the leader decides next, recorded."""
    decided = admit(state, 0.0)
    told(*decided, state=state)
    return decided


def kinds(events: list[e.Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def members(event: e.Event) -> list[str]:
    assert isinstance(event, e.CandidateFormed)
    return [member.task for member in event.members]


def judged(state: State, number: int, verdict: Verdict) -> e.CandidateJudged:
    candidate = state.candidates[number]
    commits = tuple(f"{number:020d}{place:020d}" for place in range(len(candidate.members)))
    return e.CandidateJudged(number, commits[-1] if commits else candidate.onto, verdict, commits=commits)


def statuses(state: State) -> dict[str, Status]:
    return {name: task.status for name, task in state.tasks.items()}


# forming


def test_first_the_base_alone_is_verified() -> None:
    plan = Plan("p", (Task("a", "a", "a"),), workers=(WorkerSpec("w"),))
    state = told(e.RunStarted("r", "/r", BASE, "main", plan), e.LeaderStarted(1, "b"))
    assert decide(state) == [e.CandidateFormed(0, BASE, ())]
    assert list(wanted(state)) == [Prove(0, BASE, (), 0)]
    told(e.CandidateJudged(0, BASE, Verdict.PASS), state=state)
    assert decide(state) == [e.CandidateLanding(0, None, BASE)]
    assert list(wanted(state)) == [Land(0, None, BASE)]
    told(e.CandidateLanded(0, None, BASE), state=state)
    assert (state.phase, state.tip) == (Phase.RUNNING, BASE)


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.ERROR])
def test_a_base_that_is_not_green_ends_the_run_and_blames_no_task(verdict: Verdict) -> None:
    plan = Plan("p", (Task("a", "a", "a"),), workers=(WorkerSpec("w"),))
    state = told(e.RunStarted("r", "/r", BASE, "main", plan), e.LeaderStarted(1, "b"), e.CandidateFormed(0, BASE, ()))
    told(e.CandidateJudged(0, BASE, verdict, excerpt="E  no"), state=state)
    assert kinds(decide(state)) == ["RunFailed", "CandidateDropped"]
    assert (state.phase, statuses(state), decide(state)) == (Phase.FAILED, {"a": S.PENDING}, [])
    told(e.LeaderStarted(2, "b"), state=state)
    assert kinds(decide(state)) == ["CandidateFormed"]


def test_an_integration_ref_that_is_there_already_is_respected_and_the_run_begins() -> None:
    plan = Plan("p", (Task("a", "a", "a"),), workers=(WorkerSpec("w"),))
    state = told(
        e.RunStarted("r", "/r", BASE, "main", plan),
        e.LeaderStarted(1, "b"),
        e.CandidateFormed(0, BASE, ()),
        e.CandidateJudged(0, BASE, Verdict.PASS),
        e.CandidateLanding(0, None, BASE),
        e.TipMoved(HEAD),
    )
    assert (state.phase, state.tip, state.stack) == (Phase.RUNNING, HEAD, [])
    told(e.WorkerReady("w", 1), state=state)
    assert decide(state) == [e.TaskClaimed("a", 1, "w", HEAD)]


def test_all_that_is_sealed_is_one_candidate_in_the_order_of_sealing() -> None:
    (formed,) = decide(sealed(5))
    assert members(formed) == ["t0", "t1", "t2", "t3", "t4"]


def test_with_gates_the_sealed_are_stacked_in_parts() -> None:
    formed = decide(sealed(5, gates=3))
    assert [members(event) for event in formed] == [["t0"], ["t1", "t2"], ["t3", "t4"]]
    assert [event.below for event in formed if isinstance(event, e.CandidateFormed)] == [(), (0,), (0, 1)]


def test_what_is_stacked_after_a_landing_stands_on_the_new_tip_with_all_that_landed() -> None:
    # formed on the tip of before, it would leave out what has landed since, and landing it would undo that
    state = sealed(2, gates=2)
    decide(state)
    told(judged(state, 0, Verdict.PASS), state=state)
    decide(state)
    landing = state.candidates[0].judged
    assert landing is not None
    told(e.CandidateLanded(0, BASE, landing.commit), state=state)
    told(e.TasksAdded((Task("late", "x", "x"),)), e.TaskClaimed("late", 1, "w0", landing.commit), state=state)
    told(e.WorkSealed("late", 1, "f" * 40), state=state)
    (formed,) = decide(state)
    assert isinstance(formed, e.CandidateFormed)
    assert (formed.onto, formed.below) == (landing.commit, (1,))
    assert [member.task for member in state.candidates[2].chain] == ["t1", "late"]


# verdicts


def test_only_the_lowest_verdict_counts() -> None:
    state = sealed(3, gates=3)
    decide(state)
    told(judged(state, 2, Verdict.FAIL), judged(state, 1, Verdict.PASS), state=state)
    assert decide(state) == []
    told(judged(state, 0, Verdict.PASS), state=state)
    assert kinds(decide(state)) == ["CandidateLanding"]
    assert decide(state) == []


def test_a_red_one_drops_what_stands_on_it_and_keeps_the_order() -> None:
    state = sealed(4, gates=4)
    decide(state)
    told(judged(state, 0, Verdict.FAIL), state=state)
    dropped = ["CandidateDropped"] * 3
    assert kinds(admit(state, 0.0)) == [*dropped, "GateFailed", "CandidateDropped"]
    told(*admit(state, 0.0), state=state)
    assert list(state.queue) == ["t1", "t2", "t3"]
    assert state.tasks["t0"].feedback.startswith("Your last attempt was merged")


def test_a_red_batch_is_halved_until_one_is_left_and_the_rest_lands() -> None:
    state = sealed(4)
    decide(state)
    told(judged(state, 0, Verdict.FAIL), state=state)
    assert kinds(decide(state)) == ["CandidateSplit"]
    assert members(decide(state)[0]) == ["t0", "t1"]
    told(judged(state, 1, Verdict.FAIL), state=state)
    assert kinds(decide(state)) == ["CandidateSplit"]
    assert members(decide(state)[0]) == ["t0"]
    told(judged(state, 2, Verdict.FAIL), state=state)
    assert kinds(decide(state)) == ["GateFailed", "CandidateDropped"]
    assert members(next(event for event in decide(state) if isinstance(event, e.CandidateFormed))) == ["t1", "t2", "t3"]
    assert state.suspects == set()


def test_a_gate_that_could_not_run_blames_nobody() -> None:
    state = sealed(3)
    decide(state)
    told(judged(state, 0, Verdict.ERROR), state=state)
    assert kinds(decide(state)) == ["WorkHeld"] * 3 + ["CandidateDropped"]
    assert all(task.failures == 0 for task in state.tasks.values())
    assert set(statuses(state).values()) == {S.REVIEW}
    told(e.WorkApproved("t1", 1, "ann"), state=state)
    assert members(decide(state)[0]) == ["t1"]


# merges that can't be made


Report = dict[str, tuple[Clash, ...] | tuple[str, ...]]


def broken(state: State, number: int, **report: tuple[Clash, ...] | tuple[str, ...]) -> list[e.Event]:
    told(e.CandidateUnbuildable(number, **report), state=state)  # type: ignore[arg-type]
    return decide(state)


def test_who_conflicts_with_the_tip_goes_back_with_the_paths_and_the_others_try_again() -> None:
    state = sealed(3, retries=1)
    decide(state)
    assert kinds(broken(state, 0, conflicts=(Clash("t1", ("a.py",)),))) == ["MergeConflicted", "CandidateDropped"]
    assert "a.py" in state.tasks["t1"].feedback
    assert statuses(state) == {"t0": S.SEALED, "t1": S.PENDING, "t2": S.SEALED}
    assert members(decide(state)[0]) == ["t0", "t2"]


def test_who_clashes_with_others_only_waits_until_the_tip_has_moved() -> None:
    state = sealed(2)
    decide(state)
    assert kinds(broken(state, 0, deferred=("t1",))) == ["CandidateDropped"]
    assert members(decide(state)[0]) == ["t0"]
    told(judged(state, 1, Verdict.PASS), state=state)
    decide(state)
    told(e.CandidateLanded(1, BASE, f"{1:020d}{0:020d}"), state=state)
    assert members(decide(state)[0]) == ["t1"]


def test_those_who_all_wait_for_each_other_go_one_by_one() -> None:
    state = sealed(2)
    decide(state)
    broken(state, 0, deferred=("t0", "t1"))
    assert members(decide(state)[0]) == ["t0"]


def test_suspects_that_clash_after_the_tip_was_moved_do_not_turn_for_ever() -> None:
    state = sealed(4)
    decide(state)
    told(judged(state, 0, Verdict.FAIL), state=state)
    decide(state)
    assert members(decide(state)[0]) == ["t0", "t1"]
    told(e.TipMoved(GREEN), state=state)
    assert state.suspects == set()
    decide(state)
    broken(state, 2, deferred=("t1",))
    assert members(decide(state)[0]) == ["t0", "t2", "t3"]


def test_suspects_wait_like_others_for_what_they_clash_with() -> None:
    state = sealed(4)
    decide(state)
    told(judged(state, 0, Verdict.FAIL), state=state)
    decide(state)
    decide(state)
    broken(state, 1, deferred=("t0", "t1"))
    assert state.suspects == {"t0", "t1", "t2", "t3"}
    assert members(decide(state)[0]) == ["t2"]


def test_a_candidate_that_failed_on_a_member_of_one_below_it_waits_for_that_ones_report() -> None:
    state = sealed(2, gates=2, retries=1)
    decide(state)
    clash = (Clash("t0", ("a.py",)),)
    assert broken(state, 1, conflicts=clash) == []
    assert kinds(broken(state, 0, conflicts=clash)) == ["CandidateDropped", "MergeConflicted", "CandidateDropped"]
    assert statuses(state) == {"t0": S.PENDING, "t1": S.SEALED}


def test_one_that_clashes_with_what_is_below_is_dropped_at_once() -> None:
    state = sealed(3, gates=3)
    decide(state)
    assert kinds(broken(state, 1, deferred=("t1",))) == ["CandidateDropped", "CandidateDropped"]
    assert state.stack == [0]
    assert members(decide(state)[0]) == ["t2"]


@pytest.mark.parametrize("report", [{}, {"deferred": ("t0",)}, {"conflicts": (Clash("t9", ("a",)),)}])
def test_a_merge_that_nobody_can_be_blamed_for_is_held_and_not_tried_for_ever(report: Report) -> None:
    state = sealed(1)
    decide(state)
    assert kinds(broken(state, 0, **report)) == ["WorkHeld", "CandidateDropped"]
    assert state.tasks["t0"].reason == "no merge could be made of t0, and no conflict was found"
    assert decide(state) == []


def test_strays_are_held_and_pass_when_a_person_has_accepted_them() -> None:
    state = sealed(1)
    decide(state)
    assert kinds(broken(state, 0, strays=(Clash("t0", ("old/a.py",)),))) == ["WorkHeld", "CandidateDropped"]
    told(e.WorkApproved("t0", 1, "ann"), state=state)
    (formed,) = decide(state)
    assert isinstance(formed, e.CandidateFormed)
    assert formed.members[0].strays == ("old/a.py",)


# what does not enter the queue


def test_reports_and_reviews_do_not_hold_up_the_others() -> None:
    tasks = (
        Task("report", "x", "x", expects=Expects.REPORT),
        Task("both", "x", "x", expects=Expects.REPORT, review=Review()),
        Task("held", "x", "x", review=Review("reviewer", 2)), Task("plain", "x", "x"),
    )  # fmt: skip
    plan = Plan("p", tasks, workers=tuple(WorkerSpec(f"w{n}") for n in range(4)))
    state = told(e.RunStarted("r", "/r", BASE, "main", plan), e.LeaderStarted(1, "b"), e.TipMoved(BASE))
    for n, task in enumerate(tasks):
        told(e.WorkerReady(f"w{n}", 1), e.TaskClaimed(task.id, 1, f"w{n}", BASE), state=state)
        told(e.WorkSealed(task.id, 1, None if "o" in task.id else HEAD, "found"), state=state)
    assert kinds(decide(state)) == ["ReportAccepted", "WorkHeld", "WorkHeld"]
    assert members(decide(state)[0]) == ["plain"]
    told(e.WorkApproved("both", 1, "ann"), e.WorkApproved("held", 1, "ann"), state=state)
    assert kinds(decide(state)) == ["ReportAccepted"]
    assert statuses(state) == {"report": S.MERGED, "both": S.MERGED, "held": S.SEALED, "plain": S.VERIFYING}


def test_with_manual_merges_everything_waits_for_a_person_once() -> None:
    state = sealed(2, merge=MergePolicy.MANUAL)
    assert kinds(decide(state)) == ["WorkHeld", "WorkHeld"]
    told(e.WorkApproved("t1", 1, "ann"), state=state)
    assert members(decide(state)[0]) == ["t1"]


# the target branch


def test_the_targets_commit_goes_alone_after_what_is_under_way() -> None:
    state = sealed(2, gates=2)
    decide(state)
    told(e.TargetOffered("main", HEAD, "q"), state=state)
    assert decide(state) == []
    told(judged(state, 0, Verdict.FAIL), state=state)
    decide(state)
    (formed,) = [event for event in decide(state) if isinstance(event, e.CandidateFormed)]
    assert formed.members == (Member("", 0, HEAD, formed.members[0].when),)


@pytest.mark.parametrize("phase", [(), (e.RunFinished(),), (e.RunStopping("ann"), e.RunStopped()), (e.RunFailed("x"),)])
@pytest.mark.parametrize("how", ["green", "red", "error", "conflict"])
def test_an_offer_is_dealt_with_whatever_phase_the_run_is_in(phase: tuple[e.Event, ...], how: str) -> None:
    state = told(*phase, e.TargetOffered("main", HEAD, "q"), state=sealed(0))
    before = state.phase
    assert kinds(decide(state)) == ["CandidateFormed"]
    if how == "conflict":
        assert kinds(broken(state, 0, conflicts=(Clash("", ("a.py",)),))) == ["TargetRefused", "CandidateDropped"]
    else:
        told(judged(state, 0, {"green": Verdict.PASS, "red": Verdict.FAIL, "error": Verdict.ERROR}[how]), state=state)
        done = kinds(decide(state))
        assert done == (["CandidateLanding"] if how == "green" else ["TargetRefused", "CandidateDropped"])
    if how == "green":
        told(e.CandidateLanded(0, BASE, f"{0:020d}{0:020d}"), state=state)
    assert (state.offer, state.phase) == (None, before)


# what it costs


def bisect(count: int, red: frozenset[str], gates: int) -> tuple[State, int, int]:
    """(the run at its end, gate runs, rounds): all tasks sealed at once, all gates of a round at the same time.

    A tree that was judged before is not judged again, as the prover keeps it.
    """
    state = sealed(count, gates=gates)
    known: dict[frozenset[str], Verdict] = {}
    landed: frozenset[str] = frozenset()
    rounds = 0
    while not state.over:
        while decide(state):
            pass
        before = len(known)
        for action in list(wanted(state)):
            match action:
                case Prove():
                    below = frozenset(name for name in landed if state.tasks[name].merged is not None)
                    content = below | {member.task for member in action.chain}
                    known.setdefault(content, Verdict.FAIL if content & red else Verdict.PASS)
                    told(judged(state, action.candidate, known[content]), state=state)
                case Land():
                    landed |= {member.task for member in state.candidates[action.candidate].members}
                    told(e.CandidateLanded(action.candidate, action.old, action.new), state=state)
                case _:
                    told(e.Published(state.tip or ""), state=state)
        rounds += len(known) > before
    return state, len(known), rounds


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 24), st.sets(st.integers(0, 23), max_size=4), st.integers(1, 5))
def test_exactly_the_red_ones_fail_and_all_others_land(count: int, bad: set[int], gates: int) -> None:
    red = frozenset(f"t{n}" for n in bad if n < count)
    state, runs, _ = bisect(count, red, gates)
    failed = {name for name, status in statuses(state).items() if status is S.FAILED}
    merged = {name for name, status in statuses(state).items() if status is S.MERGED}
    assert failed == set(red)
    assert merged == set(state.tasks) - red
    if gates == 1:
        assert runs <= 1 + len(red) * (math.ceil(math.log2(count)) + 1) * 2


@pytest.mark.parametrize("place", range(16))
def test_one_red_among_sixteen_costs_its_logarithm_and_more_gates_cost_fewer_rounds(place: int) -> None:
    red = frozenset([f"t{place}"])
    _, runs, rounds = bisect(16, red, 1)
    assert runs == rounds
    assert runs <= math.log2(16) + 2
    _, _, faster = bisect(16, red, 4)
    assert faster < rounds


def test_sixteen_green_ones_cost_one_run_of_the_gate() -> None:
    assert bisect(16, frozenset(), 1)[1:] == (1, 1)


# what somebody else put into the integration ref

THEIRS = "f" * 40


def strayed() -> State:
    """One task was green and about to land when somebody else's commit was found in the ref."""
    state = sealed(1)
    decide(state)
    told(judged(state, 0, Verdict.PASS), state=state)
    (landing,) = decide(state)
    assert landing == e.CandidateLanding(0, BASE, f"{0:040d}")
    told(e.TipStrayed(THEIRS), state=state)
    return state


def test_what_somebody_put_into_the_ref_is_verified_on_the_tip_before_anything_else() -> None:
    state = strayed()
    assert (state.tip, statuses(state)) == (BASE, {"t0": S.SEALED})
    (formed,) = decide(state)
    assert formed == e.CandidateFormed(1, BASE, (Member("", 0, THEIRS, state.stray.when if state.stray else 0),))
    told(judged(state, 1, Verdict.PASS), state=state)
    (landing,) = decide(state)
    assert isinstance(landing, e.CandidateLanding)
    assert landing.old == THEIRS
    (land,) = [action for action in wanted(state) if isinstance(action, Land)]
    assert land.old == THEIRS
    told(e.CandidateLanded(1, THEIRS, landing.new), state=state)
    assert (state.stray, state.tip) == (None, landing.new)
    assert members(decide(state)[0]) == ["t0"]
    assert [action.old for action in wanted(state) if isinstance(action, Land)] == []


@pytest.mark.parametrize("how", ["red", "error", "conflict", "strays"])
def test_what_cant_be_built_on_stops_landings_and_claims_and_then_the_run(how: str) -> None:
    state = strayed()
    decide(state)
    if how in ("red", "error"):
        told(judged(state, 1, Verdict.FAIL if how == "red" else Verdict.ERROR), state=state)
    else:
        clash = (Clash("", ("a.py",)),)
        told(e.CandidateUnbuildable(1, **{"conflicts" if how == "conflict" else "strays": clash}), state=state)
    assert kinds(decide(state)) == ["CandidateDropped", "TipRefused"]
    reason = why(state, state.tasks["t0"])
    assert (THEIRS[:10] in reason.text, reason.command) == (True, "swarm resume --put-back")
    assert kinds(decide(state)) == ["RunFailed"]
    assert (state.phase, state.tip, statuses(state)) == (Phase.FAILED, BASE, {"t0": S.SEALED})
    assert why(state, state.tasks["t0"]) == reason
    told(e.LeaderStarted(2, "b"), state=state)
    assert members(decide(state)[0]) == ["t0"]


def test_a_ref_that_cant_be_built_on_waits_for_what_is_under_way_and_lets_nothing_begin() -> None:
    tasks = tuple(Task(f"t{n}", "x", "x") for n in range(3))
    plan = Plan("p", tasks, workers=(WorkerSpec("w0"), WorkerSpec("w1")))
    state = told(e.RunStarted("r", "/r", BASE, "main", plan), e.LeaderStarted(1, "b"), e.TipMoved(BASE))
    told(e.WorkerReady("w0", 1), e.TaskClaimed("t0", 1, "w0", BASE), e.AttemptAssigned("t0", 1), state=state)
    told(e.TipRefused("", "garbage"), e.WorkerReady("w1", 1), state=state)
    assert decide(state) == []
    told(e.TargetOffered("main", HEAD, "offer-1"), state=state)
    assert kinds(decide(state)) == ["TargetRefused"]
    told(e.AttemptStarted("t0", 1, 7), e.WorkSealed("t0", 1, HEAD), state=state)
    assert kinds(decide(state)) == ["RunFailed"]
    assert why(state, state.tasks["t1"]).command == "swarm resume --put-back"
