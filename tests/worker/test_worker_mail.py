"""A mail directory or records that an agent removes: the worker goes on, and nothing happens twice."""

from __future__ import annotations

import fcntl
import os
import signal
from pathlib import Path

import pytest
from worker_world import NAME, WorkerWorld

from inbox.maildir import Maildir
from swarm import lease
from swarm.files import write_json

REMOVED = {
    "all of it": 'rm -rf "$SWARM_MAIL"',
    "the lock": 'rm "$SWARM_MAIL/lock"',
    "another lock": 'rm "$SWARM_MAIL/lock"; touch "$SWARM_MAIL/lock"',
    "a box": 'rm -rf "$SWARM_MAIL/outbox"',
    "a file instead": 'rm -rf "$SWARM_MAIL/inbox"; echo mine > "$SWARM_MAIL/inbox"',
    "no way in": 'chmod 0 "$SWARM_MAIL/outbox/new" "$SWARM_MAIL"',
}


def hand_out(place: WorkerWorld, line: str, attempt: int = 1) -> None:
    """Assign as the leader does, with its note of what is under way."""
    work = place.work(line, attempt=attempt)
    write_json(place.run.live / work.key, {"worker": NAME, "task": work.task, "attempt": work.attempt})
    place.assign(work)


@pytest.mark.parametrize("line", REMOVED.values(), ids=list(REMOVED))
def test_whatever_an_agent_does_to_the_mail_its_attempt_ends_and_the_next_one_works(
    place: WorkerWorld, line: str
) -> None:
    place.assign(place.work(f"{line}; sleep 0.3; echo new > new.txt"))
    program = place.begin()
    assert place.end_of()["kind"] == "sealed"
    place.assign(place.work("echo again > new.txt", attempt=2))
    assert place.end_of(2)["kind"] == "sealed"
    assert (program.poll(), lease.is_held(place.mail.lock)) == (None, True)
    assert lease.holder(place.mail.lock) == {"pid": program.pid}


def test_the_operator_is_told_that_letters_may_be_lost(place: WorkerWorld) -> None:
    place.assign(place.work('rm -rf "$SWARM_MAIL"; sleep 0.3; echo new > new.txt'))
    place.begin()
    assert place.end_of()["kind"] == "sealed"
    place.until(lambda: [letter for letter in place.letters("note") if letter.to == "operator"])
    assert "are lost" in place.letters("note")[0].text


def test_who_waits_for_the_death_of_a_worker_that_lost_its_lock_waits_for_its_death(place: WorkerWorld) -> None:
    place.begin()
    place.until(lambda: place.letters("ready"))
    old = os.open(place.mail.lock, os.O_RDONLY)
    try:
        place.mail.lock.unlink()
        place.until(lambda: lease.is_held(place.mail.lock))
        with pytest.raises(BlockingIOError):
            fcntl.flock(old, fcntl.LOCK_SH | fcntl.LOCK_NB)
    finally:
        os.close(old)


def test_a_worker_that_was_replaced_meanwhile_finishes_what_it_has_and_goes(place: WorkerWorld, tmp_path: Path) -> None:
    place.assign(place.work(f"while test ! -e {tmp_path}/go; do sleep 0.02; done; echo new > new.txt"))
    first = place.begin()
    place.until(place.attempt().start.exists)
    first.send_signal(signal.SIGSTOP)
    place.mail.lock.unlink()
    other = lease.take(place.mail.lock, {"pid": 1})
    assert other is not None
    first.send_signal(signal.SIGCONT)
    (tmp_path / "go").touch()
    assert place.end_of()["kind"] == "sealed"
    assert first.wait(30) == 0
    other.release()


@pytest.mark.parametrize("lost", ['"$SWARM_ATTEMPT_DIR"', '"$SWARM_ATTEMPT_DIR" "$SWARM_MAIL"'])
def test_its_records_removed_and_its_program_killed_an_attempt_is_not_begun_again(
    place: WorkerWorld, tmp_path: Path, lost: str
) -> None:
    line = f"echo start >> {tmp_path}/ledger; echo half > half.txt; rm -rf {lost}; kill -9 $PPID; sleep 1000"
    hand_out(place, line)
    first = place.begin()
    place.until(lambda: first.poll() is not None)
    place.begin()
    end = place.end_of()
    assert (end["outcome"], (tmp_path / "ledger").read_text()) == ("lost", "start\n")
    assert place.show(end["commit"], "half.txt") == "half\n"


def test_a_report_that_went_with_the_mail_is_made_again(place: WorkerWorld, tmp_path: Path) -> None:
    hand_out(place, "echo one > one.txt")
    place.begin()
    before = place.end_of()
    hand_out(place, 'rm -rf "$SWARM_MAIL"; sleep 0.3; echo two > two.txt', attempt=2)
    assert place.end_of(2)["kind"] == "sealed"
    assert place.end_of(1) == before


def test_an_attempt_that_was_never_begun_is_not_made_up(place: WorkerWorld) -> None:
    work = place.work("true", attempt=7)
    write_json(place.run.live / work.key, {"worker": NAME, "task": work.task, "attempt": work.attempt})
    place.begin()
    place.assign(place.work("echo new > new.txt"))
    assert place.end_of()["kind"] == "sealed"
    assert [letter.id for letter in place.letters("ended")] == []
    assert Maildir(place.mail.inbox).exists()
