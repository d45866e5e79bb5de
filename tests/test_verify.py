"""The gate with real commands: three verdicts, nobody left behind, and no output that is too much."""

from __future__ import annotations

import errno
import gc
import math
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from swarm.core.events import Verdict
from swarm.process import Identity, alive, identity
from swarm.verify import EXCERPT_BYTES, Halt, Judgement, end_left_over, judge


def run(tmp_path: Path, *lines: str, timeout: float = 60.0, halt: Halt | None = None, **env: str) -> Judgement:
    known = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **env}
    return judge(lines, tmp_path, known, str(tmp_path), tmp_path / "logs" / "gate.log", timeout, halt or Halt())


def lives(path: Path) -> bool:
    pid = int(path.read_text())
    return alive(identity(pid) or Identity(pid, 0))


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        (("true", "true"), Verdict.PASS),
        ((), Verdict.PASS),
        (("true", "exit 1", "touch never"), Verdict.FAIL),
        (("no-such-program",), Verdict.FAIL),
        (("kill -9 $$",), Verdict.ERROR),
        (("exit 137",), Verdict.FAIL),
    ],
)
def test_what_the_commands_say_is_the_verdict(tmp_path: Path, lines: tuple[str, ...], verdict: Verdict) -> None:
    assert run(tmp_path, *lines).verdict is verdict
    assert not (tmp_path / "never").exists()


def test_commands_that_can_not_be_started_are_an_error(tmp_path: Path) -> None:
    found = judge(["true"], tmp_path / "gone", dict(os.environ), "m", tmp_path / "gate.log", 60.0, Halt())
    assert found.verdict is Verdict.ERROR
    assert "could not be started" in found.excerpt


def test_a_gate_reads_nothing_from_us(tmp_path: Path) -> None:
    assert run(tmp_path, "cat; read x; test -z \"$x\"").verdict is Verdict.PASS


def test_one_budget_of_time_holds_for_all_commands(tmp_path: Path) -> None:
    found = run(tmp_path, "sleep 0.2", "sleep 1000", timeout=0.6)
    assert (found.verdict, "did not end in time" in found.excerpt) == (Verdict.ERROR, True)


@pytest.mark.parametrize("timeout", [math.inf, 1e12])
def test_a_bound_beyond_what_the_kernel_counts_is_no_error(tmp_path: Path, timeout: float) -> None:
    assert run(tmp_path, "true", timeout=timeout).verdict is Verdict.PASS


def test_what_a_command_leaves_running_is_ended_before_the_next(tmp_path: Path) -> None:
    daemon = f"setsid sh -c \"trap '' HUP; echo \\$\\$ > {tmp_path}/daemon; sleep 1000\" > /dev/null 2>&1 &"
    wait = f"while test ! -s {tmp_path}/daemon; do sleep 0.02; done"
    gone = f"! grep -q . /proc/$(cat {tmp_path}/daemon)/cmdline"
    assert run(tmp_path, f"{daemon} {wait}", gone).verdict is Verdict.PASS
    assert not lives(tmp_path / "daemon")


def test_a_daemon_that_holds_the_output_open_does_not_hold_up_the_verdict(tmp_path: Path) -> None:
    assert run(tmp_path, "sleep 1000 &").verdict is Verdict.PASS


def test_a_daemon_without_environment_session_and_parent_is_ended_by_what_it_has_open(tmp_path: Path) -> None:
    daemon = f"env -i setsid sh -c 'echo $$ > {tmp_path}/daemon; sleep 1000; true' < /dev/null > /dev/null 2>&1 &"
    assert run(tmp_path, f"{daemon} while test ! -s {tmp_path}/daemon; do sleep 0.02; done").verdict is Verdict.PASS
    assert not lives(tmp_path / "daemon")


