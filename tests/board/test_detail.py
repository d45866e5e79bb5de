from __future__ import annotations

import os
from pathlib import Path

import pytest

from board import detail
from board.feed import Past
from swarm.core import events as e
from swarm.core.plan import Task
from swarm.core.state import TaskState
from swarm.paths import RunDir


def told(lines: list[detail.TextLine]) -> str:
    return "\n".join(line.text for line in lines)


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    return RunDir(tmp_path)


@pytest.fixture
def task(run: RunDir) -> TaskState:
    """A task in its second attempt, whose directory is there."""
    run.attempt("api", 2).path.mkdir(parents=True)
    return TaskState(Task("api", "", "what the plan says"), 0, attempt=2)


def test_the_log_is_the_newest_attempts_output_without_codes(run: RunDir, task: TaskState) -> None:
    run.attempt("api", 2).log.write_bytes(b"\x1b[31mred\x1b[0m\n[bold]not markup[/]\n\xff\xfe\n10%\r99%\n")
    assert told(detail.log(run, task)) == "red\n[bold]not markup[/]\n\ufffd\ufffd\n99%"


def test_of_a_long_log_the_end_is_read_from_the_start_of_a_line(run: RunDir, task: TaskState) -> None:
    run.attempt("api", 2).log.write_text("".join(f"line {number}\n" for number in range(100_000)))
    lines = detail.log(run, task)
    assert lines[-1].text == "line 99999"
    assert len(lines) == detail.MOST_LINES
    assert all(line.text.startswith("line ") for line in lines)


def test_a_log_of_one_endless_line_is_bounded(run: RunDir, task: TaskState) -> None:
    run.attempt("api", 2).log.write_text("x" * (3 * detail.TAIL))
    assert len(told(detail.log(run, task))) < detail.TAIL


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/etc/passwd"), Path.mkdir])
def test_only_plain_files_are_read(run: RunDir, task: TaskState, make: object) -> None:
    assert callable(make)
    make(run.attempt("api", 2).log)
    assert told(detail.log(run, task)) == "attempt 2 has not written anything yet"


def test_before_the_first_attempt_there_is_no_log_and_the_prompt_is_the_plans(run: RunDir) -> None:
    task = TaskState(Task("api", "", "what the\nplan says"), 0)
    assert told(detail.log(run, task)) == "no attempt has begun yet"
    assert told(detail.prompt(run, task)) == "what the\nplan says"


def test_the_prompt_is_what_the_attempt_was_given(run: RunDir, task: TaskState) -> None:
    assert told(detail.prompt(run, task)) == "what the plan says"
    run.attempt("api", 2).prompt.write_text("what it was told\n")
    assert told(detail.prompt(run, task)) == "what it was told"


def test_messages_name_who_spoke_and_hide_what_programs_say_to_each_other() -> None:
    past = [
        Past(0.0, e.MessageAccepted("m1", "worker-2", "api", "note", "use \x1b[31mUUIDs\nplease")),
        Past(1.0, e.MessageAccepted("m2", "leader", "worker-1", "suspend", "api 2")),
        Past(2.0, e.QuestionAsked("api", 2, "q", "which port?")),
        Past(3.0, e.QuestionAnswered("api", 2, "q", "8080")),
    ]
    lines = [line.text for line in detail.messages(past)]
    assert [line[8:].strip() for line in lines if line[2] == ":"] == ["worker-2 to api", "api asks", "answer"]
    assert [line for line in lines if line[2] != ":"] == ["  use UUIDs", "  please", "  which port?", "  8080"]


def test_events_are_told_in_the_words_of_the_house() -> None:
    past = [Past(0.0, e.TaskClaimed("api", 1, "worker-1", "0" * 40)), Past(1.0, e.AttemptAssigned("api", 1))]
    [line] = detail.events(past)
    assert line.text.endswith("worker-1 claimed api (attempt 1)")


def test_a_diff_is_told_by_its_signs_and_by_colours() -> None:
    text = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n same\n"
    roles = [line.role for line in detail.diff(text, ok=True)]
    assert roles == ["strong", "strong", "strong", "hint", "bad", "good", "plain"]
    assert detail.diff("", ok=True)[0].text == "no changes"
    assert detail.diff("swarm diff: no such task", ok=False)[0].role == "bad"
    assert len(detail.diff("+x\n" * 10_000, ok=True)) == detail.MOST_LINES + 1
