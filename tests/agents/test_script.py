from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from attempt_world import AttemptWorld, attempt_world, ended

from inbox.maildir import Maildir
from swarm.files import read_json


@pytest.fixture
def attempt(tmp_path: Path, repo: Path, monkeypatch: pytest.MonkeyPatch) -> AttemptWorld:
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "worker-1")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "worker-1@example.invalid")
    return attempt_world(tmp_path, repo)


def test_it_writes_edits_deletes_runs_and_commits(attempt: AttemptWorld) -> None:
    code, out = attempt.script(r"""
- write: {path: deep/a.txt, text: "one\ntwo\n"}
- write: {path: deep/a.txt, text: "three\n", append: true}
- edit: {path: deep/a.txt, old: two, new: 2}
- delete: README.md
- run: wc -l < deep/a.txt
- commit: "change a few"
- commit: "nothing left"
- say: that was it
""")
    assert code == 0, out
    assert (attempt.tree / "deep/a.txt").read_text() == "one\n2\nthree\n"
    assert out.splitlines() == [
        "• write deep/a.txt (2 lines)",
        "• append to deep/a.txt (1 lines)",
        "• edit deep/a.txt",
        "• delete README.md",
        "$ wc -l < deep/a.txt",
        "3",
        "• commit change a few",
        "• nothing to commit",
        "• that was it",
    ]
    log = subprocess.run(["git", "log", "--format=%s", "-1"], cwd=attempt.tree, capture_output=True, text=True)
    assert log.stdout == "change a few\n"


@pytest.mark.parametrize(
    ("step", "code", "said"),
    [
        ("run: exit 7", 1, "✗ /bin/sh -c exit 7 ended with status 7"),
        ("exit: 7", 7, "• exit 7"),
        ("edit: {path: README.md, old: nowhere, new: x}", 1, "the old text stands there 0 times"),
        ("edit: {path: README.md, old: a, new: x}", 1, "the old text stands there 2 times"),
        ("delete: nothing.txt", 1, "no such file or directory: nothing.txt"),
        ("write: {path: README.md/x, text: x}", 1, "README.md"),
        ("wait: 0", 1, "no note came within 0 s"),
        ("dance", 2, "there is no step 'dance'"),
    ],
)
def test_it_ends_at_the_first_step_that_fails(step: str, code: int, said: str, attempt: AttemptWorld) -> None:
    found, out = attempt.script(f"- {step}\n- write: {{path: after.txt, text: x}}")
    assert (found, said in out) == (code, True), out
    assert not (attempt.tree / "after.txt").exists()


def test_edit_all_changes_every_place(attempt: AttemptWorld) -> None:
    code, out = attempt.script("- edit: {path: README.md, old: a, new: o, all: true}")
    assert (code, (attempt.tree / "README.md").read_text()) == (0, "o smoll repository\n"), out


def test_a_prompt_without_steps_is_a_wrong_use(attempt: AttemptWorld) -> None:
    code, out = ended(attempt.start("swarm.agents.script", input="just words"))
    assert (code, out) == (
        2,
        "✗ the prompt has no block of steps; write one: a line ```steps, a YAML list, a line ```\n",
    )


def test_it_does_the_steps_of_its_attempt(attempt: AttemptWorld) -> None:
    block = "- say: first\n```\n```steps retry\n- say: again"
    assert attempt.script(block)[1] == "• first\n"
    assert attempt.script(block, SWARM_ATTEMPT="2")[1] == "• again\n"


def test_done_fail_report_and_usage_are_left_where_the_worker_looks(attempt: AttemptWorld) -> None:
    code, out = attempt.script(
        "- report: what I found\n- usage: {input_tokens: 5, usd: 0.25}\n- fail: no such API\n- say: not reached"
    )
    assert code == 1
    assert out == "• report written\n• usage noted\n• fail: no such API\n"
    assert attempt.verdict == {"ok": False, "text": "no such API"}
    assert attempt.dir.report.read_text() == "what I found"
    assert read_json(attempt.dir.usage) == {"input_tokens": 5, "output_tokens": 0, "usd": 0.25}


def test_a_question_blocks_until_its_own_answer_is_there(attempt: AttemptWorld) -> None:
    program = attempt.start("swarm.agents.script", input='```steps\n- ask: "which port?"\n```\n')
    asked = attempt.sent("ask")
    assert (asked.to, asked.text) == ("leader", "which port?")
    attempt.deliver("to another question", "answer", reply_to="some-other-question")
    answer = attempt.deliver("8080", "answer", reply_to=asked.id)
    assert ended(program) == (0, "• ask: which port?\n• answer: 8080\n")
    assert attempt.sent("read").text == answer
    assert len(Maildir(attempt.mail.inbox).unread()) == 1, "the other answer is not its own"


def test_a_question_that_the_leader_refused_ends_the_wait(attempt: AttemptWorld) -> None:
    program = attempt.start("swarm.agents.script", input="```steps\n- ask: why?\n```\n")
    box = Maildir(attempt.mail.outbox)
    asked = attempt.sent("ask")
    (box.done / f"{asked.id}.ask").rename(box.cur / f"{asked.id}.ask")
    box.reject(f"{asked.id}.ask", "a question belongs to a running attempt")
    code, out = ended(program)
    assert code == 1
    assert "✗ the question was not taken: a question belongs to a running attempt" in out


def test_a_wait_is_over_with_the_note_of_the_one_it_waits_for(attempt: AttemptWorld) -> None:
    attempt.deliver("not me", sender="worker-3")
    program = attempt.start("swarm.agents.script", input="```steps\n- wait: {from: worker-2, timeout: 15}\n```\n")
    assert program.stdout is not None
    assert program.stdout.readline() == "• wait for a note from worker-2\n"
    note = attempt.deliver("go on", sender="worker-2")
    assert ended(program) == (0, "• note from worker-2: go on\n")
    assert attempt.sent("read").text == note
    [left] = Maildir(attempt.mail.inbox).receive()
    assert left[1].text == "not me"
