from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from git_world import run_git

from swarm.errors import SwarmError
from swarm.git import refs
from swarm.git.command import (
    LONGEST,
    Git,
    GitFailed,
    Profile,
    Runner,
    environment,
    is_oid,
    oid,
    plain,
    user_git,
)
from swarm.git.hub import Hub
from swarm.git.library import library
from swarm.git.merge import commit, tree_of
from swarm.git.repository import discover
from swarm.git.version import check_version, parse
from swarm.process import Done, NotStarted, TimedOut

RUNNERS = pytest.mark.parametrize("runner", [plain, library])


@RUNNERS
def test_both_runners_give_bytes_codes_and_errors_alike(hub: Hub, base: str, runner: Runner) -> None:
    git = Git(hub.path, None, runner)
    done = git.run("cat-file", "blob", f"{base}:.gitignore")
    assert (done.code, done.out, done.err) == (0, b"*.cache\n", b"")
    assert (
        git.run("hash-object", "--stdin", input=b"\0\xff\n\n").out
        == git.run("hash-object", "--stdin", input=b"\0\xff\n\n").out
    )
    blob = git.text("hash-object", "-w", "--stdin", input=b"\0\xff\n\n")
    assert git.run("cat-file", "blob", blob).out == b"\0\xff\n\n"
    assert git.text("hash-object", "--stdin", input=b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert git.run("cat-file", "-e", "0" * 40, ok=(0, 1)).code == 1
    with pytest.raises(GitFailed, match=r"git cat-file blob .* failed in .*hub.git \(exit 128\): fatal") as caught:
        git.run("cat-file", "blob", "0" * 40)
    assert caught.value.code == 128


@RUNNERS
def test_variables_of_the_caller_do_not_reach_git(
    hub: Hub, base: str, runner: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in (
        "GIT_DIR",
        "GIT_OBJECT_DIRECTORY",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_EXEC_PATH",
        "GIT_EXTERNAL_DIFF",
    ):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))
    monkeypatch.setenv("XDG_CONFIG_HOME", "/nowhere")
    git = Git(hub.path, None, runner)
    assert git.text("cat-file", "-t", base) == "commit"
    names = {line.partition("=")[0] for line in git.text("-c", "alias.e=!env", "e").splitlines()}
    leaked = {name for name in names if name.startswith(("GIT_", "XDG_"))}
    assert leaked.isdisjoint(
        {"GIT_OBJECT_DIRECTORY", "GIT_INDEX_FILE", "GIT_NAMESPACE", "GIT_TRACE", "XDG_CONFIG_HOME"}
    )
    assert not (tmp_path / "trace").exists()


@RUNNERS
def test_nobodys_configuration_holds_in_our_own_repositories(hub: Hub, runner: Runner, empty_home: Path) -> None:
    (empty_home / ".gitconfig").write_text("[user]\n\tname = global\n[core]\n\thooksPath = /evil\n")
    git = Git(hub.path, None, runner)
    assert git.text("config", "user.name") == "swarm worker"
    assert git.text("config", "core.hooksPath") == "/dev/null"
    assert git.text("config", "core.fsync") == "all"


def test_the_users_configuration_holds_in_their_repository(top: Path, empty_home: Path) -> None:
    (empty_home / ".gitconfig").write_text("[user]\n\tname = global\n[core]\n\thooksPath = /theirs\n")
    git = user_git(top / ".git", top)
    assert git.text("config", "user.name") == "global"
    assert git.text("config", "core.hooksPath") == "/dev/null"
    own_hand = Git(top / ".git", top, profile=Profile.USERS_OWN_HAND)
    assert own_hand.text("config", "core.hooksPath") == "/theirs"


@RUNNERS
def test_a_command_that_takes_too_long_is_killed(hub: Hub, runner: Runner) -> None:
    with pytest.raises(TimedOut):
        Git(hub.path, None, runner).run("-c", "alias.s=!sleep 1000", "s", timeout=0.2)


INTERRUPTED = """
import os, signal, sys, threading, time
from pathlib import Path
from swarm.git.library import library
from swarm.git.command import plain

begun = Path(sys.argv[2])

def interrupt():
    while not begun.exists():
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt, daemon=True).start()
runner = {"plain": plain, "library": library}[sys.argv[1]]
try:
    runner(["sh", "-c", f"touch {begun}; exec sleep 2"], dict(os.environ), None, 1800.0)
except KeyboardInterrupt:
    print("interrupted")
"""


