"""A clash on the cards of both tasks: a shape beside the name, the words where nothing more urgent stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len
from simulated import BEGAN, Run, plan

from board.view.card import Card, card
from board.view.columns import CLASH_MARK, MARKS
from board.view.rows import card_line
from swarm.core import events as e
from swarm.core.plan import Task
from swarm.core.words import CLASH


def clashing(*more: e.Event, paths: tuple[str, ...] = ("src/api.py",)) -> dict[str, Card]:
    """The cards of three tasks at work, of which two clash, after these events."""
    names = ("api", "limits-of-search", "docs")
    run = Run(plan([Task(name, f"The {name}", "p") for name in names], 3), lambda *_: "run").begin().play()
    for event in (e.ClashSeen("api", 1, "limits-of-search", 1, paths), *more):
        run.record(event)
    return {name: card(run.state, task) for name, task in run.state.tasks.items()}


def text(found: Card, row: int, rows: int, width: int) -> str:
    return "".join(piece.text for piece in card_line(found, row, rows, width, BEGAN + 50))


@pytest.mark.parametrize(("rows", "width"), [(1, 20), (1, 33), (1, 50), (1, 120), (2, 18), (2, 24), (3, 24), (3, 40)])
def test_the_shape_stands_on_both_cards_and_on_no_other(rows: int, width: int) -> None:
    cards = clashing()
    assert CLASH_MARK in text(cards["api"], 0, rows, width)
    assert CLASH_MARK in text(cards["limits-of-search"], 0, rows, width)
    assert CLASH_MARK not in text(cards["docs"], 0, rows, width)
    assert all(cell_len(text(one, 0, rows, width)) == width for one in cards.values())


def test_the_words_say_with_whom_and_where_and_who_works_on_it() -> None:
    cards = clashing()
    assert cards["api"].note == "clashes with limits-of-search in src/api.py · worker-1"
    assert cards["limits-of-search"].note == "clashes with api in src/api.py · worker-2"
    assert cards["docs"].note == "worker-3"


def test_a_question_goes_before_a_clash() -> None:
    cards = clashing(e.QuestionAsked("api", 1, "q", "may I drop the table?"))
    assert cards["api"].note == "may I drop the table?"
    assert cards["api"].clash == "clashes with limits-of-search in src/api.py"
    assert CLASH_MARK in text(cards["api"], 0, 2, 30)


def test_sealed_work_shows_its_clash_until_it_is_gone() -> None:
    sealed = e.WorkSealed("api", 1, "c" * 40)
    assert clashing(sealed)["api"].note == "clashes with limits-of-search in src/api.py"
    cards = clashing(sealed, e.ClashGone("api", "limits-of-search"))
    assert [one.clash for one in cards.values()] == ["", "", ""]
    assert cards["api"].note == "in the merge queue"


def test_a_path_is_shown_as_text() -> None:
    note = clashing(paths=("a\x1b]0;owned\x07\n[/]\u202eb",))["api"].note
    assert note.isprintable()
    assert "[/]" in note


def test_the_shape_is_its_own_and_the_same_everywhere() -> None:
    assert CLASH_MARK == CLASH
    assert CLASH_MARK not in MARKS.values()
    assert cell_len(CLASH_MARK) == 1
    page = Path(__file__).parents[2] / "CHANGELOG.md"
    assert CLASH_MARK in page.read_text()
