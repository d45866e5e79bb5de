"""A machine on which PATH holds only stand-ins: they note how they were called."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TOOLS = ("sh", "sed", "env", "dirname", "cat", "chmod", "printf")
"""The few that any machine has."""


@dataclass(frozen=True)
class Machine:
    """`path`: the directory that PATH names."""

    path: Path

    def run(self, script: Path, tools: Mapping[str, str]) -> tuple[int, str, list[str]]:
        """Exit code, standard error, and the calls of the package manager."""
        calls = self.path.parent / "calls"
        for name, body in tools.items():
            (self.path / name).write_text(f"#!/bin/sh\n{body}\n")
            (self.path / name).chmod(0o755)
        done = subprocess.run(
            ["sh", str(script)], env={"PATH": str(self.path), "CALLS": str(calls)}, capture_output=True, text=True
        )
        return done.returncode, done.stderr, calls.read_text().splitlines() if calls.exists() else []
