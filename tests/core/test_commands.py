from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from samples import BASE, GREEN, HEAD, TASK, run_in, told

from swarm.core import accounts, codec
from swarm.core import events as e
from swarm.core.commands import Refused, decide
from swarm.core.plan import Fence, Mode, OnFailure, Plan, Sandbox, Task, WorkerSpec
from swarm.core.rules import admit
from swarm.core.state import Phase, State
from swarm.core.status import Status
from swarm.core.why import why

S = Status
NO_WAY = "only a task that has not begun, or whose agent works, can be paused"
NO_RETRY = "what failed, was skipped, cancelled or held can be tried again"
NO_REVIEW = "api is not held for review, it is {}"


def say(state: State, verb: str, **args: Any) -> tuple[str, list[str]]:
    """The answer to a command, and the kinds of events that it leads to; a refusal leads to none."""
    try:
        decision = decide(state, verb, args, "ann", "command-1")
    except Refused as refused:
        return str(refused), []
    told(*decision.events, state=state)
    return decision.answer, [type(event).__name__ for event in decision.events]


PAUSED = ("api is paused", ["TaskPaused"])
CANCELLED = ("api is cancelled; what it did is kept on its branch", ["TaskCancelled"])
RETRIED = ("api will be tried again", ["TaskRetried"])


@pytest.mark.parametrize(
    ("status", "answer", "events"),
    [
        (S.PENDING, *PAUSED),
        (S.RUNNING, "api is paused, its agent suspended", ["AttemptSuspended", "MessageAccepted"]),
        *((status, f"api is {status}; {NO_WAY}", []) for status in S if status not in (S.PENDING, S.RUNNING)),
    ],
)
def test_pause(status: Status, answer: str, events: list[str]) -> None:
    assert say(run_in(status), "pause", task=TASK) == (answer, events)


@pytest.mark.parametrize(
    ("status", "answer", "events"),
    [
        (S.PAUSED, "api goes on", ["AttemptContinued", "MessageAccepted"]),
        *((status, f"api is not paused, it is {status}", []) for status in S if status is not S.PAUSED),
    ],
)
def test_unpause(status: Status, answer: str, events: list[str]) -> None:
    assert say(run_in(status), "unpause", task=TASK) == (answer, events)


TAKEN = ("api is in your hands", ["AttemptTaken", "MessageAccepted"])


@pytest.mark.parametrize(
    ("status", "answer", "events"),
    [
        *((status, *TAKEN) for status in (S.RUNNING, S.WAITING, S.PAUSED)),
        *(
            (status, f"api is {status}; what an agent works on can be taken over", [])
            for status in S
            if status not in (S.RUNNING, S.WAITING, S.PAUSED)
        ),
    ],
)
def test_take(status: Status, answer: str, events: list[str]) -> None:
    state = run_in(status)
    for attempt in state.tasks[TASK].attempts:
        attempt.session = "s-1"
    assert say(state, "take", task=TASK) == (answer, events)


def test_one_that_was_taken_is_in_the_hands_of_one_person_until_they_let_go() -> None:
    state = taken()
    assert (state.tasks[TASK].status, state.tasks[TASK].taken_by) == (S.PAUSED, "ann")
    assert say(state, "take", task=TASK) == ("api is in the hands of ann already", [])
    assert say(state, "pause", task=TASK)[1] == []
    refused = "api is in the hands of ann; it goes on with: swarm release api"
    assert say(state, "unpause", task=TASK) == (refused, [])
    assert say(state, "release", task=TASK) == ("the agent of api goes on", ["AttemptContinued", "MessageAccepted"])
    assert (state.tasks[TASK].status, state.tasks[TASK].taken_by) == (S.RUNNING, "")
    assert say(state, "release", task=TASK) == ("nobody has taken api over, it is running", [])


def test_its_worker_is_told_which_attempt_is_taken() -> None:
    state = run_in(S.RUNNING, e.AgentIdentified(TASK, 1, "s-1", ""))
    letter = decide(state, "take", {"task": TASK}, "ann", "command-1").events[1]
    assert isinstance(letter, e.MessageAccepted)
    assert (letter.kind, letter.text, letter.recipients) == ("take", "api 1", ("worker-1",))


