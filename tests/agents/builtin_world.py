"""The built-in agent in an attempt without a leader, against the scripted model: its turns, in this process."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from attempt_world import AttemptWorld, attempt_world
from modelserver import ModelServer, directive

from swarm.agents.builtin.lines import Lines
from swarm.agents.builtin.reader import BuiltinStream
from swarm.agents.builtin.settings import FILE, Orders
from swarm.agents.builtin.turn import Turn, have
from swarm.agents.reading import Trouble
from swarm.core.plan import Permission

SESSION = "11111111-2222-3333-4444-555555555555"
KEY = "sk-test-key"


@dataclass
class BuiltinWorld:
    """Attempt 1 of `api`; `more` is put into its environment."""

    attempt: AttemptWorld
    server: ModelServer
    orders: Orders = field(default_factory=lambda: Orders("scripted", Permission.ALL))
    more: dict[str, str] = field(default_factory=dict)
    reader: BuiltinStream = field(default_factory=BuiltinStream)
    shown: str = ""
    raw: str = ""

    @property
    def tree(self) -> Path:
        return self.attempt.tree

    @property
    def env(self) -> dict[str, str]:
        """What the agent's process would have."""
        service = {"ANTHROPIC_BASE_URL": self.server.url, "ANTHROPIC_API_KEY": KEY}
        return {**os.environ, **self.attempt.env, **service, **self.more}

    def settle(self, **orders: Any) -> None:
        """Write the settings, with these orders changed."""
        self.orders = replace(self.orders, **orders)
        (self.attempt.dir.path / FILE).write_text(self.orders.encoded())

    def turn(self, *steps: dict[str, Any], prompt: str = "", resume: bool = False) -> Trouble | None:
        """Have a turn whose prompt asks for these steps; its trouble.  What is printed goes through the reader."""
        self.settle()
        out = io.StringIO()
        self.reader.begin()
        turn = Turn(self.env, self.tree, self.attempt.dir.path / FILE, SESSION, resume)
        lines = Lines(out)
        try:
            trouble = have(turn, prompt or directive(*steps), lines)
            lines.end(trouble)
        finally:
            self.raw += out.getvalue()
            self.shown += "".join(self.reader.line(line) for line in out.getvalue().splitlines())
        return trouble

    def messages(self, number: int = -1) -> list[dict[str, Any]]:
        """What was sent with a request."""
        return self.server.conversations()[number].body["messages"]

    def said(self, number: int = -1) -> str:
        """All text and results that a request held."""
        parts = [block for message in self.messages(number) for block in message["content"]]
        return "\n".join(str(part.get("text") or part.get("content") or "") for part in parts)


@pytest.fixture
def agent(tmp_path: Path, repo: Path) -> Iterator[BuiltinWorld]:
    """A fresh attempt whose worktree is a small repository."""
    with ModelServer() as server:
        yield BuiltinWorld(attempt_world(tmp_path, repo), server)
