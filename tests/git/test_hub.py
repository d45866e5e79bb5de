from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from git_world import holding, make_repository, run_git

from swarm.errors import SwarmError
from swarm.git import refs, stale
from swarm.git.command import GitFailed, plain
from swarm.git.hub import Hub
from swarm.git.merge import commit, merge_base, tree_of
from swarm.git.repository import UserRepository, discover
from swarm.process import Done


def test_the_hub_reads_the_users_objects_without_copying_them(hub: Hub, base: str) -> None:
    assert hub.git.text("cat-file", "-t", base) == "commit"
    assert not [name for name in os.listdir(hub.path / "objects") if len(name) == 2]


@pytest.mark.parametrize(
    "name", ["plain", "with space", "quo'te\"s", "nön-äscii", "new\nline", "-dash", '"quoted', "#hash", "a:b"]
)
def test_objects_are_borrowed_from_a_repository_whatever_its_path(tmp_path: Path, name: str) -> None:
    user = discover(make_repository(tmp_path / name / "repo"))
    hub = Hub(tmp_path / name / "hub.git")
    hub.create(user)
    assert tree_of(hub, user.resolve("HEAD"))


@pytest.mark.parametrize("top", ["sha256"], indirect=True)
def test_a_hub_has_the_object_format_of_its_user(hub: Hub, base: str) -> None:
    assert len(base) == 64
    assert len(commit(hub, tree_of(hub, base), [base], "m", 1)) == 64
    assert hub.cas("refs/swarm/r1/x", None, base)
    assert hub.cas("refs/swarm/r1/x", base, base)


def test_a_hub_made_for_another_object_format_is_refused(hub: Hub, tmp_path: Path) -> None:
    other = discover(make_repository(tmp_path / "other", "--object-format=sha256"))
    with pytest.raises(SwarmError, match="another object format"):
        hub.create(other)


def test_create_again_changes_nothing(hub: Hub, user: UserRepository, base: str) -> None:
    before = {name: (hub.path / name).stat().st_mtime_ns for name in ("HEAD", "config", "info/exclude")}
    hub.create(user)
    assert before == {name: (hub.path / name).stat().st_mtime_ns for name in before}
    assert hub.read_ref(refs.base("r1")) == base


