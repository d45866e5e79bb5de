"""Locks that killed gits have left, on real ones: removed when nobody can hold them, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest
from git_world import holding

from swarm.git import refs, stale
from swarm.git.command import GitFailed
from swarm.git.hub import Hub
from swarm.git.repository import discover

REF = refs.integration("run")


def lock(hub: Hub) -> Path:
    return hub.path / f"{REF}.lock"


def test_a_lock_of_a_git_that_was_killed_is_in_nobodys_way(hub: Hub, base: str) -> None:
    with holding(hub, REF, base) as process:
        process.kill()
        process.wait()
        assert lock(hub).exists()
    assert hub.cas(REF, None, base)
    assert hub.read_ref(REF) == base
    assert not lock(hub).exists()


def test_a_lock_that_a_living_git_holds_stays(hub: Hub, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stale, "PATIENCE", 0.2)
    with holding(hub, REF, base) as process:
        with pytest.raises(GitFailed, match=r"integration\.lock"):
            hub.cas(REF, None, base)
        assert lock(hub).exists()
        assert process.poll() is None


def test_a_git_that_lets_go_in_time_is_waited_for(hub: Hub, base: str) -> None:
    with holding(hub, REF, base) as process:
        assert process.stdin
        process.stdin.write(b"commit\n")
        process.stdin.close()  # it ends by itself
        assert hub.cas(REF, None, base)
    assert hub.read_ref(REF) == base


def test_refs_are_deleted_in_spite_of_a_dead_packed_refs_lock(hub: Hub, base: str) -> None:
    hub.anchor(refs.candidate("run", 1), base)
    (hub.path / "packed-refs.lock").touch()
    hub.delete_refs([refs.candidate("run", 1)])
    assert hub.list_refs("refs/swarm/run/candidate") == {}


def test_in_the_users_repository_only_refs_of_ours_are_freed(top: Path, hub: Hub, base: str) -> None:
    user = discover(top)
    (user.common_dir / "refs" / "swarm" / "run").mkdir(parents=True, exist_ok=True)
    (user.common_dir / f"{refs.base('run')}.lock").touch()
    user.pin("run", base)
    assert user.pins("run") == [base]
    theirs = user.common_dir / "packed-refs.lock"
    theirs.touch()
    with pytest.raises(GitFailed, match=r"packed-refs\.lock"):
        user.unpin("run")
    assert theirs.exists()


def test_an_error_is_told_by_what_git_says_of_it_and_not_by_its_advice() -> None:
    advice = "fatal: Unable to create '/x/index.lock': File exists.\n\nAnother git process\nis\nrunning\n"
    assert "Unable to create" in GitFailed(("add",), 128, advice).message
    assert "nothing else" in GitFailed(("add",), 1, "nothing else").message


def test_where_no_process_can_be_found_no_lock_is_taken_for_dead(
    hub: Hub, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stale, "has_proc", lambda: False)
    lock(hub).parent.mkdir(parents=True, exist_ok=True)
    lock(hub).touch()
    with pytest.raises(GitFailed):
        hub.cas(REF, None, base)
    assert lock(hub).exists()
