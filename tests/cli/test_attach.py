from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from look_world import MadeRun, make_run, swarm

from swarm.paths import socket_dir
from swarm.tmux.pane import Pane
from swarm.tmux.server import TmuxServer


def until(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not look():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)  # a screen tells nobody that it has changed


class Terminal:
    """A terminal with a person in it: a tmux of the test's own, whose one pane is in the user's repository."""

    def __init__(self, socket: Path, cwd: Path) -> None:
        self._socket = socket
        self._tmux = ["tmux", "-u", "-f", "/dev/null", "-S", str(socket)]
        self._cwd = cwd

    def run(self, words: str) -> None:
        """Type a command into a new terminal; it says `left <code>` when that is over."""
        line = f"{sys.executable} -m swarm {words}; echo left $?; exec cat"
        self._call("new-session", "-d", "-x", "120", "-y", "30", "-c", str(self._cwd), "/bin/sh", "-c", line)

    def type(self, *keys: str) -> None:
        self._call("send-keys", *keys)

    def shows(self, text: str) -> bool:
        return text in self._call("capture-pane", "-p")

    def leave(self) -> None:
        """Press the detach key.  tmux takes keys that come within a millisecond of others for a paste: hence again."""

        def has_left() -> bool:
            self.type("C-b", "d")
            return self.shows("left 0")

        until(has_left)

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, check=False)
        self._socket.unlink(missing_ok=True)

    def _call(self, *words: str) -> str:
        return subprocess.run([*self._tmux, *words], capture_output=True, check=True, text=True).stdout


@pytest.fixture
def made(repo: Path, monkeypatch: pytest.MonkeyPatch) -> MadeRun:
    monkeypatch.chdir(repo)
    return make_run(repo, executor="tmux")


@pytest.fixture
def server(made: MadeRun) -> Iterator[TmuxServer]:
    found = TmuxServer(socket_dir(made.dir), made.dir.name)
    yield found
    found.kill()


@pytest.fixture
def pane(server: TmuxServer, tmp_path: Path) -> Pane:
    """The pane of worker-1, in which a program echoes what is typed."""
    server.ensure()
    return server.open_window("worker-1", ["/bin/sh", "-c", "echo the worker speaks; exec cat"], {}, tmp_path)


@pytest.fixture
def terminal(world: Path, repo: Path) -> Iterator[Terminal]:
    found = Terminal(world / "rt" / "outer.sock", repo)
    yield found
    found.close()


@pytest.mark.tmux
@pytest.mark.parametrize("name", ["worker-1", "one"])
def test_a_worker_or_its_task_is_shown_until_the_person_leaves(
    made: MadeRun, server: TmuxServer, pane: Pane, terminal: Terminal, name: str
) -> None:
    made.claim("one")
    terminal.run(f"attach {name}")
    until(lambda: terminal.shows("the worker speaks"))
    terminal.type("hello", "Enter")
    until(lambda: "hello" in server.capture(pane.id, 10))
    terminal.leave()
    assert server.panes() == {"worker-1": pane}, "the worker goes on"


@pytest.mark.tmux
def test_read_only_keys_do_not_reach_the_worker(
    made: MadeRun, server: TmuxServer, pane: Pane, terminal: Terminal
) -> None:
    terminal.run("attach worker-1 --read-only")
    until(lambda: terminal.shows("the worker speaks"))
    terminal.type("hello", "Enter")
    terminal.leave()
    assert "hello" not in server.capture(pane.id, 10)


@pytest.mark.tmux
def test_without_a_terminal_it_names_the_log(made: MadeRun, pane: Pane, capsys: pytest.CaptureFixture[str]) -> None:
    made.claim("one")
    said = swarm(capsys, "attach", "worker-1")
    assert said.code == 1
    assert "in a terminal only" in said.err
    assert "swarm log one -f" in said.err


def test_an_ended_run_has_no_pane_and_names_the_log(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    made.land("one", {"a.txt": "a\n"})
    made.finish()
    said = swarm(capsys, "attach", "worker-1")
    assert said.code == 1
    assert "worker-1 has no pane: the run is over" in said.err
    assert "swarm log one -f" in said.err


def test_a_task_that_nobody_works_on_is_told_so(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    said = swarm(capsys, "attach", "below")
    assert said.code == 1
    assert "nobody works on below now: it is blocked" in said.err


def test_a_run_of_plain_processes_has_no_panes(
    repo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo)
    made = make_run(repo, executor="process")
    made.claim("one")
    said = swarm(capsys, "attach", "one")
    assert said.code == 1
    assert "has no panes" in said.err
    assert "swarm log one -f" in said.err
