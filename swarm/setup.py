"""What a worktree needs beyond its commit: ignored files copied or linked from the user's checkout, commands run once.

Knows two directories, not git.  Done once for each worktree and each version of the `setup:` block; safe to repeat.
`.worktreeinclude` in the checkout, a list of paths or patterns one to a line, is copied too.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from swarm.core.plan import Setup
from swarm.errors import SwarmError
from swarm.process import run

INCLUDE_FILE = ".worktreeinclude"
SHELL = "/bin/sh"
LONGEST = 1800.0
"""Seconds that one command of `setup: run:` may take."""


def prepare(source: Path, worktree: Path, setup: Setup, env: Mapping[str, str], stamp: Path) -> None:
    """Set the worktree up, unless `stamp` says that this was done.  Raises SwarmError; then it will be tried again."""
    wanted = [*setup.copy, *_included(source)]
    mark = hashlib.sha256(json.dumps([asdict(setup), wanted]).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == mark:
        return
    for pattern in wanted:
        for found in _matches(source, pattern):
            _copy(found, worktree / found.relative_to(source))
    for pattern in setup.symlink:
        for found in _matches(source, pattern):
            _link(found, worktree / found.relative_to(source))
    for line in setup.run:
        _command(line, worktree, env)
    stamp.write_text(mark)


def tear_down(lines: tuple[str, ...], worktree: Path, env: Mapping[str, str]) -> None:
    """Run the `teardown:` commands in a worktree."""
    for line in lines:
        _command(line, worktree, env)


def _included(source: Path) -> list[str]:
    try:
        lines = (source / INCLUDE_FILE).read_text().splitlines()
    except (FileNotFoundError, UnicodeDecodeError):
        return []
    cleaned = (line.strip().strip("/") for line in lines)
    return [line for line in cleaned if line and not line.startswith(("#", "!")) and ".." not in line.split("/")]


def _matches(source: Path, pattern: str) -> Iterator[Path]:
    """What a pattern names in the checkout; never anything of git's or ours."""
    for found in sorted(source.glob(pattern)):
        if found.relative_to(source).parts[0] not in (".git", ".swarm"):
            yield found


def _copy(found: Path, to: Path) -> None:
    if os.path.lexists(to) and not found.is_dir():
        return
    to.parent.mkdir(parents=True, exist_ok=True)
    if found.is_dir() and not found.is_symlink():
        shutil.copytree(found, to, symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copy2(found, to, follow_symlinks=False)


def _link(found: Path, to: Path) -> None:
    if not os.path.lexists(to):
        to.parent.mkdir(parents=True, exist_ok=True)
        to.symlink_to(found)


def _command(line: str, worktree: Path, env: Mapping[str, str]) -> None:
    done = run([SHELL, "-c", line], env=env, cwd=worktree, timeout=LONGEST)
    if done.code:
        said = (done.err or done.out).decode("utf-8", "replace").strip().splitlines()
        raise SwarmError(f"setup command failed with status {done.code}: {line}: {said[-1] if said else ''}")
