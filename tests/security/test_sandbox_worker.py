"""A worker's program around sandboxed agents: letters, signals, limits, its own death, setup."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox_world import BOX, SandboxWorld, alive_with, needs_bwrap
from worker_world import WorkerWorld, until, worker_world

from inbox.maildir import Maildir
from inbox.message import Message
from swarm.core.events import AttemptEnded
from swarm.core.plan import Fence, Sandbox, Setup
from swarm.errors import SwarmError
from swarm.sandbox import check, command
from swarm.worker.attempt import Attempt

pytestmark = needs_bwrap


@pytest.fixture
def place(repo: Path, tmp_path: Path) -> Iterator[WorkerWorld]:
    found = worker_world(repo, tmp_path)
    try:
        yield found
    finally:
        found.end()


def test_the_verbs_for_agents_work_inside(place: WorkerWorld) -> None:
    place.begin()
    place.put("note", "welcome", "01700000000000000000-operator-00000001")
    line = (
        "swarm send worker-2 hello; swarm inbox; swarm inbox --ack; swarm inbox; swarm report 'my report';"
        " echo dropped >.swarm/inbox/operator/note.txt; cat .swarm/inbox/self/*; swarm done 'all done'; echo x >x"
    )
    place.assign(place.work(f"sleep 0.5; {line}", sandbox=BOX))
    end = place.end_of()
    assert (end["kind"], end["report"]) == ("sealed", "my report"), place.attempt().log.read_text()
    notes = {message.to: message.text.strip() for message in place.letters("note")}
    assert notes == {"worker-2": "hello", "operator": "dropped"}
    assert place.attempt().log.read_text().count("welcome") == 2, "filed as read, it is not shown again"
    place.until(lambda: not list((place.mail.inbox / "new").glob("*.note")))


def test_a_question_gets_its_answer(place: WorkerWorld) -> None:
    place.begin()
    place.assign(place.work("swarm ask 'which port?' >answer.txt", sandbox=BOX))
    place.until(lambda: place.letters("ask"))
    (question,) = place.letters("ask")
    id = "01700000000000000000-operator-00000002"
    answer = Message(id, "operator", "worker-1", "answer", "8080", 1.0, question.id)
    Maildir(place.mail.inbox).send(answer)
    assert place.show(place.end_of()["commit"], "answer.txt").strip() == "8080"


def test_a_refused_question_is_told(place: WorkerWorld) -> None:
    place.begin()
    place.assign(place.work("swarm ask 'which port?'; echo code $?", sandbox=BOX))
    place.until(lambda: place.letters("ask"))
    box = Maildir(place.mail.outbox)
    ((name, _),) = box.receive({"ask"})
    box.reject(name, "nobody is there")
    place.end_of()
    assert "nobody is there" in place.attempt().log.read_text()


def test_term_reaches_the_agent_and_leaves_it_its_grace(repo: Path, tmp_path: Path) -> None:
    world = SandboxWorld(worker_world(repo, tmp_path))
    agent = world.begin("trap 'echo ended in order; exit 7' TERM; echo up; while :; do sleep 0.05; done", grace=20.0)
    until(lambda: "up" in world.place.attempt().log.read_text())
    agent.stop("cancelled", 20.0)
    world.finish(agent)
    assert world.code == 7 and "ended in order" in world.log


def test_who_ignores_term_is_killed_after_the_grace(repo: Path, tmp_path: Path) -> None:
    world = SandboxWorld(worker_world(repo, tmp_path))
    event = world.run("trap '' TERM; echo x >x; while :; do sleep 0.05; done", timeout=1.0, grace=0.2)
    assert "timeout" in repr(event) and world.code == 137
    assert alive_with(f"{world.place.attempt().path}/cell") == []


def test_a_suspended_agent_stands_still_and_goes_on(repo: Path, tmp_path: Path) -> None:
    world = SandboxWorld(worker_world(repo, tmp_path))
    agent = world.begin("while :; do date +%s.%N; sleep 0.02; done", timeout=60)
    log = world.place.attempt().log
    until(lambda: log.stat().st_size > 100)
    agent.suspend()
    until(lambda: all(state in "TtZ" for state in states(f"{world.place.attempt().path}/cell")))
    agent.go_on()
    size = log.stat().st_size
    until(lambda: log.stat().st_size > size + 100)
    agent.stop("cancelled", 1.0)
    world.finish(agent)


def states(word: str) -> list[str]:
    """The states of the processes whose command line holds the word."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if word.encode() in (entry / "cmdline").read_bytes():
                found.append((entry / "stat").read_text().rpartition(")")[2].split()[0])
        except OSError:
            continue  # gone meanwhile
    return found