def test_what_a_killed_leader_left_of_a_gate_is_ended_by_the_next(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from swarm.verify import Halt, judge; p = Path(sys.argv[1])\n"
        "line = 'env -i setsid sh -c \"echo \\$\\$ > daemon; sleep 1000; true\" & sleep 1000'\n"
        "judge([line], p, dict(os.environ), 'm', p / 'gate.log', 1000.0, Halt())"
    )
    with subprocess.Popen([sys.executable, "-c", script, tmp_path]) as leader:
        deadline = time.monotonic() + 30
        while not ((tmp_path / "daemon").exists() and (tmp_path / "daemon").read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        leader.kill()
    assert lives(tmp_path / "daemon")
    end_left_over("m", tmp_path, tmp_path)
    assert not lives(tmp_path / "daemon")


def test_a_gate_that_prints_for_ever_is_ended_and_its_log_stays_small(tmp_path: Path) -> None:
    known = {"PATH": os.environ["PATH"]}
    log = tmp_path / "gate.log"
    found = judge(["yes; touch never"], tmp_path, known, "m", log, 60.0, Halt(), most=100_000)
    assert (found.verdict, "it printed too much" in found.excerpt) == (Verdict.ERROR, True)
    assert log.stat().st_size < 101_000
    assert not (tmp_path / "never").exists()


def test_a_halt_ends_the_command_and_its_children(tmp_path: Path) -> None:
    halt = Halt()
    found: list[Judgement] = []
    line = f"setsid sh -c 'echo $$ > {tmp_path}/child; sleep 1000' & sleep 1000"
    gate = threading.Thread(target=lambda: found.append(run(tmp_path, line, "touch never", halt=halt)))
    gate.start()
    deadline = time.monotonic() + 20
    while not ((tmp_path / "child").exists() and (tmp_path / "child").read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    halt.set()
    gate.join(20)
    assert [one.verdict for one in found] == [Verdict.ERROR]
    assert not lives(tmp_path / "child")
    assert not (tmp_path / "never").exists()


def test_halted_before_it_begins_it_ends_at_once(tmp_path: Path) -> None:
    halt = Halt()
    halt.set()
    halt.set()
    assert run(tmp_path, "sleep 1000", halt=halt).verdict is Verdict.ERROR


def test_fifty_megabytes_of_output_are_on_disk_and_the_end_is_shown(tmp_path: Path) -> None:
    found = run(tmp_path, "head -c 50000000 /dev/zero | tr '\\0' 'x' | fold -w 100", "echo THE END; exit 1")
    assert (tmp_path / "logs" / "gate.log").stat().st_size > 50_000_000
    assert len(found.excerpt) <= EXCERPT_BYTES + 100
    assert "THE END" in found.excerpt


def test_no_escape_code_comes_through_in_the_excerpt(tmp_path: Path) -> None:
    found = run(tmp_path, r"printf '\033]0;owned\007\033[2Jplain\n'; exit 1")
    assert "plain" in found.excerpt
    assert "\x1b" not in found.excerpt and "\x07" not in found.excerpt


def test_a_gate_that_puts_a_pipe_in_the_place_of_its_log_is_not_waited_for(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "gate.log"
    with pytest.raises(OSError, match="No such device"):
        run(tmp_path, f"rm {log}; mkfifo {log}", "true")


def test_a_log_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("safe")
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "gate.log").symlink_to(tmp_path / "victim")
    assert run(tmp_path, "echo over").verdict is Verdict.PASS
    assert (tmp_path / "victim").read_text() == "safe"
    assert "over" in (tmp_path / "logs" / "gate.log").read_text()
    assert not (tmp_path / "logs" / "gate.log").is_symlink()


def test_neither_gates_nor_halts_leave_descriptors(tmp_path: Path) -> None:
    run(tmp_path, "true")
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(10):
        halt = Halt()
        halt.set()
        run(tmp_path, "true")
        run(tmp_path, "true", halt=halt)
    del halt
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_halt_without_a_pipe_to_be_had_fails_with_that_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def full() -> tuple[int, int]:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with monkeypatch.context() as patch:
        patch.setattr(os, "pipe", full)
        with pytest.raises(OSError, match="Too many open files"):
            Halt()
    gc.collect()
    assert capfd.readouterr().err == ""
