"""An agent that has its worker's pane to itself: a real tmux on a private socket, and keys typed as a person types."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import pytest
from desk import Desk
from worker_world import NAME, WorkerWorld

from swarm import lease
from swarm.process import signal_process

pytestmark = pytest.mark.tmux


def test_it_has_the_terminal_to_itself_from_its_start(desk: Desk) -> None:
    desk.begin()
    start = desk.said()[0]
    assert start["terminals"] == [True, True, True]
    assert (start["front"], start["leads"], start["waits"], start["echo"]) == (True, True, True, True)
    assert start["words"] == ["s-own"]
    desk.until(lambda: "what is it to do?" in desk.shown())
    signal_process(desk.program(), signal.SIGINT)  # to which it has something to say
    desk.type("hello\r")
    desk.until(lambda: {"typed": "hello"} in desk.said())
    assert "the swarm runs this pane" not in desk.shown()
    desk.type("quit 0\r")
    assert desk.place.end_of()["kind"] == "sealed"


def test_when_a_person_ends_it_the_worker_has_its_terminal_back_as_it_was(desk: Desk) -> None:
    desk.host.ensure(NAME)
    desk.until(lambda: f"{NAME} is ready" in desk.shown())
    before = desk.settings()
    desk.begin()
    desk.until(lambda: desk.settings() != before)
    desk.type("run echo made > made.txt\r")
    desk.until(lambda: any("ran" in line for line in desk.said()))
    desk.type("quit 0\r")
    end = desk.place.end_of()
    assert (end["kind"], "made.txt" in desk.place.names(end["commit"])) == ("sealed", True)
    desk.until(lambda: "what is it to do?" not in desk.shown() and "the job" in desk.shown())
    assert desk.settings() == before
    assert desk.flags("alternate_on", "cursor_flag", "mouse_any_flag") == ["0", "1", "0"]
    fields = Path(f"/proc/{desk.program().pid}/stat").read_text().rpartition(")")[2].split()
    assert fields[2] == fields[5], "the worker's group is not the foreground one"


def test_its_word_ends_it_though_it_would_wait_for_ever(desk: Desk) -> None:
    desk.begin()
    desk.type("run swarm done 'all of it'\r")
    assert desk.place.end_of()["kind"] == "sealed"
    desk.until(lambda: "what is it to do?" not in desk.shown())


def test_one_that_says_that_it_failed_has_failed_also_where_it_is_deaf(desk: Desk) -> None:
    desk.begin()
    desk.type("deaf\r")
    desk.until(lambda: {"deaf": True} in desk.said())
    desk.type("run swarm fail 'no such port'\r")
    end = desk.place.end_of()
    assert (end["outcome"], end["reason"]) == ("failed", "no such port")
    assert desk.flags("alternate_on", "cursor_flag", "mouse_any_flag") == ["0", "1", "0"]


def test_a_bad_status_without_a_word_is_a_failure_and_quotes_no_screen(desk: Desk) -> None:
    desk.begin()
    desk.type("quit 3\r")
    end = desk.place.end_of()
    assert (end["outcome"], end["reason"]) == ("failed", "its agent exited with status 3")


def test_ctrl_z_does_not_leave_it_stopped(desk: Desk) -> None:
    desk.begin()
    desk.type("\x1a")
    desk.until(lambda: {"back": True} in desk.said())
    desk.type("quit 0\r")
    assert desk.place.end_of()["kind"] == "sealed"


def test_silence_is_no_sign_of_anything_there(desk: Desk) -> None:
    desk.begin(idle=0.1)
    desk.type("run sleep 0.5\r")
    desk.until(lambda: any("ran" in line for line in desk.said()))
    desk.type("quit 0\r")
    assert desk.place.end_of()["kind"] == "sealed"


def test_its_time_is_bounded_as_ever(desk: Desk) -> None:
    desk.begin(timeout=0.5)
    assert desk.place.end_of()["outcome"] == "timeout"


def test_a_second_one_in_the_same_pane_finds_it_as_the_first_did(desk: Desk) -> None:
    desk.begin()
    desk.type("quit 0\r")
    desk.place.end_of()
    first = desk.said()[0]
    desk.notes.unlink()
    desk.place.assign(desk.work(attempt=2))
    desk.until(desk.said)
    assert desk.said()[0] == first
    desk.type("quit 0\r")
    assert desk.place.end_of(2)["kind"] == "sealed"


def test_the_conversation_is_told_at_once_and_gone_on_with_by_the_next_attempt(desk: Desk) -> None:
    desk.begin(earlier="s-before")
    assert desk.said()[0]["words"] == ["s-before", "again"]
    desk.until(lambda: desk.place.letters("identified"))
    assert json.loads(desk.place.letters("identified")[0].text)["session"] == "s-before"
    desk.type("quit 0\r")
    desk.place.end_of()


def test_what_its_hooks_note_of_its_model_and_its_usage_is_told(desk: Desk) -> None:
    desk.begin()
    attempt = desk.place.attempt()
    attempt.usage.write_text('{"input_tokens": 9, "output_tokens": 4}')
    attempt.transcripts.write_text('{"from": {}, "model": "m-1"}')
    desk.until(lambda: any(json.loads(one.text)["model"] == "m-1" for one in desk.place.letters("identified")))
    desk.type("run echo made > made.txt\r")
    desk.until(lambda: any("ran" in line for line in desk.said()))
    desk.type("quit 0\r")
    assert desk.place.end_of()["usage"] == {"input_tokens": 9, "output_tokens": 4}


def test_a_pane_that_is_closed_loses_the_attempt_and_seals_what_it_left(desk: Desk) -> None:
    desk.begin()
    desk.type("run echo made > made.txt\r")
    desk.until(lambda: any("ran" in line for line in desk.said()))
    desk.host.server.close(desk.pane)
    end = desk.place.end_of()
    assert (end["outcome"], end["reason"]) == ("lost", "its pane was closed while it worked in it")
    assert "made.txt" in desk.place.names(end["commit"])


def test_so_does_the_end_of_tmux_though_it_is_deaf_to_hang_ups(desk: Desk) -> None:
    desk.begin()
    desk.type("deaf\r")
    desk.until(lambda: {"deaf": True} in desk.said())
    desk.host.shutdown()
    assert desk.place.end_of()["outcome"] == "lost"


def test_a_program_that_dies_loses_it_too_and_the_next_one_says_so(desk: Desk) -> None:
    desk.begin()
    signal_process(desk.program(), signal.SIGKILL)
    desk.place.until(lambda: not lease.is_held(desk.place.mail.lock))
    desk.host.ensure(NAME)
    assert desk.place.end_of()["outcome"] == "lost"


def test_a_worker_without_a_pane_refuses_it_and_says_what_to_do(place: WorkerWorld, desk: Desk) -> None:
    place.begin()
    place.assign(desk.work())
    end = place.end_of()
    assert end["outcome"] == "rejected"
    assert end["reason"] == "it needs a pane to itself, and its worker has none: start the run with --executor tmux"


def test_a_program_that_is_not_there_is_a_refusal_and_the_worker_goes_on(desk: Desk) -> None:
    desk.host.ensure(NAME)
    desk.place.assign(desk.work(argv=("/no/such/program",)))
    assert desk.place.end_of()["outcome"] == "rejected"
    assert shutil.which("/no/such/program") is None
    desk.place.assign(desk.work(attempt=2))
    desk.until(desk.said)
    desk.type("quit 0\r")
    assert desk.place.end_of(2)["kind"] == "sealed"
