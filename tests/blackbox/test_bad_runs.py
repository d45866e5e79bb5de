"""Runs that can't begin, can't go on, or are not there for the asking."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from caller import PROGRAM, Inside, Said, git, refused, swarm
from footprint import nothing_changes

TASKS = "version: 1\nname: r\ntasks:\n  - {id: a, command: echo a > made.txt}\n"
DEADLINE = 30.0


def start(inside: Inside, repo: Path, text: str = TASKS, *words: str) -> Said:
    file = repo.parent / "t.yaml"
    file.write_text(text)
    return inside(repo, "start", "--task-file", file, "--executor", "process", "--workers", "1", *words)


def until(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not look():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


# a base that is not fit to begin with

GATES = {
    "red": ("echo what is wrong >&2; false", ("checks failed on the base", "what is wrong", "exit status 1")),
    "not there": ("no-such-checker --all", ("no-such-checker", "status 127: a command was not found")),
    "not executable": ("./README.md", ("README.md", "status 126: a file there could not be executed")),
    "killed": ("kill -9 $$", ("could not run on the base", "signal 9")),
    "too slow": ("sleep 600", ("could not run on the base", "did not end in time")),
}


@pytest.mark.parametrize(("name", "executor"), [*((name, "process") for name in GATES), ("red", "tmux")])
def test_a_base_that_does_not_pass_its_checks_starts_no_worker(
    name: str, executor: str, repo: Path, tmp_path: Path, world: Path, inside: Inside
) -> None:
    line, words = GATES[name]
    file = tmp_path / "t.yaml"
    file.write_text(f"{TASKS}verify: [{line!r}]\nlimits: {{verify_timeout: 1s}}\n")
    ours = rf"{repo}/\.swarm(/.*)?|{repo}/\.git/refs/swarm(/.*)?"
    with nothing_changes(repo, may_appear=ours, may_change=rf"{repo}/\.git/objects/.*"):
        said = inside(repo, "start", "--task-file", file, "--workers", "2", "--executor", executor)
    refused(said, 1, *words)
    run = next((world / "state/swarm").glob("*/runs/r"))
    assert "worker" not in (run / "journal.jsonl").read_text().partition("\n")[2], "no worker was ever thought of"
    assert list((run / "worktrees").iterdir()) == []
    assert not any((world / "rt").rglob("tmux.sock"))
    assert git(repo, "for-each-ref", "--format=%(refname)") == "refs/heads/main\nrefs/swarm/r/base"


def test_a_base_that_was_red_by_chance_can_be_resumed(repo: Path, tmp_path: Path, inside: Inside) -> None:
    flag = tmp_path / "flag"
    refused(start(inside, repo, f"{TASKS}verify: ['test -e {flag}']\n"), 1, "checks failed on the base", "swarm resume")
    flag.touch()
    assert inside(repo, "resume").code == 0
    assert git(repo, "show", "swarm/r:made.txt") == "a"


def test_a_run_begun_anew_has_the_mended_base(repo: Path, inside: Inside) -> None:
    text = f"{TASKS}verify: ['test -e mended']\n"
    refused(start(inside, repo, text), 1, "swarm start")
    (repo / "mended").touch()
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "mend it")
    said = start(inside, repo, text)
    assert said.code == 0, said
    assert git(repo, "show", "swarm/r-2:made.txt") == "a"


# leaders


@pytest.fixture
def led(repo: Path, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A leader at work on the run `r`, whose one task waits for the file `go`."""
    file = tmp_path / "t.yaml"
    file.write_text(
        "name: r\ntasks:\n"
        f"  - {{id: a, command: 'until [ -e {tmp_path}/go ]; do sleep 0.1; done; echo a > made.txt'}}\n"
    )
    argv = [*PROGRAM, "start", "--task-file", str(file), "--executor", "process", "--workers", "1"]
    leader = subprocess.Popen(
        argv, cwd=repo, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    until(lambda: " a  " in swarm(repo, "status").out and "running" in swarm(repo, "status").out)
    yield leader
    (tmp_path / "go").touch()
    leader.wait(DEADLINE)


def test_a_second_leader_is_told_who_the_first_is(
    led: subprocess.Popen[bytes], repo: Path, tmp_path: Path, world: Path
) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("name: other\ntasks:\n  - {id: x, command: 'true'}\n")
    for words in (
        ("resume",),
        ("start", "--task-file", other, "--executor", "process"),
        ("start", "-f", other, "--detach"),
    ):
        with nothing_changes(repo):
            said = swarm(repo, *words)
        refused(said, 75, f"pid {led.pid}", "run r", "swarm status", "swarm stop")
    assert led.poll() is None
    assert not list((world / "state/swarm").glob("*/runs/other"))


def test_a_leader_that_is_gone_is_no_hindrance(led: subprocess.Popen[bytes], repo: Path, tmp_path: Path) -> None:
    os.killpg(led.pid, signal.SIGKILL)
    led.wait()
    (tmp_path / "go").touch()
    assert swarm(repo, "resume").code == 0
    assert git(repo, "show", "swarm/r:made.txt") == "a"


def test_a_finished_run_is_resumed_to_no_effect(repo: Path, world: Path, inside: Inside) -> None:
    assert start(inside, repo).code == 0
    with nothing_changes(repo):
        said = inside(repo, "resume")
    assert said.code == 0 and "1 of 1 merged" in said.out, said
    assert said.out.startswith("run r has finished: nothing is left to do in it\n") and " is gone" not in said.out, said
    assert "swarm merge" in said.err
    assert inside(repo, "resume", "--detach").out == said.out


# a journal that is not what it was


def journal(world: Path) -> Path:
    return next((world / "state/swarm").glob("*/runs/r/journal.jsonl"))


def middle_changed(path: Path) -> None:
    lines = path.read_bytes().split(b"\n")
    lines[2] = lines[2].replace(b'"seq":3', b'"seq":7')
    path.write_bytes(b"\n".join(lines))


def first_lost(path: Path) -> None:
    path.write_bytes(path.read_bytes().partition(b"\n")[2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def rubbish(path: Path) -> None:
    path.write_bytes(os.urandom(4096))


def a_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: dict[Callable[[Path], None], tuple[str, ...]] = {
    middle_changed: ("journal.jsonl", "can't be read", "restore it from a copy"),
    first_lost: ("journal.jsonl", "can't be read", "restore it from a copy"),
    emptied: ("journal.jsonl", "no entry", "restore it from a copy"),
    rubbish: ("journal.jsonl", "restore it from a copy"),
    a_directory: ("journal.jsonl", "not a plain file", "restore the journal from a copy"),
}


def test_a_damaged_journal_is_told_and_left_as_it_is(repo: Path, world: Path, tmp_path: Path, inside: Inside) -> None:
    assert start(inside, repo).code == 0
    path = journal(world)
    whole = path.read_bytes()
    for damage, words in DAMAGES.items():
        damage(path)
        with nothing_changes(tmp_path, path):
            for verb in ("status", "resume", "merge"):
                said = inside(repo, verb)
                refused(said, 1, *words)
        if path.is_dir():
            path.rmdir()
        path.write_bytes(whole)
    assert inside(repo, "merge").code == 0


def test_a_run_without_a_whole_beginning_is_not_there(repo: Path, world: Path, inside: Inside) -> None:
    assert start(inside, repo).code == 0
    journal(world).rename(journal(world).with_name("journal.draft"))
    refused(inside(repo, "resume"), 1, "no run in this repository yet")
    refused(inside(repo, "status", "--run", "r"), 1, "there is no run 'r'")
    said = start(inside, repo)
    assert said.code == 0, said
    assert git(repo, "show", "swarm/r-2:made.txt") == "a", "what is left of the other is not taken for its own"
    refused(start(inside, repo, TASKS, "--run", "r"), 1, "holds what is left of a run", "--run NAME")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"../../x", b"no-such-run", b""])
def test_a_pointer_to_no_run_is_passed_over(content: bytes, repo: Path, world: Path, inside: Inside) -> None:
    assert start(inside, repo).code == 0
    next((world / "state/swarm").glob("*/current")).write_bytes(content)
    said = inside(repo, "status")
    assert said.code == 0 and "r is finished" in said.out, said
    assert inside(repo, "runs").code == 0
