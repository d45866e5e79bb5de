"""Options and names on the command line that can't be meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from caller import Inside, git, refused, swarm
from footprint import nothing_changes

TASKS = "version: 1\nname: r\ntasks:\n  - {id: a, command: echo a > made.txt}\n"

WORDS: dict[tuple[str, ...], tuple[int, tuple[str, ...]]] = {
    ("--workers", "0"): (2, ("--workers 0", "1 to 256")),
    ("--workers", "-1"): (2, ("--workers",)),
    ("--workers=-1",): (2, ("--workers -1", "1 to 256")),
    ("--workers", "100000"): (2, ("--workers 100000", "1 to 256")),
    ("--workers", "x"): (2, ("--workers", "'x'")),
    ("--workers", "1e3"): (2, ("--workers", "'1e3'")),
    ("--workers",): (2, ("--workers", "expected one argument")),
    ("--base", "nowhere"): (1, ("'nowhere' names no commit", "git branch")),
    ("--base=--upload-pack=touch pwned",): (1, ("'--upload-pack=touch pwned'", "a branch, a tag or a commit id")),
    ("--base", "-h"): (2, ("--base", "expected one argument")),
    ("--base", ""): (1, ("''", "a branch, a tag or a commit id")),
    ("--base", "main\nevil"): (1, ("a branch, a tag or a commit id",)),
    ("--base", "HEAD:README.md"): (1, ("'HEAD:README.md' names no commit",)),
    ("--base", "HEAD~5"): (1, ("'HEAD~5' names no commit",)),
    ("--base", "0" * 40): (1, ("names no commit",)),
    ("--run", "../x"): (2, ("--run '../x'", "a-z 0-9")),
    ("--run", "R"): (2, ("--run 'R'", "a-z 0-9")),
    ("--run", ""): (2, ("--run ''", "a-z 0-9")),
    ("--run", "x" * 64): (2, ("--run", "63")),
    ("--agent", "clade"): (1, ("task b", "'clade'", "swarm doctor")),
    ("--executor", "cloud"): (2, ("--executor", "'cloud'", "process")),
    ("--no-such-option",): (2, ("--no-such-option",)),
    ("stray",): (2, ("stray",)),
}


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_an_option_that_makes_no_sense_is_told(
    words: tuple[str, ...], repo: Path, tmp_path: Path, world: Path, inside: Inside
) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(TASKS + "  - {id: b, prompt: do it}\n" * ("--agent" in words))
    code, said = WORDS[words]
    with nothing_changes(tmp_path, world):
        answer = inside(repo, "start", "--task-file", file, *words)
    refused(answer, code, *said)


def test_an_ambiguous_base_is_asked_about(repo: Path, tmp_path: Path, world: Path, inside: Inside) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(TASKS)
    git(repo, "branch", "same")
    git(repo, "commit", "-q", "--allow-empty", "-m", "more")
    git(repo, "tag", "same")
    with nothing_changes(tmp_path, world):
        said = inside(repo, "start", "--task-file", file, "--base", "same")
    refused(said, 1, "'same' is ambiguous", "refs/heads/same")


UNKNOWN = {
    ("no-such-run",): ("there is no run 'no-such-run'", "swarm runs"),
    ("rr",): ("there is no run 'rr'", "did you mean r?", "swarm runs"),
    ("../runs/r",): ("there is no run '../runs/r'", "swarm runs"),
    ("",): ("there is no run ''", "swarm runs"),
    ("-",): ("there is no run '-'", "swarm runs"),
}


def test_a_run_that_does_not_exist_is_told_by_every_verb(
    repo: Path, tmp_path: Path, world: Path, inside: Inside
) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(TASKS)
    assert swarm(repo, "start", "--task-file", file, "--executor", "process", "--workers", "1").code == 0
    with nothing_changes(tmp_path, world):
        for words, said in UNKNOWN.items():
            refused(inside(repo, "resume", *words), 1, *said)
            for verb in ("status", "merge"):
                refused(inside(repo, verb, "--run", *words), 1, *said)
        refused(inside(repo, "start", "--task-file", file, "--run", "r"), 1, "a run r already", "swarm resume r")


@pytest.mark.parametrize("words", [("satus",), ("--versoin",), ("start",), ("start", "--task-file")], ids=" ".join)
def test_a_verb_or_word_that_is_missing_or_wrong_exits_2(
    words: tuple[str, ...], tmp_path: Path, inside: Inside
) -> None:
    said = inside(tmp_path, *words)
    assert said.code == 2 and "--help" in said.err, said


def test_swarm_alone_says_what_there_is(tmp_path: Path) -> None:
    said = swarm(tmp_path)
    assert said.code == 0 and "swarm demo" in said.out, said


def test_outside_an_attempt_its_leftover_environment_is_told(repo: Path) -> None:
    refused(swarm(repo, "status", env={"SWARM_MAIL": "/nowhere/mail/worker-1"}), 1, "SWARM_MAIL", "unset SWARM_MAIL")
