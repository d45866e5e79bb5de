from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from swarm.process import (
    Identity,
    NotStarted,
    TimedOut,
    alive,
    environment,
    identity,
    marked,
    run,
    signal_group,
    signal_process,
    spawn,
    strip_git,
    sweep,
)

ENV = {"PATH": os.environ["PATH"]}
STUBBORN = (
    "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(1000)"
)


def until(true: Callable[[], object], seconds: float = 20) -> None:
    """Wait for a condition of another process; there is nothing to wait on in the kernel here."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true"
        select.select([], [], [], 0.005)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Identity]]:
    """Start a program by `spawn`; it is killed and reaped at the end."""
    started: list[int] = []

    def one(*argv: str, **env: str) -> Identity:
        log = tmp_path / f"log-{len(started)}"
        pid = spawn(argv, env={**ENV, **env}, cwd=None, stdin=None, stdout=log)
        started.append(pid)
        who = identity(pid)
        assert who
        return who

    yield one
    for pid in started:
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        try:
            os.waitpid(pid, 0)
        except ChildProcessError:
            pass


def test_run_returns_what_was_written_and_any_code(tmp_path: Path) -> None:
    done = run(["sh", "-c", "cat; pwd; echo err >&2; exit 7"], env=ENV, cwd=tmp_path, input=b"in\n")
    assert (done.code, done.out, done.err) == (7, f"in\n{tmp_path}\n".encode(), b"err\n")
    assert run(["cat"], env=ENV).out == b"", "without input there is none"


def test_run_passes_exactly_the_environment_it_is_given() -> None:
    out = run([sys.executable, "-c", "import os; print(sorted(os.environ))"], env={**ENV, "X": "1"}).out
    assert b"'X'" in out and b"HOME" not in out


def test_a_program_that_can_not_be_started_is_a_persons_error(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("x")
    for argv, cwd in ((["no-such-program"], None), ([str(tmp_path / "text")], None), (["true"], tmp_path / "gone")):
        with pytest.raises(NotStarted):
            run(argv, env=ENV, cwd=cwd)
        with pytest.raises(NotStarted):
            spawn(argv, env=ENV, cwd=cwd, stdin=None, stdout=tmp_path / "log")


def test_run_kills_the_whole_group_after_the_timeout(tmp_path: Path) -> None:
    with pytest.raises(TimedOut):
        run(["sh", "-c", f"sleep 1000 & echo $! > {tmp_path}/pid; wait"], env=ENV, timeout=0.5)
    child = int((tmp_path / "pid").read_text())
    until(lambda: not alive(Identity(child, None)))


def test_run_passes_more_than_a_pipe_holds_in_both_directions() -> None:
    data = os.urandom(1 << 20)
    done = run(["sh", "-c", "tee /dev/stderr"], env=ENV, input=data, timeout=60)
    assert (done.code, done.out, done.err) == (0, data, data)


def test_input_that_nobody_reads_keeps_nobody_waiting() -> None:
    assert run(["true"], env=ENV, input=b"x" * (1 << 20), timeout=60).code == 0


def test_a_program_that_closes_its_pipes_and_goes_on_is_waited_for_and_ended_in_its_time() -> None:
    assert run(["sh", "-c", "exec >&- 2>&-; sleep 0.1; exit 3"], env=ENV, timeout=60).code == 3
    with pytest.raises(TimedOut):
        run(["sh", "-c", "exec >&- 2>&-; sleep 60"], env=ENV, timeout=0.3)


def test_the_end_of_a_program_is_not_slept_for(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    assert run(["sh", "-c", "exec >&- 2>&-; sleep 0.2"], env=ENV, timeout=60).code == 0
    assert not slept


def test_spawn_reads_a_file_and_appends_to_one_and_leads_a_session(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("prompt\n")
    (tmp_path / "log").write_text("before\n")
    argv = ["sh", "-c", "cat; echo err >&2; exit 3"]
    pid = spawn(argv, env=ENV, cwd=tmp_path, stdin=tmp_path / "in", stdout=tmp_path / "log")
    assert os.getsid(pid) == pid
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
    assert (tmp_path / "log").read_text() == "before\nprompt\nerr\n"


def test_the_exit_status_of_a_spawned_child_is_left_for_its_caller(tmp_path: Path) -> None:
    pid = spawn(["sh", "-c", "exit 5"], env=ENV, cwd=None, stdin=None, stdout=tmp_path / "log")
    for _ in range(20):
        run(["true"], env=ENV)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5


def test_spawn_hands_over_only_the_descriptors_it_is_told(tmp_path: Path) -> None:
    kept, other = os.open(tmp_path, os.O_RDONLY), os.open(tmp_path, os.O_RDONLY)
    code = f"import os; os.fstat({kept}); print('kept')\ntry: os.fstat({other})\nexcept OSError: print('closed')"
    pid = spawn([sys.executable, "-c", code], env=ENV, cwd=None, stdin=None, stdout=tmp_path / "log", pass_fds=[kept])
    os.waitpid(pid, 0)
    os.close(kept)
    os.close(other)
    assert (tmp_path / "log").read_text() == "kept\nclosed\n"


def test_output_does_not_go_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "log").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotStarted):
        spawn(["true"], env=ENV, cwd=None, stdin=None, stdout=tmp_path / "log")
    assert not (tmp_path / "elsewhere").exists()


def test_a_zombie_is_not_alive_but_still_has_its_identity(start: Callable[..., Identity]) -> None:
    who = start("true")
    until(lambda: not alive(who))
    assert identity(who.pid) == who
    os.waitpid(who.pid, 0)
    assert identity(who.pid) is None


def test_a_newcomer_with_the_same_number_is_neither_alive_nor_signalled(start: Callable[..., Identity]) -> None:
    who = start("sleep", "1000")
    assert who.start is not None
    earlier = Identity(who.pid, who.start - 1)
    assert not alive(earlier)
    assert not signal_process(earlier, signal.SIGKILL)
    assert not signal_group(earlier, signal.SIGKILL, {"SWARM_X": "1"})
    assert alive(who)
    assert signal_process(who, signal.SIGKILL)
    until(lambda: not alive(who))
    assert not signal_process(who, signal.SIGKILL)


def test_a_name_with_brackets_and_spaces_does_not_confuse(start: Callable[..., Identity], tmp_path: Path) -> None:
    odd = tmp_path / "a) R 1 (b"
    odd.symlink_to(sys.executable)
    who = start(str(odd), "-c", "import time; time.sleep(1000)")
    assert alive(who) and identity(who.pid) == who


def test_a_group_is_signalled_whole_while_its_leader_exists(start: Callable[..., Identity], tmp_path: Path) -> None:
    who = start("sh", "-c", f"sleep 1000 & echo $! > {tmp_path}/pid.new; mv {tmp_path}/pid.new {tmp_path}/pid; exit 0")
    until((tmp_path / "pid").exists)
    until(lambda: not alive(who))
    child = identity(int((tmp_path / "pid").read_text()))
    assert child
    assert signal_group(who, signal.SIGKILL), "a zombie leader still owns the number"
    until(lambda: not alive(child))


def test_a_group_without_leader_is_signalled_only_where_it_is_marked(
    start: Callable[..., Identity], tmp_path: Path
) -> None:
    line = f"sleep 1000 & echo $! > {tmp_path}/pid.new; mv {tmp_path}/pid.new {tmp_path}/pid; exit 0"
    who = start("sh", "-c", line, SWARM_TEST=str(tmp_path))
    until((tmp_path / "pid").exists)
    os.waitpid(who.pid, 0)
    child = identity(int((tmp_path / "pid").read_text()))
    assert child
    assert not signal_group(who, signal.SIGKILL)
    assert not signal_group(who, signal.SIGKILL, {"SWARM_TEST": "another"})
    assert alive(child)
    assert signal_group(who, signal.SIGKILL, {"SWARM_TEST": str(tmp_path)})
    until(lambda: not alive(child))


def test_marked_wants_every_pair_exactly(start: Callable[..., Identity], tmp_path: Path) -> None:
    mine = str(tmp_path)
    both = start("sleep", "1000", SWARM_A=mine, SWARM_B="ünï code\n")
    one = start("sleep", "1000", SWARM_A=mine)
    start("sleep", "1000", SWARM_A=f"{mine}0", XSWARM_A=mine)
    until(lambda: set(marked({"SWARM_A": mine})) == {both, one})
    assert marked({"SWARM_A": mine, "SWARM_B": "ünï code\n"}) == [both]
    with pytest.raises(ValueError, match="at least one mark"):
        marked({})


def test_a_process_is_found_from_the_moment_it_was_started(start: Callable[..., Identity], tmp_path: Path) -> None:
    """Within an exec the environment reads as empty for a moment; that must not hide anybody."""
    for n in range(100):
        mark = {"SWARM_TEST": f"{tmp_path} {n}"}
        who = start("sleep", "1000", **mark)
        assert marked(mark) == [who]
        os.kill(who.pid, signal.SIGKILL)


def test_sweep_ends_the_willing_by_term_and_the_stubborn_by_kill(
    start: Callable[..., Identity], tmp_path: Path
) -> None:
    mark = {"SWARM_TEST": str(tmp_path)}
    stranger = start("sleep", "1000")
    line = f"trap 'echo bye > {tmp_path}/bye; exit' TERM; echo up; while :; do sleep 0.05; done"
    willing = start("sh", "-c", line, **mark)
    stubborn = start(sys.executable, "-c", STUBBORN, **mark)
    until(lambda: (tmp_path / "log-1").read_text() and (tmp_path / "log-2").read_text())
    assert sweep(mark, grace=1) >= 2
    assert not alive(willing) and not alive(stubborn)
    assert (tmp_path / "bye").exists()
    assert marked(mark) == []
    assert alive(stranger)


def test_sweep_finds_those_that_left_the_session(start: Callable[..., Identity], tmp_path: Path) -> None:
    mark = {"SWARM_TEST": str(tmp_path)}
    code = (
        "import os,time\n"
        "if os.fork() == 0:\n os.setsid()\n if os.fork() == 0: time.sleep(1000)\n os._exit(0)\n"
        "time.sleep(1000)"
    )
    start(sys.executable, "-c", code, **mark)
    until(lambda: len(marked(mark)) == 2)
    sweep(mark, grace=0)
    assert marked(mark) == []


def test_sweep_outruns_a_family_that_forks(start: Callable[..., Identity], tmp_path: Path) -> None:
    mark = {"SWARM_TEST": str(tmp_path)}
    start("sh", "-c", "while :; do sleep 1000 & sleep 0.01; done", **mark)
    until(lambda: len(marked(mark)) > 6)  # one of them sleeps for a moment only
    assert sweep(mark, grace=0) > 5
    assert marked(mark) == []


def test_sweep_of_nobody_is_at_once_and_zero(tmp_path: Path) -> None:
    assert sweep({"SWARM_TEST": str(tmp_path)}, grace=1000) == 0


def test_sweep_spares_the_one_who_calls_it(tmp_path: Path) -> None:
    code = "from swarm.process import sweep; import os; print(sweep({'SWARM_TEST': os.environ['SWARM_TEST']}, 0))"
    env = {**os.environ, "SWARM_TEST": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"


def test_environments_are_made_by_allowing() -> None:
    base = {"PATH": "/bin", "SECRET": "x", "GIT_DIR": "y"}
    assert environment(base, ["PATH", "HOME"]) == {"PATH": "/bin"}
    strip_git(base)
    assert base == {"PATH": "/bin", "SECRET": "x"}