@RUNNERS
def test_a_program_that_is_interrupted_in_a_command_does_not_wait_for_its_time_to_be_up(
    runner: Runner, tmp_path: Path
) -> None:
    argv = [sys.executable, "-c", INTERRUPTED, runner.__name__, str(tmp_path / "begun")]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "interrupted\n"


@RUNNERS
def test_a_missing_git_is_said(runner: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotStarted):
        runner(["git", "version"], environment(Profile.OURS, {"PATH": str(tmp_path)}), None, None)
    with pytest.raises(SwarmError, match="not found"):
        check_version(runner)


@RUNNERS
def test_an_old_git_is_refused(runner: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "git").write_text("#!/bin/sh\necho git version 2.37.9\n")
    (tmp_path / "git").chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        with pytest.raises(SwarmError, match=r"too old.*2\.37\.9"):
            check_version(runner)
    assert check_version(runner) >= (2, 38)


def test_versions_are_read_as_numbers() -> None:
    assert parse("git version 2.39.5 (Apple Git-154)") == (2, 39, 5)
    assert parse("git version 2.40.0.windows.1") == (2, 40, 0)
    assert parse("nonsense") == ()


def test_only_full_ids_pass() -> None:
    assert is_oid("a" * 40) and is_oid("0" * 64)
    for text in ("a" * 39, "A" * 40, "a" * 41, "a" * 40 + "\n", "--help", ""):
        assert not is_oid(text)
        with pytest.raises(ValueError, match="object id"):
            oid(text)


def test_an_error_of_git_can_not_drive_a_terminal() -> None:
    assert "\x1b" not in GitFailed(("x",), 1, "\x1b]0;evil\x07").message


def test_everything_works_through_the_library_too(top: Path, tmp_path: Path) -> None:
    user = discover(top, library)
    hub = Hub(tmp_path / "hub.git", library)
    hub.create(user)
    base = user.resolve("HEAD")
    assert hub.cas(refs.integration("r1"), None, commit(hub, tree_of(hub, base), [base], "m", 1))
    user.fetch_from(hub.path, [f"{refs.integration('r1')}:{refs.published('r1')}"])
    assert run_git(top, "log", "-1", "--format=%s", "swarm/r1") == "m"


def test_a_git_that_never_ends_is_ended_after_a_time_unless_the_users_hooks_may_run(tmp_path: Path) -> None:
    given: list[float | None] = []

    def runner(argv: Sequence[str], env: Mapping[str, str], input: bytes | None, timeout: float | None) -> Done:
        given.append(timeout)
        return Done(tuple(argv), 0, b"", b"")

    for profile in Profile:
        Git(tmp_path, None, runner, profile=profile).run("status")
    Git(tmp_path, None, runner).run("status", timeout=5.0)
    assert given == [LONGEST, LONGEST, None, 5.0]


def test_a_git_that_fails_when_the_library_is_loaded_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    front = tmp_path / "git"
    front.write_text(f"#!/bin/sh\nmkdir {tmp_path}/failed 2>/dev/null && exit 128\nexec {shutil.which('git')} \"$@\"\n")
    front.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    code = (
        "from swarm.errors import SwarmError\n"
        "try:\n    import swarm.git.library\nexcept SwarmError as error:\n    print(error.message)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("git did not say its version when it was asked\n", "")


def test_a_worker_needs_no_git_library_and_little_memory() -> None:
    code = (
        "import sys; from swarm.git.worktree import Worktree\n"
        "assert 'git' not in sys.modules and 'pydantic' not in sys.modules, 'too heavy'\n"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmRSS')))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(out) < 25_000, "KiB"


def test_names_of_refs_are_made_from_ids_only() -> None:
    assert refs.rescue_of_branch(refs.attempt_branch("r1", "a-task", 12)) == "refs/swarm/r1/rescue/a-task.12"
    for bad in ("a/b", "a.b", "../x", "-x", "A", ""):
        with pytest.raises(ValueError, match="not an id"):
            refs.integration(bad)
        with pytest.raises(ValueError, match="not an id"):
            refs.attempt_branch("r1", bad, 1)
