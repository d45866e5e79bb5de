"""An attempt as a conversation: its turns, what it waits for between two of them, and what may befall it there."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from talker import END, Talker, says
from worker_world import NAME, WorkerWorld

from inbox.maildir import Maildir
from inbox.message import Message
from swarm.process import marked

LIMIT = says(session="s-1") + "echo one > one.txt\n" + says(error={"kind": "limit", "text": "full", "until": 9e9})


@pytest.fixture
def talker(tmp_path: Path) -> Talker:
    return Talker(tmp_path / "talker")


def begin(place: WorkerWorld, talker: Talker, *turns: str, resumes: bool = True, **more: Any) -> None:
    place.attempt().path.mkdir(exist_ok=True)
    place.attempt().prompt.write_text("Do the job.")
    place.assign(place.work("", **{**talker.orders(*turns, resumes=resumes), **more}))
    place.begin()


def limited(place: WorkerWorld, count: int = 1) -> dict[str, Any]:
    place.until(lambda: len(place.letters("limited")) == count)
    found: dict[str, Any] = json.loads(place.letters("limited")[-1].text)
    return found


def tell(place: WorkerWorld, kind: str, number: int = 1) -> None:
    place.put(kind, "job 1", f"{number}.{kind}")


def taken(place: WorkerWorld, name: str) -> bool:
    return name in Maildir(place.mail.inbox).finished()


def ask(place: WorkerWorld, text: str, id: str = "q-1") -> None:
    """The agent's question, as it lies in the outbox."""
    Maildir(place.mail.outbox).send(Message(id, NAME, "leader", "ask", text, time.time()))


def answer(place: WorkerWorld, text: str, to: str = "q-1") -> None:
    letter = Message(f"answer-to-{to}", "operator", NAME, "answer", text, time.time(), to)
    Maildir(place.mail.inbox).send(letter)


def test_an_attempt_whose_account_is_at_its_limit_waits_and_goes_on_with_its_conversation(
    place: WorkerWorld, talker: Talker
) -> None:
    second = "echo two > two.txt\n" + says(usage={"usd": 0.5}) + END
    begin(place, talker, says(usage={"usd": 0.25}) + LIMIT, second, account="claude")
    found = limited(place)
    assert (found["account"], found["reason"], found["until"], found["refused"]) == ("claude", "full", 9e9, False)
    assert not place.attempt().exit.exists()
    tell(place, "continue")
    end = place.end_of()
    assert (end["kind"], talker.turns(), talker.args(2), end["usage"]) == ("sealed", 2, "s-1", {"usd": 0.75})
    assert {"one.txt", "two.txt"} <= set(place.names(end["commit"]))
    assert "cut off" in talker.prompt(2)


def test_a_refused_account_is_told_as_one(place: WorkerWorld, talker: Talker) -> None:
    begin(place, talker, says(session="s-1", error={"kind": "refused", "text": "invalid key"}), END)
    assert limited(place)["refused"] is True
    tell(place, "continue")
    assert place.end_of()["kind"] == "sealed"


def test_without_a_conversation_to_go_on_with_a_limit_has_the_turn_begun_anew(
    place: WorkerWorld, talker: Talker
) -> None:
    begin(place, talker, LIMIT, END, resumes=False)
    limited(place)
    tell(place, "continue")
    assert place.end_of()["kind"] == "sealed"
    assert (talker.args(2), talker.prompt(2).startswith("Do the job.\n")) == ("first", True)


def test_the_same_limit_met_twice_is_told_twice(place: WorkerWorld, talker: Talker) -> None:
    begin(place, talker, LIMIT, LIMIT, END)
    limited(place)
    tell(place, "continue")
    limited(place, 2)
    tell(place, "continue", 2)
    assert place.end_of()["kind"] == "sealed"
    assert talker.turns() == 3


def test_a_question_that_a_turn_leaves_open_is_answered_in_the_next(place: WorkerWorld, talker: Talker) -> None:
    begin(place, talker, says(session="s-1") + "until_there asked\n" + END, END)
    place.until(lambda: talker.turns() == 1)
    ask(place, "Which port?")
    talker.let("asked")
    place.until(lambda: place.letters("identified"))
    answer(place, "8080")
    assert place.end_of()["kind"] == "sealed"
    assert "You asked: Which port?" in talker.prompt(2)
    assert "8080" in talker.prompt(2)
    place.until(lambda: place.letters("read"))
    assert place.letters("read")[0].text == "answer-to-q-1"