def test_a_question_that_is_open_when_its_task_is_handed_back_is_asked_again() -> None:
    state = run_in(S.WAITING, e.AgentIdentified(TASK, 1, "s-1", ""))
    say(state, "take", task=TASK)
    assert say(state, "release", task=TASK)[1] == ["AttemptContinued", "MessageAccepted", "QuestionAsked"]
    assert state.tasks[TASK].status is S.WAITING


def test_an_account_that_opens_does_not_take_it_out_of_their_hands() -> None:
    state = taken()
    told(e.AttemptLimited(TASK, 1, "command", "full"), state=state)
    told(e.AccountLifted("command", "leader"), state=state)
    assert accounts.freed(state) == []


def test_what_was_lost_in_their_hands_is_begun_again_when_they_let_go() -> None:
    state = taken(e.AttemptEnded(TASK, 1, e.Outcome.LOST, "its worker died"))
    assert admit(state, 0.0) == []
    assert say(state, "release", task=TASK) == ("api is tried again", ["TaskUnpaused"])


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"mode": Mode.INTERACTIVE}, "the agent of api has its pane to itself: type to it there, swarm attach api"),
        ({"sandbox": Sandbox(Fence.BWRAP)}, "works in a sandbox, out of which a terminal would lead"),
    ],
)
def test_what_can_not_be_taken_over_says_why(more: dict[str, Any], why: str) -> None:
    state = run_in(S.RUNNING, e.AgentIdentified(TASK, 1, "s-1", ""))
    state.tasks[TASK].task = replace(state.tasks[TASK].task, **more)
    assert why in say(state, "take", task=TASK)[0]


def test_without_a_pane_or_a_conversation_nothing_is_taken_over() -> None:
    state = run_in(S.RUNNING)
    assert "has not begun a conversation yet" in say(state, "take", task=TASK)[0]
    state.executor = "process"
    assert "has no pane in which api could be taken over" in say(state, "take", task=TASK)[0]


def taken(*more: e.Event) -> State:
    """A state in which ann has the task in her hands."""
    return run_in(S.RUNNING, e.AgentIdentified(TASK, 1, "s-1", ""), e.AttemptTaken(TASK, 1, "ann"), *more)


@pytest.mark.parametrize(
    ("status", "answer", "events"),
    [
        (S.VERIFYING, CANCELLED[0], ["CandidateDropped", "TaskCancelled"]),
        *((status, f"api is already {status}", []) for status in (S.MERGED, S.SKIPPED, S.CANCELLED)),
        *((status, *CANCELLED) for status in S if status not in (S.MERGED, S.SKIPPED, S.CANCELLED, S.VERIFYING)),
    ],
)
def test_cancel(status: Status, answer: str, events: list[str]) -> None:
    assert say(run_in(status), "cancel", task=TASK) == (answer, events)


@pytest.mark.parametrize(
    ("status", "answer", "events"),
    [
        *((status, *RETRIED) for status in (S.FAILED, S.SKIPPED, S.CANCELLED, S.REVIEW)),
        *((s, f"api is {s}; {NO_RETRY}", []) for s in S if s not in (S.FAILED, S.SKIPPED, S.CANCELLED, S.REVIEW)),
    ],
)
def test_retry(status: Status, answer: str, events: list[str]) -> None:
    assert say(run_in(status), "retry", task=TASK) == (answer, events)


@pytest.mark.parametrize(
    ("status", "answer", "events"),
    [
        (S.REVIEW, "api enters the merge queue", ["WorkApproved"]),
        *((status, NO_REVIEW.format(status), []) for status in S if status is not S.REVIEW),
    ],
)
def test_approve(status: Status, answer: str, events: list[str]) -> None:
    assert say(run_in(status), "approve", task=TASK) == (answer, events)


@pytest.mark.parametrize(
    ("status", "answer", "events"),
    [
        (S.WAITING, "api was answered", ["QuestionAnswered", "MessageAccepted"]),
        *((status, f"api asks nothing, it is {status}", []) for status in S if status is not S.WAITING),
    ],
)
def test_answer(status: Status, answer: str, events: list[str]) -> None:
    assert say(run_in(status), "answer", task=TASK, text="8080") == (answer, events)


