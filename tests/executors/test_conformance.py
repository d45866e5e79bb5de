"""One suite for every executor: what the contract says, asked of each with real processes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from swarm import lease
from swarm.core.assignment import Assignment
from swarm.core.plan import Expects
from swarm.executors.contract import TERMINAL, Life, Rejected, Seen
from swarm.executors.pool import Pool
from swarm.executors.process import ProcessHost
from swarm.git.hub import Hub
from swarm.git.repository import discover
from swarm.leader.launch import HOSTS, make_mail
from swarm.paths import Home, RunDir, private_dir
from swarm.process import Identity, identity, signal_process

PATIENCE = 30.0
WORKER = "worker-1"


@dataclass
class Bench:
    """An executor with one worker, and work to give it."""

    pool: Pool
    base: str
    repo: Path

    def work(self, shell_line: str, attempt: int = 1) -> Assignment:
        return Assignment(
            run="bench", task="job", attempt=attempt, worker=WORKER, base=self.base,
            branch=f"swarm/bench/job.{attempt}", argv=("/bin/sh", "-c", shell_line), expects=Expects.ANY,
            grace=1.0, repo=str(self.repo),
        )  # fmt: skip

    def seen(self, key: str) -> Seen | None:
        return self.pool.observe().get(key)

    def until(self, what: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not what():
            assert time.monotonic() < deadline, self.pool.observe()
            time.sleep(0.02)

    def until_life(self, key: str, *lives: Life) -> Seen:
        self.until(lambda: (seen := self.seen(key)) is not None and seen.state in lives)
        found = self.seen(key)
        assert found is not None
        return found


@pytest.fixture(params=sorted(HOSTS))
def bench(request: pytest.FixtureRequest, repo: Path, tmp_path: Path) -> Iterator[Bench]:
    home = Home(private_dir(tmp_path / "state"))
    user = discover(repo)
    Hub(home.hub).create(user)
    run = RunDir(home.runs / "bench")
    for directory in (run.worktrees, run.live, run.path / "attempts"):
        private_dir(directory)
    make_mail(run, [WORKER, "operator"])
    pool = Pool(run, HOSTS[request.param](run, os.environ))
    pool.host.ensure(WORKER)
    found = Bench(pool, user.resolve("HEAD"), repo)
    try:
        yield found
    finally:
        for key in pool.observe():
            pool.cancel(key, 0.2)
        pool.quit(WORKER, "end")
        lock = run.mailbox(WORKER).lock
        if not lock.exists():
            found.until(lock.exists)
        found.until(lambda: not _held(lock))
        pool.host.shutdown()


def _held(lock: Path) -> bool:
    return lease.is_held(lock)


def test_an_attempt_runs_to_its_exit_with_the_code_of_the_process_itself(bench: Bench) -> None:
    work = bench.work("echo hello; exit 7")
    bench.pool.start(work)
    assert bench.until_life(work.key, *TERMINAL) == Seen(Life.EXITED, 7, WORKER, "exited")
    assert bench.pool.read_log(work.key, 0) == (b"hello\n", 6)
    assert bench.pool.read_log(work.key, 6) == (b"", 6)


def test_starting_the_same_key_again_starts_nothing(bench: Bench, tmp_path: Path) -> None:
    work = bench.work(f"echo once >> {tmp_path}/ledger")
    for _ in range(3):
        bench.pool.start(work)
    bench.until_life(work.key, Life.EXITED)
    bench.pool.start(work)
    again = bench.work("true", attempt=2)
    bench.pool.start(again)
    bench.until_life(again.key, Life.EXITED)
    assert (tmp_path / "ledger").read_text() == "once\n"


def test_an_attempt_waits_behind_another_and_can_be_withdrawn_there(bench: Bench, tmp_path: Path) -> None:
    first, second = bench.work("sleep 30"), bench.work(f"touch {tmp_path}/ran", attempt=2)
    bench.pool.start(first)
    bench.until_life(first.key, Life.RUNNING)
    bench.pool.start(second)
    assert bench.seen(second.key) == Seen(Life.PENDING, place=WORKER)
    bench.pool.cancel(second.key, 1.0)
    assert bench.until_life(second.key, *TERMINAL).state is Life.CANCELLED
    bench.pool.cancel(first.key, 1.0)
    assert bench.until_life(first.key, *TERMINAL).state is Life.CANCELLED
    assert not (tmp_path / "ran").exists()


ESCAPES = {
    "a plain sleep": "sleep 60",
    "TERM ignored": "trap '' TERM HUP; while :; do sleep 1; done",
    "a session of its own": "setsid sh -c 'trap \"\" TERM; sleep 61' & sleep 62",
    "a double fork": "(setsid sh -c 'sleep 63 & sleep 64' &) ; sleep 65",
}


@pytest.mark.parametrize("line", ESCAPES.values(), ids=ESCAPES)
def test_cancel_ends_every_kind_of_tree(bench: Bench, tmp_path: Path, line: str) -> None:
    work = bench.work(f"touch {tmp_path}/began; {line}")
    bench.pool.start(work)
    bench.until((tmp_path / "began").exists)
    bench.pool.cancel(work.key, 0.5)
    assert bench.until_life(work.key, *TERMINAL).state is Life.CANCELLED
    assert _sleepers(tmp_path) == []


def _sleepers(tmp_path: Path) -> list[str]:
    """Command lines of processes of this test that are not the worker's or tmux's own."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(tmp_path).encode() in (entry / "environ").read_bytes():
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if "sleep" in line:
                    found.append(line)
        except OSError:
            continue
    return found


