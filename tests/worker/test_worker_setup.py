"""The setup of a worktree as a worker does it: watched, so that it can be stopped, and its output is seen."""

from __future__ import annotations

import json
import os
from pathlib import Path

from worker_world import WorkerWorld

from swarm.core.plan import Setup
from swarm.process import Identity, alive, identity, signal_process


def setup(*lines: str) -> Setup:
    return Setup(run=lines)


def living(path: Path) -> bool:
    pid = int(path.read_text())
    return alive(identity(pid) or Identity(pid, 0))


def test_a_setup_under_way_is_cancelled_and_nothing_of_it_is_left(place: WorkerWorld, tmp_path: Path) -> None:
    line = f"echo installing; env -i setsid sleep 1000 & echo $! > {tmp_path}/pid; sleep 1000"
    work = place.work("touch never", setup=setup("echo first", line))
    place.assign(work)
    program = place.begin()
    place.until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    place.put("cancel", json.dumps({"key": work.key, "grace": 0.5}), f"{work.key}.cancel")
    assert place.end_of()["outcome"] == "cancelled"
    assert not living(tmp_path / "pid")
    assert place.attempt().log.read_text().startswith("$ echo first\nfirst\n$ echo installing;")
    assert not place.attempt().start.exists()
    place.assign(place.work("echo new > new.txt", attempt=2))
    assert place.end_of(2)["kind"] == "sealed"
    assert program.poll() is None


def test_messages_are_taken_while_the_setup_runs(place: WorkerWorld, tmp_path: Path) -> None:
    wait = f"while test ! -e {tmp_path}/go; do sleep 0.02; done"
    place.assign(place.work("echo new > new.txt", setup=setup(wait)))
    place.begin()
    place.until(lambda: place.letters("started"))
    (place.mail.drops / "worker-2" / "note.txt").write_text("hello\n")
    place.until(lambda: place.letters("note"))
    assert not place.letters("sealed")
    (tmp_path / "go").touch()
    assert place.end_of()["kind"] == "sealed"


def test_a_setup_that_fails_says_so_and_is_tried_again_at_the_next_attempt(place: WorkerWorld, tmp_path: Path) -> None:
    once = setup(f"echo run >> {tmp_path}/ledger; echo no network; test -e {tmp_path}/ok")
    for number in (1, 2, 3):
        place.assign(place.work("echo $SWARM_ATTEMPT > new.txt", attempt=number, setup=once))
        if number == 1:
            place.begin()
            end = place.end_of()
            assert (end["outcome"], "status 1" in end["reason"]) == ("rejected", True)
            assert end["reason"].endswith(": no network")
            (tmp_path / "ok").touch()
        else:
            assert place.end_of(number)["kind"] == "sealed"
    assert (tmp_path / "ledger").read_text() == "run\n" * 2


def test_what_a_setup_leaves_running_on_purpose_outlives_the_attempts(place: WorkerWorld, tmp_path: Path) -> None:
    daemon = f"env -i setsid sh -c 'echo $$ > {tmp_path}/daemon; sleep 1000; true' > /dev/null 2>&1 &"
    line = f"{daemon} while test ! -s {tmp_path}/daemon; do sleep 0.02; done"
    for number in (1, 2):
        place.assign(place.work("echo $SWARM_ATTEMPT > new.txt", attempt=number, setup=setup(line)))
    place.begin()
    assert {place.end_of(1)["kind"], place.end_of(2)["kind"]} == {"sealed"}
    assert living(tmp_path / "daemon")
    pid = int((tmp_path / "daemon").read_text())
    for one in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        if (who := identity(one)) and _parent(one) == pid:
            signal_process(who, 9)
    signal_process(identity(pid) or Identity(pid, 0), 9)


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
