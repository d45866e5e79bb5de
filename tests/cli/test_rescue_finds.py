"""Everything that an attempt ever wrote and git could hold is found by `swarm rescue`, wherever it went since."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from look_world import MadeRun, make_run, swarm

from swarm import lease
from swarm.git import refs

ENV = {
    "PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_AUTHOR_NAME": "W", "GIT_AUTHOR_EMAIL": "w@e.x",
    "GIT_COMMITTER_NAME": "W", "GIT_COMMITTER_EMAIL": "w@e.x",
}  # fmt: skip
WHO = ("-c", "user.name=W", "-c", "user.email=w@example.invalid")


def git(repo: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(repo), *WHO, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def found(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, dict[str, object]]:
    return {one["name"]: one for one in swarm(capsys, "rescue", "--json", *words).json["kept"]}


@pytest.fixture
def made(repo: Path, monkeypatch: pytest.MonkeyPatch) -> MadeRun:
    """A run in which one landed and bad failed with work."""
    monkeypatch.chdir(repo)
    made = make_run(repo)
    made.land("one", {"a.txt": "a\n"})
    made.fail("bad", "no", made.seal("bad", {"half.txt": "half\n"}, worker="worker-2"), worker="worker-2")
    return made


def test_an_attempt_whose_branch_was_deleted_is_found_by_its_name(
    made: MadeRun, repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made.tree("worker-2").switch(None, made.base)
    made.hub.delete_refs(["refs/heads/swarm/demo/bad.1"])
    assert found(capsys)["bad.1"]["ref"] is None
    assert "its branch was deleted" in swarm(capsys, "rescue").out
    assert swarm(capsys, "rescue", "bad", "--branch", "again").code == 0
    assert git(repo, "show", "again:half.txt") == "half"
    assert found(capsys) == {}, "the user has it now"


def test_commits_that_were_amended_or_reset_are_found(
    made: MadeRun, repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = made.write("below", {"first.txt": "first\n"})
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "a first thought\x0c")
    git(place, "rm", "-q", "first.txt")
    git(place, "commit", "-q", "--amend", "--allow-empty", "-m", "another")
    lost = [one for one in found(capsys).values() if one["kind"] == "lost"]
    assert [one["subject"] for one in lost] == ["a first thought"]
    name = str(lost[0]["name"])
    assert "+first" in swarm(capsys, "rescue", name, "--diff").out
    assert swarm(capsys, "rescue", name, "--branch", "thought").code == 0
    assert git(repo, "show", "thought:first.txt") == "first"


def test_merges_that_were_tried_are_not_work(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    made.land("below", {"b.txt": "b\n"})
    made.hub.anchor(refs.integration("demo"), made.base)  # as if that candidate had been red
    names = found(capsys)
    assert not any(name.startswith("lost/") for name in names)


def test_every_entry_of_a_stash_is_found(made: MadeRun, repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = made.write("below", {})
    for text in ("older", "newer"):
        (place / "README.md").write_text(f"{text}\n")
        git(place, "stash", "-q")
    assert {"stash/0", "stash/1"} <= found(capsys).keys()
    assert swarm(capsys, "rescue", "stash/1", "--branch", "older").code == 0
    assert git(repo, "show", "older:README.md") == "older"


def test_tags_of_an_agents_are_found(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    place = made.write("below", {"t.txt": "t\n"})
    git(place, "checkout", "-q", "--detach")
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "tagged")
    git(place, "tag", "-a", "-m", "mine", "v1")
    made.tree().switch(None, made.base)
    assert found(capsys)["tags/v1"]["subject"] == "tagged"


@pytest.mark.parametrize(
    ("what", "make"),
    [
        ("it holds changes that are not committed", "echo changed > README.md"),
        ("it holds changes that are not committed", "echo new > untracked.txt"),
        ("it holds changes that are not committed", "echo staged > s.txt; git add s.txt; rm s.txt"),
        ("it holds commits that no branch has", "git checkout -q --detach; git commit -q --allow-empty -m detached"),
        ("it holds changes that git was told not to look at",
         "git update-index --assume-unchanged README.md; echo hidden > README.md"),
        ("a merge is not finished", "git checkout -q -b side; git commit -q --allow-empty -m s; echo x > x; git add x; "
         "git commit -q -m x; git checkout -q -; git merge -q --no-ff --no-commit side"),
    ],
)  # fmt: skip
def test_what_stands_in_a_worktree_is_found_and_comes_back(
    made: MadeRun, repo: Path, capsys: pytest.CaptureFixture[str], what: str, make: str
) -> None:
    place = made.write("below", {})
    subprocess.run(["sh", "-ec", make], cwd=place, env=ENV, check=True)
    assert found(capsys)["worktree/worker-1"]["what"] == what
    said = swarm(capsys, "rescue", "worktree/worker-1", "--branch", "back")
    assert said.code == 0, said
    assert "worktree/worker-1" not in found(capsys), "a ref holds it"


@pytest.mark.parametrize(
    ("make", "name"),
    [
        ("git init -q vendor; git -C vendor commit -q --allow-empty -m v", "worker-1/vendor"),
        ("rm .git; git init -q; git add -A; git commit -q -m own", "worker-1/.git"),
    ],
)
def test_a_repository_in_a_worktree_is_set_aside_and_comes_back(
    made: MadeRun, tmp_path: Path, capsys: pytest.CaptureFixture[str], make: str, name: str
) -> None:
    place = made.write("below", {})
    subprocess.run(["sh", "-ec", make], cwd=place, env=ENV, check=True)
    assert "worktree/worker-1" in found(capsys)
    said = swarm(capsys, "rescue", "worktree/worker-1", "--branch", "back")
    assert said.code == 1 and "it was set aside, whole" in said.err
    assert found(capsys)[name]["kind"] == "repository"
    assert swarm(capsys, "rescue", name, "--to", str(tmp_path / "back")).code == 0
    git_dir = tmp_path / "back" if name.endswith(".git") else tmp_path / "back" / ".git"
    assert git(tmp_path, "--git-dir", str(git_dir), "log", "--format=%s") in ("own", "v")


def test_a_worktree_that_was_brought_back_is_cleaned(
    made: MadeRun, repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = made.write("below", {"late.txt": "late\n"})
    made.finish()
    assert "swarm rescue worktree/worker-1 --branch NEW" in swarm(capsys, "clean").out
    assert swarm(capsys, "rescue", "worktree/worker-1", "--branch", "back").code == 0
    assert git(repo, "show", "back:late.txt") == "late"
    swarm(capsys, "clean")
    assert not place.exists()


def test_work_comes_back_as_plain_files_and_never_over_anything(
    made: MadeRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "there").mkdir()
    said = swarm(capsys, "rescue", "bad", "--to", str(tmp_path / "there"))
    assert said.code == 1 and "is there already" in said.err
    assert swarm(capsys, "rescue", "bad", "--to", str(tmp_path / "new")).code == 0
    assert (tmp_path / "new" / "half.txt").read_text() == "half\n"
    assert not (tmp_path / "new" / ".git").exists()
    said = swarm(capsys, "rescue", "bad", "--to", str(tmp_path / "no" / "such" / "place"))
    assert said.code == 1 and "can't be made" in said.err
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_a_worker_at_work_is_left_out(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    made.write("below", {"late.txt": "late\n"})
    assert "worktree/worker-1" in found(capsys)
    own = lease.take(made.dir.mailbox("worker-1").lock, {"pid": 1})
    assert own is not None
    assert "worktree/worker-1" not in found(capsys)
    own.release()
