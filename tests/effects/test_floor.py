"""Handing out, taking back and carrying letters: each may be done twice, at any time, and loses nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from inbox.maildir import Maildir
from inbox.message import MAX_BYTES, MAX_TEXT_BYTES
from swarm.core.assignment import Assignment
from swarm.core.events import AttemptAssigned, AttemptEnded, MessageAccepted, MessageDelivered, Outcome, WorkerBroken
from swarm.effects import floor
from swarm.effects.floor import Handover
from swarm.errors import SwarmError
from swarm.executors.pool import Pool
from swarm.leader.launch import make_mail
from swarm.paths import Home, RunDir, private_dir

WORKER = "worker-1"


class NoHost:
    """A place where no program can be started."""

    def ensure(self, worker: str) -> str:
        raise SwarmError("there is no room", "make some")

    def attach(self, worker: str) -> list[str] | None:
        return None

    def shutdown(self) -> None:
        """Nothing was started."""


@pytest.fixture
def pool(tmp_path: Path) -> Pool:
    run = RunDir(Home(private_dir(tmp_path / "state")).runs / "bench")
    for directory in (run.live, run.path / "attempts"):
        private_dir(directory)
    make_mail(run, [WORKER, "operator"])
    return Pool(run, NoHost())


def work(**more: object) -> Assignment:
    return Assignment(
        run="bench", task="job", attempt=1, worker=WORKER, base="0" * 40, branch="swarm/bench/job.1", argv=("true",),
        **more,
    )  # type: ignore[arg-type]


def inbox(pool: Pool) -> Maildir:
    return Maildir(pool.run.mailbox(WORKER).inbox)


def test_an_attempt_is_handed_over_with_its_prompt_and_messages(pool: Pool) -> None:
    found = floor.assign(pool, Handover(work(), "do it", ("m1", "m2")))
    assert found == (AttemptAssigned("job", 1), MessageDelivered("m1", "job"), MessageDelivered("m2", "job"))
    assert pool.run.attempt("job", 1).prompt.read_text() == "do it"
    assert inbox(pool).unread() == ["bench-job-1.assign"]


@pytest.mark.parametrize("moved", ["not at all", "claimed", "done"])
def test_handed_over_again_after_a_crash_the_prompt_that_may_have_been_read_stays(pool: Pool, moved: str) -> None:
    floor.assign(pool, Handover(work(), "first", ()))
    if moved == "claimed":
        inbox(pool).claim("bench-job-1.assign")
    if moved == "done":
        inbox(pool).acknowledge("bench-job-1.assign")
    found = floor.assign(pool, Handover(work(), "second, with a message", ("m1",)))
    assert found == (AttemptAssigned("job", 1),), "a message that nobody saw was booked as delivered"
    assert pool.run.attempt("job", 1).prompt.read_text() == "first"


def test_an_assignment_too_large_for_a_letter_is_rejected(pool: Pool) -> None:
    (event,) = floor.assign(pool, Handover(work(env={"BIG": "x" * MAX_BYTES}), "do it"))
    assert isinstance(event, AttemptEnded)
    assert event.outcome is Outcome.REJECTED
    assert pool.observe() == {}


def test_a_worker_without_a_mailbox_is_a_rejected_attempt(pool: Pool) -> None:
    made = work()
    (event,) = floor.assign(pool, Handover(Assignment(**{**fields(made), "worker": "nobody"}), "do it"))
    assert isinstance(event, AttemptEnded)
    assert event.outcome is Outcome.REJECTED


def fields(made: Assignment) -> dict[str, object]:
    return {name: getattr(made, name) for name in made.__slots__}


def test_what_was_not_taken_is_withdrawn_once_and_for_all(pool: Pool) -> None:
    floor.assign(pool, Handover(work(), "do it"))
    for _ in range(2):
        (event,) = floor.withdraw(pool, "bench-job-1", "job", 1)
        assert isinstance(event, AttemptEnded)
        assert event.outcome is Outcome.LOST
    assert not inbox(pool).claim("bench-job-1.assign")


def test_what_was_taken_is_not_withdrawn(pool: Pool) -> None:
    floor.assign(pool, Handover(work(), "do it"))
    assert inbox(pool).claim("bench-job-1.assign")
    assert floor.withdraw(pool, "bench-job-1", "job", 1) == ()
    assert floor.stop(pool, "bench-job-1", "job", 1, 1.0) == ()
    assert "bench-job-1.cancel.cancel" in inbox(pool).unread()


def test_what_never_began_is_stopped_at_once(pool: Pool) -> None:
    (event,) = floor.stop(pool, "bench-job-1", "job", 1, 1.0)
    assert isinstance(event, AttemptEnded)
    assert event.outcome is Outcome.CANCELLED


def test_a_letter_delivered_twice_is_one(pool: Pool) -> None:
    message = MessageAccepted("m1", "worker-2", WORKER, "note", "hello", (WORKER,))
    for _ in range(2):
        assert floor.deliver(pool.run, message, WORKER) == (MessageDelivered("m1", WORKER),)
    ((_, letter),) = inbox(pool).receive({"note"})
    assert (letter.sender, letter.to, letter.text) == ("worker-2", WORKER, "hello")


def test_a_text_that_no_letter_holds_is_cut_and_delivered(pool: Pool) -> None:
    message = MessageAccepted("m1", "worker-2", WORKER, "note", "é" * MAX_BYTES, (WORKER,))
    floor.deliver(pool.run, message, WORKER)
    ((_, letter),) = inbox(pool).receive({"note"})
    assert MAX_TEXT_BYTES - 2 <= len(letter.text.encode()) <= MAX_TEXT_BYTES


def test_a_program_that_can_not_be_started_breaks_its_worker_and_not_the_leader(pool: Pool) -> None:
    assert floor.spawn(pool, WORKER) == (WorkerBroken(WORKER, "there is no room"),)


def test_a_new_program_does_not_obey_what_was_meant_for_the_last(pool: Pool) -> None:
    pool.quit(WORKER, "quit-7")
    floor.spawn(pool, WORKER)
    assert inbox(pool).unread() == []


def test_nothing_of_it_leaves_a_draft_behind(pool: Pool) -> None:
    floor.assign(pool, Handover(work(), "do it", ()))
    floor.deliver(pool.run, MessageAccepted("m1", "worker-2", WORKER, "note", "hello", (WORKER,)), WORKER)
    drafts = [name for _, _, names in os.walk(pool.run.path) for name in names if name.startswith(".")]
    assert drafts == []
