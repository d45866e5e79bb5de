from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import BASE, GREEN, HEAD, TASK, run_in, told

from swarm.core import codec
from swarm.core import events as e
from swarm.core.events import Outcome, Usage
from swarm.core.reports import REPORT_KINDS, Unreadable, interpret, usage
from swarm.core.state import State
from swarm.core.status import Status

S = Status
SEALED = {"task": TASK, "attempt": 1, "commit": HEAD}
ENDED = {"task": TASK, "attempt": 1, "outcome": "failed", "reason": "it exited with 1", "commit": HEAD}


def said(state: State, kind: str, body: Mapping[str, Any], sender: str = "worker-1") -> list[e.Event]:
    return interpret(state, sender, kind, json.dumps(body), "letter-1")


def lost(then: Status = S.PENDING) -> State:
    """The first attempt of worker-1 was taken for lost."""
    state = run_in(S.RUNNING, e.AttemptEnded(TASK, 1, Outcome.LOST, "its worker died"), e.WorkerReady("worker-2", 9))
    match then:
        case S.CLAIMED:
            told(e.TaskClaimed(TASK, 2, "worker-2", BASE), state=state)
        case S.PAUSED:
            told(e.TaskPaused(TASK, 1), state=state)
        case S.CANCELLED:
            told(e.TaskCancelled(TASK, 1, "ann"), state=state)
        case S.FAILED:
            told(e.TaskGaveUp(TASK, 1, "used up"), state=state)
        case _:
            pass
    return state


UNDER_WAY = [S.CLAIMED, S.RUNNING, S.WAITING, S.PAUSED]


@pytest.mark.parametrize("status", UNDER_WAY)
def test_a_result_of_the_attempt_under_way_counts(status: Status) -> None:
    assert said(run_in(status), "sealed", SEALED) == [e.WorkSealed(TASK, 1, HEAD)]
    assert [type(event) for event in said(run_in(status), "ended", ENDED)] == [e.AttemptEnded]


@pytest.mark.parametrize("status", [status for status in S if status not in UNDER_WAY])
def test_a_result_of_nothing_under_way_changes_nothing(status: Status) -> None:
    assert said(run_in(status), "sealed", SEALED) == []
    assert said(run_in(status), "ended", ENDED) == []


@pytest.mark.parametrize("kind", ["sealed", "ended", "started"])
@pytest.mark.parametrize("sender", ["worker-1", "worker-2"])
@pytest.mark.parametrize("attempt", [-1, 0, 2, 99])
def test_a_report_on_an_attempt_that_never_was_changes_nothing(kind: str, sender: str, attempt: int) -> None:
    body = {**(ENDED if kind == "ended" else SEALED), "attempt": attempt, "pid": 1}
    if kind != "started":
        body.pop("pid")
    assert said(run_in(S.RUNNING), kind, body, sender) == []


@pytest.mark.parametrize("status", S)
def test_nobody_reports_on_the_attempt_of_another(status: Status) -> None:
    for kind, body in (("sealed", SEALED), ("ended", ENDED), ("started", {"task": TASK, "attempt": 1, "pid": 1})):
        assert said(run_in(status), kind, body, "worker-2") == []


@pytest.mark.parametrize("then", [S.PENDING, S.CLAIMED, S.PAUSED, S.CANCELLED, S.FAILED])
def test_nobody_seals_a_lost_attempt_of_another(then: Status) -> None:
    assert said(lost(then), "sealed", {**SEALED, "commit": GREEN}, "worker-2") == []


@pytest.mark.parametrize("then", [S.PENDING, S.PAUSED])
def test_a_late_result_counts_while_nothing_has_taken_over(then: Status) -> None:
    state = lost(then)
    assert said(state, "sealed", SEALED) == [e.WorkSealed(TASK, 1, HEAD)]
    told(e.WorkSealed(TASK, 1, HEAD), state=state)
    assert state.tasks[TASK].status is S.SEALED
    assert said(state, "sealed", SEALED) == []


@pytest.mark.parametrize(
    ("then", "why"),
    [
        (S.CLAIMED, "attempt 2 has taken over"),
        (S.CANCELLED, "api is cancelled"),
        (S.FAILED, "api is failed"),
    ],
)
def test_a_result_that_comes_too_late_is_set_aside_once_with_its_commit(then: Status, why: str) -> None:
    state = lost(then)
    aside = e.ResultSetAside(TASK, 1, HEAD, why)
    assert said(state, "sealed", SEALED) == [aside]
    assert said(state, "ended", ENDED) == [aside]
    told(aside, state=state)
    assert said(state, "sealed", SEALED) == []


def test_a_late_end_without_work_means_nothing() -> None:
    assert said(lost(), "ended", {**ENDED, "commit": None}) == []
    assert said(lost(S.CLAIMED), "sealed", {**SEALED, "commit": None, "report": "found"}) == []


