"""The operator's messages: `send`, `broadcast` and `inbox` at the repository, with no leader alive."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from look_world import MadeRun, make_run, swarm

from inbox.maildir import Maildir
from inbox.message import Message, new_id
from swarm.cli.context import load
from swarm.core import events as e

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def made(repo: Path, monkeypatch: pytest.MonkeyPatch) -> MadeRun:
    monkeypatch.chdir(repo)
    return make_run(repo)


def sent(made: MadeRun) -> list[tuple[str, str, str]]:
    outbox = Maildir(made.dir.mailbox("operator").outbox)
    return [(message.kind, message.to, message.text) for _, message in outbox.receive()]


def put(made: MadeRun, box: str, text: str, kind: str = "note") -> str:
    now = time.time_ns()
    message = Message(new_id("worker-1", now, 1), "worker-1", box, kind, text, now / 1e9)
    Maildir(made.dir.mailbox(box).inbox).send(message)
    return message.id


def test_a_message_waits_for_a_leader_and_it_says_so(made: MadeRun, capsys: Capture) -> None:
    said = swarm(capsys, "send", "worker-2", "leave", "it")
    assert (said.code, sent(made)) == (0, [("note", "worker-2", "leave it")])
    assert said.out == "sent to worker-2\nno leader runs: it is carried as soon as demo goes on\n"
    assert said.err == "→ swarm resume demo\n"


def test_it_says_who_will_read_it(made: MadeRun, capsys: Capture) -> None:
    made.claim("one", "worker-2")
    made.say(e.AttemptAssigned("one", 1))
    assert swarm(capsys, "send", "one", "x").out.splitlines()[0] == "sent to worker-2"
    assert (
        swarm(capsys, "send", "two", "x").out.splitlines()[0] == "sent; it is kept for two until somebody works on it"
    )
    assert swarm(capsys, "broadcast", "x").out.splitlines()[0] == "sent to worker-1, worker-2"


def test_a_name_that_nobody_has_is_refused_at_once(made: MadeRun, capsys: Capture) -> None:
    said = swarm(capsys, "send", "wroker-2", "x")
    assert (said.code, said.out, sent(made)) == (1, "", [])
    assert said.err.startswith("swarm send: nobody here is called 'wroker-2'; did you mean worker-2?\n  → ")


def test_a_task_that_is_over_has_no_reader(made: MadeRun, capsys: Capture) -> None:
    made.land("one", {"one.txt": "1\n"})
    said = swarm(capsys, "send", "one", "x")
    assert (said.code, "one is merged; nobody will read this" in said.err) == (1, True)
    assert "did you mean" not in said.err, "the name was right"


def test_where_there_is_no_run_it_leads_to_start(repo: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.chdir(repo)
    said = swarm(capsys, "send", "worker-1", "x")
    assert (said.code, "there is no run in this repository yet" in said.err) == (1, True)


def test_the_operators_inbox_shows_notes_and_not_the_answers_to_commands(made: MadeRun, capsys: Capture) -> None:
    put(made, "operator", '{"ok": true}', "reply")
    put(made, "operator", "the tests need a database")
    said = swarm(capsys, "inbox")
    assert "worker-1 to operator  note\n    the tests need a database\n" in said.out
    assert "ok" not in said.out
    assert "swarm inbox --ack" in said.err


def test_reading_is_filed_and_reported_once(made: MadeRun, capsys: Capture) -> None:
    id = put(made, "operator", "hello")
    assert len(swarm(capsys, "inbox", "--ack", "--json").json["messages"]) == 1
    assert swarm(capsys, "inbox", "--ack", "--json").json == {"box": "operator", "messages": []}
    assert sent(made) == [("read", "leader", id)]


def test_looking_into_a_workers_box_leaves_it_as_it_is(made: MadeRun, capsys: Capture) -> None:
    put(made, "worker-1", "{}", "assign")
    put(made, "worker-1", "for its agent")
    made.claim("one", "worker-1")
    for who in ("worker-1", "one"):
        found = swarm(capsys, "inbox", who, "--json").json
        assert [message["text"] for message in found["messages"]] == ["for its agent"]
    refused = swarm(capsys, "inbox", "worker-1", "--ack")
    assert (refused.code, "only worker-1 itself files its messages as read" in refused.err) == (2, True)
    assert len(Maildir(made.dir.mailbox("worker-1").inbox).unread()) == 2


def test_a_box_that_nobody_has_is_refused(made: MadeRun, capsys: Capture) -> None:
    assert "there is no worker and no task 'wroker-1'; did you mean worker-1?" in swarm(capsys, "inbox", "wroker-1").err
    assert "nobody works on two now; no message is kept for it" in swarm(capsys, "inbox", "two").err


def test_watching_prints_what_is_there_and_what_comes(made: MadeRun) -> None:
    put(made, "operator", "before")
    argv = [sys.executable, "-P", "-m", "swarm", "inbox", "--watch", "--ack"]
    program = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    try:
        assert program.stdout is not None
        assert [program.stdout.readline() for _ in range(2)][1] == "    before\n"
        put(made, "operator", "after")
        assert [program.stdout.readline() for _ in range(2)][1] == "    after\n"
    finally:
        program.kill()
        program.communicate()


def test_a_read_report_of_the_operator_lowers_the_count(made: MadeRun, capsys: Capture) -> None:
    id = put(made, "operator", "hello")
    made.say(e.MessageAccepted(id, "worker-1", "operator", "note", "hello", ("operator",)))
    made.say(e.MessageDelivered(id, "operator"))
    assert load(made.dir).unread["operator"] == {id}
    swarm(capsys, "inbox", "--ack")
    swarm(capsys, "pause", "one")  # whoever gives an order takes what lies in the mail
    assert not load(made.dir).unread["operator"]
