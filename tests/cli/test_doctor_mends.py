"""`swarm doctor --fix` mends what is ours and costs nobody anything, says so, and has nothing left to do afterwards."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from look_world import MadeRun, make_run, swarm

from swarm import lease
from swarm.git import refs

Break = Callable[[MadeRun, Path], object]


def torn(made: MadeRun, repo: Path) -> None:
    with made.dir.journal.open("ab") as journal:
        journal.write(b'{"crc":"0000')


def damaged(made: MadeRun, repo: Path) -> None:
    """A copy in the hub of an object that the user has, with a byte of it changed."""
    blob = git(repo, "rev-parse", "HEAD:README.md")
    made.hub.anchor(refs.candidate("demo", 9), made.base)
    loose = made.hub.path / "objects" / blob[:2] / blob[2:]
    loose.parent.mkdir(exist_ok=True)
    data = bytearray((repo / ".git" / "objects" / blob[:2] / blob[2:]).read_bytes())
    data[len(data) // 2] ^= 0xFF
    loose.write_bytes(data)


def half_made(made: MadeRun, repo: Path) -> None:
    (made.hub.worktrees / "half").mkdir(parents=True)
    (made.hub.worktrees / "half" / "commondir").touch()


def git(repo: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(repo), *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


MENDED: dict[str, tuple[str, Break]] = {
    "a lock on a ref": ("hub", lambda made, repo: (made.hub.path / "refs/swarm/demo/base.lock").touch()),
    "a lock on HEAD": ("hub", lambda made, repo: (made.hub.path / "HEAD.lock").touch()),
    "a lock on an index": ("hub", lambda made, repo: (made.tree().admin.path / "index.lock").touch()),
    "a half-made worktree": ("hub", half_made),
    "a hub that was being made": ("hub", lambda made, repo: (made.dir.home.path / ".making-x/h").mkdir(parents=True)),
    "a clean-up that was cut short": ("hub", lambda made, repo: (made.dir.home.gone / "demo.1").mkdir(parents=True)),
    "a lost HEAD": ("hub", lambda made, repo: (made.hub.path / "HEAD").unlink()),
    "a wrong current": ("current", lambda made, repo: made.dir.home.current.write_text("nix")),
    "modes": ("state", lambda made, repo: made.dir.home.path.chmod(0o755)),
    "candidates": ("run demo", lambda made, repo: made.hub.anchor(refs.candidate("demo", 7), made.base)),
    "a damaged object": ("objects", damaged),
}  # fmt: skip


@pytest.fixture
def made(repo: Path, monkeypatch: pytest.MonkeyPatch) -> MadeRun:
    """A run that has ended, with work in it that did not land."""
    monkeypatch.chdir(repo)
    made = make_run(repo)
    made.fail("bad", "no", made.seal("bad", {"half.txt": "half\n"}))
    made.finish()
    return made


def bad(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, bool]:
    """Topics of what is not well, and whether it was mended.  Shortness of watchers is the machine's own."""
    found = swarm(capsys, "doctor", "--json", *words).json["findings"]
    return {one["topic"]: one["mended"] for one in found if one["level"] != "ok" and one["topic"] != "inotify"}


@pytest.mark.parametrize("name", MENDED)
def test_it_is_mended_once_and_nothing_else_is_touched(
    made: MadeRun, repo: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    topic, harm = MENDED[name]
    work = made.hub.read_ref("refs/heads/swarm/demo/bad.1")
    harm(made, repo)
    if name != "a damaged object":
        assert bad(capsys)[topic] is False, "looking mends nothing"
    assert bad(capsys, "--fix")[topic] is True
    assert bad(capsys, "--fix") == {}
    assert made.hub.read_ref("refs/heads/swarm/demo/bad.1") == work
    assert swarm(capsys, "rescue", "bad", "--diff").out.count("+half") == 1


@pytest.mark.parametrize("name", ["a lock on HEAD", "a clean-up that was cut short", "a wrong current", "candidates"])
def test_nothing_is_mended_while_a_leader_works(
    made: MadeRun, repo: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    topic, harm = MENDED[name]
    harm(made, repo)
    leader = lease.take(made.dir.home.leader_lock, {"pid": os.getpid(), "run": "other"})
    assert leader is not None
    said = swarm(capsys, "doctor", "--fix")
    assert "nothing was mended: a leader works in this repository" in said.err
    assert "mended  " not in said.out
    leader.release()
    assert bad(capsys) == {topic: False}


def test_a_lock_stays_while_a_worker_lives(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    (made.hub.path / "HEAD.lock").touch()
    worker = lease.take(made.dir.mailbox("worker-1").lock, {"pid": os.getpid()})
    assert worker is not None
    swarm(capsys, "doctor", "--fix")
    assert (made.hub.path / "HEAD.lock").exists()
    worker.release()


def test_what_an_ended_run_left_running_is_ended_on_a_word_alone(
    made: MadeRun, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = subprocess.Popen(["sleep", "1000"], env={"SWARM_MAIL": str(made.dir.mailbox("worker-1").path)})
    other = subprocess.Popen(["sleep", "1000"], env={"SWARM_MAIL": str(made.dir.path.with_name("demo2") / "mail/w")})
    try:
        assert bad(capsys, "--fix") == {"run demo": False}
        assert ours.poll() is None, "nobody was asked"
        assert bad(capsys, "--fix", "--yes") == {"run demo": True}
        assert ours.wait(30) == -9
        assert other.poll() is None
    finally:
        for one in (ours, other):
            one.kill()
            one.wait()


def test_a_torn_journal_is_told_and_left_to_resume(
    made: MadeRun, repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torn(made, repo)
    before = made.dir.journal.read_bytes()
    assert "not written whole" in swarm(capsys, "doctor", "--fix").out
    assert made.dir.journal.read_bytes() == before


def test_what_the_user_does_not_have_can_not_be_rebuilt_and_fails(
    made: MadeRun, capsys: pytest.CaptureFixture[str]
) -> None:
    commit = made.hub.read_ref("refs/heads/swarm/demo/bad.1")
    assert commit
    loose = made.hub.path / "objects" / commit[:2] / commit[2:]
    loose.chmod(0o600)
    loose.write_bytes(b"rubbish")
    said = swarm(capsys, "doctor", "--fix", "--json")
    assert said.code == 1
    [one] = [one for one in said.json["findings"] if one["topic"] == "objects"]
    assert one["level"] == "fail" and one["mended"] is False and "fsck" in one["way_out"]
    assert loose.read_bytes() == b"rubbish"
