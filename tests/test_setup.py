"""What a worktree needs beyond its commit: copied, linked and run once, and never over what is there."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from swarm.core.plan import Setup
from swarm.errors import SwarmError
from swarm.process import Identity, alive, identity, signal_process
from swarm.setup import prepare, tear_down

ENV = {"PATH": os.environ["PATH"]}


class Places:
    """A checkout, a worktree and the stamp of the latter."""

    def __init__(self, path: Path) -> None:
        self.source, self.worktree, self.stamp = path / "checkout", path / "worktree", path / "setup.done"
        self.log = path / "setup.done.log"
        for directory in (self.source, self.worktree):
            directory.mkdir()

    def fill(self, **files: str) -> None:
        for name, text in files.items():
            self.put(name, text)

    def put(self, name: str, text: str = "x", where: str = "source") -> Path:
        path: Path = getattr(self, where) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def prepare(self, **parts: tuple[str, ...]) -> None:
        prepare(self.source, self.worktree, replace(Setup(), **parts), ENV, self.stamp)

    def names(self) -> list[str]:
        return sorted(str(path.relative_to(self.worktree)) for path in self.worktree.rglob("*") if not path.is_dir())


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path)


def test_files_directories_and_patterns_are_copied(places: Places) -> None:
    places.put(".env", "SECRET=1")
    places.put("config/a/local.toml")
    places.put("config/b/local.toml")
    places.put("certs/one.pem")
    places.prepare(copy=(".env", "config/*/local.toml", "certs"))
    assert places.names() == [".env", "certs/one.pem", "config/a/local.toml", "config/b/local.toml"]
    assert (places.worktree / ".env").read_text() == "SECRET=1"


def test_what_is_named_and_not_there_is_no_error(places: Places) -> None:
    places.prepare(copy=(".env", "no/*"), symlink=("node_modules",))
    assert places.names() == []


def test_links_lead_to_the_checkout(places: Places) -> None:
    places.put("node_modules/x/index.js", "1")
    places.prepare(symlink=("node_modules",))
    assert (places.worktree / "node_modules").is_symlink()
    assert (places.worktree / "node_modules/x/index.js").read_text() == "1"


def test_worktreeinclude_is_honoured_comments_and_all(places: Places) -> None:
    for name in (".env", "local/settings.json", "secret", "../outside"):
        places.put(name)
    places.put(".worktreeinclude", "# what a worktree needs\n\n/.env\nlocal/\n!secret\n../outside\n")
    places.prepare()
    assert places.names() == [".env", "local/settings.json"]


@pytest.mark.parametrize("name", [".git/config", ".swarm/inbox/x"])
def test_nothing_of_git_or_of_ours_is_copied(places: Places, name: str) -> None:
    places.put(name)
    places.prepare(copy=(name, f"{name.split('/')[0]}", "**/*", ".*"))
    assert places.names() == []


def test_what_the_commit_has_is_not_replaced_by_what_the_user_edited(places: Places) -> None:
    places.put("config/tracked.txt", "edited, not committed")
    places.put("config/secret.txt", "ignored")
    places.put("config/deep/tracked.txt", "edited, not committed")
    places.put("plain.txt", "edited, not committed")
    for name in ("config/tracked.txt", "config/deep/tracked.txt", "plain.txt"):
        places.put(name, "as committed", where="worktree")
    places.prepare(copy=("config", "plain.txt"))
    texts = {name: (places.worktree / name).read_text() for name in places.names()}
    assert texts == {
        "config/deep/tracked.txt": "as committed", "config/secret.txt": "ignored",
        "config/tracked.txt": "as committed", "plain.txt": "as committed",
    }  # fmt: skip


def test_links_are_copied_as_links_again_and_again(places: Places) -> None:
    places.put("real/x")
    (places.source / "alias").symlink_to("real")
    for _ in range(2):
        places.stamp.unlink(missing_ok=True)
        places.prepare(copy=("alias",))
    assert {name: os.readlink(places.worktree / name) for name in places.names()} == {"alias": "real"}


@pytest.mark.parametrize("part", ["copy", "symlink"])
def test_nothing_is_put_behind_a_link_that_leads_out_of_the_worktree(places: Places, tmp_path: Path, part: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    places.put("data/x")
    (places.worktree / "data").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SwarmError, match="leads out of the worktree"):
        places.prepare(**{part: ("data/x",)})
    assert os.listdir(tmp_path / "elsewhere") == []


@pytest.mark.parametrize("pattern", ["**x", "", "/etc/passwd"])
def test_a_pattern_that_is_none_is_told_as_one(places: Places, pattern: str) -> None:
    with pytest.raises(SwarmError, match="is no pattern") as caught:
        places.prepare(copy=(pattern,))
    assert caught.value.hint


def test_commands_run_once_for_each_version_of_the_setup(places: Places) -> None:
    line = "echo run >> ledger"
    for _ in range(3):
        places.prepare(run=(line,))
    assert (places.worktree / "ledger").read_text() == "run\n"
    places.prepare(run=(line, "true"))
    assert (places.worktree / "ledger").read_text() == "run\n" * 2


def test_a_command_that_fails_says_why_and_is_tried_again(places: Places) -> None:
    line = "echo run >> ledger; echo out; printf 'no \\033[31mspace\\033[0m left\\n' >&2; test -e ok"
    with pytest.raises(SwarmError, match=r"status 1: .*: no space left") as caught:
        places.prepare(run=(line,))
    assert str(places.log) in caught.value.hint
    (places.worktree / "ok").touch()
    places.prepare(run=(line,))
    assert (places.worktree / "ledger").read_text() == "run\n" * 2


def test_a_command_may_leave_something_running(places: Places) -> None:
    places.prepare(run=(f"sleep 1000 & echo $! > {places.worktree}/pid",))
    pid = int((places.worktree / "pid").read_text())
    who = identity(pid) or Identity(pid, 0)
    assert alive(who)
    places.prepare(run=(f"sleep 1000 & echo $! > {places.worktree}/pid",))
    assert alive(who), "a setup that is done is left alone"
    signal_process(who, 9)


def test_what_a_setup_that_was_cut_short_left_is_ended_first(places: Places) -> None:
    with pytest.raises(SwarmError):
        places.prepare(run=("sleep 1000 & echo $! > pid; exit 1",))
    pid = int((places.worktree / "pid").read_text())
    who = identity(pid) or Identity(pid, 0)
    assert alive(who)
    places.prepare(run=("true",))
    assert not alive(who)


def test_commands_read_nothing_and_may_print_much(places: Places) -> None:
    places.prepare(run=("cat; head -c 3000000 /dev/zero | tr '\\0' x",))
    assert places.log.stat().st_size == 3_000_000


def test_teardown_runs_its_commands_in_the_worktree(places: Places) -> None:
    tear_down(("touch gone", "rm gone; touch torn"), places.worktree, ENV, places.log)
    assert places.names() == ["torn"]


def test_a_teardown_that_fails_is_told_and_the_next_line_is_run_all_the_same(places: Places) -> None:
    assert "status 3" in tear_down(("exit 3", "touch next"), places.worktree, ENV, places.log)
    assert places.names() == ["next"]


def test_no_descriptor_is_left_open(places: Places) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for number in range(5):
        places.prepare(run=(f"true {number}",))
    assert len(os.listdir("/proc/self/fd")) == before