def test_an_answer_goes_to_the_worker_as_a_reply_to_the_question() -> None:
    decision = decide(run_in(S.WAITING), "answer", {"task": TASK, "text": "8080"}, "ann", "command-1")
    reply = decision.events[1]
    assert isinstance(reply, e.MessageAccepted)
    assert (reply.recipients, reply.reply_to, reply.text) == (("worker-1",), "question-1", "8080")


def test_a_reply_to_what_was_shown_is_refused_once_something_else_stands_there() -> None:
    state = run_in(S.WAITING, e.QuestionAsked(TASK, 1, "question-2", "Which host?"))
    assert say(state, "answer", task=TASK, text="8080", question="question-1")[1]
    again = say(state, "answer", task=TASK, text="8080", question="question-1")
    assert again == ("api asks something else by now: Which host?", [])
    held = run_in(S.REVIEW)
    assert say(held, "approve", task=TASK, commit=BASE)[1] == []
    assert say(held, "approve", task=TASK, commit=held.tasks[TASK].commit)[1] == ["WorkApproved"]


def test_a_second_question_waits_for_its_turn_and_both_are_answered() -> None:
    state = run_in(S.WAITING, e.QuestionAsked(TASK, 1, "question-2", "Which host?"))
    assert why(state, state.tasks[TASK]).text == "its agent asks: Which port?; it asks something else, too"
    first = decide(state, "answer", {"task": TASK, "text": "8080"}, "ann", "command-1")
    assert first.answer == "api was answered; it asks something else, too"
    told(*first.events, state=state)
    assert state.tasks[TASK].status is S.WAITING
    assert why(state, state.tasks[TASK]).text == "its agent asks: Which host?"
    second = decide(state, "answer", {"task": TASK, "text": "localhost"}, "ann", "command-2")
    told(*second.events, state=state)
    replies = [event for event in (*first.events, *second.events) if isinstance(event, e.MessageAccepted)]
    assert [(reply.reply_to, reply.text) for reply in replies] == [("question-1", "8080"), ("question-2", "localhost")]
    assert state.tasks[TASK].status is S.RUNNING


def test_questions_that_came_during_a_pause_are_all_asked_when_the_task_goes_on() -> None:
    asked = (e.QuestionAsked(TASK, 1, f"question-{n}", f"Which {n}?") for n in (8, 9))
    state = run_in(S.PAUSED, *asked)
    assert say(state, "unpause", task=TASK)[1][2:] == ["QuestionAsked", "QuestionAsked"]
    assert [text for _, text in state.tasks[TASK].questions] == ["Which 8?", "Which 9?"]


@pytest.mark.parametrize("verb", ["pause", "unpause", "take", "release", "cancel", "retry", "approve", "answer"])
@pytest.mark.parametrize("args", [{}, {"task": "nope"}, {"task": None}, {"task": ["api"]}, {"task": 3}])
def test_a_task_that_does_not_exist_is_refused(verb: str, args: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="there is no task"):
        decide(run_in(S.PENDING), verb, args, "ann", "command-1")


def test_an_unknown_command_is_refused() -> None:
    with pytest.raises(Refused, match="there is no command 'merge-all'"):
        decide(run_in(S.PENDING), "merge-all", {}, "ann", "command-1")


@pytest.mark.parametrize("status", [S.PENDING, S.RUNNING, S.VERIFYING, S.REVIEW, S.FAILED, S.WAITING, S.PAUSED])
def test_a_command_that_is_fulfilled_is_not_applied_twice(status: Status) -> None:
    for verb in ("pause", "unpause", "take", "release", "cancel", "retry", "approve", "answer"):
        state = run_in(status)
        _, events = say(state, verb, task=TASK, text="8080")
        if events and verb != "retry":
            assert say(state, verb, task=TASK, text="8080")[1] == []


# cancel and the stack


MEMBERS = [e.Member(name, 1, HEAD, 1000) for name in ("a", "b", "c")]


def stacked(*more: e.Event) -> State:
    """Three tasks, each in a candidate of its own, one upon the other."""
    plan = Plan("p", tuple(Task(n, n, n) for n in "abc"), workers=tuple(WorkerSpec(f"w-{n}") for n in "abc"), gates=3)
    began = [e.RunStarted("r", "/r", BASE, "main", plan), e.LeaderStarted(1, "b"), e.TipMoved(BASE)]
    for name in "abc":
        began += [e.WorkerReady(f"w-{name}", 1), e.TaskClaimed(name, 1, f"w-{name}", BASE), e.WorkSealed(name, 1, HEAD)]
    formed = [e.CandidateFormed(n, BASE, (member,), tuple(range(n))) for n, member in enumerate(MEMBERS)]
    return told(*began, *formed, *more)


