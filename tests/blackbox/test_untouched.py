"""The user's checkout and .git are byte for byte what they were, whatever state they are in and however a run ends.

`OURS` lists all that may come: objects, refs/swarm, the branch swarm/<run> with its log, and the ignored door.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from caller import PROGRAM, git, swarm
from footprint import changes, picture

RUN = "r"
OURS = "|".join((
    r"\.git/objects/[0-9a-f]{2}(/[0-9a-f]{38})?",
    r"\.git/objects/pack/pack-[0-9a-f]+\.(pack|idx|rev)",
    r"\.git/refs/swarm(/.*)?",
    r"\.git/refs/heads/swarm(/r)?",
    r"\.git/logs/refs/heads/swarm(/r)?",
    r"\.swarm(/\.gitignore|/inbox|/worktrees)?",
))  # fmt: skip
DEADLINE = 40.0

PLAN = """\
name: r
verify: ["test ! -e broken"]
limits: {{retries: 0}}
tasks:
  - {{id: one, command: "{one}"}}
  - {{id: two, depends_on: [one], command: "echo 2 > two.txt; echo changed >> README.md"}}
"""


# states of a checkout


def clean(top: Path) -> None:
    """As it was made."""


def dirty(top: Path) -> None:
    """Everything at once that a person may have lying about, a stash and odd times included."""
    (top / "README.md").write_text("stashed\n")
    git(top, "stash", "-q")
    (top / ".gitignore").write_text("*.log\n")
    (top / "ignored.log").write_text("ignored\n")
    (top / "untracked").mkdir()
    (top / "untracked" / "file with spaces").write_text("untracked\n")
    (top / "untracked" / "link").symlink_to("nowhere")
    (top / "staged.txt").write_text("staged\n")
    git(top, "add", "staged.txt")
    (top / "staged.txt").write_text("staged, then changed\n")
    (top / "src/app.py").write_text("changed\n")
    os.utime(top / "README.md", (1_000_000_000, 1_000_000_000))  # git would like to refresh its index for this
    (top / "README.md").chmod(0o600)


def mid_merge(top: Path) -> None:
    """A conflict that waits to be resolved."""
    _clash(top)
    git(top, "merge", "-q", "other", code=1)


def mid_rebase(top: Path) -> None:
    """The same in a rebase, with a detached HEAD."""
    _clash(top)
    git(top, "rebase", "-q", "other", code=1)


def detached(top: Path) -> None:
    """No branch is checked out."""
    git(top, "checkout", "-q", "--detach")


def sparse(top: Path) -> None:
    """Only a part is checked out; the settings lie in config.worktree."""
    git(top, "sparse-checkout", "set", "--sparse-index", "src")


def packed(top: Path) -> None:
    """All refs in packed-refs, all objects in one pack, with a commit graph."""
    for number in range(3):
        git(top, "branch", f"b{number}")
        git(top, "tag", f"t{number}")
    git(top, "gc", "-q", "--prune=now")
    git(top, "commit-graph", "write", "--reachable")


def linked(top: Path) -> None:
    """Another worktree hangs off the repository."""
    git(top, "worktree", "add", "-q", "../linked", "-b", "linked")


def _clash(top: Path) -> None:
    git(top, "switch", "-q", "-c", "other")
    (top / "README.md").write_text("theirs\n")
    git(top, "commit", "-q", "-am", "theirs")
    git(top, "switch", "-q", "main")
    (top / "README.md").write_text("ours\n")
    git(top, "commit", "-q", "-am", "ours")


# how a run goes


def command(repo: Path, *words: str) -> list[str]:
    return [*PROGRAM, *words]


def plan(repo: Path, one: str = "echo 1 > one.txt") -> str:
    file = repo.parent / "t.yaml"
    file.write_text(PLAN.format(one=one))
    return str(file)


def start(repo: Path, executor: str, one: str = "echo 1 > one.txt") -> list[str]:
    return [*PROGRAM, "start", "--task-file", plan(repo, one), "--executor", executor, "--workers", "2"]


def to_the_end(repo: Path, executor: str) -> None:
    """Everything is merged."""
    done = subprocess.run(
        start(repo, executor), cwd=repo, capture_output=True, timeout=DEADLINE, start_new_session=True
    )
    assert done.returncode == 0, done


def with_failures(repo: Path, executor: str) -> None:
    """The first task breaks the gate, the second waits for ever."""
    argv = start(repo, executor, "touch broken")
    done = subprocess.run(argv, cwd=repo, capture_output=True, timeout=DEADLINE, start_new_session=True)
    assert done.returncode == 3, done


def killed_and_resumed(repo: Path, executor: str) -> None:
    """The leader dies in the middle of the first task."""
    leader = begun(repo, executor)
    os.killpg(leader.pid, signal.SIGKILL)
    leader.wait()
    (repo.parent / "go").touch()
    said = swarm(repo, "resume")
    assert said.code == 0, said


def stopped(repo: Path, executor: str) -> None:
    """The user stops the run in the middle of the first task."""
    leader = begun(repo, executor)
    assert swarm(repo, "stop").code == 0
    leader.wait(DEADLINE)


def begun(repo: Path, executor: str) -> subprocess.Popen[bytes]:
    """A leader whose first task is under way and waits for the file `go`."""
    flags = repo.parent
    one = f"touch {flags}/here; while [ ! -e {flags}/go ]; do sleep 0.05; done; echo 1 > one.txt"
    leader = subprocess.Popen(
        start(repo, executor, one),
        cwd=repo,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + DEADLINE
    while not (flags / "here").exists():
        assert time.monotonic() < deadline and leader.poll() is None, "the task did not begin"
        time.sleep(0.02)
    return leader


CASES: list[tuple[Callable[[Path], None], Callable[[Path, str], None], str]] = [
    (clean, to_the_end, "tmux"),
    (dirty, to_the_end, "process"),
    (dirty, with_failures, "process"),
    (dirty, killed_and_resumed, "tmux"),
    (dirty, stopped, "process"),
    (mid_merge, to_the_end, "process"),
    (mid_rebase, to_the_end, "process"),
    (detached, with_failures, "process"),
    (sparse, to_the_end, "process"),
    (packed, to_the_end, "process"),
    (linked, to_the_end, "process"),
]


@pytest.mark.parametrize(
    ("state", "course", "executor"), CASES, ids=[f"{state.__name__}-{course.__name__}" for state, course, _ in CASES]
)
def test_a_run_leaves_checkout_and_git_as_they_were(
    state: Callable[[Path], None], course: Callable[[Path, str], None], executor: str, repo: Path, world: Path
) -> None:
    git(repo.parent, "clone", "-q", "--bare", str(repo), "origin.git")
    git(repo, "remote", "add", "origin", str(repo.parent / "origin.git"))
    git(repo, "fetch", "-q", "origin")
    state(repo)
    before, told = picture(repo), as_git_sees_it(repo)
    course(repo, executor)
    found = changes(before, picture(repo), may_appear=f"{repo}/({OURS})")
    assert not found, "\n".join(found)
    assert as_git_sees_it(repo) == told
    status = git(repo, "status", "--porcelain=v2")
    assert_git_works(repo, world)
    assert git(repo, "status", "--porcelain=v2") == status


def as_git_sees_it(repo: Path) -> str:
    """What git says of the checkout and of everything but our refs; asked without a lock: nothing is refreshed."""
    asked = (
        ("status", "--porcelain=v2", "--branch", "--ignored", "--", ":!/.swarm"),
        ("status", "--porcelain"),
        ("stash", "list"),
        ("worktree", "list"),
        ("config", "--list", "--show-origin"),
        ("for-each-ref",),
        ("reflog", "--all"),
    )
    lines = [line for words in asked for line in git(repo, "--no-optional-locks", *words).splitlines()]
    return "\n".join(line for line in lines if "/swarm/" not in line)


def assert_git_works(repo: Path, world: Path) -> None:
    """Whatever a person does next in the repository works, and takes nothing from the hub."""
    hub = next((world / "state/swarm").glob("*/hub.git"))
    for where in (repo, hub):
        git(where, "fsck", "--strict")
        git(where, "worktree", "list")
    git(repo, "fetch", "-q", "origin")
    git(repo, "gc", "-q", "--prune=now")
    git(hub, "fsck", "--strict")
    git(hub, "gc", "-q", "--prune=now")
    for where in (repo, hub):
        git(where, "fsck", "--strict")


# settings and programs of the user that must neither run nor matter

HOOKS = (
    "applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit", "prepare-commit-msg",
    "commit-msg", "post-commit", "pre-rebase", "post-checkout", "post-merge", "pre-push", "pre-receive", "update",
    "proc-receive", "post-receive", "post-update", "reference-transaction", "push-to-checkout", "pre-auto-gc",
    "post-rewrite", "sendemail-validate", "fsmonitor-watchman", "p4-pre-submit", "post-index-change",
)  # fmt: skip


def settings(canary: Path, hooks: Path, template: Path) -> str:
    """A configuration in which everything that git can be told to run is the canary."""
    run = shlex.quote(str(canary))
    return f"""
