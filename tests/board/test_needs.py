from __future__ import annotations

from hypothesis import given, settings
from played import played
from simulated import BEGAN, Run, plan, showcase, shown_fate
from simulated import SHOWN as TASKS

from board.view.card import card
from board.view.columns import PLACE, Column
from board.view.needs import is_same, need, needs
from swarm.core import events as e
from swarm.core.plan import Task
from swarm.core.report import needs_you
from swarm.core.status import Status
from swarm.core.why import shown_status

HOSTILE = "\x1b]0;owned\x07[@click=app.quit]go[/]\n\u202efdp.exe"


def asking(*texts: str) -> Run:
    """A run whose only task asks these questions."""
    run = Run(plan([Task("a", "A", "p")]), lambda *_: "run").begin().play(20)
    for number, text in enumerate(texts):
        run.record(e.QuestionAsked("a", 1, f"q{number}", text))
    return run


def test_a_question_stands_there_word_for_word_and_harmless_with_its_replies() -> None:
    run = asking(HOSTILE, "and this?")
    [found] = needs(run.state)
    assert (found.task, found.kind, found.token) == ("a", "asks", "q0")
    assert found.lines == ("[@click=app.quit]go[/]", "fdp.exe", "(it asks something else, too)")
    assert [(reply.key, reply.verb, reply.text) for reply in found.replies] == [
        ("Y", "answer", "yes"), ("N", "answer", "no"), ("enter", "answer", ""), ("x", "cancel", ""),
    ]  # fmt: skip


def test_what_has_waited_longest_comes_first_and_what_was_paused_last() -> None:
    tasks = [Task(name, "", "p") for name in ("late", "early", "paused")]
    run = Run(plan(tasks), lambda *_: "run").begin().play(40)
    run.command("pause", "paused")
    run.record(e.QuestionAsked("early", 1, "q1", "first?"))
    run.record(e.QuestionAsked("late", 1, "q2", "second?"))
    assert [one.task for one in needs(run.state)] == ["early", "late", "paused"]
    assert needs(run.state)[0].since == run.entries[-2].at


def test_another_question_is_not_what_was_shown_and_the_same_one_is() -> None:
    run = asking("one?", "two?")
    [shown] = needs(run.state)
    assert is_same(shown, run.state)
    assert run.command("answer", "a", "yes")
    assert not is_same(shown, run.state)
    assert need(run.state.tasks["a"], run.state) != shown
    run.command("cancel", "a")
    assert not is_same(shown, run.state)


def test_held_work_names_the_commit_that_is_held() -> None:
    run = Run(plan([Task("a", "", "p"), Task("b", "", "p")]), lambda task, _: "error" if task.id == "a" else "run")
    [found] = needs(run.begin().play(60).state)
    assert found.kind == "held"
    assert found.token == run.state.tasks["a"].commit
    assert found.token[:8] in found.lines[-1]


@settings(max_examples=100, deadline=None)
@given(played())
def test_every_card_under_needs_you_is_in_the_list_once_and_nothing_else(run: Run) -> None:
    found = [one.task for one in needs(run.state)]
    tasks = run.state.tasks.values()
    assert sorted(found) == sorted(one.id for one in tasks if PLACE[shown_status(one)] is Column.NEEDS_YOU)
    assert {one.id for one in needs_you(run.state)} == {
        one.task for one in needs(run.state) if one.status != Status.PAUSED
    }


def test_the_showcase_has_a_question_before_what_was_paused() -> None:
    run = showcase(Run(plan(TASKS, 4), shown_fate))
    assert [one.task for one in needs(run.state)] == ["migrate", "theme"]
    assert all(one.since >= BEGAN for one in needs(run.state))


def test_what_a_person_has_taken_over_is_handed_back_by_a_key() -> None:
    run = Run(plan([Task("a", "", "p")]), lambda *_: "run").begin().play(20)
    run.record(e.AttemptTaken("a", 1, "ann"))
    (found,) = needs(run.state)
    assert found.lines == ("ann has taken it over; its agent waits until they hand it back",)
    assert [(reply.key, reply.verb) for reply in found.replies] == [("p", "release"), ("x", "cancel")]
    assert card(run.state, run.state.tasks["a"]).note == "in the hands of ann"
    run.record(e.AttemptContinued("a", 1))
    assert not is_same(found, run.state)