def test_cancelling_the_middle_of_the_stack_leaves_what_is_below() -> None:
    state = stacked()
    assert say(state, "cancel", task="b")[1] == ["CandidateDropped", "CandidateDropped", "TaskCancelled"]
    assert state.stack == [0]
    assert {name: task.status for name, task in state.tasks.items()} == {
        "a": S.VERIFYING,
        "b": S.CANCELLED,
        "c": S.SEALED,
    }


def test_cancelling_all_in_a_stack_leaves_nothing_behind() -> None:
    state = stacked()
    for name in "abc":
        say(state, "cancel", task=name)
    assert (state.stack, state.queue, state.candidates, state.suspects) == ([], {}, {}, set())


def test_a_task_that_is_landing_is_not_cancelled() -> None:
    judged = e.CandidateJudged(0, GREEN, e.Verdict.PASS, commits=(GREEN,))
    state = stacked(judged, e.CandidateLanding(0, BASE, GREEN))
    assert say(state, "cancel", task="a") == ("a is landing at this moment", [])
    assert say(state, "cancel", task="c")[1] == ["CandidateDropped", "TaskCancelled"]


def test_a_cancelled_suspect_is_suspect_no_more() -> None:
    formed = e.CandidateFormed(3, BASE, tuple(MEMBERS))
    dropped = [e.CandidateDropped(n, "") for n in (2, 1, 0)]
    state = stacked(*dropped, formed, e.CandidateSplit(3))
    assert state.suspects == {"a", "b", "c"}
    say(state, "cancel", task="b")
    assert state.suspects == {"a", "c"}


def test_a_cancelled_attempt_may_still_end_and_changes_nothing_then() -> None:
    for status in (S.CLAIMED, S.RUNNING, S.WAITING):
        state = run_in(status)
        say(state, "cancel", task=TASK)
        assert say(state, "retry", task=TASK)[0] == "the last attempt of api is still ending; try again in a moment"
        told(e.AttemptEnded(TASK, 1, e.Outcome.CANCELLED, "it was ended"), state=state)
        assert state.tasks[TASK].reason == "cancelled by ann"
        assert say(state, "retry", task=TASK)[1] == ["TaskRetried"]


# retry through levels


def skipping(*edges: tuple[str, str]) -> State:
    """A run in which `a` failed and everything below it was skipped; edges go from upstream to dependent."""
    names = sorted({name for edge in edges for name in edge} | {"a"})
    tasks = tuple(
        Task(name, name, name, tuple(up for up, down in edges if down == name), on_failure=OnFailure.SKIP)
        for name in names
    )  # fmt: skip
    state = told(
        e.RunStarted("r", "/r", BASE, "main", Plan("p", tasks, workers=(WorkerSpec("w"),))),
        e.LeaderStarted(1, "b"),
        e.TipMoved(BASE),
        e.WorkerReady("w", 1),
        e.Published(BASE),
    )
    return fail(state, "a")


def fail(state: State, name: str) -> State:
    task = state.tasks[name]
    n = task.attempt + 1
    told(e.TaskClaimed(name, n, "w", BASE), e.AttemptEnded(name, n, e.Outcome.FAILED, "no"), state=state)
    told(e.TaskGaveUp(name, n, "used up"), state=state)
    while task.status is S.FAILED and (skipped := [x for x in admit(state, 0.0) if isinstance(x, e.TaskSkipped)]):
        told(*skipped, state=state)
    return state


def test_a_retry_takes_along_what_was_skipped_through_several_levels() -> None:
    # d hangs on b and c: it must not stay skipped because c is still skipped when d's turn comes
    state = skipping(("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"), ("d", "e"))
    assert {task.status for task in state.tasks.values()} == {S.FAILED, S.SKIPPED}
    assert len(say(state, "retry", task="a")[1]) == 5
    assert {task.status for task in state.tasks.values()} == {S.PENDING}
    assert state.doomed == {}


