from __future__ import annotations

from pathlib import Path

import pytest
from attempt_world import AttemptWorld, attempt_world

from inbox.maildir import Maildir
from swarm.agents import tools
from swarm.errors import SwarmError


@pytest.fixture
def attempt(tmp_path: Path) -> AttemptWorld:
    return attempt_world(tmp_path, tmp_path)


@pytest.mark.parametrize("env", [{}, {"SWARM_TASK": "api"}, {"SWARM_ATTEMPT": "one"}])
def test_outside_an_attempt_it_says_so(env: dict[str, str], attempt: AttemptWorld) -> None:
    broken = {**attempt.env, **env} if "SWARM_ATTEMPT" in env else env
    with pytest.raises(SwarmError, match="inside an attempt"):
        tools.inside(broken)


def test_the_first_word_on_how_an_attempt_ended_counts(attempt: AttemptWorld) -> None:
    here = tools.inside(attempt.env)
    tools.fail(here, "no idea\n")
    with pytest.raises(SwarmError, match="attempt 1 of api has already said how it ended"):
        tools.done(here, "it works after all")
    assert attempt.verdict == {"ok": False, "text": "no idea"}


def test_a_note_says_who_sent_it_and_to_whom(attempt: AttemptWorld) -> None:
    id = tools.send(tools.inside(attempt.env), "role:reviewer", "please look")
    sent = attempt.sent("note")
    assert (sent.id, sent.sender, sent.to, sent.text) == (id, "worker-1", "role:reviewer", "please look")


@pytest.mark.parametrize(
    ("to", "text", "message"),
    [("Worker 2", "x", "bad to 'Worker 2'"), ("worker-2", "x" * 300_000, "holds at most"), ("a", "\udc80", "half a")],
)
def test_what_no_message_can_be_is_refused(to: str, text: str, message: str, attempt: AttemptWorld) -> None:
    with pytest.raises(SwarmError, match=message):
        tools.send(tools.inside(attempt.env), to, text)
    assert Maildir(attempt.mail.outbox).unread() == []


def test_reading_files_the_message_and_tells_the_leader_once(attempt: AttemptWorld) -> None:
    id = attempt.deliver("hello")
    [(name, message)] = Maildir(attempt.mail.inbox).receive()
    assert tools.read(attempt.mail, name, message)
    assert not tools.read(attempt.mail, name, message)
    assert attempt.sent("read").text == id
    assert Maildir(attempt.mail.outbox).unread() == []


def test_a_second_report_takes_the_place_of_the_first(attempt: AttemptWorld) -> None:
    here = tools.inside(attempt.env)
    tools.report(here, "half of it")
    tools.report(here, "all of it")
    assert attempt.dir.report.read_text() == "all of it"
    with pytest.raises(SwarmError, match="empty report"):
        tools.report(here, " \n")
