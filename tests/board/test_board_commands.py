from __future__ import annotations

import json
from pathlib import Path

import pytest

from board.commands import OPERATOR, Answer, Operator
from board.steering import Steering
from inbox.maildir import Maildir
from inbox.message import Malformed, Message, new_id
from swarm.core.plan import Task
from swarm.core.state import TaskState
from swarm.core.status import Status
from swarm.paths import RunDir


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    return RunDir(tmp_path / "runs" / "sim")


def sent(run: RunDir) -> list[Message]:
    """What lies in the operator's outbox."""
    outbox = Maildir(run.mailbox(OPERATOR).outbox)
    return [message for _, message in outbox.receive()] if outbox.exists() else []


def reply(run: RunDir, to: str | None, text: str, kind: str = "reply") -> None:
    """Put a message into the operator's inbox, as the leader does."""
    inbox = Maildir(run.mailbox(OPERATOR).inbox).create()
    inbox.send(Message(new_id("leader", len(inbox.unread()), 1), "leader", OPERATOR, kind, text, 1.0, to))


def test_a_command_is_a_message_to_the_leader(run: RunDir) -> None:
    id = Operator(run).command("answer", "api", text="yes – drop it\n日本")
    [message] = sent(run)
    assert (message.id, message.sender, message.to, message.kind) == (id, "operator", "leader", "command")
    assert json.loads(message.text) == {"verb": "answer", "args": {"task": "api", "text": "yes – drop it\n日本"}}


def test_a_note_goes_to_the_task_as_it_was_written(run: RunDir) -> None:
    Operator(run).note("api", "mind the\ntabs")
    [message] = sent(run)
    assert (message.to, message.kind, message.text) == ("api", "note", "mind the\ntabs")


def test_a_reply_is_given_once_and_taken_out_of_the_inbox(run: RunDir) -> None:
    operator = Operator(run)
    first, second = operator.command("pause", "api"), operator.command("retry", "api")
    reply(run, first, json.dumps({"ok": True, "text": "api is paused"}))
    reply(run, second, json.dumps({"ok": False, "text": "api is paused; only what failed can be tried again"}))
    assert operator.answers() == [
        Answer("pause api", True, "api is paused"),
        Answer("retry api", False, "api is paused; only what failed can be tried again"),
    ]
    assert operator.answers() == []
    assert operator.inbox.unread() == []


def test_mail_of_others_is_left_where_it_is(run: RunDir) -> None:
    operator = Operator(run)
    operator.command("pause", "api")
    reply(run, "00000000000000000001-operator-00000001", "for another terminal")
    reply(run, None, "a note from somebody", kind="note")
    assert operator.answers() == []
    assert len(operator.inbox.unread()) == 2


def test_a_reply_of_another_shape_is_shown_as_it_is(run: RunDir) -> None:
    operator = Operator(run)
    reply(run, operator.command("pause", "api"), "just words")
    assert operator.answers() == [Answer("pause api", True, "just words")]


def test_what_can_not_be_written_is_not_waited_for(run: RunDir) -> None:
    operator = Operator(run)
    with pytest.raises(Malformed):
        operator.note("api", "half a character: \ud800")
    assert operator.unanswered() == []
    assert sent(run) == []


def steering(run: RunDir, *, read_only: bool = False) -> tuple[Steering, list[tuple[str, bool]]]:
    said: list[tuple[str, bool]] = []
    return Steering(Operator(run), lambda text, bad: said.append((text, bad)), read_only=read_only), said


def task(status: Status) -> TaskState:
    return TaskState(Task("api", "", "p"), 0, status)


@pytest.mark.parametrize(("status", "verb"), [(Status.PAUSED, "unpause"), (Status.RUNNING, "pause")])
def test_pause_and_its_opposite_are_one_key(run: RunDir, status: Status, verb: str) -> None:
    wheel, said = steering(run)
    wheel.pause(task(status))
    assert json.loads(sent(run)[0].text)["verb"] == verb
    assert said == [(f"{verb} api: sent", False)]


def test_only_held_work_is_approved(run: RunDir) -> None:
    wheel, said = steering(run)
    wheel.approve(task(Status.RUNNING))
    assert sent(run) == []
    assert said[0][1]
    wheel.approve(task(Status.REVIEW))
    assert json.loads(sent(run)[0].text)["verb"] == "approve"


def test_a_board_that_only_reads_sends_nothing(run: RunDir) -> None:
    wheel, said = steering(run, read_only=True)
    wheel.pause(task(Status.RUNNING))
    wheel.cancel("api")
    wheel.note("api", "hello")
    assert sent(run) == []
    assert said == [("this board only reads", True)] * 3


def test_a_disk_that_refuses_is_told(run: RunDir) -> None:
    run.mail.parent.mkdir(parents=True)
    run.mail.write_text("in the way")
    wheel, said = steering(run)
    wheel.retry(task(Status.FAILED))
    assert "could not be sent" in said[0][0]
    assert said[0][1]
