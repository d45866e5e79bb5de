"""A small new repository with one commit, for the demo.

Knows a directory and file texts.  Uses nothing of the user's configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from swarm.git.command import Git, plain

BRANCH = "main"


def make_toy(top: Path, files: Mapping[str, str], message: str) -> None:
    """Make the repository at `top`, which must not exist, with these files committed on `main`."""
    top.mkdir(parents=True)
    for name, text in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git = Git(top / ".git", top, plain)
    git.run("init", "-q", f"--initial-branch={BRANCH}")
    git.run("config", "user.name", "Demo")
    git.run("config", "user.email", "demo@swarm.invalid")
    git.run("add", "-A")
    git.run("commit", "-q", "-m", message)
