from __future__ import annotations

from collections import Counter

import pytest
from board_golden import same_as_golden
from hypothesis import given, settings
from hypothesis import strategies as st
from played import played
from rich.cells import cell_len
from simulated import BEGAN, SHOWN, Run, plan, showcase, shown_fate

from board.view.card import card, touched
from board.view.columns import COLUMN_MARKS, MARKS, PLACE, URGENCY, Column
from board.view.header import Header, header
from board.view.rows import card_line, counts_line, duration, fit, head_line
from board.view.whole import Board, board, by_order, matches
from swarm.core import events as e
from swarm.core.evolve import evolve
from swarm.core.plan import OnFailure, Task
from swarm.core.state import State
from swarm.core.status import BLOCKED, READY, Status


def as_text(found: Board, width: int, rows: int, now: float) -> str:
    """The board as plain text, one column below the other."""
    lines = ["".join(piece.text for piece in head_line(found.header, width)).rstrip()]
    for shelf in found.columns:
        lines += ["", f"{COLUMN_MARKS[shelf.column]} {shelf.column} {len(shelf.cards)}"]
        for one in shelf.cards:
            drawn = (card_line(one, row, rows, width // 2, now) for row in range(rows))
            lines += ["".join(piece.text for piece in line).rstrip() for line in drawn]
    return "\n".join(lines)


def shown_run() -> Run:
    return showcase(Run(plan(SHOWN, 4), shown_fate))


@pytest.mark.parametrize(("width", "rows"), [(52, 2), (72, 3), (100, 1)])
def test_a_board_with_something_in_every_column_reads_like_this(width: int, rows: int) -> None:
    now = BEGAN + 300
    same_as_golden(f"showcase-{width}x{rows}", as_text(board(shown_run().state, now), width, rows, now))


@settings(max_examples=150, deadline=None)
@given(played())
def test_every_task_is_on_exactly_one_card_and_the_counts_add_up(run: Run) -> None:
    found = board(run.state, BEGAN)
    ids = [one.id for shelf in found.columns for one in shelf.cards]
    assert Counter(ids) == Counter(list(run.state.tasks))
    assert {shelf.column: len(shelf.cards) for shelf in found.columns} == dict(found.header.counts)
    assert all(one.column is shelf.column for shelf in found.columns for one in shelf.cards)
    assert sum(count for _, count in found.header.counts) == found.header.total == len(run.state.tasks)


@settings(max_examples=150, deadline=None)
@given(played())
def test_cards_kept_by_what_each_event_touches_are_the_whole_board(run: Run) -> None:
    state, kept = State(), {}
    for entry in run.entries:
        for event in entry.events:
            changed = set(touched(state, event))
            evolve(state, e.Entry(entry.seq, entry.at, entry.mono, (event,)))
            kept.update({name: card(state, state.tasks[name]) for name in changed if name in state.tasks})
            whole = {one.id: one for shelf in board(state, BEGAN).columns for one in shelf.cards}
            assert kept == whole, event


def test_a_failure_that_lets_dependents_go_on_reaches_their_cards() -> None:
    tasks = [Task("up", "", "p", on_failure=OnFailure.CONTINUE), Task("down", "", "p", ("up",))]
    run = Run(plan(tasks), lambda task, _: "fail" if task.id == "up" else "run").begin().play()
    [last] = [event for entry in run.entries for event in entry.events if isinstance(event, e.TaskGaveUp)]
    assert set(touched(run.state, last)) == {"up", "down"}


@settings(max_examples=50, deadline=None)
@given(played(), st.integers(1, 90))
def test_a_line_is_exactly_as_wide_as_asked(run: Run, width: int) -> None:
    for task in run.state.tasks.values():
        for rows in (1, 2, 3):
            for row in range(rows):
                line = card_line(card(run.state, task), row, rows, max(3, width), BEGAN + 50)
                assert sum(cell_len(piece.text) for piece in line) == max(3, width)


@given(st.text(), st.integers(0, 40))
def test_fitted_text_has_its_width_whatever_the_characters(text: str, width: int) -> None:
    assert cell_len(fit(text.replace("\n", " "), width)) == width


@pytest.mark.parametrize("width", [10, 20, 40, 60, 80, 120, 200])
def test_the_head_never_grows_beyond_the_terminal_from_forty_cells_on(width: int) -> None:
    found = header(shown_run().state, BEGAN + 300)
    texts, gap = counts_line(found, width)
    assert len(texts) == len(Column)
    if width >= 40:
        assert sum(cell_len(piece.text) for piece in head_line(found, width)) <= width
        assert cell_len(gap.join(texts)) < width


def test_each_shown_status_has_a_column_and_a_shape_of_its_own() -> None:
    shown = {BLOCKED, READY, *(status.value for status in Status if status is not Status.PENDING)}
    assert set(PLACE) == set(MARKS) == shown
    assert len(set(MARKS.values())) == len(MARKS)
    assert all(cell_len(mark) == 1 for mark in MARKS.values())
    assert len(set(COLUMN_MARKS.values())) == len(COLUMN_MARKS) == len(URGENCY) == len(Column)


def test_paused_work_needs_you_and_what_was_given_up_has_failed() -> None:
    assert PLACE[Status.PAUSED] is Column.NEEDS_YOU
    assert PLACE[Status.SKIPPED] is PLACE[Status.CANCELLED] is Column.FAILED


def test_ready_cards_stand_in_the_order_in_which_they_will_be_claimed() -> None:
    tasks = [Task("low", "", "p"), Task("high", "", "p", priority=9), Task("also-low", "", "p")]
    ready = board(Run(plan(tasks), lambda *_: "run").begin().state, BEGAN).columns[1]
    assert [one.id for one in ready.cards] == ["high", "low", "also-low"]


def test_the_newest_merged_card_stands_on_top() -> None:
    run = shown_run()
    merged = [one for shelf in board(run.state, BEGAN).columns if shelf.column is Column.MERGED for one in shelf.cards]
    ended = [run.state.tasks[one.id].ended or 0.0 for one in merged]
    assert ended == sorted(ended, reverse=True)
    assert merged == sorted(merged, key=by_order)


def test_a_run_that_ended_says_so_with_its_counts() -> None:
    run = Run(plan([Task("a", "", "p"), Task("b", "", "p")]), lambda task, _: "fail" if task.id == "b" else "seal")
    found = header(run.begin().play().state, now=BEGAN + 1e6)
    assert found.ending == "the run finished: 1 of 2 merged, 1 failed (next: swarm merge)"
    assert found.elapsed < 1e5, "the clock stops with the run"


def test_a_run_that_failed_says_why() -> None:
    run = Run(plan([Task("a", "", "p")]), lambda *_: "seal").begin()
    run.record(e.RunFailed("the base is red"))
    assert header(run.state, BEGAN).ending == "the run failed: the base is red"


def test_before_the_first_event_the_board_is_empty() -> None:
    found = board(State(), BEGAN)
    assert found.header == Header(phase="starting")
    assert all(not shelf.cards for shelf in found.columns)


def test_a_filter_wants_all_its_words_in_any_order_and_case() -> None:
    state = shown_run().state
    api = card(state, state.tasks["api"])
    assert matches(api, "LOGOUT end")
    assert matches(api, "")
    assert matches(api, "merged")
    assert not matches(api, "login nothing-of-the-kind")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "0s"), (0, "0s"), (59.9, "59s"), (61, "1m01s"), (3599, "59m59s"), (7620, "2h07m"), (360_000, "4d04h")],
)
def test_durations_are_short(seconds: float, text: str) -> None:
    assert duration(seconds) == text
