"""Accounts: each is closed for all that share it, once for each refusal, opened by its time or by a person."""

from __future__ import annotations

import pytest
from samples import BASE, TASK, told

from swarm.core import events as e
from swarm.core.accounts import account, calling, closed
from swarm.core.commands import Refused, decide
from swarm.core.evolve import evolve
from swarm.core.plan import AgentSpec, Plan, Task, WorkerSpec
from swarm.core.quota import MOST_WAIT, PAUSES, REST, Account
from swarm.core.report import needs_you, status
from swarm.core.reports import interpret
from swarm.core.rules import admit, next_deadline
from swarm.core.state import State
from swarm.core.status import Status
from swarm.core.why import Reason, why

NOON = 1_700_000_000.0
FULL = "usage limit reached"
TASKS = (
    *(Task(name, name, "Do it.", agent="claude") for name in ("api", "docs", "more")),
    Task("other", "other", "Do it.", agent="codex"),
)


def begun(*more: e.Event) -> State:
    """Three workers, each with a task on the account claude, and one that is idle."""
    crew = tuple(WorkerSpec(f"worker-{n}") for n in (1, 2, 3, 4))
    state = told(
        e.RunStarted("r", "/r", BASE, "main", Plan("p", TASKS, workers=crew)), e.LeaderStarted(1, "boot-1"),
        e.CandidateFormed(0, BASE, ()), e.CandidateJudged(0, BASE, e.Verdict.PASS), e.CandidateLanding(0, None, BASE),
        e.CandidateLanded(0, None, BASE), e.Published(BASE, "swarm/r"),
        *(e.WorkerReady(spec.name, 7) for spec in crew),
    )  # fmt: skip
    for n, name in enumerate(("api", "docs"), 1):
        told(e.TaskClaimed(name, 1, f"worker-{n}", BASE), e.AttemptAssigned(name, 1), state=state)
        told(e.AttemptStarted(name, 1, 8), state=state)
    return told(*more, state=state)


def at(state: State, mono: float, *events: e.Event) -> State:
    """These become true at that moment; wall time runs along with it."""
    return evolve(state, e.Entry(state.seq + 1, NOON + mono, mono, events))


def limited(name: str = TASK, until: float | None = None, reason: str = FULL, refused: bool = False) -> e.Event:
    return e.AttemptLimited(name, 1, "claude", reason, None if until is None else NOON + until, refused)


def the_account(state: State) -> Account:
    (found,) = closed(state)
    return found


def claims(events: list[e.Event]) -> list[str]:
    return [event.task for event in events if isinstance(event, e.TaskClaimed)]


def test_what_one_worker_is_refused_holds_back_every_task_on_that_account_and_no_other() -> None:
    state = at(begun(), 100, limited(until=400))
    assert state.tasks[TASK].status is Status.PAUSED
    assert claims(admit(state, 100)) == ["other"]
    assert next_deadline(state) == 400
    assert state.tasks[TASK].failures == state.tasks[TASK].losses == 0


def test_when_its_time_has_come_the_account_is_lifted_and_what_waited_is_told_to_go_on() -> None:
    state = at(begun(), 100, limited(until=400))
    at(state, 101, *admit(state, 101))
    assert admit(state, 399.9) == []
    assert admit(state, 400) == [e.AccountLifted("claude", "leader")]
    at(state, 400, *admit(state, 400))
    continued, letter = admit(state, 400)
    assert continued == e.AttemptContinued(TASK, 1)
    assert isinstance(letter, e.MessageAccepted)
    assert (letter.kind, letter.text, letter.recipients) == ("continue", "api 1", ("worker-1",))
    at(state, 400, continued, letter)
    assert state.tasks[TASK].status is Status.RUNNING
    assert claims(admit(state, 400)) == ["more"]


