"""The swarm replays real history: a stretch of this repository's own, and a built one with everything odd in it."""

from __future__ import annotations

import importlib.util
import itertools
import os
import stat
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from odd_history import FILE, LINK, History, odd_history

ROOT = Path(__file__).parents[2]
PLAN = ROOT / "examples/replay/plan.py"
WORKERS = "4"
MOST_OF_OURS = 100


def load_plan() -> ModuleType:
    spec = importlib.util.spec_from_file_location("replay_plan", PLAN)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


plan = load_plan()


def git(repository: Path, *args: str) -> str:
    done = subprocess.run(["git", "-C", str(repository), *args], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def call(*argv: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a Python program as a person would."""
    return subprocess.run([sys.executable, *map(str, argv)], cwd=cwd, capture_output=True, text=True, check=False)


def write_plan(repository: Path, span: str, file: Path, *options: str) -> None:
    done = call(PLAN, "--repo", repository, "--range", span, "--output", file, *options)
    assert done.returncode == 0, done.stderr


def replay(repository: Path, file: Path, executor: str = "process") -> None:
    """Have the swarm do it; every task merged at its first attempt."""
    start = ("-m", "swarm", "start", "--workers", WORKERS, "--executor", executor, "--task-file", file)
    done = call(*start, cwd=repository)
    count = len(yaml.safe_load(file.read_text())["tasks"])
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    assert f"{count} of {count} merged" in done.stdout
    assert "(attempt 2)" not in done.stdout


def assert_same_tree(repository: Path, commit: str, branch: str = "swarm/replay") -> None:
    real, made = git(repository, "rev-parse", f"{commit}^{{tree}}", f"{branch}^{{tree}}").split()
    assert made == real, git(repository, "diff", "--stat", commit, branch)


# this repository's own history


def longest_linear_stretch() -> tuple[str, str, int]:
    """(A, B, length) of the longest run of commits with one parent each among our own."""
    done = subprocess.run(
        ["git", "-C", str(ROOT), "rev-list", "--topo-order", "--reverse", "--parents", "HEAD"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    runs: dict[str, tuple[str, int]] = {}  # commit -> where its run starts, and how long it is
    for commit, *parents in map(str.split, done.stdout.splitlines()):
        start, length = runs[parents[0]] if len(parents) == 1 else (commit, -1)
        runs[commit] = start, length + 1
    if not runs:
        return "", "", 0
    end = max(runs, key=lambda commit: runs[commit][1])
    start, length = runs[end]
    return (start, end, length) if length <= MOST_OF_OURS else (f"{end}~{MOST_OF_OURS}", end, MOST_OF_OURS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("executor", "limit"), [("process", MOST_OF_OURS), pytest.param("tmux", 5, marks=pytest.mark.tmux)]
)
def test_our_own_history_comes_out_the_same(tmp_path: Path, executor: str, limit: int) -> None:
    start, end, length = longest_linear_stretch()
    if not length:
        pytest.skip("this checkout has no history: not a repository, or a clone of depth 1")
    repository = tmp_path / "ours"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(repository)], check=True, capture_output=True)
    write_plan(repository, f"{start}..{end}", tmp_path / "replay.yaml", "--limit", str(limit))
    replay(repository, tmp_path / "replay.yaml", executor)
    assert_same_tree(repository, f"{end}~{max(0, length - limit)}")


# a repository with everything odd


def hostile_configuration() -> None:
    """A user's own settings, each of which would change files on their way."""
    home = Path(os.environ["HOME"])
    (home / "attributes").write_text("* text eol=crlf\n*.py filter=spoil\n")
    (home / "hooks").mkdir()
    (home / "hooks/post-commit").write_text("#!/bin/sh\necho spoilt > spoilt\n")
    (home / "hooks/post-commit").chmod(0o755)
    (home / ".gitconfig").write_text(
        f"[core]\n\tautocrlf = true\n\tattributesFile = {home}/attributes\n\thooksPath = {home}/hooks\n"
        "[core]\n\tquotePath = false\n"
        '[filter "spoil"]\n\tclean = tr a-z A-Z\n\tsmudge = tr a-z A-Z\n\trequired = true\n'
        "[commit]\n\tgpgSign = true\n[diff]\n\tnoprefix = true\n\trenames = copies\n\tignoreSubmodules = all\n"
    )


def make_untidy(repository: Path, history: History) -> None:
    """Leave the user's checkout as users leave it: changed, staged, untracked and ignored files."""
    git(repository, "checkout", "--quiet", "--detach", "HEAD~3")
    (repository / "src/module_2.py").write_text("not committed\n")
    (repository / "staged").write_text("staged\n")
    git(repository, "add", "staged")
    (repository / "untracked").write_text("untracked\n")
    (repository / "ignored.o").write_text("ignored\n")


def everything_in(top: Path) -> dict[str, tuple[int, bytes]]:
    """Every file and link below: its mode and content."""
    found = {}
    for directory, names, files in os.walk(top):
        for name in [*files, *(name for name in names if os.path.islink(os.path.join(directory, name)))]:
            path = Path(directory, name)
            mode = path.lstat().st_mode
            data = os.fsencode(os.readlink(path)) if stat.S_ISLNK(mode) else path.read_bytes()
            found[os.path.relpath(path, top)] = mode, data
    return found


OURS = (".swarm/", ".git/refs/swarm/", ".git/refs/heads/swarm/", ".git/logs/refs/heads/swarm/", ".git/objects/")
"""What a run may add to the user's repository; nothing that was there may change."""


def assert_untouched(before: dict[str, tuple[int, bytes]], top: Path) -> None:
    after = everything_in(top)
    assert {path for path in before if after.get(path) != before[path]} == set()
    assert {path for path in after.keys() - before.keys() if not path.startswith(OURS)} == set()


@pytest.mark.slow
def test_an_odd_history_comes_out_the_same_and_the_users_repository_is_left_alone(tmp_path: Path) -> None:
    repository, history = tmp_path / "it's a \"repo\" $HOME ü", odd_history(205)
    history.write(repository)
    hostile_configuration()
    make_untidy(repository, history)
    before = everything_in(repository)
    write_plan(repository, "main~205..main", tmp_path / "replay.yaml")
    replay(repository, tmp_path / "replay.yaml")
    assert_same_tree(repository, "main")
    assert_untouched(before, repository)


@pytest.mark.slow
def test_a_shallow_clone_is_replayed_as_far_as_it_goes(tmp_path: Path) -> None:
    odd_history(130).write(tmp_path / "whole")
    repository = tmp_path / "shallow"
    subprocess.run(
        ["git", "clone", "--quiet", "--depth", "15", f"file://{tmp_path}/whole", str(repository)], check=True
    )
    write_plan(repository, "HEAD~14..HEAD", tmp_path / "replay.yaml")
    replay(repository, tmp_path / "replay.yaml")
    assert_same_tree(repository, "HEAD")


@pytest.mark.slow
@pytest.mark.large
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("executor", "length"), [("process", 300), pytest.param("tmux", 120, marks=pytest.mark.tmux)])
def test_a_long_odd_history_comes_out_the_same(tmp_path: Path, executor: str, length: int) -> None:
    repository = tmp_path / "repository"
    odd_history(length).write(repository)
    write_plan(repository, f"main~{length}..main", tmp_path / "replay.yaml")
    replay(repository, tmp_path / "replay.yaml", executor)
    assert_same_tree(repository, "main")


# the planner


def written(tmp_path: Path, *commits: dict[bytes, bytes | None]) -> Path:
    """A repository of these commits: path to content, None for a deletion."""
    history, repository = History(), tmp_path / "small"
    history.put(b"base", b"base\n")
    history.commit(b"base")
    for number, changes in enumerate(commits, 1):
        for path, data in changes.items():
            if data is None:
                history.drop(path)
            else:
                history.put(path, data)
        history.commit(b"commit %d" % number)
    history.write(repository)
    return repository


def depends_on(repository: Path, count: int) -> list[list[int]]:
    start, end = (plan.commit_id(repository, name) for name in (f"HEAD~{count}", "HEAD"))
    found: list[list[int]] = plan.dependencies(plan.stretch(repository, start, end))
    return found


@pytest.mark.parametrize(
    ("commits", "expected"),
    [
        ([{b"a": b"1"}, {b"b": b"1"}], [[], []]),
        ([{b"a": b"1"}, {b"a": b"2"}, {b"a": b"3"}], [[], [0], [1]]),
        ([{b"a": b"1"}, {b"a": None}, {b"a": b"1"}], [[], [0], [1]]),
        ([{b"a": b"1"}, {b"a": None, b"b": b"1"}, {b"b": b"2"}, {b"a": b"new"}], [[], [0], [1], [1]]),
        ([{b"a": b"1"}, {b"b": b"1"}, {b"a": b"2", b"b": b"2"}], [[], [], [0, 1]]),
        ([{b"d/x": b"1"}, {b"d/y": b"1"}, {b"d/x": None, b"d/y": None, b"d": b"file"}], [[], [], [0, 1]]),
        ([{b"d": b"file"}, {b"d": None, b"d/deep/x": b"1"}, {b"d/y": b"1"}], [[], [0], [1]]),
        ([{b"d/x": b"1"}, {b"d/x": None}, {b"d": b"file"}], [[], [0], [1]]),
        ([{b"d": b"1"}, {b"d-x": b"1"}, {b"dd/x": b"1"}], [[], [], []]),
    ],
    ids=["apart", "edits", "deleted and back", "renamed", "two at once", "directory to file", "file to directory",
         "emptied", "like a prefix"],
)  # fmt: skip
def test_a_commit_waits_for_those_whose_paths_are_in_its_way(
    tmp_path: Path, commits: list[dict[bytes, bytes | None]], expected: list[list[int]]
) -> None:
    assert depends_on(written(tmp_path, *commits), len(commits)) == expected


def in_the_way(one: bytes, other: bytes) -> bool:
    return one == other or one.startswith(other + b"/") or other.startswith(one + b"/")


def test_whatever_overlaps_is_ordered_and_no_dependency_is_said_twice(tmp_path: Path) -> None:
    repository = tmp_path / "odd"
    odd_history(150).write(repository)
    commits = plan.stretch(repository, plan.commit_id(repository, "HEAD~150"), plan.commit_id(repository, "HEAD"))
    found = plan.dependencies(commits)
    above: list[set[int]] = []
    for direct in found:
        above.append(set(direct).union(*(above[number] for number in direct)))
        assert not any(number in above[other] for number, other in itertools.permutations(direct, 2))
    for later, earlier in itertools.combinations(reversed(range(len(commits))), 2):
        overlap = any(in_the_way(a, b) for a in commits[later].paths for b in commits[earlier].paths)
        assert not overlap or earlier in above[later]


def test_the_task_file_says_what_is_done_and_can_be_read(tmp_path: Path) -> None:
    repository = written(tmp_path, {b"a": b"1"}, {}, {b"a": b"2"})
    file = tmp_path / "plan.yaml"
    write_plan(repository, "HEAD~3..", file, "--seconds", "0.5", "--limit", "2")
    read = yaml.safe_load(file.read_text())
    ids = git(repository, "rev-list", "--reverse", "HEAD").split()
    assert read["base"] == ids[0]
    first, second = read["tasks"]
    assert first["id"] == f"c001-{ids[1][:7]}" and first["title"] == "commit 1"
    assert first["command"] == f"sleep 0.5 && sh {ROOT}/examples/replay/apply.sh {repository} {ids[1]}"
    assert second["expects"] == "any" and "depends_on" not in second
    assert call("-m", "swarm", "check", file, cwd=repository).returncode == 0


def test_every_subject_becomes_a_title(tmp_path: Path) -> None:
    odd_history(120).write(tmp_path / "odd")
    printed = call(PLAN, "--repo", tmp_path / "odd", "--range", "HEAD~120..HEAD")
    read = yaml.safe_load(printed.stdout)
    assert len(read["tasks"]) == 120
    assert all(task["title"].isprintable() for task in read["tasks"])
    assert "gr\N{LATIN SMALL LETTER O WITH DIAERESIS}\N{LATIN SMALL LETTER SHARP S}e" in printed.stdout


def merge_main(repository: Path) -> None:
    """A branch `side` from the commit before last, with one commit and a merge of `main`; `orphan` has no parent."""
    git(repository, "config", "user.name", "x")
    git(repository, "config", "user.email", "x@example.invalid")
    git(repository, "checkout", "--quiet", "-b", "side", "HEAD~1")
    git(repository, "commit", "--quiet", "--allow-empty", "-m", "s")
    git(repository, "merge", "--quiet", "-m", "m", "main")
    git(repository, "branch", "orphan", git(repository, "commit-tree", "-m", "x", "HEAD^{tree}"))


@pytest.mark.parametrize(
    ("span", "said"),
    [
        ("HEAD~2..HEAD", "is a merge; give a linear stretch"),
        ("main~1..side~1", None),
        ("main..side~1", "is not an ancestor"),
        ("side~1..side~1", "no commits between"),
        ("nothing..HEAD", "'nothing' names no commit"),
        ("HEAD^{tree}..HEAD", "names no commit"),
        ("--all..HEAD", "names no commit"),
        ("main...side", "is no range"),
        ("main", "is no range"),
        ("orphan..main", "has no parent (it is a first commit)"),
    ],
)
def test_what_is_no_linear_stretch_is_refused(tmp_path: Path, span: str, said: str | None) -> None:
    repository = written(tmp_path, {b"a": b"1"}, {b"b": b"1"})
    merge_main(repository)
    done = call(PLAN, "--repo", repository, f"--range={span}")
    if said is None:
        assert done.returncode == 0
        return
    assert done.returncode == 1 and said in done.stderr and not done.stdout
    assert "Traceback" not in done.stderr


def test_a_history_with_our_own_name_in_it_is_refused(tmp_path: Path) -> None:
    repository = written(tmp_path, {b"sub/.swarm/x": b"1"}, {b".swarm/x": b"1"})
    refused = call(PLAN, "--repo", repository, "--range", "HEAD~2..HEAD")
    assert refused.returncode == 1 and ".swarm" in refused.stderr
    assert call(PLAN, "--repo", repository, "--range", "HEAD~2..HEAD~1").returncode == 0


def test_the_end_of_a_shallow_clone_is_called_by_its_name(tmp_path: Path) -> None:
    repository = written(tmp_path, {b"a": b"1"}, {b"a": b"2"}, {b"a": b"3"})
    shallow = tmp_path / "shallow"
    subprocess.run(["git", "clone", "--quiet", "--depth", "2", f"file://{repository}", str(shallow)], check=True)
    done = call(PLAN, "--repo", shallow, "--range", "HEAD~2..HEAD")
    assert done.returncode == 1 and "names no commit" in done.stderr
    assert call(PLAN, "--repo", shallow, "--range", "HEAD~1..HEAD").returncode == 0


def test_kinds_of_change_are_made_again_by_hand_too(tmp_path: Path) -> None:
    """The script alone, in a plain checkout, without a swarm."""
    history, repository = History(), tmp_path / "one"
    history.put(b"file", b"a\r\n")
    history.put(b"dir/leaf", b"leaf")
    history.commit(b"base")
    history.put(b"dir", b"file", LINK)
    history.put(b"-odd \"name\"\n\t\xe9", b"no newline", FILE)
    history.drop(b"file")
    history.commit(b"all at once")
    history.write(repository)
    end = git(repository, "rev-parse", "HEAD")
    git(repository, "checkout", "--quiet", "--detach", "HEAD~1")
    git(repository, "config", "user.name", "x")
    git(repository, "config", "user.email", "x@example.invalid")
    subprocess.run(["sh", str(PLAN.with_name("apply.sh")), str(repository), end], cwd=repository, check=True)
    assert_same_tree(repository, end, "HEAD")
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "log", "-1", "--format=%s") == "all at once"
