"""The gits that stay open: their answers are those of a git of one's own, and nobody is harmed where they have none."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from git_world import run_git

from swarm.git import merge, refs
from swarm.git.hub import Hub
from swarm.git.paths import entries
from swarm.process import bearers

WHEN = 1_700_000_000


@pytest.fixture
def kept(hub: Hub) -> Iterator[Hub]:
    found = hub.kept_open()
    yield found
    found.close()


def open_gits(hub: Hub) -> list[int]:
    """Gits of the hub that are running."""
    return [who.pid for who in bearers([f"SWARM_GIT_DIR={hub.path}"])]


def test_a_commit_is_told_as_git_tells_it_and_what_is_none_is_not(kept: Hub, base: str) -> None:
    tree = merge.tree_of(Hub(kept.path), base)
    made = merge.commit(kept, tree, [base], "new", WHEN)
    told = kept.told(made)
    assert told is not None and (told.tree, told.parents) == (tree, (base,))
    assert kept.is_commit(made) and kept.told(tree) is None and not kept.is_commit(tree)
    assert kept.told("1" * 40) is None and not kept.is_commit("1" * 40)


@pytest.mark.parametrize("message", ["plain", "fünf\n\nbody", "\n\n  \n", "\0nul\0", "\udcff", "# no comment\n"])
def test_a_commit_is_written_just_as_git_writes_it(kept: Hub, base: str, message: str) -> None:
    hub = Hub(kept.path)
    tree = merge.tree_of(hub, base)
    other = merge.commit(hub, tree, [base], "other", WHEN)
    for parents in ((), (base,), (base, other), (base, base)):
        args = (tree, parents, message, WHEN)
        assert merge.commit(kept, *args) == merge.commit(hub, *args)
    assert not [name for name in os.listdir(hub.own) if name.startswith("commit-")]


def test_changes_are_those_that_git_tells(kept: Hub, base: str, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    run_git(tmp_path, "clone", "-q", "-b", "main", str(kept.path.parent.parent / "the user's repo"), str(clone))
    (clone / "a b\n.txt").write_text("x")
    (clone / "src/b.txt").unlink()
    (clone / "a.txt").chmod(0o755)
    run_git(clone, "add", "-A")
    run_git(clone, "commit", "-q", "-m", "all kinds")
    new = run_git(clone, "rev-parse", "HEAD")
    run_git(kept.path, "fetch", "-q", str(clone), "HEAD")
    assert entries(kept, base, new) == entries(Hub(kept.path), base, new) != []
    assert {change.status for change in entries(kept, base, new)} == {"A", "D", "M"}
    assert entries(kept, base, base) == []


def test_what_is_no_tree_is_no_question_for_the_one_that_compares_trees(kept: Hub, base: str) -> None:
    assert kept.standing is not None
    assert kept.standing.changes(base, base) is None, "of commits it would tell something else"
    assert kept.standing.changes("1" * 40, merge.tree_of(kept, base)) is None
    assert merge.changed(kept, base, base) == frozenset()


def test_one_that_was_ended_from_outside_is_replaced(kept: Hub, base: str) -> None:
    assert kept.told(base)
    for pid in open_gits(kept):
        os.kill(pid, signal.SIGKILL)
    assert kept.told(base)


def test_what_one_does_not_answer_a_git_of_its_own_is_asked(hub: Hub, base: str, tmp_path: Path) -> None:
    """A git on PATH that stays open and says nothing, half or nonsense."""
    tree = merge.tree_of(hub, base)
    new = merge.commit(hub, tree, [base], "new", WHEN)
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
    waits = {"silent": "exec sleep 900", "half": "read x; echo 0123456789012345; exec sleep 900",
             "ends": "exit 0", "nonsense": "while read x; do echo what; done"}  # fmt: skip
    for name, does in waits.items():
        bin = tmp_path / name
        bin.mkdir()
        lines = f'case "$*" in *batch-command*|*--stdin*) {does};; esac\nexec {real} "$@"\n'
        (bin / "git").write_text(f"#!/bin/sh\n{lines}")
        (bin / "git").chmod(0o755)
        asks = (
            "import sys; from pathlib import Path; from swarm.git import merge, standing\n"
            "from swarm.git.hub import Hub\n"
            "standing.ANSWER_WITHIN = 0.2\n"
            "path, base, new = sys.argv[1:]; hub = Hub(Path(path)).kept_open()\n"
            "print(hub.is_commit(new), merge.tree_of(hub, new), merge.changed(hub, base, new) == set(),\n"
            "      merge.commit(hub, merge.tree_of(hub, base), [base], 'new', 1_700_000_000))\n"
            "hub.close()"
        )
        done = subprocess.run(
            [sys.executable, "-c", asks, str(hub.path), base, new],
            env={**os.environ, "PATH": f"{bin}:{os.environ['PATH']}"}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout.split()) == (0, ["True", tree, "True", new]), (name, done.stderr)
        assert open_gits(hub) == [], name


def test_they_end_with_their_owner_whatever_ends_it(hub: Hub, base: str) -> None:
    asks = (
        "import sys, time; from pathlib import Path; from swarm.git.hub import Hub; from swarm.git import merge\n"
        "hub, base = Hub(Path(sys.argv[1])).kept_open(), sys.argv[2]\n"
        "hub.told(base); merge.changed(hub, base, base); merge.commit(hub, merge.tree_of(hub, base), [], 'm', 1)\n"
        "print('open', flush=True); time.sleep(900)"
    )
    argv = [sys.executable, "-c", asks, str(hub.path), base]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as owner:
        assert owner.stdout and owner.stdout.readline() == b"open\n"
        gits = open_gits(hub)
        assert len(gits) >= 3
        descriptors = [os.pidfd_open(pid) for pid in gits]
        owner.kill()
        for descriptor in descriptors:
            poll = select.poll()
            poll.register(descriptor, select.POLLIN)
            assert poll.poll(60_000), "it outlives its owner"
            os.close(descriptor)


def test_they_keep_no_lock_of_a_ref_from_being_found_stale(kept: Hub, base: str) -> None:
    assert kept.told(base) and open_gits(kept)
    lock = kept.path / f"{refs.integration('r1')}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    assert kept.cas(refs.integration("r1"), None, base)
    assert not lock.exists()


def test_new_objects_are_found_also_in_packs(kept: Hub, base: str) -> None:
    assert kept.told(base)
    made = merge.commit(Hub(kept.path), merge.tree_of(Hub(kept.path), base), [base], "packed", WHEN)
    kept.anchor(refs.integration("r1"), made)
    run_git(kept.path, "repack", "-a", "-l", "-q")
    (kept.path / "objects" / made[:2] / made[2:]).unlink()
    assert kept.told(made)
