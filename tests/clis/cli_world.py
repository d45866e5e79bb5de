"""A run of real CLIs: their homes and state in a scratch directory, a scripted model on loopback behind them."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cli_prefix import SCRATCH, program
from cli_table import Cli
from leader_world import LeaderWorld, tasks
from modelserver import ModelServer, directive

from swarm.core.events import AttemptEnded, WorkSealed
from swarm.executors.tmux import TmuxHost
from swarm.files import read_json


@dataclass
class CliWorld:
    """A repository, at most one run with workers as plain processes, and the model that its agents talk to."""

    world: LeaderWorld
    server: ModelServer

    def task(self, cli: Cli, id: str, *steps: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A task of that CLI whose model does these steps."""
        if cli.one_answer:
            steps = (_as_one(steps),)
        return self.prompted(cli, id, directive(*steps), **more)

    def prompted(self, cli: Cli, id: str, prompt: str, **more: Any) -> dict[str, Any]:
        """A task of that CLI with this prompt."""
        env = dict(cli.env(self.server.url))
        row = {"id": id, "title": id, "agent": cli.agent, "model": cli.model, "prompt": prompt, "env": env}
        return {"permissions": cli.permissions, **row, **more}

    def begin(self, *rows: dict[str, Any], workers: int = 1, executor: str = "process", **top: Any) -> None:
        """Start the run, and leave it to itself."""
        self.world.begin(tasks(*rows, limits={"timeout": "5m", "retries": 1}, **top), workers, executor)

    def until_status(self, task: str, status: str) -> None:
        """Wait until the task stands there."""
        self.world.until(lambda: self.world.statuses()[task] == status)

    def swarm(self, *words: str) -> str:
        """A verb that has to succeed; what it printed."""
        done = self.world.swarm(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def finished(self) -> dict[str, str]:
        """The statuses once the run is over, and its leader has taken down what it put up."""
        self.world.until(lambda: self.world.state.over and self.world.leaders[-1].poll() is not None)
        return self.world.statuses()

    def log(self, task: str, attempt: int = 1) -> str:
        """What people are shown of an attempt."""
        return self.world.run.attempt(task, attempt).log.read_text()

    def is_in_pane(self, task: str, attempt: int = 1) -> bool:
        """Whether the attempt's agent has a terminal, and is in front there."""
        pid = read_json(self.world.run.attempt(task, attempt).agent).get("pid")
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            return False
        return fields[4] != "0" and fields[5] == fields[2]

    def type(self, worker: str, text: str) -> None:
        """Type a line into the worker's pane, as a person does, and wait a little for what comes of it."""
        server = TmuxHost(self.world.run, os.environ).server
        pane = (server.panes() or {})[worker]
        for keys in (["-l", text], ["Enter"]):
            server._client.run(["send-keys", "-t", pane.id, *keys])
            time.sleep(1)  # a screen tells nobody that it has changed
        print(server.capture(pane.id, 60))  # for a test that fails

    def ends(self) -> Sequence[AttemptEnded | WorkSealed]:
        """How attempts ended."""
        return [*self.world.events(AttemptEnded), *self.world.events(WorkSealed)]

    def landed(self, path: str) -> str:
        """A file as it stands in what the run has made."""
        return self.world.git("show", f"{self.world.state.tip}:{path}")

    def told(self) -> str:
        """All that the model was told so far, as JSON would be too long to read."""
        return "\n".join(str(asked.body) for asked in self.server.conversations())


def _as_one(steps: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """All that the steps say and write, in one: commands are left out."""
    kept = [{key: value for key, value in step.items() if key in ("write", "hold")} for step in steps]
    one = {key: value for step in reversed(kept) for key, value in step.items()}
    return {**one, "text": " ".join(step["text"] for step in steps if "text" in step)}


@contextmanager
def cli_world(clis: Sequence[Cli], patch: pytest.MonkeyPatch, make_repo: Any) -> Iterator[CliWorld]:
    """The world of these CLIs.  LookupError where one of them can't be had."""
    places = [str(program(cli).parent) for cli in clis]
    (SCRATCH / "worlds").mkdir(parents=True, exist_ok=True)
    root = Path(tempfile.mkdtemp(prefix="w-", dir=SCRATCH / "worlds"))
    for name, directory in {"HOME": "home", "XDG_STATE_HOME": "state", "TMPDIR": "tmp"}.items():
        (root / directory).mkdir(mode=0o700)
        patch.setenv(name, str(root / directory))
    patch.setenv("PATH", os.pathsep.join([*dict.fromkeys(places), os.environ["PATH"]]))
    with ModelServer() as server:
        for cli in clis:
            for path, text in cli.files(server.url).items():
                (root / "home" / path).parent.mkdir(parents=True, exist_ok=True)
                (root / "home" / path).write_text(text)
        world = LeaderWorld(make_repo(), root)
        try:
            yield CliWorld(world, server)
        finally:
            world.end()
            for path in sorted(world.run.path.glob("attempts/*/*.log")):  # shown where the test fails
                print(f"── {path.parent.name}/{path.name}\n{path.read_text()[-4000:]}")
    shutil.rmtree(root, ignore_errors=True)
