from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from simulated import BEGAN, SHOWN, Run, plan, showcase, shown_fate

from board.feed import GONE, MOST_PAST, MOST_SAID, MOST_TEXT, REPLACED, WAITING, Batch, Feed
from board.view.card import Card
from board.view.whole import board
from swarm.core import events as e
from swarm.core.plan import Task
from swarm.journal import Journal


class Shown:
    """What a board would show: the cards of all batches so far."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.cards: dict[str, Card] = {}
        self.notice = ""

    def look(self) -> Batch:
        batch = self.feed.poll()
        self.cards = ({} if batch.everything else self.cards) | {card.id: card for card in batch.cards}
        self.notice = batch.notice
        return batch

    @property
    def is_whole(self) -> bool:
        """The cards are those that the state says."""
        whole = board(self.feed.state, BEGAN)
        return self.cards == {card.id: card for shelf in whole.columns for card in shelf.cards}


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "runs" / "sim" / "journal.jsonl"
    path.parent.mkdir(parents=True)
    return path


@pytest.fixture
def shown(journal: Path) -> Iterator[Shown]:
    with Feed(journal) as feed:
        yield Shown(feed)


def small(path: Path, count: int = 4) -> Run:
    return Run.written(path, plan([Task(f"t{n}", f"Task {n}", "p") for n in range(count)]), lambda *_: "seal")


def test_the_board_waits_where_there_is_no_journal_yet(shown: Shown, journal: Path) -> None:
    assert shown.look().notice == WAITING
    small(journal).begin()
    assert shown.look().notice == ""
    assert len(shown.cards) == 4


def test_the_board_waits_where_there_is_not_even_a_directory(tmp_path: Path) -> None:
    with Feed(tmp_path / "none" / "such" / "journal.jsonl") as feed:
        assert feed.poll() == Batch(notice=WAITING)


def test_a_growing_journal_is_followed_card_by_card(shown: Shown, journal: Path) -> None:
    run = Run.written(journal, plan(SHOWN, 4), shown_fate).begin()
    shown.look()
    while not run.state.over and run.step() and len(run.entries) < 200:
        batch = shown.look()
        assert len(batch.cards) < len(SHOWN)
        assert shown.is_whole
    assert shown.feed.state == run.state


def test_nothing_new_is_an_empty_batch(shown: Shown, journal: Path) -> None:
    small(journal).begin()
    shown.look()
    assert shown.look() == Batch()


def test_a_line_that_is_still_being_written_is_left_for_later(shown: Shown, journal: Path) -> None:
    small(journal).begin().play(3)
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-10])
    first = shown.look().entries
    with journal.open("ab") as file:
        file.write(whole[-10:])
    assert first + shown.look().entries == whole.count(b"\n")
    assert shown.notice == ""
    assert shown.is_whole


def test_the_bell_rings_when_the_journal_grows(shown: Shown, journal: Path) -> None:
    run = small(journal).begin()
    shown.look()
    deadline = time.monotonic() + 10
    while not shown.look().entries and time.monotonic() < deadline:
        if not shown.feed.state.workers["worker-1"].up:
            run.step()
        assert shown.feed.bell.wait(10)
    assert shown.is_whole


def test_a_deleted_journal_leaves_what_was_known(shown: Shown, journal: Path) -> None:
    small(journal).begin()
    shown.look()
    journal.unlink()
    assert shown.look().notice == GONE
    assert len(shown.cards) == 4
    assert shown.feed.state.tasks.keys() == shown.cards.keys()


def test_a_journal_that_comes_back_as_another_is_read_anew(shown: Shown, journal: Path) -> None:
    small(journal, 4).begin()
    shown.look()
    journal.unlink()
    shown.look()
    small(journal, 2).begin()
    batch = shown.look()
    assert (batch.everything, batch.notice) == (True, REPLACED)
    assert set(shown.cards) == {"t0", "t1"}
    assert shown.is_whole


def test_a_journal_that_lost_lines_is_read_anew(shown: Shown, journal: Path) -> None:
    small(journal).begin().play(20)
    shown.look()
    lines = journal.read_bytes().splitlines(keepends=True)
    os.truncate(journal, sum(map(len, lines[:5])))
    assert shown.look().everything
    assert shown.feed.state.seq == 5
    assert shown.is_whole


def test_the_notice_of_a_replaced_journal_goes_with_the_next_event(shown: Shown, journal: Path) -> None:
    small(journal).begin()
    shown.look()
    journal.unlink()
    run = small(journal).begin()
    assert shown.look().notice == REPLACED
    assert shown.look().notice == REPLACED, "it can be read for a while"
    run.step()
    assert shown.look().notice == ""


def test_a_corrupt_journal_is_told_and_what_was_known_stays(shown: Shown, journal: Path) -> None:
    small(journal).begin()
    shown.look()
    good = journal.read_bytes()
    with journal.open("ab") as file:
        file.write(b"not a line\nnor this\n")
    batch = shown.look()
    assert "can't be read" in batch.notice
    assert "restore it" in batch.notice
    assert shown.look().notice == batch.notice
    assert len(shown.feed.state.tasks) == len(shown.cards) == 4
    journal.write_bytes(good)
    assert shown.look().everything, "once it is mended, it is read again"
    assert shown.is_whole


def test_a_journal_of_a_newer_version_is_refused_in_words(shown: Shown, journal: Path) -> None:
    journal.write_bytes(b'{"crc":"00000000","seq":1,"v":99}\n')
    assert shown.look().cards == ()
    small_crc = shown.notice
    assert small_crc == "", "one bad line may be an unfinished one"


def test_an_impossible_event_is_told_and_not_fatal(shown: Shown, journal: Path) -> None:
    run = small(journal).begin()
    shown.look()
    assert run.journal is not None
    run.journal.append([(0.0, 0.0, (e.TaskUnpaused("t0", 1),))])
    assert "can't be" in shown.look().notice
    assert len(shown.cards) == 4


def test_a_directory_in_the_place_of_the_journal_is_told(shown: Shown, journal: Path) -> None:
    journal.mkdir()
    assert "can't be read" in shown.look().notice


def test_the_past_of_a_task_is_what_happened_to_it(shown: Shown, journal: Path) -> None:
    run = showcase(Run.written(journal, plan(SHOWN, 4), shown_fate))
    run.record(e.MessageAccepted("m1", "operator", "ui", "note", "mind the tab order", recipients=("worker-3",)))
    shown.look()
    kinds = [type(past.event).__name__ for past in shown.feed.past("ui")]
    assert kinds == ["TaskClaimed", "AttemptAssigned", "AttemptStarted", "MessageAccepted"]
    assert "MessageAccepted" not in [type(past.event).__name__ for past in shown.feed.past("hashing")]
    merged = [type(past.event).__name__ for past in shown.feed.past("schema")]
    assert merged[-3:] == ["CandidateFormed", "CandidateJudged", "CandidateLanded"]
    assert shown.feed.past("nobody") == ()


def test_what_is_remembered_is_bounded(shown: Shown, journal: Path) -> None:
    run = small(journal).begin()
    message = e.MessageAccepted("m", "operator", "t0", "note", "x" * (10 * MOST_TEXT))
    assert isinstance(run.journal, Journal)
    run.journal.append([(0.0, 0.0, (message,))] * (2 * MOST_PAST))
    shown.look()
    past = shown.feed.past("t0")
    assert len(past) == MOST_PAST
    assert all(isinstance(one.event, e.MessageAccepted) and len(one.event.text) <= MOST_TEXT + 1 for one in past)


def test_of_messages_more_is_remembered_than_of_other_events(shown: Shown, journal: Path) -> None:
    run = small(journal).begin()
    assert isinstance(run.journal, Journal)
    said = [e.MessageAccepted(f"m{n}", "operator", "t0", "note", str(n), task="t0") for n in range(MOST_SAID + 9)]
    run.journal.append([(0.0, 0.0, (message,)) for message in said])
    shown.look()
    found = [one.event for one in shown.feed.said("t0")]
    assert found == said[9:]
    assert shown.feed.said("t1") == ()


def test_lines_that_were_taken_back_are_forgotten_and_what_took_their_place_is_shown(
    shown: Shown, journal: Path
) -> None:
    run = small(journal).begin().play(6)
    assert run.journal is not None
    size = journal.stat().st_size
    run.record(e.TaskPaused("t3", 0))
    shown.look()
    os.truncate(journal, size)
    run.journal.close()
    again = Journal(journal)
    again.append([(0.0, 0.0, (e.TaskCancelled("t3", 0, "somebody"),)), (0.0, 0.0, (e.TaskPaused("t2", 0),))])
    again.close()
    batch = shown.look()
    assert (batch.everything, batch.notice) == (True, REPLACED)
    assert [str(shown.feed.state.tasks[name].status) for name in ("t2", "t3")] == ["paused", "cancelled"]
    assert shown.is_whole
