"""What the board shows of closed accounts, of what is being used, and of a model that was not asked for."""

from __future__ import annotations

import time

import pytest
from simulated import Run, plan

from board.view.card import card, touched
from board.view.header import header
from board.view.needs import is_same, needs
from swarm.core import events as e
from swarm.core.plan import Task

TASKS = [Task(name, "", "p", agent="claude", model="opus") for name in ("a", "b")]


def limited(refused: bool = False, until: float | None = 1e9, task: str = "a", workers: int = 3) -> Run:
    run = Run(plan(TASKS, workers), lambda *_: "run").begin().play(20)
    at = run.state.at + 3600
    named = None if until is None else at
    run.record(e.AttemptLimited(task, 1, "claude", "usage limit\x1b[2J reached", named, refused))
    return run


def clock(run: Run) -> str:
    return time.strftime("%H:%M", time.localtime(run.state.accounts["claude"].until))


def test_the_first_line_and_the_card_say_until_when_an_account_is_closed() -> None:
    run = limited()
    assert header(run.state, run.state.at).trouble == (f"quota until {clock(run)} (claude) → swarm unpause a",)
    assert card(run.state, run.state.tasks["a"]).note == f"quota until {clock(run)} (claude): usage limit reached"
    run.record(e.AccountLifted("claude", "ann"))
    assert header(run.state, run.state.at).trouble == ()


@pytest.mark.parametrize(("end", "way_out"), [("b", " → swarm unpause b"), ("", "")])
def test_the_way_out_of_a_closed_account_names_a_task_that_is_there(end: str, way_out: str) -> None:
    """The attempt that found it closed has ended: what has not begun waits for it, or nothing does."""
    run = limited(workers=1)
    for name in ("a", "b") if not end else ("a",):
        run.command("cancel", name)
    run.record(e.AttemptEnded("a", 1, e.Outcome.CANCELLED, "cancelled"))
    assert header(run.state, run.state.at).trouble == (f"quota until {clock(run)} (claude){way_out}",)
    if end:
        assert run.command("unpause", end)
        assert header(run.state, run.state.at).trouble == ()


def test_a_refused_account_is_a_need_before_what_was_paused_and_is_replied_to_by_going_on() -> None:
    run = limited(refused=True)
    run.command("pause", "b")
    first, second = needs(run.state)
    assert (first.task, first.kind, second.task, second.kind) == ("a", "refused", "b", "paused")
    assert first.lines == ("account claude refused: usage limit reached", "going on lets all on claude go on")
    assert [reply.verb for reply in first.replies] == ["unpause", "cancel"]
    assert is_same(first, run.state)
    assert run.command("unpause", "a")
    assert not is_same(first, run.state)


def test_the_cards_of_all_that_wait_change_with_their_account() -> None:
    run = limited()
    assert set(touched(run.state, e.AttemptLimited("b", 1, "claude", "x"))) >= {"a", "b"}
    assert "a" in set(touched(run.state, e.AccountLifted("claude", "ann")))


def test_a_card_and_the_first_line_count_what_is_used_while_it_runs() -> None:
    run = limited(task="b")
    run.record(e.AttemptUsed("a", 1, e.Usage(usd=1.5)))
    assert (card(run.state, run.state.tasks["a"]).usd, header(run.state, run.state.at).usd) == (1.5, 1.5)


def test_a_card_says_that_another_model_runs() -> None:
    run = limited(task="b")
    run.record(e.AgentIdentified("a", 1, "s", "claude-haiku-4-5"))
    assert card(run.state, run.state.tasks["a"]).note == "asked for opus, but claude-haiku-4-5 runs · worker-1"
