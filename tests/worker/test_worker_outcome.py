"""What an attempt amounts to, as a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from swarm.core.events import AttemptEnded, Outcome, Usage, WorkSealed
from swarm.core.plan import Expects
from swarm.worker.outcome import End, Left, judge

WELL = End(0, "exited", None, "", "the end of the log\n")
WORK = Left("c" * 40, True, "")
NOTHING = Left("b" * 40, False, "")
C, R, A = Expects.COMMITS, Expects.REPORT, Expects.ANY

SEALED = [
    ("a clean exit with work", C, WELL, WORK),
    ("its own word beats the exit status", C, replace(WELL, code=3, said_ok=True), WORK),
    ("a report where one is expected", R, WELL, replace(NOTHING, report="found it")),
    ("nothing, where anything will do", A, WELL, NOTHING),
]

ENDED = [
    ("a bad exit", C, replace(WELL, code=3), WORK, Outcome.FAILED),
    ("its own word that it failed", C, replace(WELL, said_ok=False, said="can't"), WORK, Outcome.FAILED),
    ("nothing changed", C, WELL, NOTHING, Outcome.EMPTY),
    ("its word that it is done, with nothing done", C, replace(WELL, said_ok=True), NOTHING, Outcome.EMPTY),
    ("a blank report", R, WELL, replace(NOTHING, report=" \n"), Outcome.EMPTY),
    ("a worktree in mid-merge", C, WELL, Left(None, False, "", "a merge is not finished"), Outcome.UNSEALABLE),
    ("ended by timeout, whatever it says", C, replace(WELL, ended="timeout", said_ok=True), WORK, Outcome.TIMEOUT),
    ("ended for silence", C, replace(WELL, ended="idle", code=143), WORK, Outcome.IDLE),
    ("ended by the operator", C, replace(WELL, ended="cancelled"), WORK, Outcome.CANCELLED),
    ("its worker died", C, replace(WELL, ended="lost"), WORK, Outcome.LOST),
    ("a bad exit in mid-merge is a bad exit", C, replace(WELL, code=1), Left(None, False, "", "x"), Outcome.FAILED),
]


@pytest.mark.parametrize(("expects", "end", "left"), [row[1:] for row in SEALED], ids=[row[0] for row in SEALED])
def test_it_is_sealed_work(expects: Expects, end: End, left: Left) -> None:
    commit = left.commit if left.work else None
    used = Usage(1, 2, 3.0)
    assert judge("api", 2, expects, end, left, used) == WorkSealed("api", 2, commit, left.report, used, "")


@pytest.mark.parametrize(
    ("expects", "end", "left", "outcome"), [row[1:] for row in ENDED], ids=[row[0] for row in ENDED]
)
def test_it_is_an_end(expects: Expects, end: End, left: Left, outcome: Outcome) -> None:
    found = judge("api", 2, expects, end, left, Usage())
    assert isinstance(found, AttemptEnded)
    assert (found.outcome, found.commit) == (outcome, left.commit)
    assert found.reason
    quiet = outcome in (Outcome.LOST, Outcome.CANCELLED)
    assert ("the end of the log" in found.feedback) is not quiet


def test_the_last_line_of_the_log_is_in_the_reason_of_a_bad_exit() -> None:
    found = judge("api", 1, C, replace(WELL, code=2, log_tail="compiling\nerror: no such file\n\n"), WORK, Usage())
    assert isinstance(found, AttemptEnded)
    assert found.reason == "its agent exited with status 2: error: no such file"


def test_no_escape_code_of_the_log_comes_through() -> None:
    found = judge("api", 1, C, replace(WELL, code=2, log_tail="a\x1b]0;title\x07b\x1b[2Jc\n"), WORK, Usage())
    assert isinstance(found, AttemptEnded)
    assert "\x1b" not in found.reason + found.feedback
