"""The verbs of an agent: from its worker's mailbox, light, and without a leader in sight."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from look_world import swarm

from inbox.maildir import Maildir
from inbox.message import Message
from swarm.files import read_json
from swarm.paths import AttemptDir, MailDir

HEAVY = ("swarm.core", "swarm.leader", "swarm.git", "swarm.journal", "pydantic", "yaml", "watchfiles", "git", "libtmux",
         "textual", "asyncio", "subprocess", "tempfile", "logging", "typing_extensions")  # fmt: skip


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    mail, directory = tmp_path / "mail" / "worker-1", tmp_path / "attempts" / "api.1"
    Maildir(mail / "inbox").create()
    Maildir(mail / "outbox").create()
    directory.mkdir(parents=True)
    env = {
        "SWARM_MAIL": str(mail), "SWARM_TASK": "api", "SWARM_ATTEMPT": "1", "SWARM_ATTEMPT_DIR": str(directory),
        "SWARM_WORKER": "worker-1", "SWARM_RUN": "demo",
    }  # fmt: skip
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return env


@pytest.fixture
def mail(env: dict[str, str]) -> MailDir:
    return MailDir(Path(env["SWARM_MAIL"]))


@pytest.fixture
def attempt(env: dict[str, str]) -> AttemptDir:
    return AttemptDir(Path(env["SWARM_ATTEMPT_DIR"]))


Capture = pytest.CaptureFixture[str]


def sent(mail: MailDir) -> list[tuple[str, str, str]]:
    return [(message.kind, message.to, message.text) for _, message in Maildir(mail.outbox).receive()]


def put(mail: MailDir, kind: str, text: str, number: int) -> str:
    id = f"{number:020d}-operator-00000001"
    Maildir(mail.inbox).send(Message(id, "operator", "worker-1", kind, text, float(number)))
    return id


def test_done_and_fail_leave_one_verdict(attempt: AttemptDir, capsys: Capture) -> None:
    assert swarm(capsys, "done", "it", "works").code == 0
    assert read_json(attempt.verdict) == {"ok": True, "text": "it works"}
    again = swarm(capsys, "fail", "it does not")
    assert (again.code, again.out) == (1, "")
    assert again.err.startswith("swarm fail: attempt 1 of api has already said how it ended\n")
    assert read_json(attempt.verdict) == {"ok": True, "text": "it works"}


def test_fail_needs_a_reason_and_done_does_not_need_a_word(attempt: AttemptDir, capsys: Capture) -> None:
    assert swarm(capsys, "fail").code == 2
    assert swarm(capsys, "fail", " ").code == 2
    assert not attempt.verdict.exists()
    assert swarm(capsys, "done").code == 0
    assert read_json(attempt.verdict) == {"ok": True, "text": ""}


def test_a_report_comes_from_standard_input_whole(
    attempt: AttemptDir, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "# Found\n\n- ünï\n" * 40_000
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert swarm(capsys, "report", "-").code == 0
    assert attempt.report.read_text() == text
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff")))
    said = swarm(capsys, "report", "-")
    assert (said.code, "not utf-8 at byte 0" in said.err) == (1, True)
    assert attempt.report.read_text() == text


@pytest.mark.parametrize("verb", ["done", "fail", "ask", "report"])
def test_outside_an_attempt_a_verb_for_agents_says_so(verb: str, capsys: Capture) -> None:
    said = swarm(capsys, verb, "words")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"swarm {verb}: this is for an agent inside an attempt, and here is none")


def test_an_agent_sends_from_its_workers_outbox(mail: MailDir, capsys: Capture) -> None:
    assert swarm(capsys, "send", "worker-2", "two", "words").out == "sent to worker-2\n"
    assert swarm(capsys, "broadcast", "listen").out == "sent to all\n"
    assert sent(mail) == [("note", "worker-2", "two words"), ("note", "all", "listen")]
    refused = swarm(capsys, "send", "Worker 2", "x")
    assert (refused.code, "bad to 'Worker 2'" in refused.err) == (1, True)


def test_an_agent_reads_notes_and_answers_and_nothing_else(mail: MailDir, capsys: Capture) -> None:
    put(mail, "assign", "{}", 1)
    note, answer = put(mail, "note", "first", 2), put(mail, "answer", "8080", 3)
    found = swarm(capsys, "inbox", "--json").json
    assert (found["box"], [m["text"] for m in found["messages"]]) == ("worker-1", ["first", "8080"])
    assert swarm(capsys, "inbox").out == swarm(capsys, "inbox", "--ack").out, "unread until it is acknowledged"
    assert sent(mail) == [("read", "leader", note), ("read", "leader", answer)]
    empty = swarm(capsys, "inbox")
    assert (empty.code, empty.out, empty.err) == (0, "", "no unread messages for worker-1\n")
    assert len(Maildir(mail.inbox).unread()) == 1, "the assignment is the worker's"


def test_an_agent_reads_nobody_elses_messages(mail: MailDir, capsys: Capture) -> None:
    said = swarm(capsys, "inbox", "worker-2")
    assert (said.code, said.err.splitlines()[0]) == (1, "swarm inbox: the messages of worker-2 are not for worker-1")


def test_a_message_can_not_paint_the_terminal(mail: MailDir, capsys: Capture) -> None:
    put(mail, "note", "\x1b[2Jgone", 1)
    assert "\x1b" not in swarm(capsys, "inbox").out


def test_a_mailbox_that_is_gone_is_no_bug(
    env: dict[str, str], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWARM_MAIL", "/nowhere/mail/worker-1")
    for words in (("send", "worker-2", "x"), ("inbox",)):
        said = swarm(capsys, *words)
        assert (said.code, "is gone, and the run with it" in said.err) == (1, True), said.err


@pytest.mark.parametrize(
    "words",
    [["send", "worker-2", "x"], ["broadcast", "x"], ["done"], ["fail", "x"], ["report", "x"], ["inbox", "--ack"]],
    ids=lambda words: str(words[0]),
)
def test_an_agents_verb_loads_next_to_nothing(words: list[str], env: dict[str, str]) -> None:
    code = f"import sys; from swarm.cli import main; code = main({words!r}); print(*sys.modules); sys.exit(code)"
    done = subprocess.run([sys.executable, "-P", "-c", code], env={**os.environ, **env}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    loaded = done.stdout.split()
    assert [name for name in loaded if name.startswith(tuple(f"{heavy}." for heavy in HEAVY)) or name in HEAVY] == []
