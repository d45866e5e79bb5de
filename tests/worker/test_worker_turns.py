"""How the turns of an attempt are started: with which words, and what becomes of a conversation that can't go on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from swarm.core.assignment import Assignment
from swarm.core.events import Usage
from swarm.git.place import Place
from swarm.paths import AttemptDir, MailDir
from swarm.worker.turns import Turns

ARGV, AGAIN = ("new", "{{session}}"), ("again", "{{session}}")


@pytest.fixture
def attempt(tmp_path: Path) -> AttemptDir:
    (tmp_path / "attempt").mkdir()
    (tmp_path / "attempt" / "prompt.md").write_text("the task")
    return AttemptDir(tmp_path / "attempt")


def turns(attempt: AttemptDir, **more: object) -> Turns:
    work = Assignment(
        "run", "task", 1, "worker-1", "b" * 40, "branch", ARGV, again=AGAIN, reader="codex", places=True, **more
    )  # type: ignore[arg-type]
    place = Place(attempt.path, attempt.path, "run.worker-1")
    return Turns(work, MailDir(attempt.path / "mail"), attempt, attempt, place)


def says(told: Turns, attempt: AttemptDir, *events: dict[str, object]) -> None:
    with attempt.stream.open("a") as stream:
        stream.writelines(json.dumps(event) + "\n" for event in events)
    assert told.stream is not None
    told.stream.read(last=True)


def test_a_conversation_that_never_began_is_begun_anew_with_all_that_was_said(attempt: AttemptDir) -> None:
    told = turns(attempt, session="ours-1")
    assert told.first().argv == ("new", "ours-1")
    says(told, attempt, {"type": "turn.failed", "error": {"message": "last status: 429"}})
    assert told.afresh() is None, "the first turn was none that went on"
    assert told.further("go on").argv == ("again", "ours-1")
    says(told, attempt)
    start = told.afresh()
    assert start is not None and start.argv[0] == "new"
    assert start.argv[1] not in ("", "ours-1"), "some take each id once"
    assert start.stdin is not None and start.stdin.read_text() == "the task\n\ngo on"
    assert told.afresh() is None


def test_one_that_went_on_is_not_begun_anew(attempt: AttemptDir) -> None:
    told = turns(attempt)
    told.first()
    says(told, attempt, {"type": "thread.started", "thread_id": "t"})
    told.further("go on")
    says(told, attempt, {"type": "item.completed", "item": {"type": "agent_message", "text": "yes"}})
    assert told.afresh() is None


def test_one_whose_account_is_refused_is_not_begun_anew(attempt: AttemptDir) -> None:
    told = turns(attempt, earlier="before")
    assert told.first().argv == ("again", "before")
    says(told, attempt, {"type": "turn.failed", "error": {"message": "last status: 429"}})
    assert told.afresh() is None
    assert told.session == "before"


def test_what_earlier_attempts_used_of_a_conversation_is_not_counted_again(attempt: AttemptDir) -> None:
    told = turns(attempt, earlier="before", spent=Usage(1000, 100, 0.0, 200))
    told.first()
    done = {"type": "turn.completed", "usage": {"input_tokens": 1500, "cached_input_tokens": 300, "output_tokens": 160}}
    says(told, attempt, {"type": "thread.started", "thread_id": "before"}, done)
    assert told.said.usage == Usage(500, 60, 0.0, 100)


def test_a_new_conversation_counts_from_nothing(attempt: AttemptDir) -> None:
    told = turns(attempt, earlier="before", spent=Usage(1000, 100))
    told.first()
    assert told.afresh() is not None
    done = {"type": "turn.completed", "usage": {"input_tokens": 1500, "cached_input_tokens": 300, "output_tokens": 160}}
    says(told, attempt, {"type": "thread.started", "thread_id": "other"}, done)
    assert told.said.usage == Usage(1500, 160, 0.0, 300)