[core]
\thooksPath = {hooks}
\tfsmonitor = {run}
\tsshCommand = {run}
\teditor = {run}
\tpager = {run}
\taskPass = {run}
\tautocrlf = true
\tattributesFile = {hooks.parent}/attributes
\tlogAllRefUpdates = true
[filter "canary"]
\tclean = {run}
\tsmudge = {run}
\trequired = true
[diff]
\texternal = {run}
[diff "canary"]
\ttextconv = {run}
\tcommand = {run}
[merge "canary"]
\tdriver = {run}
[merge]
\tdefault = canary
\tff = false
[alias]
\tfetch = !{run}
\tupdate-ref = !{run}
[commit]
\tgpgSign = true
[gpg]
\tprogram = {run}
[gc]
\tauto = 1
\tautoDetach = false
[maintenance]
\tauto = true
[fetch]
\tprune = true
\tpruneTags = true
\twriteCommitGraph = true
\trecurseSubmodules = true
\tfsckObjects = true
[transfer]
\tfsckObjects = true
[uploadpack]
\tpackObjectsHook = {run}
[init]
\ttemplateDir = {template}
\tdefaultBranch = trunk
[credential]
\thelper = {run}
[safe]
\tbareRepository = explicit
[protocol]
\tallow = never
[push]
\tgpgSign = if-asked
[index]
\tsparse = true
[status]
\tshowUntrackedFiles = no
[color]
\tui = always
"""


def poison(repo: Path, world: Path, where: str) -> Path:
    """Have every hook, filter and helper be a program that leaves a mark.  Returns the directory of the marks."""
    marks = repo.parent / "marks"
    marks.mkdir()
    canary = repo.parent / "canary"
    canary.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$0 $*" "$(tr "\\0" " " < /proc/$PPID/cmdline)" > {marks}/$$\nexit 1\n'
    )
    canary.chmod(0o755)
    hooks = repo.parent / "hooks"
    hooks.mkdir()
    (repo.parent / "attributes").write_text("* filter=canary diff=canary merge=canary\n")
    for directory in (hooks, repo / ".git/hooks"):
        directory.mkdir(exist_ok=True)
        for hook in HOOKS:
            (directory / hook).unlink(missing_ok=True)
            (directory / hook).symlink_to(canary)
    text = settings(canary, hooks, hooks)
    if where == "local":
        with open(repo / ".git/config", "a") as config:
            config.write(text)
    else:
        (world / "home/.gitconfig").write_text(text)
    return marks


@pytest.mark.parametrize("where", ["local", "global"])
def test_nothing_that_a_user_has_configured_runs_or_matters(where: str, repo: Path, world: Path) -> None:
    # Tracked attributes as well: the merges and checkouts of a run see these.
    (repo / ".gitattributes").write_text("*.txt merge=canary filter=canary diff=canary\n")
    git(repo, "add", ".gitattributes")
    git(repo, "commit", "-q", "-m", "attributes")
    (repo / "README.md").write_text("dirty\n")
    marks = poison(repo, world, where)
    before = picture(repo)
    said = swarm(repo, "start", "--task-file", plan(repo), "--executor", "process", "--workers", "2")
    assert said.code == 0, said
    assert [mark.read_text() for mark in marks.iterdir()] == []
    found = changes(before, picture(repo), may_appear=rf"{repo}/({OURS}|\.git/logs/refs/swarm(/.*)?)")
    assert not found, "\n".join(found)
    for words in (("status",), ("summary",), ("diff", "two"), ("log",), ("merge", "--dry-run")):
        said = swarm(repo, *words)
        assert said.code == 0, (words, said)
    assert [mark.read_text() for mark in marks.iterdir()] == []


def test_variables_of_a_git_hook_around_us_change_nothing(
    repo: Path, make_repo: Callable[..., Path], tmp_path: Path
) -> None:
    other = make_repo(name="other")
    trace = tmp_path / "trace"
    env: dict[str, str | None] = {
        "GIT_DIR": str(other / ".git"),
        "GIT_WORK_TREE": str(other),
        "GIT_INDEX_FILE": str(tmp_path / "index"),
        "GIT_OBJECT_DIRECTORY": str(tmp_path / "objects"),
        "GIT_COMMON_DIR": str(other / ".git"),
        "GIT_NAMESPACE": "elsewhere",
        "GIT_PREFIX": "src/",
        "GIT_CEILING_DIRECTORIES": str(tmp_path),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.hooksPath",
        "GIT_CONFIG_VALUE_0": str(tmp_path),
        "GIT_TRACE": str(trace),
        "GIT_TRACE2_EVENT": str(trace),
        "GIT_EXEC_PATH": "/nowhere",
        "GIT_SSH_COMMAND": "false",
    }
    before = picture(repo, other)
    said = swarm(repo, "start", "--task-file", plan(repo), "--executor", "process", "--workers", "2", env=env)
    assert said.code == 0, said
    found = changes(before, picture(repo, other), may_appear=f"{repo}/({OURS})")
    assert not found, "\n".join(found)
    assert not trace.exists() and not (tmp_path / "index").exists() and not (tmp_path / "objects").exists()


def test_a_branch_of_the_users_with_our_name_is_left_alone(repo: Path) -> None:
    git(repo, "branch", "swarm/r")
    git(repo, "commit", "-q", "--allow-empty", "-m", "more")
    git(repo, "switch", "-q", "swarm/r")
    git(repo, "commit", "-q", "--allow-empty", "-m", "mine")
    mine = git(repo, "rev-parse", "swarm/r")
    git(repo, "switch", "-q", "main")
    said = swarm(repo, "start", "--task-file", plan(repo), "--executor", "process", "--workers", "1")
    assert said.code == 0, said
    assert git(repo, "rev-parse", "swarm/r") == mine
    assert swarm(repo, "merge").code == 0, "the result is there all the same"
    assert (repo / "two.txt").read_text() == "2\n"
    assert git(repo, "rev-parse", "swarm/r") == mine


def test_a_branch_called_swarm_is_left_alone(repo: Path) -> None:
    git(repo, "branch", "swarm")
    said = swarm(repo, "start", "--task-file", plan(repo), "--executor", "process", "--workers", "1")
    assert said.code == 0, said
    assert "swarm" in git(repo, "branch", "--list", "swarm")
    assert swarm(repo, "merge").code == 0
    assert (repo / "two.txt").read_text() == "2\n"