def test_a_retry_leaves_skipped_what_another_failure_dooms() -> None:
    state = skipping(("a", "b"), ("b", "d"), ("z", "d"))
    fail(state, "z")
    answer, events = say(state, "retry", task="a")
    assert (answer, len(events)) == ("a, b will be tried again", 2)
    assert state.tasks["d"].status is S.SKIPPED


def test_a_skipped_task_is_not_tried_again_while_its_cause_stands() -> None:
    state = skipping(("a", "b"), ("b", "c"))
    refused = say(state, "retry", task="c")
    assert refused == ("c would be skipped again as long as a is failed; try a again", [])


def test_what_was_doomed_is_not_when_its_upstream_is_tried_again() -> None:
    state = skipping(("a", "b"))
    say(state, "retry", task="a")
    n = state.tasks["a"].attempt + 1
    told(e.TaskClaimed("a", n, "w", BASE), e.AttemptEnded("a", n, e.Outcome.FAILED, "no"), state=state)
    told(e.TaskGaveUp("a", n, "used up"), state=state)
    assert state.doomed == {"b": "a"}
    told(e.TaskRetried("a", n, "ann"), state=state)
    assert state.doomed == {}


def test_a_run_that_had_finished_goes_on_when_there_is_work_again() -> None:
    for more in (e.TaskRetried(TASK, 1, "ann"), e.TasksAdded((Task("x", "x", "x"),))):
        state = run_in(S.FAILED, e.TaskSkipped("docs", 0, TASK), e.RunFinished())
        assert admit(state, 0.0) == []
        told(more, state=state)
        assert (state.phase, state.ended) == (Phase.RUNNING, None)
        assert [type(event) for event in admit(state, 0.0)] == [e.TaskClaimed]


def test_a_run_that_was_stopped_stays_stopped_whatever_is_retried() -> None:
    state = run_in(S.FAILED, e.RunStopping("ann"), e.RunStopped())
    told(e.TaskRetried(TASK, 1, "ann"), state=state)
    assert state.phase is Phase.STOPPED


# pause


def test_a_pause_survives_the_end_of_the_attempt() -> None:
    state = run_in(S.PAUSED, e.AttemptEnded(TASK, 1, e.Outcome.LOST, "its worker died"))
    assert state.tasks[TASK].status is S.PAUSED
    assert admit(state, 0.0) == []
    assert say(state, "unpause", task=TASK) == ("api goes on", ["TaskUnpaused"])


def test_a_question_that_was_on_its_way_when_the_task_was_paused_is_asked_when_it_goes_on() -> None:
    state = run_in(S.PAUSED, e.QuestionAsked(TASK, 1, "question-9", "Which?"))
    assert state.tasks[TASK].status is S.PAUSED
    assert say(state, "unpause", task=TASK)[1] == ["AttemptContinued", "MessageAccepted", "QuestionAsked"]
    assert state.tasks[TASK].status is S.WAITING


def test_suspend_and_continue_name_the_attempt() -> None:
    decision = decide(run_in(S.RUNNING), "pause", {"task": TASK}, "ann", "command-1")
    told_worker = decision.events[1]
    assert isinstance(told_worker, e.MessageAccepted)
    assert (told_worker.kind, told_worker.text, told_worker.recipients) == ("suspend", "api 1", ("worker-1",))


# the run


@pytest.mark.parametrize(
    ("last", "answer"),
    [
        ((), "the run stops: attempts under way are ended, what they did is kept"),
        ((e.RunStopping("ann"),), "the run is stopping"),
        ((e.RunStopping("ann"), e.RunStopped()), "the run is stopped"),
        ((e.RunFinished(),), "the run is finished"),
        ((e.RunFailed("no"),), "the run is failed"),
    ],
)
def test_stop(last: tuple[e.Event, ...], answer: str) -> None:
    assert say(run_in(S.PENDING, *last), "stop")[0] == answer


def test_a_run_that_is_starting_can_be_stopped() -> None:
    state = told(e.RunStarted("r", "/r", BASE, "main", Plan("p", (Task("a", "a", "a"),))), e.LeaderStarted(1, "b"))
    assert say(state, "stop")[1] == ["RunStopping"]