def test_without_a_time_the_pauses_grow_up_to_a_quarter_of_an_hour_and_begin_anew_after_a_rest() -> None:
    state, now = begun(), 1000.0
    for pause in (*PAUSES, PAUSES[-1]):
        at(state, now, limited())
        assert the_account(state).due == now + pause
        now += pause
        at(state, now, e.AccountLifted("claude", "leader"), e.AttemptContinued(TASK, 1))
    now += REST + 1
    at(state, now, limited())
    assert the_account(state).due == now + PAUSES[0]
    assert PAUSES == (60, 120, 240, 480, 900)


@pytest.mark.parametrize("until", [NOON - 7200, MOST_WAIT * 2, 1e300])
def test_a_time_that_is_past_or_absurd_is_taken_for_none(until: float) -> None:
    assert the_account(at(begun(), 100, limited(until=until))).due == 100 + PAUSES[0]


def test_the_same_refusal_read_by_everybody_moves_the_account_no_further() -> None:
    state = at(begun(), 100, limited())
    for moment in (110, 120, 130):
        at(state, moment, limited("docs"))
    assert (the_account(state).due, the_account(state).tries) == (160, 1)


@pytest.mark.parametrize(("until", "due"), [(300.0, 400), (400.0, 400), (None, 400), (500.0, 500)])
def test_only_a_later_time_moves_a_closed_account(until: float | None, due: float) -> None:
    state = at(begun(), 100, limited(until=400))
    at(state, 110, limited("docs", until, "another text"))
    assert (the_account(state).due, the_account(state).tries) == (due, 1)


@pytest.mark.parametrize("until", [None, 400.0])
def test_a_refusal_that_was_read_before_the_account_was_opened_does_not_close_it_again(until: float | None) -> None:
    state = at(begun(), 100, limited(until=until))
    at(state, 120, e.AccountLifted("claude", "ann"), e.AttemptContinued(TASK, 1))
    at(state, 130, limited("docs", until))
    assert closed(state) == []
    assert e.AttemptContinued("docs", 1) in admit(state, 130)
    at(state, 131, *admit(state, 130))
    at(state, 140, limited("docs", until))
    assert the_account(state).tries == 2


def test_a_refused_account_is_opened_by_a_person_alone_and_calls_for_one() -> None:
    state = at(begun(), 100, limited(reason="invalid x-api-key", refused=True))
    at(state, 100, *admit(state, 100))
    assert admit(state, 1e9) == []
    assert next_deadline(told(e.AttemptAssigned("other", 1), e.AttemptStarted("other", 1, 9), state=state)) is None
    assert [task.id for task in needs_you(state)] == [TASK]
    at(state, 110, limited("docs", 400))
    assert the_account(state).refused
    answer = decide(state, "unpause", {"task": TASK}, "ann", "1")
    assert answer.events[0] == e.AccountLifted("claude", "ann")
    assert answer.answer == "api goes on; so does all that waited for the account claude"
    at(state, 120, *answer.events)
    assert [event for event in admit(state, 120) if isinstance(event, e.AttemptContinued)] == [
        e.AttemptContinued("docs", 1)
    ]


def test_a_limit_becomes_a_refusal_when_somebody_is_refused_for_good() -> None:
    state = at(begun(), 100, limited(until=400))
    at(state, 110, limited("docs", reason="no credit", refused=True))
    assert (the_account(state).refused, the_account(state).until) == (True, None)


def test_a_ready_task_stands_for_a_refused_account_where_no_attempt_does() -> None:
    state = at(begun(), 100, limited(reason="no credit", refused=True))
    for name in (TASK, "docs"):
        at(state, 110, e.TaskCancelled(name, 1, "ann"), e.AttemptEnded(name, 1, e.Outcome.CANCELLED, "x"))
    assert calling(state) == ["more"]
    assert decide(state, "unpause", {"task": "more"}, "ann", "1").events == (e.AccountLifted("claude", "ann"),)