def test_create_survives_a_kill_at_any_point(user: UserRepository, tmp_path: Path) -> None:
    """Killed after a growing delay, then run again: the hub is whole each time."""
    code = (
        "import sys; from pathlib import Path; from swarm.git.hub import Hub\n"
        "from swarm.git.repository import discover\n"
        "user = discover(Path(sys.argv[1])); print('go', flush=True); Hub(Path(sys.argv[2])).create(user)"
    )
    for step in range(12):
        path = tmp_path / f"state-{step}" / "hub.git"
        child = subprocess.Popen([sys.executable, "-c", code, str(user.top), str(path)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(step * 0.004)  # not a wait for something: the point at which it is killed
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        hub = Hub(path)
        hub.create(user)
        hub.pin_base("r1", user.resolve("HEAD"))
        assert run_git(tmp_path, f"--git-dir={path}", "fsck", "--no-dangling") == ""


def test_what_an_agent_wrote_into_the_hubs_configuration_is_taken_back(hub: Hub) -> None:
    good = {name: (hub.path / name).read_bytes() for name in ("config", "info/exclude", "objects/info/alternates")}
    run_git(hub.path, "config", "core.fsmonitor", "touch canary")
    run_git(hub.path, "config", "core.bare", "false")
    run_git(hub.path, "config", "filter.evil.smudge", "touch canary")
    (hub.path / "info" / "exclude").write_text("*\n")
    (hub.path / "objects" / "info" / "alternates").unlink()
    for name in ("config.worktree", "info/attributes", "info/grafts", "shallow"):
        (hub.path / name).write_text("* merge=evil\n")
    hub.restore_config()
    assert good == {name: (hub.path / name).read_bytes() for name in good}
    assert not any(
        (hub.path / name).exists() for name in ("config.worktree", "info/attributes", "info/grafts", "shallow")
    )


def test_the_users_own_excludes_hold_in_the_hub(top: Path, tmp_path: Path, empty_home: Path) -> None:
    (top / ".git" / "info" / "exclude").write_text(".env.local")
    (empty_home / ".config" / "git").mkdir(parents=True)
    (empty_home / ".config" / "git" / "ignore").write_text(".idea/\n")
    hub = Hub(tmp_path / "hub.git")
    hub.create(discover(top))
    assert (hub.path / "info" / "exclude").read_text().split() == ["/.swarm", ".env.local", ".idea/"]


def test_history_of_a_shallow_clone_ends_in_the_hub_where_it_ends_for_the_user(top: Path, tmp_path: Path) -> None:
    for n in range(3):
        run_git(top, "commit", "-q", "--allow-empty", "-m", f"{n}")
    run_git(tmp_path, "clone", "-q", "--depth=1", f"file://{top}", "shallow")
    user = discover(tmp_path / "shallow")
    assert user.is_shallow()
    hub = Hub(tmp_path / "hub.git")
    hub.create(user)
    base = user.resolve("HEAD")
    work = commit(hub, tree_of(hub, base), [base], "work", 1)
    assert merge_base(hub, work, base) == base
    hub.anchor(refs.integration("r1"), work)
    user.fetch_from(hub.path, [f"{refs.integration('r1')}:{refs.published('r1')}"])
    assert run_git(user.top, "rev-parse", "swarm/r1") == work
    hub.restore_config()
    assert merge_base(hub, work, base) == base


def test_a_partial_clone_is_refused_with_what_mends_it(top: Path, tmp_path: Path) -> None:
    run_git(top, "config", "uploadpack.allowFilter", "true")
    run_git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{top}", "partial")
    user = discover(tmp_path / "partial")
    assert user.is_partial()
    with pytest.raises(SwarmError, match="partial clone") as caught:
        Hub(tmp_path / "hub.git").create(user)
    assert "--refetch" in caught.value.hint


def test_cas_moves_a_ref_only_from_the_value_it_was_told(hub: Hub, base: str) -> None:
    one, two, three = (commit(hub, tree_of(hub, base), [base], m, 1) for m in ("1", "2", "3"))
    ref = refs.integration("r1")
    assert hub.read_ref(ref) is None
    assert hub.cas(ref, None, one)
    assert hub.cas(ref, None, one), "already there is done"
    assert not hub.cas(ref, None, two)
    assert not hub.cas(ref, three, two)
    assert hub.read_ref(ref) == one
    assert hub.cas(ref, one, two)
    assert hub.cas(ref, one, two), "already there is done"
    assert hub.read_ref(ref) == two


def test_cas_does_not_take_a_lock_for_another_value(
    hub: Hub, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stale, "PATIENCE", 0.1)
    ref = refs.integration("r1")
    hub.anchor(ref, base)
    new = commit(hub, tree_of(hub, base), [base], "new", 1)
    with holding(hub, ref, base), pytest.raises(GitFailed):
        hub.cas(ref, base, new)


def test_a_broken_ref_is_an_error_and_not_an_absent_one(hub: Hub) -> None:
    ref = hub.path / refs.integration("r1")
    ref.parent.mkdir(parents=True, exist_ok=True)
    ref.touch()
    with pytest.raises(GitFailed, match="broken ref"):
        hub.read_ref(refs.integration("r1"))


def test_a_ref_is_not_taken_for_a_directory_of_the_same_name(hub: Hub, base: str) -> None:
    hub.anchor("refs/swarm/r1/candidate/1", base)
    assert hub.read_ref("refs/swarm/r1/candidate") is None
    assert hub.list_refs("refs/swarm/r1") == {"refs/swarm/r1/base": base, "refs/swarm/r1/candidate/1": base}


def test_many_refs_are_set_and_deleted_at_once(hub: Hub, base: str) -> None:
    names = [refs.candidate("r1", n) for n in range(50)]
    hub.anchor_all(dict.fromkeys(names, base))
    assert len(hub.list_refs("refs/swarm/r1/candidate")) == 50
    hub.delete_refs([*names, refs.candidate("r1", 99)])
    assert hub.list_refs("refs/swarm/r1/candidate") == {}


def test_the_integration_ref_has_a_reflog(hub: Hub, base: str) -> None:
    hub.cas(refs.integration("r1"), None, base, "swarm: start")
    assert (hub.path / "logs" / refs.integration("r1")).read_text().strip().endswith("swarm: start")


def test_admin_directories_that_stop_git_are_mended_or_moved_aside(
    hub: Hub, user: UserRepository, tmp_path: Path
) -> None:
    run_git(hub.path, "worktree", "add", "-q", "--detach", str(tmp_path / "agents-own"), user.resolve("HEAD"))
    commondir = hub.worktrees / "agents-own" / "commondir"
    commondir.write_bytes(b"")
    run_git(hub.path, "worktree", "list", code=128)
    hub.create(user)
    assert run_git(hub.path, "worktree", "list").count("\n") == 0
    assert (hub.own / "broken" / "agents-own" / "HEAD").exists()


def test_a_gc_by_an_agent_takes_nothing(hub: Hub, base: str) -> None:
    loose = commit(hub, tree_of(hub, base), [base], "no ref holds this", 1)
    os.utime(hub.path / "objects" / loose[:2] / loose[2:], (1, 1))
    run_git(hub.path, "gc", "-q")
    assert hub.git.text("cat-file", "-t", loose) == "commit"


@pytest.mark.parametrize(
    "command",
    [("gc", "-q", "--prune=now"), ("prune", "--expire=now"), ("repack", "-a", "-d", "-q")],
    ids=" ".join,
)
def test_an_agent_that_prunes_at_once_takes_nothing(hub: Hub, base: str, command: tuple[str, ...]) -> None:
    work = run_git(hub.path, "commit-tree", "-p", base, "-m", "of somebody who is about to name it", f"{base}^{{tree}}")
    subprocess.run(["git", *command], cwd=hub.path, check=False, capture_output=True)
    assert hub.kind(work.strip()) == "commit"
    run_git(hub.path, "fsck", "--strict", "--no-dangling")


def test_an_interrupt_while_git_still_writes_is_an_interrupt_and_the_next_create_is_whole(
    user: UserRepository, tmp_path: Path
) -> None:
    writers: list[subprocess.Popen[bytes]] = []

    def interrupted(argv: Sequence[str], env: Mapping[str, str], input: bytes | None, timeout: float | None) -> Done:
        """Ctrl-C reaches us in the middle of `git init`, which goes on writing."""
        if "init" not in argv:
            return plain(argv, env, input, timeout)
        into = next(word.removeprefix("--git-dir=") for word in argv if word.startswith("--git-dir="))
        script = 'i=0; while [ $i -lt 3000 ]; do mkdir -p "$0/$i" && : > "$0/$i/file"; i=$((i+1)); done'
        writers.append(subprocess.Popen(["sh", "-c", script, into]))
        deadline = time.monotonic() + 10
        while not os.path.exists(f"{into}/50") and time.monotonic() < deadline:
            time.sleep(0.001)
        raise KeyboardInterrupt

    path = tmp_path / "state" / "hub.git"
    with pytest.raises(KeyboardInterrupt):
        Hub(path, runner=interrupted).create(user)
    for writer in writers:
        writer.wait()
    Hub(path).create(user)
    assert Hub(path).git.text("rev-parse", "--is-bare-repository") == "true"
    assert list(path.parent.glob(".making-*")) == []