def test_offer_and_moved() -> None:
    state = run_in(S.PENDING)
    assert say(state, "offer", target="main", commit=HEAD)[1] == ["TargetOffered"]
    assert say(state, "offer", target="main", commit=HEAD) == ("main is being brought in already", [])
    assert say(state, "moved", target="main", old=None, new=GREEN) == ("main is at dddddddddd", ["TargetMerged"])
    for wrong in ({}, {"target": "main"}, {"target": 3, "new": GREEN}, {"target": "main", "new": GREEN, "old": 3}):
        assert say(state, "moved", **wrong)[1] == []


def test_a_run_without_a_proved_base_has_nothing_to_offer() -> None:
    state = told(e.RunStarted("r", "/r", BASE, "main", Plan("p", (Task("a", "a", "a"),))), e.LeaderStarted(1, "b"))
    assert say(state, "offer", target="main", commit=HEAD) == ("the run has nothing to merge yet", [])


def test_a_run_without_workers_left_still_brings_the_target_in() -> None:
    state = run_in(S.MERGED, e.RunFailed("no worker could be kept running"))
    assert say(state, "offer", target="main", commit=HEAD)[1] == ["TargetOffered"]
    assert [type(event) for event in admit(state, 0.0)] == [e.CandidateFormed]


NEW = Task("new", "New", "Do it.", depends_on=(TASK,))


@pytest.mark.parametrize(
    ("tasks", "answer"),
    [
        ([NEW], "added new"),
        ([Task("y", "y", "y", ("z",)), Task("z", "z", "z")], "added y, z"),
        ([], "there is no task to add"),
        ([NEW, NEW], "two of the new tasks have the same id"),
        ([Task("api", "x", "x")], "there is a task api already"),
        ([Task("Bad Name", "x", "x")], "'Bad Name' can't be the name of a task here"),
        ([Task("worker-1", "x", "x")], "'worker-1' can't be the name of a task here"),
        ([Task("all", "x", "x")], "'all' can't be the name of a task here"),
        ([Task("x", "x", "x", ("nope",))], "x depends on nope, which does not exist"),
        ([Task("x", "x", "x", skills=("sql",))], "no worker has the skills that x asks for: sql"),
        ([Task("x", "x", "x", ("x",))], "the new tasks depend on each other in a circle: x -> x"),
        (
            [Task("x", "x", "x", ("y",)), Task("y", "y", "y", ("x",))],
            "the new tasks depend on each other in a circle: x -> y -> x",
        ),
    ],
)
def test_add(tasks: list[Task], answer: str) -> None:
    state = run_in(S.PENDING)
    assert say(state, "add", tasks=[codec.encode(task) for task in tasks])[0] == answer


@pytest.mark.parametrize("tasks", [[1], ["x"], [{}], [{"id": "x"}], [{"id": 1, "title": "x", "prompt": "x"}]])
def test_tasks_that_make_no_sense_are_refused(tasks: Any) -> None:
    with pytest.raises(Refused, match="the tasks could not be read"):
        decide(run_in(S.PENDING), "add", {"tasks": tasks}, "ann", "command-1")


@pytest.mark.parametrize("tasks", [3, None, True, "x", {"a": 1}])
def test_tasks_that_are_no_list_are_refused(tasks: Any) -> None:
    with pytest.raises(Refused, match="the tasks could not be read: a list belongs here"):
        decide(run_in(S.PENDING), "add", {"tasks": tasks}, "ann", "command-1")


def test_added_tasks_begin_where_their_upstreams_stand() -> None:
    merged = run_in(S.MERGED)
    say(merged, "add", tasks=[codec.encode(NEW)])
    assert merged.tasks["new"].open_upstreams == 0
    failed = run_in(S.FAILED)
    say(failed, "add", tasks=[codec.encode(NEW)])
    assert failed.doomed["new"] == TASK


# every command in every status, with whatever arguments