def test_what_the_operator_paused_does_not_go_on_with_its_account() -> None:
    state = at(begun(), 100, limited(until=400))
    at(state, 110, *decide(state, "pause", {"task": TASK}, "ann", "1").events)
    at(state, 400, *admit(state, 400))
    assert not [event for event in admit(state, 400) if isinstance(event, e.AttemptContinued)]
    assert why(state, state.tasks[TASK]) == Reason("it was paused", "swarm unpause api")
    with pytest.raises(Refused):
        decide(state, "pause", {"task": TASK}, "ann", "2")
    at(state, 410, *decide(state, "unpause", {"task": TASK}, "ann", "3").events)
    assert state.tasks[TASK].status is Status.RUNNING


def test_an_attempt_that_ends_while_it_waits_leaves_its_task_pending_until_the_account_is_open() -> None:
    state = at(begun(), 100, limited(until=400))
    at(state, 110, e.AttemptEnded(TASK, 1, e.Outcome.LOST, "its worker died"))
    assert e.TaskUnpaused(TASK, 1) in admit(state, 110)
    at(state, 110, *admit(state, 110))
    assert state.tasks[TASK].status is Status.PENDING
    assert TASK not in claims(admit(state, 110))
    text = "its account claude is at its limit: usage limit reached"
    assert why(state, state.tasks[TASK]) == Reason(text, "swarm unpause api", NOON + 400)


def test_a_question_is_asked_again_when_the_account_opens() -> None:
    state = at(begun(), 100, e.QuestionAsked(TASK, 1, "q", "Which port?"), limited(until=400))
    at(state, 400, *admit(state, 400))
    at(state, 400, *admit(state, 400))
    assert state.tasks[TASK].status is Status.WAITING


def test_a_closed_account_outlives_its_leader_and_the_machine() -> None:
    state = at(begun(), 100, limited(until=400))
    told(e.LeaderStarted(2, "boot-1"), state=state)
    assert the_account(state).due == 400
    evolve(state, e.Entry(state.seq + 1, NOON + 250, 5.0, (e.LeaderStarted(3, "boot-2"),)))
    assert the_account(state).due == 155


def test_the_account_is_the_tasks_own_or_its_agents() -> None:
    plan = Plan("p", (), agents=(AgentSpec("mine", ("x",), account="team"),))
    found = [account(plan, Task("a", "a", "a", agent="mine", account=own)) for own in ("", "own")]
    assert [*found, account(plan, TASKS[0])] == ["team", "own", "claude"]


def test_a_worker_can_close_no_account_but_that_of_its_task() -> None:
    said = '{"task": "api", "attempt": 1, "account": "codex", "reason": "x", "until": NaN}'
    assert interpret(begun(), "worker-1", "limited", said, "1") == [e.AttemptLimited(TASK, 1, "claude", "x")]
    assert interpret(begun(), "worker-2", "limited", said, "1") == []


def test_the_status_lists_the_closed_accounts() -> None:
    state = at(begun(), 100, limited(until=400))
    said = status(state, leader_alive=True, worktrees="/w")
    assert said["accounts"] == [{"account": "claude", "until": NOON + 400, "refused": False, "reason": FULL}]
    assert said["tasks"][0]["until"] == NOON + 400
    assert said["needs_you"] == []


def test_what_an_attempt_under_way_has_used_counts_against_the_runs_budget() -> None:
    state = at(begun(e.BudgetSet(2.0, "ann")), 100, e.AttemptUsed(TASK, 1, e.Usage(usd=2.0)))
    assert claims(admit(state, 100)) == []
    said = '{"task": "api", "attempt": 1, "usage": {"usd": 2.0}}'
    assert interpret(state, "worker-1", "used", said, "1") == []
    at(state, 110, e.AttemptEnded(TASK, 1, e.Outcome.FAILED, "x", usage=e.Usage(usd=1.0)))
    assert claims(admit(state, 110)) == ["api", "more", "other"]
    at(state, 120, e.AttemptUsed("docs", 1, e.Usage(usd=0.5)), e.AttemptEnded("docs", 1, e.Outcome.LOST, "x"))
    assert state.usage.usd == 1.5
