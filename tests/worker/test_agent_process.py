"""An agent's process: what it sees, how it is ended, and what is recorded of it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from worker_world import WorkerWorld, until

from swarm.clock import boot_id
from swarm.files import read_json
from swarm.process import Identity, alive, identity
from swarm.secrets import keep
from swarm.worker.agentprocess import EXITED, AgentProcess, end_left_over, marks, record_exit
from swarm.worker.agentprocess import Start as Turn
from swarm.worker.child import Child, Limits

Start = Callable[..., AgentProcess]


@pytest.fixture
def start(place: WorkerWorld, tmp_path: Path) -> Iterator[Start]:
    """Start a shell line as attempt 1; what still runs at the end is killed."""
    begun: list[AgentProcess] = []

    def begin(line: str, ran: float = 0.0, **more: object) -> AgentProcess:
        place.attempt().path.mkdir(parents=True, exist_ok=True)
        work, attempt = place.work(line, **more), place.attempt()
        turn = Turn(work.argv, {}, attempt.prompt if attempt.prompt.exists() else None, attempt.log)
        begun.append(AgentProcess(work, place.mail, attempt, tmp_path, turn, ran=ran))
        return begun[-1]

    yield begin
    for agent in begun:
        if agent.fileno() is not None:
            os.killpg(agent.who.pid, signal.SIGKILL)
            until(lambda agent=agent: agent.ended() is not None)


def finish(agent: AgentProcess) -> int:
    """Watch it as its worker does, to its recorded end; its exit code."""
    codes: list[int] = []

    def ended() -> bool:
        agent.watch()
        code = agent.ended()
        codes.extend([] if code is None else [code])
        return bool(codes)

    until(ended)
    record_exit(agent.attempt, codes[0], agent.ending or EXITED)
    return codes[0]


def environment_of(place: WorkerWorld) -> dict[str, str]:
    return dict(line.partition("=")[::2] for line in place.attempt().log.read_text().split("\0") if line)


def test_it_sees_an_allow_list_and_no_secret_of_the_worker(
    place: WorkerWorld, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "secret-1")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-2")
    keep(place.mail.run, ["WANTED", "LISTED", "ABSENT"], {"WANTED": "passed on", "LISTED": "too", "OTHER": "secret-3"})
    agent = start(
        "cat /proc/self/environ", pass_env=("WANTED", "ABSENT"), secrets=("LISTED",), env={"MINE": "of the plan"}
    )
    assert finish(agent) == 0
    seen = environment_of(place)
    assert not [value for value in seen.values() if "secret" in value]
    assert (seen["WANTED"], seen["LISTED"], seen["MINE"]) == ("passed on", "too", "of the plan")
    assert (seen["SWARM_TASK"], seen["SWARM_ATTEMPT"]) == ("job", "1")
    assert (seen["GIT_AUTHOR_NAME"], seen["GIT_COMMITTER_EMAIL"]) == ("worker-1", "worker-1@swarm")


def test_the_plan_can_not_pose_as_another_task(place: WorkerWorld, start: Start) -> None:
    assert finish(start("cat /proc/self/environ", env={"SWARM_TASK": "other", "SWARM_MAIL": "/x"})) == 0
    assert environment_of(place)["SWARM_TASK"] == "job"
    assert environment_of(place)["SWARM_MAIL"] == str(place.mail.path)


def test_leased_ports_are_distinct_and_free(place: WorkerWorld, start: Start) -> None:
    names = tuple(f"PORT_{number}" for number in range(20))
    assert finish(start("cat /proc/self/environ", lease=names)) == 0
    ports = [int(environment_of(place)[name]) for name in names]
    assert len(set(ports)) == len(ports)
    for port in ports:
        with socket.socket() as one:
            one.bind(("127.0.0.1", port))


def test_the_prompt_comes_on_standard_input_and_by_name(place: WorkerWorld, start: Start) -> None:
    place.attempt().path.mkdir(parents=True)
    place.attempt().prompt.write_text("do it\n")
    assert finish(start('cat; cat "$SWARM_PROMPT_FILE"; printf %s "$SWARM_PROMPT"')) == 0
    assert place.attempt().log.read_text() == "do it\n" * 2 + "do it\n"


def test_a_huge_prompt_does_not_keep_it_from_starting(place: WorkerWorld, start: Start) -> None:
    place.attempt().path.mkdir(parents=True)
    place.attempt().prompt.write_text("x" * 3_000_000)
    assert finish(start("wc -c")) == 0
    assert place.attempt().log.read_text().strip() == "3000000"


def test_its_exit_is_recorded_once_and_for_all(place: WorkerWorld, start: Start) -> None:
    assert finish(start("exit 7")) == 7
    first = place.attempt().exit.read_bytes()
    assert json.loads(first)["code"] == 7
    assert finish(start("exit 8")) == 8
    assert place.attempt().exit.read_bytes() == first


def test_a_signal_is_told_as_128_and_its_number(start: Start) -> None:
    assert finish(start("kill -9 $$")) == 128 + 9


def test_one_that_takes_too_long_is_ended(place: WorkerWorld, start: Start) -> None:
    agent = start("sleep 1000", timeout=0.2)
    assert finish(agent) == 128 + signal.SIGTERM
    assert (agent.ending, read_json(place.attempt().exit)["ended"]) == ("timeout", "timeout")


def test_one_that_prints_nothing_is_ended_and_one_that_prints_is_not(place: WorkerWorld, start: Start) -> None:
    agent = start("for n in 1 2 3 4 5 6 7 8; do echo $n; sleep 0.1; done; sleep 1000", idle=0.6)
    finish(agent)
    assert agent.ending == "idle"
    assert place.attempt().log.read_text().endswith("8\n")


def test_while_it_is_suspended_its_clock_stands_still(place: WorkerWorld, start: Start, tmp_path: Path) -> None:
    agent = start("echo up; while test ! -e go; do sleep 0.02; done; echo done", timeout=1.5)
    until(lambda: place.attempt().log.read_text() == "up\n")
    agent.suspend()
    (tmp_path / "go").touch()
    over = time.monotonic() + 1.7
    while time.monotonic() < over:
        agent.watch()
        assert agent.ended() is None
    assert agent.ending == "", "it was ended for the time in which it was not allowed to work"
    agent.go_on()
    assert finish(agent) == 0
    assert place.attempt().log.read_text() == "up\ndone\n"


def test_while_it_waits_for_a_person_its_clock_stands_still(place: WorkerWorld, start: Start, tmp_path: Path) -> None:
    agent = start("while test ! -e go; do sleep 0.02; done; sleep 1000", timeout=1.5)
    over = time.monotonic() + 1.7
    while time.monotonic() < over:
        agent.watch(waits=True)
        assert agent.ended() is None
    assert agent.ending == "", "it was ended for the time that a person took"
    (tmp_path / "go").touch()
    finish(agent)
    assert agent.ending == "timeout"


def test_what_earlier_turns_have_taken_counts_against_its_timeout(start: Start) -> None:
    agent = start("sleep 1000", ran=3600.0, timeout=3600.0)
    assert finish(agent) == 128 + signal.SIGTERM
    assert (agent.ending, agent.ran > 0.0) == ("timeout", True)


def test_one_that_is_suspended_can_be_ended(start: Start) -> None:
    agent = start("sleep 1000")
    agent.suspend()
    agent.stop("cancelled", 5.0)
    assert finish(agent) == 128 + signal.SIGTERM


def test_one_that_is_being_ended_can_not_be_suspended(place: WorkerWorld, start: Start) -> None:
    agent = start("trap '' TERM; echo up; while :; do sleep 0.05; done")
    until(lambda: place.attempt().log.read_text() == "up\n")
    agent.stop("cancelled", 0.3)
    agent.suspend()
    assert finish(agent) == 128 + signal.SIGKILL


def test_whoever_ignores_term_or_left_its_session_is_ended_too(
    place: WorkerWorld, start: Start, tmp_path: Path
) -> None:
    line = (
        f"setsid sh -c \"trap '' TERM HUP; echo \\$\\$ > {tmp_path}/daemon; while :; do sleep 0.1; done\" & "
        f"while test ! -s {tmp_path}/daemon; do sleep 0.02; done; exit 0"
    )
    agent = start(line, grace=0.3)
    assert finish(agent) == 0
    daemon = int((tmp_path / "daemon").read_text())
    assert identity(daemon) is None or not alive(identity(daemon) or Identity(daemon, None))


def test_an_agent_without_an_environment_is_ended_after_its_worker_died(
    place: WorkerWorld, start: Start, tmp_path: Path
) -> None:
    agent = start("exec env -i /bin/sh -c 'echo up; while :; do sleep 0.1; done'")
    until(lambda: place.attempt().log.read_text() == "up\n")
    end_left_over(agent.work, place.mail, place.attempt())
    assert finish(agent) == 128 + signal.SIGTERM


def test_a_process_that_got_the_number_of_a_dead_agent_is_left_alone(place: WorkerWorld) -> None:
    place.attempt().path.mkdir(parents=True)
    with subprocess.Popen(["sleep", "1000"], start_new_session=True) as stranger:
        place.attempt().agent.write_text(json.dumps({"pid": stranger.pid, "start": 1, "boot": boot_id()}))
        end_left_over(place.work("true"), place.mail, place.attempt())
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.parametrize("then", ["", 'rm -rf "$SWARM_ATTEMPT_DIR"; '])
def test_who_cleared_its_environment_and_left_its_session_is_found_by_what_it_has_open(
    place: WorkerWorld, start: Start, tmp_path: Path, then: str
) -> None:
    daemon = f"env -i setsid /bin/sh -c 'echo $$ > {tmp_path}/daemon; sleep 1000; true' > /dev/null 2>&1 < /dev/null &"
    agent = start(f"{daemon} while test ! -s {tmp_path}/daemon; do sleep 0.02; done; {then}exit 0")
    until(lambda: (tmp_path / "daemon").exists() and (tmp_path / "daemon").read_text())
    who = identity(int((tmp_path / "daemon").read_text()))
    assert who is not None and finish(agent) == 0
    assert alive(who), "without its worker's family it is not found, which is what this test is about"
    end_left_over(agent.work, place.mail, place.attempt())
    assert not alive(who)


def test_an_agent_that_removes_the_directory_of_its_attempt_still_ends_on_record(
    place: WorkerWorld, start: Start
) -> None:
    assert finish(start('rm -rf "$SWARM_ATTEMPT_DIR"; exit 4')) == 4
    assert read_json(place.attempt().exit)["code"] == 4


def test_no_descriptor_is_left_open(start: Start) -> None:
    finish(start("true"))
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        finish(start("true"))
    assert len(os.listdir("/proc/self/fd")) == before


def test_marks_name_one_attempt_and_no_other(place: WorkerWorld) -> None:
    assert marks(place.mail, place.work("true")) != marks(place.mail, place.work("true", attempt=2))


@pytest.fixture
def flood(tmp_path: Path) -> Iterator[Callable[[str], Child]]:
    """Start a shell line that may print 100 kB."""
    begun: list[Child] = []

    def begin(line: str) -> Child:
        env = {"PATH": os.environ["PATH"], "MARK": str(tmp_path)}
        limits = Limits(timeout=None, idle=None, grace=20.0, output=100_000)
        child = Child(
            ["/bin/sh", "-c", line], env=env, cwd=tmp_path, stdin=None, log=tmp_path / "log",
            marks={"MARK": str(tmp_path)}, limits=limits, family=None,
        )  # fmt: skip
        begun.append(child)
        return child

    yield begin
    for child in begun:
        if child.fileno() is not None:
            os.killpg(child.who.pid, signal.SIGKILL)


def test_one_that_prints_for_ever_is_ended_at_once_and_its_log_stays_small(
    flood: Callable[[str], Child], tmp_path: Path
) -> None:
    child = flood("trap '' TERM; yes & yes")
    until(lambda: child.watch() or child.ended() is not None)
    assert (child.ending, (tmp_path / "log").stat().st_size) == ("flood", 100_000)


def test_a_log_that_has_lost_its_name_does_not_hide_a_flood(flood: Callable[[str], Child]) -> None:
    child = flood("rm log; yes")
    until(lambda: child.watch() or child.ended() is not None)
    assert child.ending == "flood"
