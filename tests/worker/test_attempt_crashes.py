"""A worker's program is killed in each window: one start at most, one report, and everything written is kept."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest
from worker_world import NAME, WorkerWorld

from inbox.maildir import Maildir
from swarm.core.plan import Setup
from swarm.files import read_json, write_json_once


def starts(tmp_path: Path) -> int:
    ledger = tmp_path / "ledger"
    return len(ledger.read_text().splitlines()) if ledger.exists() else 0


def replaced(place: WorkerWorld) -> None:
    """The program that was begun last is dead; begin another."""
    place.until(lambda: place.programs[-1].poll() is not None)
    place.begin()


def test_killed_while_the_worktree_is_set_up_it_is_prepared_again_and_starts_once(
    place: WorkerWorld, tmp_path: Path
) -> None:
    once = f"test -e {tmp_path}/killed || {{ touch {tmp_path}/killed; kill -9 $PPID; sleep 1000; }}"
    place.assign(place.work(f"echo start >> {tmp_path}/ledger; echo new > new.txt", setup=Setup(run=(once,))))
    place.begin()
    replaced(place)
    end = place.end_of()
    assert (end["kind"], starts(tmp_path)) == ("sealed", 1)
    assert place.show(end["commit"], "new.txt") == "new\n"
    place.until(lambda: not left_of_the_setup(place))


def left_of_the_setup(place: WorkerWorld) -> list[str]:
    """Commands of a setup that still run."""
    wanted = os.fsencode(f"SWARM_SETUP={place.mail.path / 'setup.done'}")
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (entry / "environ").read_bytes():
                found.append(entry.name)
        except OSError:
            continue
    return found


def test_killed_before_the_agent_existed_it_is_lost_and_not_started(place: WorkerWorld, tmp_path: Path) -> None:
    work = place.work(f"echo start >> {tmp_path}/ledger")
    place.assign(work)
    Maildir(place.mail.inbox).claim(f"{work.key}.assign")
    place.attempt().path.mkdir(parents=True)
    write_json_once(place.attempt().start, {"worker": NAME})
    place.begin()
    assert place.end_of()["outcome"] == "lost"
    assert starts(tmp_path) == 0


def test_killed_under_a_running_agent_its_agent_is_ended_and_its_work_kept(place: WorkerWorld, tmp_path: Path) -> None:
    line = f"echo start >> {tmp_path}/ledger; echo half > half.txt; kill -9 $PPID; sleep 1000"
    place.assign(place.work(line))
    place.begin()
    replaced(place)
    end = place.end_of()
    assert (end["outcome"], starts(tmp_path)) == ("lost", 1)
    assert place.show(end["commit"], "half.txt") == "half\n"
    assert read_json(place.attempt().exit)["ended"] == "lost"


def test_killed_between_the_agents_end_and_its_record_the_work_is_kept(place: WorkerWorld, tmp_path: Path) -> None:
    line = f"echo start >> {tmp_path}/ledger; echo all > all.txt; kill -STOP $PPID; echo over"
    place.assign(place.work(line))
    first = place.begin()
    place.until(lambda: place.attempt().log.exists() and place.attempt().log.read_text() == "over\n")
    first.send_signal(signal.SIGKILL)
    replaced(place)
    end = place.end_of()
    assert (end["outcome"], starts(tmp_path)) == ("lost", 1)
    assert place.show(end["commit"], "all.txt") == "all\n"


def test_killed_between_the_record_and_the_report_it_is_reported_as_it_ended(
    place: WorkerWorld, tmp_path: Path
) -> None:
    work = place.work(f"echo start >> {tmp_path}/ledger; echo new > new.txt")
    place.assign(work)
    first = place.begin()
    before = place.end_of()
    inbox = Maildir(place.mail.inbox)
    place.until(lambda: f"{work.key}.assign" in inbox.finished())
    first.kill()
    os.rename(inbox.done / f"{work.key}.assign", inbox.cur / f"{work.key}.assign")
    (Maildir(place.mail.outbox).new / "job.1.sealed.sealed").unlink()
    replaced(place)
    assert place.end_of() == before
    assert starts(tmp_path) == 1


def test_said_twice_a_report_is_one_letter(place: WorkerWorld) -> None:
    work = place.work("echo new > new.txt")
    place.assign(work)
    first = place.begin()
    place.end_of()
    inbox = Maildir(place.mail.inbox)
    place.until(lambda: f"{work.key}.assign" in inbox.finished())
    first.kill()
    os.rename(inbox.done / f"{work.key}.assign", inbox.cur / f"{work.key}.assign")
    replaced(place)
    place.until(lambda: f"{work.key}.assign" in inbox.finished())
    assert (len(place.letters("sealed")), len(place.letters("started"))) == (1, 1)


def test_what_a_lost_attempt_left_is_rescued_before_the_next_begins(place: WorkerWorld, tmp_path: Path) -> None:
    place.assign(place.work("echo one > one.txt; git add one.txt; echo two > two.txt; kill -9 $PPID; sleep 1000"))
    place.begin()
    replaced(place)
    assert place.end_of()["outcome"] == "lost"
    (place.worktree / "after.txt").write_text("written after the seal\n")
    place.assign(place.work("ls", attempt=2))
    place.end_of(attempt=2)
    assert place.attempt(2).log.read_text().split() == ["README.md", "src"]
    rescued = [ref for ref in place.refs("refs/swarm") if "rescue" in ref]
    assert "after.txt" in [name for ref in rescued for name in place.names(ref)]


def test_two_claimed_assignments_are_both_brought_to_their_end(place: WorkerWorld, tmp_path: Path) -> None:
    inbox = Maildir(place.mail.inbox)
    for number in (1, 2):
        work = place.work(f"echo start >> {tmp_path}/ledger", attempt=number)
        place.assign(work)
        inbox.claim(f"{work.key}.assign")
    place.begin()
    assert {place.end_of(1)["kind"], place.end_of(2)["kind"]} == {"sealed"}
    assert starts(tmp_path) == 2


@pytest.mark.slow
def test_killed_at_random_again_and_again_an_attempt_starts_once_and_ends_once(
    place: WorkerWorld, tmp_path: Path
) -> None:
    line = f"echo start >> {tmp_path}/ledger; echo new > new.txt; sleep 0.2"
    place.assign(place.work(line, setup=Setup(run=("sleep 0.1",))))
    for pause in (0.15, 0.3, 0.45, 0.6, 0.75):
        program = place.begin()
        time.sleep(pause)  # chance, not protocol: whatever it was at then is where it is killed
        program.kill()
        program.wait()
    place.begin()
    end = place.end_of()
    assert starts(tmp_path) <= 1
    assert len(place.letters("sealed")) + len(place.letters("ended")) == 1, json.dumps(end)
