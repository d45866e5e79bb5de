"""The board's side of a page, with a small application in the board's place and the server's pipes in our hands."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import IO

import pytest

from board.browser import driver

APPLICATION = """
from io import StringIO
from textual.app import App
from textual.widgets import Label

class Small(App):
    def compose(self):
        yield Label("READY")
    def on_key(self, event):
        if event.key == "o":
            self.open_url("http://example.invalid/")
            self.deliver_text(StringIO("secret"), save_filename="a.txt")
        elif event.key == "b":
            for _ in range(20):
                self._driver.write("x" * 1_000_000)

Small().run()
"""

PATIENCE = 60.0


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "TEXTUAL_DRIVER": driver.NAME, "COLUMNS": "80", "ROWS": "24"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-P", "-c", APPLICATION], env=environment, **pipes) as found:
        try:
            yield found
        finally:
            found.kill()


def packets(child: subprocess.Popen[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """What it sends: kind and payload."""
    pipe = out(child)
    while kind := pipe.read(1):
        yield kind, pipe.read(int.from_bytes(pipe.read(4), "big"))


def out(child: subprocess.Popen[bytes]) -> IO[bytes]:
    assert child.stdout is not None
    return child.stdout


def press(child: subprocess.Popen[bytes], key: bytes) -> None:
    assert child.stdin is not None
    child.stdin.write(b"D" + len(key).to_bytes(4, "big") + key)
    child.stdin.flush()


def began(child: subprocess.Popen[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """The packets after the one with its first words."""
    assert out(child).readline() == b"__GANGLION__\n"
    found = packets(child)
    assert any(b"READY" in payload for _, payload in found)
    return found


def left(child: subprocess.Popen[bytes]) -> tuple[int, bytes]:
    """The exit code and the last words, once it has ended."""
    assert child.stderr is not None
    return child.wait(PATIENCE), child.stderr.read()


def test_the_end_of_the_input_ends_the_board(child: subprocess.Popen[bytes]) -> None:
    found = began(child)
    assert child.stdin is not None
    child.stdin.close()
    assert [kind for kind, _ in found][-1] == b"M", "it takes leave"
    assert left(child) == (0, b"")


def test_a_server_that_is_gone_with_both_pipes_leaves_no_trace(child: subprocess.Popen[bytes]) -> None:
    began(child)
    assert child.stdin is not None
    out(child).close()
    child.stdin.close()
    assert left(child) == (0, b"")


def test_it_opens_no_link_and_hands_out_no_file(child: subprocess.Popen[bytes]) -> None:
    found = began(child)
    press(child, b"o")
    seen = b""
    for kind, payload in found:
        assert kind == b"D", payload
        seen += payload
        if b"opens no" in seen and b"saves no" in seen:
            break
    assert b"secret" not in seen


def test_a_slow_reader_gets_every_packet_whole(child: subprocess.Popen[bytes]) -> None:
    found = began(child)
    press(child, b"b")
    big = list(itertools.islice((payload for _, payload in found if len(payload) > 500_000), 20))
    assert {len(payload) for payload in big} == {1_000_000} and set(b"".join(big)) == {ord("x")}
