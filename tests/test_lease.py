from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from swarm import lease

DEADLINE = 30.0

HOLD = """
import sys
from pathlib import Path
from swarm import lease
held = lease.take(Path(sys.argv[1]), {"pid": 1, "who": "holder"})
print("held" if held else "refused", flush=True)
sys.stdin.read()
"""

WAIT = """
import sys
from pathlib import Path
from swarm import lease
how, path = sys.argv[1], Path(sys.argv[2])
print("waiting", flush=True)
lease.wait_until_free(path) if how == "free" else lease.wait_for_turn(path, {"who": "next"})
print("woke", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lock"


@contextmanager
def program(text: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A Python program with pipes; killed at the end."""
    command = [sys.executable, "-c", text, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


def line(running: subprocess.Popen[str]) -> str:
    assert running.stdout is not None
    return running.stdout.readline().strip()


def test_only_one_holds_it_and_the_other_learns_who(path: Path) -> None:
    with program(HOLD, str(path)) as first:
        assert line(first) == "held"
        assert lease.take(path, {"who": "me"}) is None
        assert lease.is_held(path)
        assert lease.holder(path) == {"pid": 1, "who": "holder"}
        first.kill()
        first.wait(DEADLINE)
        assert not lease.is_held(path)
        mine = lease.take(path, {"who": "me"})
        assert mine is not None
        assert lease.holder(path) == {"who": "me"}
        mine.release()
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("how", ["free", "turn"])
def test_a_waiter_wakes_when_the_holder_is_killed(path: Path, how: str) -> None:
    with program(HOLD, str(path)) as holder:
        assert line(holder) == "held"
        with program(WAIT, how, str(path)) as waiter:
            assert line(waiter) == "waiting"
            holder.send_signal(signal.SIGKILL)
            assert line(waiter) == "woke"
            assert lease.is_held(path) is (how == "turn")
            assert lease.holder(path)["who"] == ("next" if how == "turn" else "holder")


@pytest.mark.parametrize("how", ["free", "turn"])
def test_a_waiter_wakes_when_the_holder_lets_go(path: Path, how: str) -> None:
    held = lease.take(path, {})
    assert held is not None
    with program(WAIT, how, str(path)) as waiter:
        assert line(waiter) == "waiting"
        held.release()
        assert line(waiter) == "woke"


def test_a_child_does_not_inherit_it(path: Path) -> None:
    held = lease.take(path, {})
    assert held is not None
    child = [sys.executable, "-c", "import sys; print('here', flush=True); sys.stdin.read()"]
    with subprocess.Popen(child, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, close_fds=False) as running:
        try:
            assert line(running) == "here"
            held.release()
            assert not lease.is_held(path)
        finally:
            running.kill()


def test_what_nobody_holds_is_free(path: Path) -> None:
    assert not lease.is_held(path)
    assert not path.exists()
    lease.wait_until_free(path)
    assert lease.holder(path) == {}
    for text in ("", "{", "[1]", "\udc80"):
        path.write_text(text, errors="surrogateescape")
        assert lease.holder(path) == {}
        assert not lease.is_held(path)


def test_those_who_only_look_never_keep_anybody_out(path: Path) -> None:
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            lease.is_held(path)
            lease.wait_until_free(path)

    path.touch()
    lookers = [threading.Thread(target=look) for _ in range(3)]
    for looker in lookers:
        looker.start()
    try:
        for _ in range(300):
            mine = lease.take(path, {})
            assert mine is not None
            mine.release()
    finally:
        stop.set()
        for looker in lookers:
            looker.join(DEADLINE)


def test_a_lock_behind_a_link_is_refused(path: Path, tmp_path: Path) -> None:
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        lease.take(path, {})
    assert not os.path.lexists(tmp_path / "elsewhere")


@pytest.mark.parametrize("how", ["removed", "replaced"])
def test_a_lock_whose_file_was_taken_away_is_no_longer_ours(path: Path, how: str) -> None:
    mine = lease.take(path, {})
    assert mine is not None
    assert mine.is_ours()
    path.rename(path.with_name("away"))
    second = lease.take(path, {}) if how == "replaced" else None
    assert not mine.is_ours()
    if second is not None:
        assert second.is_ours()
        second.release()
    mine.release()