def test_a_question_of_an_earlier_attempt_is_waited_for_by_none(place: WorkerWorld, talker: Talker) -> None:
    ask(place, "Which port?", "of-before")
    begin(place, talker, says(session="s-1") + END)
    assert (place.end_of()["kind"], talker.turns()) == ("sealed", 1)


def test_a_note_that_nobody_has_read_is_handed_over_in_one_more_turn(place: WorkerWorld, talker: Talker) -> None:
    begin(place, talker, says(session="s-1") + "until_there told\n" + END, END)
    place.until(lambda: talker.turns() == 1)
    place.put("note", "the schema has moved", "note-1")
    talker.let("told")
    assert place.end_of()["kind"] == "sealed"
    assert "the schema has moved" in talker.prompt(2)


def test_a_turn_that_died_is_taken_up_once(place: WorkerWorld, talker: Talker) -> None:
    begin(place, talker, LIMIT.replace("limit", "broken") + "exit 1\n", says(text="no end"), END)
    end = place.end_of()
    assert (end["outcome"], end["reason"], talker.turns()) == ("failed", "its turn broke off (status 0)", 2)
    assert place.show(end["commit"], "one.txt") == "one\n"


def test_cancelled_between_two_turns_it_ends_at_once_and_its_work_is_kept(place: WorkerWorld, talker: Talker) -> None:
    begin(place, talker, LIMIT, END)
    limited(place)
    place.put("cancel", json.dumps({"key": place.work("").key, "grace": 1.0}), "c")
    end = place.end_of()
    assert (end["outcome"], talker.turns()) == ("cancelled", 1)
    assert place.show(end["commit"], "one.txt") == "one\n"


def test_asked_to_quit_while_it_waits_it_stays_until_the_attempt_is_ended(place: WorkerWorld, talker: Talker) -> None:
    begin(place, talker, LIMIT, END)
    limited(place)
    place.put("quit", "", "q")
    place.until(lambda: taken(place, "q.quit"))
    assert place.programs[0].poll() is None
    place.put("cancel", json.dumps({"key": place.work("").key, "grace": 1.0}), "c")
    assert place.programs[0].wait(30) == 0
    assert place.end_of()["outcome"] == "cancelled"


def test_a_pane_that_goes_away_while_it_waits_changes_nothing(place: WorkerWorld, talker: Talker) -> None:
    begin(place, talker, LIMIT, END)
    limited(place)
    place.programs[0].send_signal(signal.SIGHUP)
    place.until(lambda: place.letters("detached"))
    tell(place, "continue")
    assert place.end_of()["kind"] == "sealed"
    assert place.programs[0].wait(30) == 0


def test_killed_between_two_turns_the_next_program_seals_what_there_is_and_calls_it_lost(
    place: WorkerWorld, talker: Talker
) -> None:
    begin(place, talker, says(usage={"usd": 0.25}) + LIMIT, END)
    limited(place)
    place.programs[0].kill()
    place.programs[0].wait()
    place.begin()
    end = place.end_of()
    assert (end["outcome"], end["usage"], talker.turns()) == ("lost", {"usd": 0.25}, 1)
    assert place.show(end["commit"], "one.txt") == "one\n"


def test_paused_between_two_turns_it_does_not_begin_the_next_before_it_is_told(
    place: WorkerWorld, talker: Talker
) -> None:
    begin(place, talker, says(session="s-1") + "until_there asked\n" + END, END)
    place.until(lambda: talker.turns() == 1)
    ask(place, "Which port?")
    talker.let("asked")
    place.until(lambda: place.attempt().stream.read_text().endswith('true}\n'))
    tell(place, "suspend")
    place.until(lambda: taken(place, "1.suspend.suspend"))
    answer(place, "8080")
    place.put("suspend", "job 1", "2")
    place.until(lambda: taken(place, "2.suspend"))
    assert talker.turns() == 1
    tell(place, "continue")
    assert place.end_of()["kind"] == "sealed"
    assert talker.turns() == 2