VERBS = ("pause", "unpause", "cancel", "retry", "approve", "answer", "stop", "add", "offer", "moved", "budget", "?")
ODD: tuple[dict[str, Any], ...] = (
    {},
    {"task": TASK},
    {"task": TASK, "text": "yes"},
    {"task": TASK, "text": 7},
    {"task": TASK, "text": " "},
    {"task": ["api"]},
    {"task": None},
    {"task": "x" * 100_000},
    {"tasks": 7, "roles": 7},
    {"tasks": [7]},
    {"tasks": [{"id": "new"}]},
    {"tasks": [codec.encode(Task("new", "x", "x", role="nobody"))]},
    {"tasks": [codec.encode(Task("new", "x", "x", depends_on=(TASK,)))]},
    {"target": "main", "commit": "HEAD", "new": "HEAD", "old": None},
    {"target": "main", "commit": HEAD, "new": HEAD, "old": BASE},
    {"target": 7, "commit": HEAD, "new": HEAD},
    {"usd": True}, {"usd": "60"}, {"usd": -1}, {"usd": float("nan")}, {"usd": float("inf")}, {"usd": 60},
)  # fmt: skip


@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize("verb", VERBS)
def test_every_command_is_taken_or_refused_in_words_and_leaves_a_run_that_goes_on(verb: str, status: Status) -> None:
    for args in ODD:
        for more in ((), (e.RunStopping("ann"),), (e.RunStopping("ann"), e.RunStopped()), (e.RunFinished(),)):
            state = run_in(status, *more)
            try:
                decision = decide(state, verb, args, "ann", "command-1")
            except Refused as refused:
                assert 0 < len(str(refused)) < 300
                assert "Traceback" not in str(refused)
                continue
            assert decision.answer
            told(*decision.events, state=state)
            for _ in range(20):
                decided = admit(state, 1e6)
                if not decided:
                    break
                told(*decided, state=state)
            assert why(state, state.tasks[TASK]).text


def test_a_role_that_the_run_does_not_have_is_refused() -> None:
    task = Task("new", "x", "x", role="sage")
    state = run_in(S.PENDING)
    assert say(state, "add", tasks=[codec.encode(task)]) == (
        "new asks for the role 'sage', which the run does not have",
        [],
    )
    answer, events = say(state, "add", tasks=[codec.encode(task)], roles=[{"name": "sage"}])
    assert (answer, events) == ("added new", ["TasksAdded"])


def test_a_question_whose_attempt_has_ended_is_no_longer_answered() -> None:
    state = run_in(S.WAITING, e.WorkSealed(TASK, 1, HEAD))
    assert say(state, "answer", task=TASK, text="8080") == ("api asks nothing, it is sealed", [])


@pytest.mark.parametrize("how", OnFailure)
def test_dependents_of_a_cancelled_task_wait_with_one_way_on(how: OnFailure) -> None:
    tasks = (Task("a", "a", "a", on_failure=how), Task("b", "b", "b", ("a",)))
    state = told(e.RunStarted("r", "/r", BASE, "main", Plan("p", tasks, workers=(WorkerSpec("w"),))))
    told(e.LeaderStarted(1, "b"), e.TipMoved(BASE), e.Published(BASE), e.WorkerReady("w", 1), state=state)
    say(state, "cancel", task="a")
    assert admit(state, 0.0) == [e.RunFinished()]
    assert why(state, state.tasks["b"]).command == "swarm retry a"
    assert say(state, "retry", task="a")[1] == ["TaskRetried"]
    assert admit(state, 0.0) == [e.TaskClaimed("a", 1, "w", BASE)]


def test_a_budget_that_is_used_up_is_raised_and_the_run_goes_on() -> None:
    plan = Plan("p", (Task("a", "a", "a"),), workers=(WorkerSpec("w"),), run_budget=5.0)
    state = told(e.RunStarted("r", "/r", BASE, "main", plan), e.LeaderStarted(1, "b"), e.TipMoved(BASE))
    told(e.Published(BASE), e.WorkerReady("w", 1), e.TaskClaimed("a", 1, "w", BASE), state=state)
    told(e.AttemptEnded("a", 1, e.Outcome.FAILED, "no", usage=e.Usage(usd=6.0)), state=state)
    assert admit(state, 0.0) == [e.RunFinished()]
    told(e.RunFinished(), state=state)
    assert why(state, state.tasks["a"]).command == "swarm budget '10 USD'"
    assert say(state, "budget", usd=6) == ("the run has used 6 USD already; give it a larger budget", [])
    assert say(state, "budget", usd=10) == ("the run may use 10 USD", ["BudgetSet"])
    assert state.phase is Phase.RUNNING
    assert admit(state, 0.0) == [e.TaskClaimed("a", 2, "w", BASE)]