def test_a_killed_worker_leaves_nobody_and_the_next_one_seals(place: WorkerWorld) -> None:
    word = f"70{os.getpid()}.5"
    program = place.begin()
    line = (
        "echo 1 >one; git add one; git commit -qm one; echo 2 >two; swarm send operator hi;"
        f" (setsid env -i sleep {word} &); sleep {word}"
    )
    place.assign(place.work(line, sandbox=BOX))
    place.until(lambda: len([one for one in alive_with(word) if one.startswith("sleep")]) == 2)
    program.kill()
    program.wait()
    until(lambda: alive_with(word) == [])
    place.begin()
    end = place.end_of()
    assert (end["kind"], end["outcome"]) == ("ended", "lost")
    assert {"one", "two"} <= set(place.names(end["commit"]))
    assert [letter.text.strip() for letter in place.letters("note")] == ["hi"]


def test_a_cancel_letter_ends_it(place: WorkerWorld) -> None:
    place.begin()
    work = place.work("echo up; sleep 600", sandbox=BOX)
    place.assign(work)
    place.until(lambda: place.attempt().log.exists() and "up" in place.attempt().log.read_text())
    place.put("cancel", json.dumps({"key": work.key, "grace": 1.0}), f"{work.key}.cancel")
    assert place.end_of()["outcome"] == "cancelled"


def test_setup_runs_inside_and_what_it_links_is_seen(repo: Path, tmp_path: Path, world: Path) -> None:
    (repo / "modules").mkdir()
    (repo / "modules/lib.txt").write_text("a library")
    (repo / ".env").write_text("KEY=1")
    (world / "home/key").write_text("secret")
    cage = SandboxWorld(worker_world(repo, tmp_path))
    line = f"cat '{world}/home/key' >stolen; echo $$ >ran; touch '{repo}/touched'; true"
    setup = Setup((".env",), ("modules",), (line,))
    cage.run("cat modules/lib.txt .env ran; test -s stolen && echo STOLEN; echo x >modules/lib.txt", setup=setup)
    assert "a library" in cage.log and "KEY=1" in cage.log and "STOLEN" not in cage.log
    assert not (repo / "touched").exists() and (repo / "modules/lib.txt").read_text() == "a library"


def test_home_shows_what_is_listed_and_takes_what_may_be_written(repo: Path, tmp_path: Path, world: Path) -> None:
    home = world / "home"
    (home / ".config/gh").mkdir(parents=True)
    (home / ".config/gh/hosts").write_text("listed")
    (home / ".config/other").write_text("not listed")
    (home / ".agent").mkdir()
    (tmp_path / "cache").mkdir()
    cage = SandboxWorld(worker_world(repo, tmp_path / "w"))
    box = Sandbox(Fence.BWRAP, home=(".config/gh", ".agent:rw", ".missing"), write=(str(tmp_path / "cache"),))
    cage.run(
        "cat ~/.config/gh/hosts ~/.config/other; echo no >~/.config/gh/hosts; echo yes >~/.agent/token; echo gone >~/x;"
        f" echo kept >'{tmp_path}/cache/entry'; ls -A ~",
        sandbox=box,
    )
    assert "\nlisted" in f"\n{cage.log}" and "not listed" not in cage.log
    assert (home / ".agent/token").read_text() == "yes\n" and (tmp_path / "cache/entry").read_text() == "kept\n"
    assert (home / ".config/gh/hosts").read_text() == "listed" and not (home / "x").exists()


@pytest.mark.parametrize("where", ["state", "repo", "repo/.git"])
def test_a_task_file_can_not_open_what_is_hidden(repo: Path, tmp_path: Path, where: str) -> None:
    place = worker_world(repo, tmp_path)
    box = Sandbox(Fence.BWRAP, write=(str(tmp_path / where),))
    refused = Attempt(place.run, place.work("true", sandbox=box)).begin()
    assert isinstance(refused, AttemptEnded) and "is kept from all agents" in refused.reason


def test_where_it_is_missing_nothing_runs(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = worker_world(repo, tmp_path)
    only_git = tmp_path / "bin"
    only_git.mkdir()
    for name in ("git", "sh", "env"):
        found = next(p for p in ("/usr/bin", "/bin") if os.path.exists(f"{p}/{name}"))
        (only_git / name).symlink_to(f"{found}/{name}")
    monkeypatch.setenv("PATH", str(only_git))
    refused = Attempt(place.run, place.work("touch ran", sandbox=BOX)).begin()
    assert isinstance(refused, AttemptEnded) and "bwrap was not found" in refused.reason
    with pytest.raises(SwarmError, match="bwrap was not found"):
        check(BOX, os.environ)


def test_where_it_can_not_start_the_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bwrap").write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(SwarmError, match=r"does not start here: .*uid map") as caught:
        check(BOX, os.environ)
    assert "sandbox: none" in caught.value.hint


def test_without_a_sandbox_there_is_no_command() -> None:
    assert command(Sandbox(), Path("/"), [], [], os.environ) == ()