def test_an_attempt_that_reaches_its_budget_is_ended_with_all_it_has_started(
    place: WorkerWorld, talker: Talker
) -> None:
    spends = says(session="s-1", usage={"usd": 0.6}) * 2 + "echo one > one.txt\nsleep 1000\n"
    begin(place, talker, spends, budget=1.0)
    end = place.end_of()
    assert (end["outcome"], end["reason"]) == ("failed", "it has used $1.20 of the $1.00 that it may use")
    assert (end["usage"], place.show(end["commit"], "one.txt")) == ({"usd": 1.2}, "one\n")
    assert not marked({"SWARM_MAIL": str(place.mail.path), "SWARM_TASK": "job", "SWARM_ATTEMPT": "1"})


def test_what_reaches_its_budget_in_one_turn_has_no_further_one(place: WorkerWorld, talker: Talker) -> None:
    begin(place, talker, says(usage={"usd": 2}) + LIMIT, END, budget=1.0)
    assert (place.end_of()["outcome"], talker.turns()) == ("failed", 1)
    assert "of the $1.00 that it may use" in place.end_of()["reason"]


def test_work_that_was_finished_counts_whatever_it_has_cost(place: WorkerWorld, talker: Talker) -> None:
    begin(place, talker, "echo one > one.txt\n" + says(usage={"usd": 2}) + END, budget=1.0)
    assert place.end_of()["kind"] == "sealed"


def test_the_leader_is_told_what_an_attempt_uses_while_it_runs(place: WorkerWorld, talker: Talker) -> None:
    begin(place, talker, says(usage={"usd": 0.5, "output_tokens": 7}) + "until_there go\n" + END)
    place.until(lambda: place.letters("used"))
    told = json.loads(place.letters("used")[0].text)
    assert told == {"task": "job", "attempt": 1, "usage": {"output_tokens": 7, "usd": 0.5}}
    talker.let("go")
    assert place.end_of()["kind"] == "sealed"


def test_ended_because_the_run_has_spent_its_budget_it_says_so(place: WorkerWorld, talker: Talker) -> None:
    begin(place, talker, LIMIT, END)
    limited(place)
    place.put("cancel", json.dumps({"key": place.work("").key, "grace": 1.0, "why": "spent"}), "c")
    end = place.end_of()
    assert (end["outcome"], end["reason"]) == ("cancelled", "the run's budget is used up")


def test_a_conversation_whose_id_would_be_an_option_is_none(place: WorkerWorld, talker: Talker) -> None:
    begin(place, talker, LIMIT.replace("s-1", "--skip-permissions"), END)
    limited(place)
    tell(place, "continue")
    assert place.end_of()["kind"] == "sealed"
    assert talker.args(2) == "first"


def test_an_agent_that_removes_its_attempts_directory_has_its_next_turn_all_the_same(
    place: WorkerWorld, talker: Talker
) -> None:
    begin(place, talker, LIMIT + f"until_there gone\nrm -r {place.attempt().path}\n", END)
    place.until(lambda: place.letters("identified"))
    place.until(lambda: "full" in (place.attempt().log.read_text() if place.attempt().log.exists() else ""))
    talker.let("gone")
    limited(place)
    tell(place, "continue")
    assert place.end_of()["kind"] == "sealed"
    assert talker.turns() == 2


def test_where_nobody_can_read_what_it_prints_the_attempt_is_rejected(place: WorkerWorld, talker: Talker) -> None:
    begin(place, talker, END, reader="of-tomorrow")
    assert (place.end_of()["outcome"], talker.turns()) == ("rejected", 0)


def test_a_letter_that_was_lost_with_the_mail_is_written_again(place: WorkerWorld, talker: Talker) -> None:
    begin(place, talker, LIMIT, END)
    limited(place)
    for letter in (place.mail.outbox / "new").glob("*.limited"):
        letter.unlink()
    (place.mail.inbox / "bad").rmdir()
    limited(place)
    tell(place, "continue")
    assert place.end_of()["kind"] == "sealed"
