"""What an agent does with git inside: it works as anywhere, and all of it comes out."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox_world import SandboxWorld, needs_bwrap
from worker_world import worker_world

from swarm.core.events import AttemptEnded, WorkSealed

pytestmark = needs_bwrap


@pytest.fixture
def cage(repo: Path, tmp_path: Path) -> Iterator[SandboxWorld]:
    place = worker_world(repo, tmp_path)
    try:
        yield SandboxWorld(place)
    finally:
        place.end()


def log(cage: SandboxWorld, commit: str) -> list[str]:
    return cage.git("log", "--format=%s", f"{cage.place.base}..{commit}").splitlines()


def test_commits_and_what_is_not_committed_are_sealed(cage: SandboxWorld) -> None:
    commit = cage.sealed(
        "echo 1 >one; git add one; git commit -qm one; git log --oneline | head -1; git diff HEAD~1 --stat;"
        " echo 2 >two; git add two; echo 3 >three; git status --short"
    )
    assert log(cage, commit)[1:] == ["one"]
    assert {"one", "two", "three"} <= set(cage.place.names(commit))
    assert "A  two\n?? three" in cage.log
    assert cage.git("rev-parse", "refs/heads/swarm/bench/job.1") == commit
    assert cage.git("fsck", "--no-dangling") == ""


def test_a_branch_of_its_own_is_followed_and_the_others_are_kept(cage: SandboxWorld) -> None:
    commit = cage.sealed(
        "echo a >a; git add a; git commit -qm a; git checkout -qb side; echo b >b; git add b; git commit -qm b;"
        " git checkout -q -; git checkout -qb feature; echo c >c; git add c; git commit -qm c"
    )
    assert log(cage, commit) == ["c", "a"]
    kept = cage.git("log", "--all", "--format=%s", "--glob=refs/swarm/bench/rescue/*").splitlines()
    assert "b" in kept
    assert "side" not in cage.git("for-each-ref", "refs/heads"), "its branches are nobody else's"


def test_a_stash_is_its_own_and_is_kept(cage: SandboxWorld) -> None:
    cage.sealed("echo stashed >README.md; git stash -q; echo left >left; git stash list")
    assert "stash@{0}" in cage.log
    held = [ref for ref in cage.place.refs("refs/swarm/bench/rescue") if "job.1" in ref]
    assert any("stashed" in cage.place.show(ref, "README.md") for ref in held)
    cage.run("git stash list; git stash pop && echo POPPED; true")
    assert "stash@{0}" not in cage.log and "POPPED" not in cage.log


def test_a_detached_head_and_an_amended_commit(cage: SandboxWorld) -> None:
    commit = cage.sealed(
        "git checkout -q --detach; echo a >a; git add a; git commit -qm a; echo b >>a; git commit -qam b --amend"
    )
    assert log(cage, commit) == ["b"]


def test_merges_and_rebases_work(cage: SandboxWorld) -> None:
    commit = cage.sealed(
        "me=$(git branch --show-current); git checkout -qb one; echo 1 >1; git add 1; git commit -qm one;"
        " git checkout -q $me; echo 2 >2; git add 2; git commit -qm two; git merge -q one -m both;"
        " git checkout -qb three HEAD~1; echo 3 >3; git add 3; git commit -qm three; git rebase -q $me;"
        " git checkout -q $me; git merge -q --ff-only three"
    )
    assert set(log(cage, commit)) == {"three", "both", "one", "two"}


def test_an_unfinished_merge_is_refused_and_rescued(cage: SandboxWorld) -> None:
    event = cage.run(
        "me=$(git branch --show-current); git checkout -qb one; echo 1 >x; git add x; git commit -qm one;"
        " git checkout -q $me; echo 2 >x; git add x; git commit -qm two; git merge one; true"
    )
    assert isinstance(event, AttemptEnded) and "merge" in event.reason + event.feedback, event
    held = cage.git("log", "--format=%s", "--glob=refs/swarm/bench/rescue/*", "--glob=refs/heads/*").splitlines()
    assert {"one", "two"} <= set(held)
    cage.sealed("echo next >next; git status --short")


def test_many_objects_come_out_as_one_pack(cage: SandboxWorld) -> None:
    commit = cage.sealed("for n in $(seq 300); do echo $n >f$n; done; git add -A; git commit -qm many")
    assert len(cage.place.names(commit)) >= 300
    assert len(list((cage.hub / "objects/pack").glob("*.pack"))) == 1
    assert cage.git("fsck", "--no-dangling") == ""


def test_a_shallow_repository_that_borrows_from_another_can_be_worked_in(
    make_repo: object, tmp_path: Path, cage: SandboxWorld
) -> None:
    source = cage.place.repo
    for number in range(3):
        (source / "n").write_text(str(number))
        subprocess.run(["git", "-C", str(source), "add", "n"], check=True)
        identity = ["-c", "user.name=T", "-c", "user.email=t@example.invalid"]
        subprocess.run(["git", "-C", str(source), *identity, "commit", "-qm", str(number)], check=True)
    shared = tmp_path / "shared"
    subprocess.run(["git", "clone", "-q", "--shared", str(source), str(shared)], check=True)
    other = worker_world(shared, tmp_path / "second")
    try:
        world = SandboxWorld(other)
        commit = world.sealed("git log --oneline | wc -l; cat n; echo x >x; git add x; git commit -qm x")
        assert "x" in other.names(commit)
        assert world.log.split()[:2] == ["4", "2"]
    finally:
        other.end()


def test_an_executable_an_odd_name_and_a_link_come_out_as_they_are(cage: SandboxWorld) -> None:
    commit = cage.sealed(
        "printf '#!/bin/sh\\n' >run; chmod +x run; ln -s run link; echo x >'odd \"name'; git add -A; true"
    )
    tree = cage.git("ls-tree", commit)
    assert "100755 blob" in tree and "120000 blob" in tree and 'odd \\"name' in tree


def test_ignored_files_stay_warm_and_nothing_else_does(cage: SandboxWorld) -> None:
    cage.sealed("echo cache >.gitignore; echo warm >cache; git add -A; git commit -qm ignore")
    cage.place.base = cage.git("rev-parse", "refs/heads/swarm/bench/job.1")
    cage.run("cat cache; ls; git log --oneline | wc -l; git branch -a")
    assert "warm" in cage.log and "job.1" not in cage.log


def test_an_attempt_that_was_taken_over_twice_is_the_same_work(cage: SandboxWorld) -> None:
    agent = cage.begin("echo 1 >one; git add one; git commit -qm one; echo 2 >two")
    first = cage.finish(agent)
    again = cage.attempt.conclude(0, "exited")
    assert isinstance(first, WorkSealed) and isinstance(again, WorkSealed)
    assert first.commit == again.commit
