from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from look_world import MadeRun, make_run, swarm

from swarm.git import refs


def git(repo: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(repo), *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def made(repo: Path, monkeypatch: pytest.MonkeyPatch) -> MadeRun:
    """A run in which one landed, bad failed with work, and something was found in its worktree."""
    monkeypatch.chdir(repo)
    made = make_run(repo)
    made.land("one", {"a.txt": "a\n"})
    made.fail("bad", "no", made.seal("bad", {"half.txt": "half\n"}, worker="worker-2"), worker="worker-2")
    (made.tree("worker-2").path / "late.txt").write_text("written after the seal\n")
    made.tree("worker-2").rescue(refs.rescue("demo", "bad", 1), "found")
    return made


def test_what_did_not_land_is_listed_and_what_landed_is_not(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    said = swarm(capsys, "rescue")
    assert said.code == 0
    assert [line.split()[0] for line in said.out.splitlines()] == ["rescue/bad.1", "bad.1"]
    assert "1 file, +1 -0" in said.out.splitlines()[1]
    assert "attempt 1 of bad, which is failed" in said.out
    assert said.err == "→ swarm rescue bad.1 --branch rescued-bad-1\n"


def test_a_task_comes_back_as_a_branch_with_its_newest_work(
    made: MadeRun, repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = git(repo, "status", "--porcelain"), git(repo, "rev-parse", "HEAD")
    said = swarm(capsys, "rescue", "bad", "--branch", "again")
    assert said.code == 0
    assert git(repo, "show", "again:half.txt") == "half"
    assert (git(repo, "status", "--porcelain"), git(repo, "rev-parse", "HEAD")) == before
    assert "git switch again" in said.err


def test_what_was_found_in_a_worktree_comes_back_by_its_name(
    made: MadeRun, repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert swarm(capsys, "rescue", "rescue/bad.1", "--branch", "found").code == 0
    assert git(repo, "show", "found:late.txt") == "written after the seal"
    assert git(repo, "show", "found:half.txt") == "half"
    left = swarm(capsys, "rescue", "bad")
    assert "nothing of bad is kept aside" in left.out, "a branch of the user's has all of it now"


def test_an_existing_branch_is_never_moved(made: MadeRun, repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(repo, "branch", "again")
    said = swarm(capsys, "rescue", "bad", "--branch", "again")
    assert said.code == 1
    assert "there is a branch again already" in said.err
    assert git(repo, "rev-parse", "again") == git(repo, "rev-parse", "main")


def test_a_repository_set_aside_comes_back_as_a_directory(
    made: MadeRun, repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    aside = made.dir.attempt("bad", 1).rescued / "vendor"
    aside.mkdir(parents=True)
    git(aside, "init", "--quiet")
    (aside / "file").write_text("nested\n")
    assert "bad.1/vendor" in swarm(capsys, "rescue").out
    target = tmp_path / "back"
    assert swarm(capsys, "rescue", "bad.1/vendor", "--to", str(target)).code == 0
    assert (target / "file").read_text() == "nested\n"
    assert (target / ".git").is_dir()
    assert aside.exists(), "nothing is taken out of where it is kept"
    said = swarm(capsys, "rescue", "bad.1/vendor", "--to", str(target))
    assert said.code == 1
    assert "is there already" in said.err


def test_a_branch_that_an_agent_made_itself_is_listed(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    commit = made.seal("below", {"own.txt": "own\n"})
    made.hub.anchor("refs/heads/feature", commit)
    found = {one["name"]: one for one in swarm(capsys, "rescue", "--json").json["kept"]}
    assert found["feature"]["task"] is None
    assert (found["bad.1"]["kind"], found["bad.1"]["files"]) == ("branch", 1)
    assert found["rescue/bad.1"]["kind"] == "rescue"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["badd"], "did you mean bad?"),
        (["--branch", "x"], "say what to bring back"),
        (["one", "--branch", "x"], "nothing of one is kept aside"),
        (["bad", "--branch", "-x"], "expected one argument"),
        (["bad", "--branch", "a b"], "can't be the name of a branch"),
    ],
)
def test_what_cannot_be_done_is_said_plainly(
    made: MadeRun, capsys: pytest.CaptureFixture[str], words: list[str], text: str
) -> None:
    said = swarm(capsys, "rescue", *words)
    assert said.code in (1, 2)
    assert text in said.err
    assert "Traceback" not in said.err
