from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from look_world import MadeRun, make_run, swarm

from swarm import lease
from swarm.core import events as e
from swarm.core.plan import Mode, Task


@pytest.fixture
def made(repo: Path, monkeypatch: pytest.MonkeyPatch) -> MadeRun:
    monkeypatch.chdir(repo)
    return make_run(repo)


def output(made: MadeRun, task: str, attempt: int, text: str) -> Path:
    path = made.dir.attempt(task, attempt).log
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(text)
    return path


def ended(task: str, attempt: int) -> e.AttemptEnded:
    return e.AttemptEnded(task, attempt, e.Outcome.FAILED, "no")


def test_events_are_sentences(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    made.land("one", {"a.txt": "a\n"})
    said = swarm(capsys, "log")
    assert said.code == 0
    assert "run demo began: 4 tasks, 2 workers" in said.out
    assert "worker-1 claimed one (attempt 1)" in said.out
    assert "MessageAccepted" not in said.out


def test_json_is_one_event_a_line_with_its_fields(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    made.claim("one")
    made.say(e.MessageAccepted("m1", "worker-1", "all", "note", "the text"))
    events = [json.loads(line) for line in swarm(capsys, "log", "--json").out.splitlines()]
    assert events[0]["event"] == "RunStarted"
    [claimed] = [event for event in events if event["event"] == "TaskClaimed"]
    assert (claimed["task"], claimed["attempt"], claimed["worker"]) == ("one", 1, "worker-1")
    assert claimed["sentence"] == "worker-1 claimed one (attempt 1)"
    assert (events[-1]["kind"], events[-1]["text"]) == ("note", "the text"), "its own fields, whatever they are called"
    assert [event["seq"] for event in events] == sorted(event["seq"] for event in events)


def test_output_is_that_of_the_newest_attempt_and_harmless(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    made.claim("one")
    output(made, "one", 1, "old\n")
    made.say(ended("one", 1))
    made.claim("one", attempt=2)
    output(made, "one", 2, "new \x1b]52;c;aGk=\x07\x1b[31mred\x1b[0m\n")
    assert swarm(capsys, "log", "one").out == "new red\n"
    assert swarm(capsys, "log", "one", "--attempt", "1").out == "old\n"
    assert swarm(capsys, "log", "one", "--json").json["text"] == "new red\n"


def test_the_gate_says_what_it_printed_about_the_task(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    made.land("one", {"a.txt": "a\n"})
    made.land("two", {"b.txt": "b\n"})
    assert swarm(capsys, "log", "one", "--gate").out == "the gate says that one is green\n"
    said = swarm(capsys, "log", "bad", "--gate")
    assert said.code == 1
    assert "no check has run on the work of bad" in said.err


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["below"], 1, "below has not begun"),
        (["one", "--attempt", "7"], 1, "there are 1 to 1"),
        (["one", "--attempt", "0"], 1, "there are 1 to 1"),
        (["nix"], 1, "there is no task 'nix'"),
        (["--attempt", "1"], 2, "speak of a task"),
    ],
)
def test_what_is_not_there_is_said_plainly(
    made: MadeRun, capsys: pytest.CaptureFixture[str], words: list[str], code: int, text: str
) -> None:
    made.claim("one")
    said = swarm(capsys, "log", *words)
    assert (said.code, said.out) == (code, "")
    assert text in said.err


def follow(repo: Path, *words: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "swarm", "log", "-f", *words]
    return subprocess.Popen(argv, cwd=repo, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_following_events_shows_what_comes_and_ends_with_the_run(made: MadeRun, repo: Path) -> None:
    leader = lease.take(made.dir.home.leader_lock, {"pid": os.getpid(), "run": "demo"})
    assert leader is not None
    with follow(repo) as process:
        assert process.stdout is not None
        while "worker-2 is ready" not in process.stdout.readline():
            pass
        made.claim("one")
        assert "worker-1 claimed one" in process.stdout.readline()
        made.finish()
        assert process.stdout.read().strip().endswith("run finished")
        assert process.wait() == 0
    leader.release()


def test_following_a_task_goes_on_to_its_next_attempt_and_ends_with_it(made: MadeRun, repo: Path) -> None:
    leader = lease.take(made.dir.home.leader_lock, {"pid": os.getpid(), "run": "demo"})
    assert leader is not None
    made.claim("bad")
    output(made, "bad", 1, "one line\n")
    with follow(repo, "bad") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "one line\n"
        output(made, "bad", 1, "another\n")
        assert process.stdout.readline() == "another\n"
        made.say(ended("bad", 1))
        made.claim("bad", attempt=2)
        output(made, "bad", 2, "second attempt\n")
        assert process.stdout.readline() == "second attempt\n"
        made.say(ended("bad", 2))
        made.say(e.TaskGaveUp("bad", 2, "2 attempts used up"))
        assert process.stdout.read() == ""
        assert "attempt 2 of bad is over: 2 attempts used up" in process.stderr.read()
        assert process.wait() == 0
    leader.release()


def test_following_needs_no_leader_while_the_agent_lives(made: MadeRun, repo: Path) -> None:
    made.claim("one")
    output(made, "one", 1, "at work\n")
    attempt = lease.take(made.dir.attempt("one", 1).lock, {"pid": os.getpid()})
    assert attempt is not None
    with follow(repo, "one") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "at work\n"
        output(made, "one", 1, "still")
        attempt.release()
        assert process.stdout.read() == "still\n"
        assert "swarm resume demo" in process.stderr.read()


def test_a_reader_that_goes_away_is_no_error(made: MadeRun, repo: Path) -> None:
    made.claim("one")
    output(made, "one", 1, "line\n" * 200_000)
    argv = f"{sys.executable} -m swarm log one | head -1"
    done = subprocess.run(["sh", "-c", argv], cwd=repo, capture_output=True, text=True)
    assert done.stdout == "line\n"
    assert done.stderr == ""


def test_the_conversation_of_an_attempt_is_named(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    made.claim("one")
    made.say(e.AgentIdentified("one", 1, "0b6a-7", "claude-opus-4-6"))
    output(made, "one", 1, "hello\n")
    assert "attempt 1 is the conversation 0b6a-7\n" in swarm(capsys, "log", "one").err


def test_an_agent_in_its_own_pane_has_no_log_and_is_looked_at_there(
    made: MadeRun, capsys: pytest.CaptureFixture[str]
) -> None:
    made.say(e.TasksAdded((Task("alone", "Alone", "Do it.", mode=Mode.INTERACTIVE),)))
    made.claim("alone")
    assert "it works in its pane: swarm attach alone\n" in swarm(capsys, "log", "alone").err
