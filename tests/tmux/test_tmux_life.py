from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarm.tmux.life import Life


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "600"])
    yield process
    process.kill()
    process.wait()


def living(pid: int) -> Life:
    life = Life.of(pid)
    assert life is not None
    return life


def test_what_was_recorded_is_read_again(tmp_path: Path) -> None:
    life = living(os.getpid())
    life.record(tmp_path / "life")
    assert Life.recorded(tmp_path / "life") == life


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"pid": 1}', '{"pid": "x", "started": 1}'])
def test_a_record_that_is_not_legible_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "life").write_text(text)
    assert Life.recorded(tmp_path / "life") is None
    assert Life.recorded(tmp_path / "missing") is None


def test_a_process_ends_once_it_is_dead_though_nobody_reaped_it(child: subprocess.Popen[bytes]) -> None:
    life = living(child.pid)
    assert not life.is_over()
    assert not life.ends_within(0.01)
    life.signal(signal.SIGKILL)
    assert life.ends_within(10)
    assert Path(f"/proc/{child.pid}").exists()
    assert life.is_over()
    child.wait()
    assert life.is_over()
    assert Life.of(child.pid) is None
    life.signal(signal.SIGKILL)


def test_another_process_with_the_same_pid_is_neither_watched_nor_signalled(child: subprocess.Popen[bytes]) -> None:
    life = living(child.pid)
    before = Life(life.pid, life.started - 1)
    assert before.is_over()
    before.signal(signal.SIGKILL)
    assert not life.ends_within(0.05)