def test_a_late_report_without_a_commit_counts_while_nothing_has_taken_over() -> None:
    late = said(lost(), "sealed", {**SEALED, "commit": None, "report": "found"})
    assert late == [e.WorkSealed(TASK, 1, None, "found")]


def test_an_attempt_that_ended_for_certain_ends_once() -> None:
    state = run_in(S.RUNNING, e.AttemptEnded(TASK, 1, Outcome.FAILED, "it exited with 1"))
    assert said(state, "sealed", SEALED) == []
    assert said(state, "ended", ENDED) == []


def test_an_attempt_starts_once_even_when_it_was_cancelled_meanwhile() -> None:
    body = {"task": TASK, "attempt": 1, "pid": 77}
    for state in (run_in(S.CLAIMED), run_in(S.CLAIMED, e.TaskCancelled(TASK, 1, "ann"))):
        assert said(state, "started", body) == [e.AttemptStarted(TASK, 1, 77)]
        told(e.AttemptStarted(TASK, 1, 77), state=state)
        assert said(state, "started", body) == []


@pytest.mark.parametrize("status", [S.RUNNING, S.WAITING, S.PAUSED])
def test_a_question_of_a_running_attempt_is_asked_once(status: Status) -> None:
    state = run_in(status)
    asked = e.QuestionAsked(TASK, 1, "letter-1", "Which port?")
    assert interpret(state, "worker-1", "ask", " Which port?\n", "letter-1") == [asked]
    told(asked, state=state)
    assert interpret(state, "worker-1", "ask", " Which port?\n", "letter-1") == []


def test_a_question_is_not_asked_again_after_its_answer() -> None:
    state = run_in(S.WAITING, e.QuestionAnswered(TASK, 1, "question-1", "8080"))
    assert interpret(state, "worker-1", "ask", "Which port?", "question-1") == []


def test_a_question_that_is_withdrawn_needs_nobody_and_the_others_are_asked_again() -> None:
    state = run_in(S.WAITING, e.QuestionAsked(TASK, 1, "question-2", "Which host?"))
    gone = interpret(state, "worker-1", "unask", "question-1\n", "letter-1")
    assert gone == [e.QuestionWithdrawn(TASK, 1, "question-1"), e.QuestionAsked(TASK, 1, "question-2", "Which host?")]
    told(*gone, state=state)
    assert interpret(state, "worker-1", "unask", "question-1", "letter-2") == []
    told(*interpret(state, "worker-1", "unask", "question-2", "letter-3"), state=state)
    assert (state.tasks[TASK].status, state.tasks[TASK].questions) == (S.RUNNING, [])


def test_a_paused_task_stays_so_when_its_question_is_withdrawn() -> None:
    state = run_in(S.PAUSED, e.QuestionAsked(TASK, 1, "question-1", "Which port?"))
    told(*interpret(state, "worker-1", "unask", "question-1", "letter-1"), state=state)
    assert (state.tasks[TASK].status, state.tasks[TASK].questions) == (S.PAUSED, [])


def test_a_worker_says_that_whoever_had_it_has_let_go() -> None:
    state = run_in(S.WAITING, e.AttemptTaken(TASK, 1, "ann"))
    letter = json.dumps({"task": TASK, "attempt": 1})
    assert interpret(state, "worker-2", "released", letter, "letter-1") == []
    let_go = interpret(state, "worker-1", "released", letter, "letter-2")
    assert let_go == [e.AttemptContinued(TASK, 1), e.QuestionAsked(TASK, 1, "question-1", "Which port?")]
    told(*let_go, state=state)
    assert interpret(state, "worker-1", "released", letter, "letter-3") == []


def test_a_worker_lifts_no_pause_of_the_operator() -> None:
    letter = json.dumps({"task": TASK, "attempt": 1})
    assert interpret(run_in(S.PAUSED), "worker-1", "released", letter, "letter-1") == []


def test_nobody_withdraws_what_another_asked() -> None:
    assert interpret(run_in(S.WAITING), "worker-2", "unask", "question-1", "letter-1") == []


@pytest.mark.parametrize("status", [S.PENDING, S.CLAIMED, S.SEALED, S.MERGED, S.CANCELLED])
def test_a_question_without_a_running_attempt_is_refused(status: Status) -> None:
    with pytest.raises(Unreadable, match="a question belongs to a running attempt"):
        interpret(run_in(status), "worker-1", "ask", "Which port?", "letter-1")


