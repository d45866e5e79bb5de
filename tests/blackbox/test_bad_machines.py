"""Machines on which something is missing, too old, full, closed or forbidden."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from caller import MORTAL, PROGRAM, assert_no_insides, git, refused, swarm
from footprint import nothing_changes

TASKS = "version: 1\nname: r\ntasks:\n  - {id: a, command: echo a > made.txt}\n"


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    file = tmp_path / "t.yaml"
    file.write_text(TASKS)
    return file


# programs

OTHERS = ("sh", "env", "cat", "sleep")


def programs(directory: Path, **stand_ins: str) -> Path:
    """A PATH with git, tmux and a few others; each `stand_in` is a shell script in the place of one, "" for none."""
    directory.mkdir()
    for name in {*OTHERS, "git", "tmux"} - stand_ins.keys():
        found = shutil.which(name)
        assert found, f"these tests need {name}"
        (directory / name).symlink_to(found)
    for name, script in stand_ins.items():
        if script:
            (directory / name).write_text(f"#!/bin/sh\n{script}\n")
            (directory / name).chmod(0o755)
    return directory


STAND_INS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "no git": ({"git": ""}, ("git was not found", "install git 2.38")),
    "an old git": ({"git": "echo git version 2.30.1"}, ("git is too old", "2.30.1", "install git 2.38")),
    "a git that is none": ({"git": "echo hello"}, ("git is too old or unknown", "hello", "install git 2.38")),
    "a git that fails": ({"git": "echo no such luck >&2; exit 3"}, ("git is too old or unknown", "install git 2.38")),
    "no tmux": ({"tmux": ""}, ("tmux was not found", "tmux")),
    "an old tmux": ({"tmux": "echo tmux 2.1"}, ("tmux 3.0 or later is needed", "found 2.1", "tmux")),
    "a tmux that is none": ({"tmux": "exit 1"}, ("tmux was not found", "tmux")),
}


@pytest.mark.parametrize("name", STAND_INS)
def test_a_program_that_is_missing_or_too_old_is_told(
    name: str, repo: Path, tasks: Path, tmp_path: Path, world: Path
) -> None:
    stand_ins, words = STAND_INS[name]
    path = programs(tmp_path / "bin", **stand_ins)
    with nothing_changes(tmp_path, world):
        said = swarm(repo, "start", "--task-file", tasks, env={"PATH": str(path)})
    refused(said, 1, *words)


def test_without_tmux_the_way_out_is_a_run_without_panes(repo: Path, tasks: Path, tmp_path: Path) -> None:
    env = {"PATH": str(programs(tmp_path / "bin", tmux=""))}
    refused(swarm(repo, "start", "--task-file", tasks, env=env), 1, "--executor process")
    said = swarm(repo, "start", "--task-file", tasks, "--executor", "process", "--workers", "1", env=env)
    assert said.code == 0, said


@pytest.mark.parametrize("verb", ["status", "resume", "merge"])
def test_without_git_every_verb_says_so(verb: str, repo: Path, tmp_path: Path) -> None:
    refused(swarm(repo, verb, env={"PATH": str(programs(tmp_path / "bin", git=""))}), 1, "git", "install")


def test_a_run_that_needs_tmux_is_not_resumed_without(repo: Path, tasks: Path, tmp_path: Path) -> None:
    tasks.write_text(TASKS + "  - {id: b, command: 'false', limits: {retries: 0}}\n")
    assert swarm(repo, "start", "--task-file", tasks, "--workers", "1").code == 3
    with nothing_changes(repo):
        said = swarm(repo, "resume", env={"PATH": str(programs(tmp_path / "bin", tmux=""))})
    refused(said, 1, "tmux was not found")


# where the state lies


def a_file(state: Path, repo: Path) -> Path:
    state.write_text("in the way\n")
    return state


def below_a_file(state: Path, repo: Path) -> Path:
    state.write_text("in the way\n")
    return state / "deeper"


def read_only(state: Path, repo: Path) -> Path:
    state.mkdir(mode=0o500)
    return state


def a_link(state: Path, repo: Path) -> Path:
    """Somebody has put a link where our directory would come."""
    own = state_of(repo, state)
    own.parent.mkdir(parents=True)
    (state / "elsewhere").mkdir()
    own.symlink_to(state / "elsewhere")
    return state


def a_link_to_nowhere(state: Path, repo: Path) -> Path:
    own = state_of(repo, state)
    own.parent.mkdir(parents=True)
    own.symlink_to(state / "nowhere")
    return state


def somebody_elses(state: Path, repo: Path) -> Path:
    if os.getuid() != 0:
        pytest.skip("only root can give a directory away")
    own = state_of(repo, state)
    own.mkdir(parents=True)
    os.chown(own, 65534, 65534)
    return state


def below_somebody_elses(state: Path, repo: Path) -> Path:
    if os.getuid() != 0:
        pytest.skip("only root can give a directory away")
    (state / "swarm").mkdir(parents=True)
    os.chown(state / "swarm", 65534, 65534)
    return state


def a_name_too_long(state: Path, repo: Path) -> Path:
    return state / ("x" * 300)


def a_path_too_long(state: Path, repo: Path) -> Path:
    return Path(str(state) + "/xxxxxxxxx" * 450)


def state_of(repo: Path, state: Path) -> Path:
    """Where our state for that repository would lie: asked of the program itself, in a state directory of its own."""
    plan = repo.parent / "probe.yaml"
    plan.write_text(TASKS)
    probe = repo.parent / "probe"
    probe.mkdir()
    twin = shutil.copytree(repo, repo.parent / "kept", symlinks=True)
    swarm(
        repo,
        "start",
        "--task-file",
        plan,
        "--executor",
        "process",
        "--workers",
        "1",
        env={"XDG_STATE_HOME": str(probe)},
    )
    shutil.rmtree(repo)
    twin.rename(repo)
    return state / "swarm" / next(entry.name for entry in (probe / "swarm").iterdir())


STATES: dict[Callable[[Path, Path], Path], tuple[str, ...]] = {
    a_file: ("st", "directory"),
    below_a_file: ("st", "directory"),
    read_only: ("permission denied", "st"),
    a_link: ("is a link", "move it away"),
    a_link_to_nowhere: ("is a link", "move it away"),
    somebody_elses: ("belongs to somebody else", "uid 65534"),
    below_somebody_elses: ("belongs to somebody else", "uid 65534"),
    a_name_too_long: ("name too long",),
    a_path_too_long: ("name too long",),
}


@pytest.mark.parametrize("make", STATES, ids=lambda make: make.__name__)
def test_a_state_directory_that_can_not_be_is_told(
    make: Callable[[Path, Path], Path], repo: Path, tasks: Path, tmp_path: Path, world: Path
) -> None:
    where = make(tmp_path / "st", repo)
    # A parent that could be made before the rest could not is no harm: it is the directory that was asked for.
    with nothing_changes(tmp_path, world, may_appear=re.escape(str(tmp_path / "st"))):
        said = swarm(
            repo,
            "start",
            "--task-file",
            tasks,
            "--executor",
            "process",
            env={"XDG_STATE_HOME": str(where)},
            mortal=True,
        )
    refused(said, 1, *STATES[make], "XDG_STATE_HOME")


def test_a_relative_state_directory_does_not_count(repo: Path, tasks: Path, tmp_path: Path, world: Path) -> None:
    with nothing_changes(repo.parent):
        said = swarm(repo, "start", "--task-file", tasks, "--dry-run", env={"XDG_STATE_HOME": "state"})
    assert said.code == 0, said
    env = {"XDG_STATE_HOME": "state"}
    said = swarm(repo, "start", "--task-file", tasks, "--executor", "process", "--workers", "1", env=env)
    assert said.code == 0, said
    assert (world / "home/.local/state/swarm").is_dir() and not (repo / "state").exists()


@pytest.mark.parametrize("length", [107, 1500])
def test_a_long_state_directory_does(length: int, repo: Path, tasks: Path, tmp_path: Path) -> None:
    where = tmp_path / "st"
    while len(str(where)) < length:
        where = where / ("long" * 20)
    said = swarm(repo, "start", "--task-file", tasks, "--workers", "1", env={"XDG_STATE_HOME": str(where)})
    assert said.code == 0, said
    assert git(repo, "show", "swarm/r:made.txt") == "a"


# a repository that can't be written


@pytest.mark.parametrize("part", [".", ".git", ".git/refs", ".git/objects"])
def test_a_read_only_repository_is_told(part: str, repo: Path, tasks: Path, tmp_path: Path, world: Path) -> None:
    (repo / part).chmod(0o500)
    with nothing_changes(tmp_path, world):
        said = swarm(repo, "start", "--task-file", tasks, "--executor", "process", mortal=True)
    (repo / part).chmod(0o700)
    refused(said, 1, str((repo / part).resolve()), "can't be written")


# disks and streams


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    argv = ["mount", "-t", "tmpfs", "-o", "size=24m", "none", str(disk)]
    if os.getuid() != 0 or subprocess.run(argv, capture_output=True).returncode:
        pytest.skip("a small disk can't be mounted here")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk_is_told_before_anything_is_made(
    small_disk: Path, repo: Path, tasks: Path, tmp_path: Path, world: Path
) -> None:
    (small_disk / "ballast").write_bytes(b"x" * (23 << 20))
    with nothing_changes(tmp_path, world):
        said = swarm(repo, "start", "--task-file", tasks, env={"XDG_STATE_HOME": str(small_disk)})
    refused(said, 1, "no space left", str(small_disk), "free some space", "XDG_STATE_HOME")


def test_a_disk_that_fills_up_stops_the_leader_and_costs_nothing(small_disk: Path, repo: Path, tasks: Path) -> None:
    fills = 'echo kept > kept.txt; [ -e "$BALLAST" ] || head -c 100000000 /dev/zero > "$BALLAST"; true'
    tasks.write_text(
        f"tasks:\n  - id: a\n    command: {fills!r}\n    env: {{BALLAST: {small_disk}/ballast}}\nname: r\n"
    )
    env = {"XDG_STATE_HOME": str(small_disk)}
    said = swarm(repo, "start", "--task-file", tasks, "--executor", "process", "--workers", "1", env=env)
    refused(said, 1, "no space left", "free some space, then: swarm resume")
    with nothing_changes(repo):
        assert swarm(repo, "status", env=env).code == 0
    (small_disk / "ballast").write_bytes(b"")
    said = swarm(repo, "resume", env=env)
    assert said.code == 0, said
    assert git(repo, "show", "swarm/r:kept.txt") == "kept"
    git(repo, "fsck", "--strict")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_change_nothing(closed: str, repo: Path, tasks: Path) -> None:
    line = f'exec "$@" {closed}'
    done = subprocess.run(
        ["sh", "-c", line, "sh", *PROGRAM, "start", "--task-file", tasks, "--executor", "process", "--workers", "1"],
        cwd=repo, capture_output=True, timeout=60, start_new_session=True,
    )  # fmt: skip
    assert done.returncode == 0, done
    assert b"Traceback" not in done.stderr
    assert git(repo, "show", "swarm/r:made.txt") == "a"
    subprocess.run(["sh", "-c", f'exec "$@" {closed}', "sh", *PROGRAM, "status"], cwd=repo, check=True, timeout=60)


def test_a_task_file_from_a_closed_stdin_is_told(repo: Path) -> None:
    line = 'exec "$@" <&-'
    argv = ["sh", "-c", line, "sh", *PROGRAM, "start", "--task-file", "-"]
    done = subprocess.run(argv, cwd=repo, capture_output=True, text=True, timeout=60, start_new_session=True)
    assert done.returncode == 1 and "<stdin>: the file is empty" in done.stderr, done


def test_a_reader_that_goes_away_does_not_end_the_run(repo: Path, tasks: Path) -> None:
    words = " ".join([*PROGRAM, "start", "--task-file", str(tasks), "--executor", "process", "--workers", "1"])
    line = f'{{ {words} 2>&1; echo "$?" > ../code; }} | head -n 1'
    done = subprocess.run(
        ["sh", "-c", line], cwd=repo, capture_output=True, text=True, timeout=60, start_new_session=True
    )
    assert "leader started" in done.stdout and "Traceback" not in done.stdout + done.stderr, done
    assert git(repo, "show", "swarm/r:made.txt") == "a"


def test_a_stdout_that_takes_nothing_is_told_or_left_alone(repo: Path, tasks: Path) -> None:
    argv = [*PROGRAM, "start", "--task-file", str(tasks), "--executor", "process", "--workers", "1"]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(argv, cwd=repo, stdout=full, stderr=subprocess.PIPE, timeout=60, start_new_session=True)
        assert done.returncode == 0 and b"Traceback" not in done.stderr, done
        looked = subprocess.run(
            [*PROGRAM, "status"], cwd=repo, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
        )
    assert looked.returncode == 1 and "no space left" in looked.stderr, looked
    assert "Exception" not in looked.stderr


LANGUAGES = {
    "C": {"LANG": "C", "LC_ALL": "C"},
    "none": {"LANG": None, "LC_ALL": None},
    "not installed": {"LANG": "xx_YY.ISO-8859-15", "LC_ALL": "xx_YY.ISO-8859-15"},
    "ASCII streams": {"PYTHONIOENCODING": "ascii"},
    "ASCII everywhere": {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


@pytest.mark.parametrize("name", LANGUAGES)
def test_any_language_will_do(name: str, make_repo: Callable[..., Path], tmp_path: Path) -> None:
    repo = make_repo(name="dépôt")
    file = tmp_path / "tâches.yaml"
    file.write_text("tasks:\n  - {id: a, title: façade …, command: 'echo é > née.txt'}\n", encoding="utf-8")
    env = LANGUAGES[name]
    said = swarm(repo, "start", "--task-file", file, "--executor", "process", "--workers", "1", env=env)
    assert said.code == 0, said
    assert_no_insides(said)
    for words in (("status",), ("merge", "--dry-run")):
        said = swarm(repo, *words, env=env)
        assert said.code == 0, said
    refused(swarm(repo, "start", "--task-file", "née.yaml", env=env), 1, "there is no file")
    assert swarm(repo, "merge", env=env).code == 0
    assert (repo / "née.txt").read_text(encoding="utf-8") == "é\n"


def test_a_directory_that_is_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    argv = ["sh", "-c", 'rmdir ../gone && exec "$@"', "sh", *PROGRAM, "status"]
    done = subprocess.run(argv, cwd=tmp_path / "gone", capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "the current directory is gone" in done.stderr, done


def test_root_is_a_mortal_in_these_tests(tmp_path: Path) -> None:
    """What the read-only cases rest upon."""
    (tmp_path / "closed").mkdir(mode=0o500)
    assert subprocess.run([*MORTAL, "touch", tmp_path / "closed" / "x"], capture_output=True).returncode != 0
