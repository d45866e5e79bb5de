"""An agent's conversation that a person takes over in its worker's pane, and hands back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import typist
from desk import Desk
from talker import END, Talker, says
from worker_world import NAME

from inbox.maildir import Maildir
from inbox.message import Message

pytestmark = pytest.mark.tmux

BUSY = says(session="s-1") + "echo one > one.txt\nuntil_there never\n"
"""A turn that goes on until it is ended."""

BACK = "echo two > two.txt\n" + END
"""The turn after it was handed back."""


@pytest.fixture
def talker(tmp_path: Path) -> Talker:
    return Talker(tmp_path / "talker")


def begin(desk: Desk, talker: Talker, *turns: str, **more: Any) -> None:
    """An attempt in a pane whose agent works headless, and can be shown in a terminal."""
    desk.host.ensure(NAME)
    taken = (sys.executable, typist.__file__, str(desk.notes), "{{session}}")
    desk.place.attempt().path.mkdir(exist_ok=True)
    desk.place.attempt().prompt.write_text("Do the job.")
    desk.place.assign(desk.place.work("", **{**talker.orders(*turns), "taken": taken, **more}))


def tell(desk: Desk, kind: str, number: int = 1) -> None:
    desk.place.put(kind, "job 1", f"{number}.{kind}")


def take(desk: Desk, talker: Talker, *turns: str, **more: Any) -> None:
    """Begin an attempt, and take it over while its first turn goes on."""
    begin(desk, talker, *turns, **more)
    desk.until((desk.place.worktree / "one.txt").exists)
    tell(desk, "take")
    desk.until(desk.said)


def log(desk: Desk) -> str:
    return desk.place.attempt().log.read_text()


def test_its_turn_is_ended_and_a_person_has_the_conversation_until_they_let_go(desk: Desk, talker: Talker) -> None:
    take(desk, talker, BUSY, BACK)
    assert desk.said()[0]["words"] == ["s-1"]
    assert desk.said()[0]["terminals"] == [True, True, True]
    desk.type("run echo mine > mine.txt\r")
    desk.until(lambda: any("ran" in line for line in desk.said()))
    assert talker.turns() == 1, "nobody else goes on with it"
    tell(desk, "continue", 2)
    end = desk.place.end_of()
    assert end["kind"] == "sealed"
    assert {"one.txt", "mine.txt", "two.txt"} <= set(desk.place.names(end["commit"]))
    assert (talker.args(2), "has handed it back to you" in talker.prompt(2)) == ("s-1", True)
    assert "a person has taken the conversation over" in log(desk) and "handed back" in log(desk)
    assert desk.place.letters("released") == [], "the leader has said it itself"
    desk.until(lambda: "what is it to do?" not in desk.shown())


def test_whoever_ends_its_program_has_let_go(desk: Desk, talker: Talker) -> None:
    take(desk, talker, BUSY, BACK)
    desk.type("quit 1\r")
    assert desk.place.end_of()["kind"] == "sealed"
    assert talker.turns() == 2
    assert len(desk.place.letters("released")) == 1


def test_its_word_that_it_is_done_counts_once_they_let_go(desk: Desk, talker: Talker) -> None:
    take(desk, talker, BUSY, BACK)
    desk.type("run swarm done 'by hand'\r")
    desk.until(lambda: any("ran" in line for line in desk.said()))
    desk.type("still here\r")
    desk.until(lambda: {"typed": "still here"} in desk.said())  # nobody ended it under their hands
    tell(desk, "continue", 2)
    assert desk.place.end_of()["kind"] == "sealed"
    assert talker.turns() == 1


def test_neither_its_time_nor_silence_counts_while_they_have_it(desk: Desk, talker: Talker) -> None:
    take(desk, talker, BUSY, BACK, timeout=30.0, idle=1.0)
    desk.type("run sleep 1.5\r")
    desk.until(lambda: any("ran" in line for line in desk.said()))
    tell(desk, "continue", 2)
    assert desk.place.end_of()["kind"] == "sealed"


def test_a_pane_that_is_closed_under_their_hands_lets_go_of_nothing(desk: Desk, talker: Talker) -> None:
    take(desk, talker, BUSY, BACK)
    desk.host.server.close(desk.pane)
    desk.until(lambda: "handed back" in log(desk))
    tell(desk, "suspend", 2)  # whatever comes first is answered: it waits
    desk.until(lambda: "2.suspend.suspend" in Maildir(desk.place.mail.inbox).finished())
    assert talker.turns() == 1
    tell(desk, "continue", 3)
    assert desk.place.end_of()["kind"] == "sealed"
    assert talker.turns() == 2


def test_one_that_waits_for_an_answer_is_taken_over_and_asks_no_more(desk: Desk, talker: Talker) -> None:
    begin(desk, talker, says(session="s-1") + "until_there asked\n" + END, BACK)
    desk.until(lambda: talker.turns() == 1)
    Maildir(desk.place.mail.outbox).send(Message("q-1", NAME, "leader", "ask", "which port?", 1.0))
    talker.let("asked")
    desk.until(lambda: desk.place.letters("identified"))
    tell(desk, "take")
    desk.until(desk.said)
    assert desk.said()[0]["words"] == ["s-1"]
    desk.until(lambda: "q-1" in {letter.text for letter in desk.place.letters("unask")})
    tell(desk, "continue", 2)
    assert desk.place.end_of()["kind"] == "sealed"


def test_one_that_waits_for_its_account_is_taken_over_too(desk: Desk, talker: Talker) -> None:
    limit = says(session="s-1") + says(error={"kind": "limit", "text": "full", "until": 9e9})
    begin(desk, talker, limit, BACK)
    desk.until(lambda: desk.place.letters("limited"))
    tell(desk, "take")
    desk.until(desk.said)
    tell(desk, "continue", 2)
    assert desk.place.end_of()["kind"] == "sealed"


def test_it_is_not_taken_before_its_conversation_has_begun(desk: Desk, talker: Talker) -> None:
    begin(desk, talker, "until_there go\n" + BUSY, BACK)
    desk.until(lambda: talker.turns() == 1)
    tell(desk, "take")
    desk.until(lambda: "1.take.take" in Maildir(desk.place.mail.inbox).finished())
    assert desk.said() == []
    talker.let("go")
    desk.until(desk.said)
    assert desk.said()[0]["words"] == ["s-1"]
    tell(desk, "continue", 2)
    desk.place.end_of()


def test_one_that_ends_by_itself_meanwhile_is_in_their_hands_all_the_same(desk: Desk, talker: Talker) -> None:
    begin(desk, talker, "until_there go\n" + says(session="s-1") + END, BACK)
    desk.until(lambda: talker.turns() == 1)
    tell(desk, "take")
    desk.until(lambda: "1.take.take" in Maildir(desk.place.mail.inbox).finished())
    talker.let("go")
    desk.until(desk.said)
    tell(desk, "continue", 2)
    assert desk.place.end_of()["kind"] == "sealed"


def test_where_there_is_no_way_its_turn_is_left_alone_and_the_leader_told(desk: Desk, talker: Talker) -> None:
    begin(desk, talker, says(session="s-1") + "until_there go\n" + END, taken=())
    desk.until(lambda: talker.turns() == 1)
    tell(desk, "take")
    desk.until(lambda: desk.place.letters("released"))
    desk.until(lambda: "goes on by itself: there is no way to take talker over" in desk.shown())
    talker.let("go")
    assert desk.place.end_of()["kind"] == "sealed"
    assert talker.turns() == 1


def test_a_worker_without_a_pane_says_so_and_goes_on_waiting(desk: Desk, talker: Talker) -> None:
    limit = says(session="s-1") + says(error={"kind": "limit", "text": "full", "until": 9e9})
    desk.place.begin()
    desk.place.until(lambda: desk.place.letters("ready"))
    taken = (sys.executable, typist.__file__, str(desk.notes))
    desk.place.attempt().path.mkdir(exist_ok=True)
    desk.place.attempt().prompt.write_text("Do the job.")
    desk.place.assign(desk.place.work("", **{**talker.orders(limit, BACK), "taken": taken}))
    desk.place.until(lambda: desk.place.letters("limited"))
    tell(desk, "take")
    desk.place.until(lambda: desk.place.letters("released"))
    assert talker.turns() == 1
    tell(desk, "continue", 2)
    assert desk.place.end_of()["kind"] == "sealed"


def test_it_can_be_cancelled_in_their_hands(desk: Desk, talker: Talker) -> None:
    take(desk, talker, BUSY, BACK)
    key = desk.place.work("").key
    desk.place.put("cancel", f'{{"key": "{key}", "grace": 1.0}}', f"{key}.cancel")
    assert desk.place.end_of()["outcome"] == "cancelled"
    desk.until(lambda: "what is it to do?" not in desk.shown())