GARBAGE = [
    "", "null", "[]", "3", '"x"', "{", "{}", "NaN", "[" * 100_000, '{"task": "nope", "attempt": 1}',
    '{"task": ["api"], "attempt": 1}', '{"task": "api"}', '{"task": "api", "attempt": "1"}',
    '{"task": "api", "attempt": true}', '{"task": "api", "attempt": 1, "pid": "x", "commit": 3}',
    '{"task": "api", "attempt": 1, "outcome": "great", "reason": ""}',
    '{"task": "api", "attempt": 1, "commit": "--output=x", "pid": -1}',
    '{"task": "api", "attempt": 1, "commit": "cccc\\n", "pid": 1e400}',
    '{"pid": 0}', '{"pid": -1}', '{"pid": 4294967296}', '{"pid": true}', '{"pid": null}', '{"pid": [1]}',
    '{"pid": NaN}',
]  # fmt: skip


@pytest.mark.parametrize("kind", [*sorted(REPORT_KINDS - {"ask", "unask", "read", "detached"}), "merge", ""])
@pytest.mark.parametrize("text", GARBAGE)
def test_a_report_that_makes_no_sense_is_put_aside(kind: str, text: str) -> None:
    with pytest.raises(Unreadable):
        interpret(run_in(S.CLAIMED), "worker-1", kind, text, "letter-1")


@given(
    st.sampled_from(sorted(REPORT_KINDS)),
    st.text()
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.sampled_from([TASK, HEAD, "lost", "failed"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["task", "attempt", "commit", "pid", "outcome", "reason", "usage", "report", "usd"]),
                inner,
            )
        ),
    ).map(json.dumps),
)
def test_whatever_an_agent_writes_is_understood_or_put_aside(kind: str, text: str) -> None:
    state = run_in(S.RUNNING)
    try:
        found = interpret(state, "worker-1", kind, text, "letter-1")
    except Unreadable:
        return
    told(*found, state=state)


@pytest.mark.parametrize("kind", sorted(REPORT_KINDS - {"read"}))
@pytest.mark.parametrize("sender", ["operator", "leader", "worker-9", "", "api"])
def test_only_a_worker_reports(kind: str, sender: str) -> None:
    for text in (json.dumps(SEALED), json.dumps({"pid": 7})):
        with pytest.raises(Unreadable, match="is not a worker"):
            interpret(run_in(S.RUNNING), sender, kind, text, "letter-1")


def test_ready_and_detached() -> None:
    assert said(run_in(S.PENDING), "ready", {"pid": 7}) == [e.WorkerReady("worker-1", 7)]
    assert said(run_in(S.PENDING), "detached", {"pid": 7}) == [e.WorkerDetached("worker-1")]


def note(id: str = "note-1") -> e.MessageAccepted:
    return e.MessageAccepted(id, "worker-2", "worker-1", "note", "hello", ("worker-1",))


def test_a_message_is_read_once_and_only_from_its_own_mailbox() -> None:
    state = run_in(S.RUNNING, note(), e.MessageDelivered("note-1", "worker-1"))
    assert state.unread == {"worker-1": {"note-1"}}
    assert interpret(state, "worker-2", "read", "note-1", "x") == []
    assert interpret(state, "worker-1", "read", "note-2", "x") == []
    assert interpret(state, "worker-1", "read", "note-1\n", "x") == [e.MessageRead("note-1", "worker-1")]
    told(e.MessageRead("note-1", "worker-1"), state=state)
    assert interpret(state, "worker-1", "read", "note-1", "x") == []
    assert state.unread == {"worker-1": set()}


def test_what_was_read_was_delivered_even_before_the_delivery_is_on_record() -> None:
    state = run_in(S.RUNNING, note())
    found = interpret(state, "worker-1", "read", "note-1", "x")
    assert found == [e.MessageDelivered("note-1", "worker-1"), e.MessageRead("note-1", "worker-1")]
    told(*found, e.MessageDelivered("note-1", "worker-1"), state=state)
    assert (state.undelivered, state.unread) == ({}, {"worker-1": set()})


@pytest.mark.parametrize(
    "used",
    [
        {"usd": -5.0},
        {"usd": float("nan")},
        {"usd": float("inf")},
        {"usd": 1e12},
        {"input_tokens": -1},
        {"output_tokens": 10**30},
        {"input_tokens": 5, "usd": -0.01},
    ],
)
def test_nobody_lowers_the_sum_of_what_was_used(used: dict[str, Any]) -> None:
    assert usage(used) == Usage()
    for kind, body in (("sealed", SEALED), ("ended", ENDED)):
        (event,) = said(run_in(S.RUNNING), kind, {**body, "usage": used})
        assert isinstance(event, e.WorkSealed | e.AttemptEnded)
        assert event.usage == Usage()


def test_usage_that_makes_sense_is_taken() -> None:
    used = Usage(3, 4, 0.5)
    assert usage(codec.encode(used)) == used
    assert usage(None) == usage({"x": 1}) == usage({"usd": "1"}) == Usage()
