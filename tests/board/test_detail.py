from __future__ import annotations

import os
from pathlib import Path

import pytest

from board import detail
from board.feed import Past
from board.view.sheet import Sheet, TextLine
from swarm.core import events as e
from swarm.core.plan import Task
from swarm.core.state import TaskState
from swarm.paths import RunDir


def told(sheet: Sheet) -> str:
    return "\n".join(line.text for line in sheet.lines)


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    return RunDir(tmp_path)


@pytest.fixture
def task(run: RunDir) -> TaskState:
    """A task in its second attempt, whose directory is there."""
    run.attempt("api", 2).path.mkdir(parents=True)
    return TaskState(Task("api", "", "what the plan says"), 0, attempt=2)


def test_the_preview_is_the_log_or_why_there_is_none(task: TaskState) -> None:
    assert told(detail.preview(task, [TextLine("reading")])) == "reading"
    assert told(detail.preview(task, None)) == "attempt 2 has not written anything yet"
    assert told(detail.preview(TaskState(Task("api", "", ""), 0), None)) == "no attempt has begun yet"


def test_before_the_first_attempt_the_prompt_is_the_plans(run: RunDir) -> None:
    assert told(detail.prompt(run, TaskState(Task("api", "", "what the\nplan says"), 0))) == "what the\nplan says"


def test_the_prompt_is_what_the_attempt_was_given(run: RunDir, task: TaskState) -> None:
    assert told(detail.prompt(run, task)) == "what the plan says"
    run.attempt("api", 2).prompt.write_text("what it was told\n\x1b[2J[@click=app.quit]x[/]\n")
    assert told(detail.prompt(run, task)) == "what it was told\n[@click=app.quit]x[/]"


def test_a_pipe_in_the_place_of_the_prompt_is_not_waited_for(run: RunDir, task: TaskState) -> None:
    os.mkfifo(run.attempt("api", 2).prompt)
    assert told(detail.prompt(run, task)) == "what the plan says"


def test_events_are_told_in_the_words_of_the_house_and_one_jumps_from_one_to_the_next() -> None:
    claimed = e.TaskClaimed("api", 1, "worker-1", "0" * 40)
    asked = e.QuestionAsked("api", 1, "q", "which\n\x1b]0;owned\x07port?")
    sheet = detail.events([Past(0.0, claimed), Past(1.0, e.AttemptAssigned("api", 1)), Past(2.0, asked)])
    first, second = (line.text for line in sheet.lines)
    assert first.endswith("worker-1 claimed api (attempt 1)")
    assert second[10:].startswith("api needs you: which")
    assert sheet.stops == [0, 1]


def test_a_diff_of_work_under_way_says_that_it_is_not_the_last_word() -> None:
    task = TaskState(Task("api", "", ""), 0, attempt=1, worker="worker-1")
    assert "committed or not" in detail.of_what(task, 0.0)
    task.worker, task.commit = None, "a" * 40
    assert detail.of_what(task, 0.0) == "aaaaaaaaaa against its base"
