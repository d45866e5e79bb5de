"""Whoever an agent leaves behind: found by parenthood as long as its worker's program lives, and never a zombie."""

from __future__ import annotations

from pathlib import Path

from worker_world import WorkerWorld

from swarm.process import Identity, alive, identity

DAEMON = (
    "import os, sys\n"
    "if os.fork(): os._exit(0)\n"
    "os.setsid()\n"
    "if os.fork(): os._exit(0)\n"
    "os.closerange(0, 1024)\n"
    "os.execve('/bin/sh', ['sh', '-c', 'echo $$ > %s; while :; do sleep 1; done'], {})\n"
)
"""Leaves its session, its parent, its environment and all its descriptors."""


def zombies_of(pid: int) -> list[str]:
    """Children of that process that have ended and were not collected."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == pid and state == "Z":
            found.append(entry.name)
    return found


def test_a_daemon_that_has_shed_every_mark_is_ended_with_its_attempt(place: WorkerWorld, tmp_path: Path) -> None:
    (tmp_path / "daemon.py").write_text(DAEMON % (tmp_path / "pid"))
    line = f"python3 {tmp_path}/daemon.py; while test ! -s {tmp_path}/pid; do sleep 0.02; done; echo new > new.txt"
    place.assign(place.work(line))
    program = place.begin()
    assert place.end_of()["kind"] == "sealed"
    pid = int((tmp_path / "pid").read_text())
    assert not alive(identity(pid) or Identity(pid, 0))
    place.until(lambda: not zombies_of(program.pid))


def test_a_worker_collects_the_dead_that_it_was_left(place: WorkerWorld, tmp_path: Path) -> None:
    orphans = "for n in 1 2 3 4 5; do (sleep 0.05 &) ; done"
    place.assign(place.work(f"{orphans}; touch {tmp_path}/left; while test ! -e {tmp_path}/go; do sleep 0.02; done"))
    program = place.begin()
    place.until((tmp_path / "left").exists)
    place.until(lambda: "sleep" not in _names_below(program.pid) and not zombies_of(program.pid))
    (tmp_path / "go").touch()
    assert place.end_of()["kind"] == "sealed"


def _names_below(pid: int) -> list[str]:
    """Names of the children of that process."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            name, _, rest = (entry / "stat").read_text().partition("(")[2].rpartition(")")
        except OSError:
            continue
        if int(rest.split()[1]) == pid:
            found.append(name)
    return found
