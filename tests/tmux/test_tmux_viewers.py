from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from conftest_tmux import Stage, wait_for

from swarm.tmux.pane import Pane
from swarm.tmux.server import TmuxServer

pytestmark = pytest.mark.tmux


@contextmanager
def viewer(server: TmuxServer, pane: Pane, read_only: bool = False) -> Iterator[str]:
    """A person at a terminal of their own who attached to a pane; yields the terminal's name."""
    outside, inside = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "TMUX": "/somewhere,1,0"}
    argv = server.attach_argv(pane, read_only)
    there = subprocess.Popen(
        argv, stdin=inside, stdout=inside, stderr=inside, env=environment, start_new_session=True
    )
    terminal = os.ttyname(inside)
    try:
        wait_for(lambda: looking_at(server).get(terminal) == (pane.window, "1" if read_only else "0"))
        yield terminal
    finally:
        there.terminate()
        there.wait()
        os.close(inside)
        os.close(outside)


def looking_at(server: TmuxServer) -> dict[str, tuple[str, str]]:
    """Each viewer's terminal with the window it shows and whether it may only look."""
    ask = "#{client_tty} #{window_id} #{client_readonly}"
    argv = ["tmux", "-S", str(server.socket), "list-clients", "-F", ask]
    lines = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.splitlines()
    return {terminal: (window, flag) for terminal, window, flag in (line.split() for line in lines)}


def sessions(server: TmuxServer) -> list[str]:
    argv = ["tmux", "-S", str(server.socket), "list-sessions", "-F", "#{session_name}"]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()


def test_two_people_look_at_different_windows_at_once(stage: Stage) -> None:
    first, second = stage.open("worker-1"), stage.open("worker-2")
    with viewer(stage.server, first) as ann, viewer(stage.server, second) as bob:
        assert {name: window for name, (window, _) in looking_at(stage.server).items()} == {
            ann: first.window, bob: second.window,
        }  # fmt: skip
        third = stage.open("worker-3")
        assert looking_at(stage.server)[ann][0] == first.window  # a new window steals nobody's view
        assert stage.server.panes() == {"worker-1": first, "worker-2": second, "worker-3": third}


def test_a_viewer_s_session_ends_with_the_viewer_and_the_panes_stay(stage: Stage) -> None:
    pane = stage.open("worker-1")
    with viewer(stage.server, pane):
        assert len(sessions(stage.server)) == 2
    wait_for(lambda: sessions(stage.server) == ["swarm"])
    assert stage.server.panes() == {"worker-1": pane}


def test_a_read_only_viewer_can_look_and_not_type(stage: Stage) -> None:
    pane = stage.open("worker-1")
    with viewer(stage.server, pane, read_only=True) as terminal:
        assert looking_at(stage.server)[terminal] == (pane.window, "1")
