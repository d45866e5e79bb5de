"""Orders about a task where no leader lives: this process decides, by the same rules, and starts nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from look_world import MadeRun, make_run, swarm

from inbox.maildir import Maildir
from swarm.cli.context import load
from swarm.core import events as e
from swarm.core.events import Outcome
from swarm.core.status import Status

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def made(repo: Path, monkeypatch: pytest.MonkeyPatch) -> MadeRun:
    monkeypatch.chdir(repo)
    return make_run(repo)


def status(made: MadeRun, task: str) -> Status:
    return load(made.dir).tasks[task].status


def test_pause_and_unpause(made: MadeRun, capsys: Capture) -> None:
    said = swarm(capsys, "pause", "one", "bad")
    assert (said.code, said.out) == (0, "one is paused\nbad is paused\n")
    assert said.err == "→ swarm resume demo   no leader runs now\n"
    assert status(made, "one") is Status.PAUSED
    assert swarm(capsys, "unpause", "one").out == "one goes on\n"
    assert (status(made, "one"), status(made, "bad")) == (Status.PENDING, Status.PAUSED)


def test_cancel_and_retry(made: MadeRun, capsys: Capture) -> None:
    assert swarm(capsys, "cancel", "one").out == "one is cancelled; what it did is kept on its branch\n"
    assert status(made, "one") is Status.CANCELLED
    assert swarm(capsys, "retry", "one").out == "one will be tried again\n"
    assert status(made, "one") is Status.PENDING


def test_retry_of_a_task_that_failed_in_a_run_that_ended(made: MadeRun, capsys: Capture) -> None:
    made.fail("bad", "no idea")
    made.finish()
    said = swarm(capsys, "retry", "bad")
    assert (said.code, said.err) == (0, "→ swarm resume demo   no leader runs now\n")
    assert not load(made.dir).over


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("unpause", "one"), "one is not paused, it is pending"),
        (("retry", "one"), "one is pending; "),
        (("answer", "one", "x"), "one asks nothing, it is pending"),
    ],
)
def test_what_makes_no_sense_now_is_refused_and_changes_nothing(
    words: tuple[str, ...], message: str, made: MadeRun, capsys: Capture
) -> None:
    said = swarm(capsys, *words)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"swarm {words[0]}: {message}")
    assert said.err.endswith("  → swarm why one\n")
    assert status(made, "one") is Status.PENDING


@pytest.mark.parametrize("verb", ["pause", "unpause", "cancel", "retry", "answer"])
def test_a_task_that_is_not_there_is_refused_with_a_suggestion(verb: str, made: MadeRun, capsys: Capture) -> None:
    said = swarm(capsys, verb, "oen", *(["text"] if verb == "answer" else []))
    assert (said.code, "there is no task 'oen' in run demo; did you mean one?" in said.err) == (1, True)


def test_nothing_is_ordered_when_one_of_the_names_is_wrong(made: MadeRun, capsys: Capture) -> None:
    assert swarm(capsys, "cancel", "one", "nope").code == 1
    assert status(made, "one") is Status.PENDING


def test_an_answer_is_delivered_though_no_leader_lives(made: MadeRun, capsys: Capture) -> None:
    made.claim("one", "worker-1")
    made.say(e.AttemptAssigned("one", 1))
    made.say(e.QuestionAsked("one", 1, "question-1", "which port?"))
    said = swarm(capsys, "answer", "one", "use", "8080")
    assert (said.code, said.out) == (0, "one was answered\n")
    [(_, message)] = Maildir(made.dir.mailbox("worker-1").inbox).receive()
    assert (message.kind, message.text, message.reply_to) == ("answer", "use 8080", "question-1")


def test_a_question_is_taken_after_the_report_that_its_attempt_began(made: MadeRun, capsys: Capture) -> None:
    made.say(e.TaskClaimed("one", 1, "worker-1", made.tip), e.AttemptAssigned("one", 1))
    outbox = Maildir(made.dir.mailbox("worker-1").outbox)
    letter = "id: {id}\nfrom: worker-1\nto: leader\nkind: {kind}\nsent: {sent}\n\n{text}"
    for sent, id, kind, text in (
        (1.0, "one.1.started", "started", '{"task": "one", "attempt": 1, "pid": 1}'),
        (2.0, "00000000002000000000-worker-1-00000001", "ask", "which port?"),
    ):
        (outbox.new / f"{id}.{kind}").write_text(letter.format(id=id, kind=kind, sent=sent, text=text))
    swarm(capsys, "pause", "two")
    assert status(made, "one") is Status.WAITING


def test_an_agent_of_the_run_can_not_command_it(
    made: MadeRun, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = made.dir.attempt("one", 1)
    for name, value in {
        "SWARM_MAIL": made.dir.mailbox("worker-1").path, "SWARM_TASK": "one", "SWARM_ATTEMPT": "1",
        "SWARM_ATTEMPT_DIR": attempt.path,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, str(value))
    for words in (("cancel", "two"), ("stop",), ("retry", "two"), ("merge", "two")):
        said = swarm(capsys, *words)
        assert (said.code, "only a person commands the runs" in said.err) == (1, True), (words, said.err)


def test_what_a_refused_attempt_left_is_no_obstacle_to_another_try(made: MadeRun, capsys: Capture) -> None:
    made.claim("one", "worker-1")
    made.say(e.AttemptEnded("one", 1, Outcome.FAILED, "no", None))
    assert "one is pending" in swarm(capsys, "retry", "one").err
