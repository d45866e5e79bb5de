"""What the tests of the inbox share: a box, messages, children, and waiting with a deadline."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inbox.maildir import Maildir
from inbox.message import Message, new_id

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def box(tmp_path: Path) -> Maildir:
    return Maildir(tmp_path / "box").create()


@pytest.fixture
def make() -> Callable[..., Message]:
    """Messages of growing age, each with an id of its own."""
    count = itertools.count(1)

    def one(text: str = "hi", kind: str = "note", sender: str = "worker-1") -> Message:
        number = next(count)
        ident = new_id(sender, 1_763_636_100_000_000_000 + number, number)
        return Message(ident, sender, "leader", kind, text, 1_763_636_100.0 + number)

    return one


@pytest.fixture
def until() -> Callable[..., None]:
    """Waits until a condition holds; fails after a generous deadline."""

    def wait(condition: Callable[[], object], seconds: float = 20.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come true in time"
            time.sleep(0.01)

    return wait


@pytest.fixture
def python() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a Python child with our packages on its path; killed at the end if need be."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **options: object) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        child: subprocess.Popen[str] = subprocess.Popen(  # type: ignore[call-overload]
            [sys.executable, *arguments], env=environment, text=True, stdout=subprocess.PIPE, **options
        )
        started.append(child)
        return child

    yield start
    for child in started:
        if child.poll() is None:
            child.kill()
        child.wait()
        for stream in (child.stdin, child.stdout, child.stderr):
            if stream is not None:
                stream.close()
