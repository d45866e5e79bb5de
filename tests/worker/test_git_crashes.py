"""A worker's program is killed before or after each step of git: nothing is lost, nothing is begun or told twice.

A `git` in front on PATH kills its parent, the program, once, at the n-th call of a subcommand.
"""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest
from worker_world import WorkerWorld

from inbox.maildir import Maildir
from swarm.executors.invocation import worker_env

GIT = """#!/bin/sh
case " $* " in
*" $KILL_AT "*) ;;
*) exec {git} "$@" ;;
esac
if mkdir "$KILL_MARK" 2> /dev/null; then
    test "$KILL_WHEN" = before || {git} "$@" > /dev/null 2>&1
    kill -9 $PPID
    exit 1
fi
exec {git} "$@"
"""


def git_that_kills(place: WorkerWorld, path: Path, command: str, when: str) -> dict[str, str]:
    """An environment of the worker in which git ends it at `command`; the mark is made when that has happened."""
    (path / "bin").mkdir()
    fake = path / "bin" / "git"
    text = GIT.format(git=shutil.which("git")).replace("$KILL_AT", command).replace("$KILL_WHEN", when)
    fake.write_text(text.replace("$KILL_MARK", str(path / "mark")))
    fake.chmod(0o755)
    env = worker_env(os.environ)
    return {**env, "PATH": f"{path / 'bin'}{os.pathsep}{env['PATH']}"}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("also", "command"),
    [("", "add"), ("", "commit"), (".gitattributes", "add"), (".gitattributes", "commit-tree"),
     (".gitattributes", "update-ref")],
)  # fmt: skip
def test_killed_while_it_seals_the_work_is_sealed_once(
    place: WorkerWorld, tmp_path: Path, also: str, command: str, when: str
) -> None:
    """Plain work, and such as is looked at more closely."""
    go = f"while test ! -e {tmp_path}/go; do sleep 0.02; done"
    more = f"echo '*.x text' > {also}" if also else "true"
    place.assign(place.work(f"echo start >> {tmp_path}/ledger; {go}; {more}; echo new > new.txt"))
    first = place.begin(git_that_kills(place, tmp_path, f"XX{command}", when))
    place.until((tmp_path / "ledger").exists)
    fake = tmp_path / "bin" / "git"
    draft = tmp_path / "bin" / "draft"
    draft.write_text(fake.read_text().replace(f"XX{command}", command))
    draft.chmod(0o755)
    draft.rename(fake)
    (tmp_path / "go").touch()
    place.until(lambda: first.poll() is not None)
    assert (first.returncode, (tmp_path / "mark").exists()) == (-signal.SIGKILL, True)
    place.begin()
    end = place.end_of()
    assert (end["kind"], (tmp_path / "ledger").read_text()) == ("sealed", "start\n")
    assert place.show(end["commit"], "new.txt") == "new\n"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("command", ["commit-tree", "update-ref", "checkout"])
def test_killed_while_it_rescues_or_switches_nothing_of_the_last_attempt_is_lost(
    place: WorkerWorld, tmp_path: Path, command: str, when: str
) -> None:
    work = place.work("echo one > one.txt")
    place.assign(work)
    quiet = place.begin()
    place.end_of()
    place.until(lambda: f"{work.key}.assign" in Maildir(place.mail.inbox).finished())
    quiet.kill()
    quiet.wait()
    (place.worktree / "after.txt").write_text("written after the seal\n")
    place.assign(place.work(f"echo start >> {tmp_path}/ledger; echo two > two.txt", attempt=2))
    first = place.begin(git_that_kills(place, tmp_path, command, when))
    place.until(lambda: first.poll() is not None)
    assert (first.returncode, (tmp_path / "mark").exists()) == (-signal.SIGKILL, True)
    place.begin()
    end = place.end_of(2)
    assert (end["kind"], (tmp_path / "ledger").read_text()) == ("sealed", "start\n")
    assert "two.txt" in place.names(end["commit"]) and "one.txt" not in place.names(end["commit"])
    rescued = [ref for ref in place.refs("refs/swarm") if "rescue" in ref]
    assert "after.txt" in [name for ref in rescued for name in place.names(ref)]