def test_a_key_that_was_never_started_is_not_there_and_can_be_cancelled_and_forgotten(bench: Bench) -> None:
    bench.pool.cancel("bench-nobody-1", 1.0)
    bench.pool.forget("bench-nobody-1")
    assert bench.seen("bench-nobody-1") is None
    assert bench.pool.attach("bench-nobody-1") is None


def test_forgetting_takes_an_ended_attempt_out_of_the_snapshot(bench: Bench) -> None:
    work = bench.work("true")
    bench.pool.start(work)
    bench.until_life(work.key, Life.EXITED)
    bench.pool.forget(work.key)
    assert bench.pool.observe() == {}


def test_a_snapshot_needs_no_memory(bench: Bench) -> None:
    work = bench.work("sleep 30")
    bench.pool.start(work)
    bench.until_life(work.key, Life.RUNNING)
    another = Pool(bench.pool.run, bench.pool.host)
    assert another.observe() == bench.pool.observe()


def test_the_death_of_a_worker_program_is_lost_not_exited_and_kills_nobody(bench: Bench, tmp_path: Path) -> None:
    work = bench.work(f"echo $$ > {tmp_path}/pid; exec sleep 30")
    bench.pool.start(work)
    bench.until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "")
    bench.until_life(work.key, Life.RUNNING)
    program = _program(bench.pool.run)
    assert signal_process(program, 9)
    assert bench.until_life(work.key, *TERMINAL).state is Life.LOST
    agent = int((tmp_path / "pid").read_text())
    assert identity(agent) is not None
    bench.pool.host.ensure(WORKER)
    bench.until_life(work.key, Life.EXITED)
    bench.until(lambda: identity(agent) is None)


def _program(run: RunDir) -> Identity:
    found = identity(lease.holder(run.mailbox(WORKER).lock)["pid"])
    assert found is not None
    return found


def test_work_for_a_worker_that_does_not_exist_is_rejected(bench: Bench) -> None:
    work = replace(bench.work("true"), worker="worker-9")
    with pytest.raises(Rejected, match="worker-9 has no mailbox"):
        bench.pool.start(work)


def test_a_program_that_does_not_exist_ends_as_rejected_work(bench: Bench) -> None:
    work = replace(bench.work("true"), argv=("/no/such/program",))
    bench.pool.start(work)
    assert bench.until_life(work.key, *TERMINAL).code == 127


def test_only_a_host_with_panes_can_be_attached_to(bench: Bench) -> None:
    work = bench.work("sleep 30")
    bench.pool.start(work)
    bench.until_life(work.key, Life.RUNNING)
    assert (bench.pool.attach(work.key) is None) == isinstance(bench.pool.host, ProcessHost)
