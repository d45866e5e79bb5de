"""A worker in a pane of a real tmux on a private socket, and a person in front of it who types."""

from __future__ import annotations

import json
import os
import signal
import sys
import termios
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typist
from worker_world import NAME, WorkerWorld, until

from swarm import lease
from swarm.core.assignment import Assignment
from swarm.executors.tmux import TmuxHost
from swarm.process import Identity, identity, signal_process
from swarm.tmux.pane import Pane


@dataclass
class Desk:
    """A worker in a pane, and a person in front of it."""

    place: WorkerWorld
    host: TmuxHost
    notes: Path

    def work(self, **more: Any) -> Assignment:
        argv = (sys.executable, typist.__file__, str(self.notes), "{{session}}")
        orders = {"argv": argv, "again": (*argv, "again"), "places": True, "pane": True, "session": "s-own"}
        return self.place.work("", **{**orders, **more})

    def begin(self, **more: Any) -> None:
        self.host.ensure(NAME)
        self.place.assign(self.work(**more))
        self.until(self.said)

    @property
    def pane(self) -> Pane:
        return (self.host.server.panes() or {})[NAME]

    def type(self, text: str) -> None:
        assert self.host.server._client.run(["send-keys", "-t", self.pane.id, "-l", text]).returncode == 0

    def said(self) -> list[dict[str, Any]]:
        """What the agent has noted so far."""
        try:
            return [json.loads(line) for line in self.notes.read_text().splitlines()]
        except FileNotFoundError:
            return []

    def shown(self) -> str:
        return self.host.server.capture(self.pane.id, 50)

    def until(self, what: Any) -> None:
        until(what, lambda: f"{self.said()}\n{self.shown()}")

    def settings(self) -> list[Any]:
        """The modes of the pane's terminal."""
        name = self.host.server._client.run(["display-message", "-p", "-t", self.pane.id, "#{pane_tty}"]).stdout[0]
        terminal = os.open(name, os.O_RDWR | os.O_NOCTTY)
        try:
            return termios.tcgetattr(terminal)
        finally:
            os.close(terminal)

    def flags(self, *names: str) -> list[str]:
        """What tmux knows of the modes that a program has put the pane in."""
        ask = " ".join(f"#{{{name}}}" for name in names)
        return self.host.server._client.run(["display-message", "-p", "-t", self.pane.id, ask]).stdout[0].split()

    def program(self) -> Identity:
        """The worker's program."""
        found = identity(int(json.loads(self.place.mail.lock.read_text())["pid"]))
        assert found is not None
        return found

    def end(self) -> None:
        """Nobody is there any more."""
        if lease.is_held(self.place.mail.lock):
            signal_process(self.program(), signal.SIGTERM)
        self.host.shutdown()
        self.place.until(lambda: not lease.is_held(self.place.mail.lock))
