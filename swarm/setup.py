"""What a worktree needs beyond its commit: ignored files copied or linked from the user's checkout, commands run once.

Knows two directories, not git.  Done once for each worktree and each version of the `setup:` block; safe to repeat.
`.worktreeinclude` in the checkout, a list of paths or patterns one to a line, is copied too.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from swarm.core.plaintext import harmless
from swarm.core.plan import Setup
from swarm.errors import SwarmError
from swarm.files import make_way, read_part, size_of, write_whole
from swarm.process import Identity, identity, signal_group, spawn, sweep, wait_for_child

INCLUDE_FILE = ".worktreeinclude"
SHELL = "/bin/sh"
LONGEST = 1800.0
"""Seconds that one command of `setup: run:` may take."""

SHOWN = 4000
"""Bytes of the end of its output in which the last line is looked for."""

GRACE = 2.0
"""Seconds between TERM and KILL for what a setup that was cut short has left."""

MARK = "SWARM_SETUP"
"""In the environment of every command of a setup: for which worktree."""


def prepare(source: Path, worktree: Path, setup: Setup, env: Mapping[str, str], stamp: Path) -> None:
    """Set the worktree up, unless `stamp` says that this was done.  Raises SwarmError; then it will be tried again."""
    wanted = [*setup.copy, *_included(source)]
    version = hashlib.sha256(json.dumps([asdict(setup), wanted]).encode()).hexdigest()
    if read_part(stamp, 0, len(version) + 1) == version.encode():
        return
    for pattern in wanted:
        for found in _matches(source, pattern):
            _copy(found, _within(worktree, found.relative_to(source)))
    for pattern in setup.symlink:
        for found in _matches(source, pattern):
            _link(found, _within(worktree, found.relative_to(source)))
    mark = {MARK: str(stamp)}
    sweep(mark, GRACE)  # of a setup that was cut short with the program that ran it
    for line in setup.run:
        _command(line, worktree, {**env, **mark}, stamp.with_name(f"{stamp.name}.log"))
    write_whole(stamp, version.encode())


def tear_down(lines: tuple[str, ...], worktree: Path, env: Mapping[str, str], log: Path) -> None:
    """Run the `teardown:` commands in a worktree.  What they print goes to `log`."""
    for line in lines:
        _command(line, worktree, env, log)


def _included(source: Path) -> list[str]:
    try:
        lines = (source / INCLUDE_FILE).read_text().splitlines()
    except (FileNotFoundError, IsADirectoryError, UnicodeDecodeError):
        return []
    cleaned = (line.strip().strip("/") for line in lines)
    return [line for line in cleaned if line and not line.startswith(("#", "!")) and ".." not in line.split("/")]


def _matches(source: Path, pattern: str) -> Iterator[Path]:
    """What a pattern names in the checkout; never anything of git's or ours.  SwarmError for no pattern at all."""
    try:
        names = sorted(source.glob(pattern))
    except (ValueError, NotImplementedError) as error:
        raise SwarmError(
            f"setup: {pattern!r} is no pattern: {error}", f"mend it in the file or in {INCLUDE_FILE}"
        ) from None
    for found in names:
        if found.relative_to(source).parts[0] not in (".git", ".swarm"):
            yield found


def _within(worktree: Path, name: Path) -> Path:
    """The place of a name in the worktree.  SwarmError where a link on the way there leads out of it."""
    target = worktree / name
    if not target.parent.resolve().is_relative_to(worktree.resolve()):
        raise SwarmError(f"setup: {name} lies behind a link that leads out of the worktree", "name another path")
    return target


def _copy(found: Path, to: Path) -> None:
    """What the worktree has already stays as it is: a file of the commit must not turn into the user's edited one."""
    if found.is_dir() and not found.is_symlink():
        if to.is_dir() or not os.path.lexists(to):
            shutil.copytree(found, to, symlinks=True, dirs_exist_ok=True, ignore=_present(found, to))
    elif not os.path.lexists(to):
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(found, to, follow_symlinks=False)


def _present(found: Path, to: Path) -> Callable[[str, list[str]], set[str]]:
    """For copytree: leave out what stands below `to` already, directories excepted."""

    def present(directory: str, names: list[str]) -> set[str]:
        there = to / os.path.relpath(directory, found)
        return {
            name for name in names if os.path.lexists(there / name) and not _both_directories(directory, there, name)
        }

    return present


def _both_directories(one: str, other: Path, name: str) -> bool:
    places = (Path(one) / name, other / name)
    return all(place.is_dir() and not place.is_symlink() for place in places)


def _link(found: Path, to: Path) -> None:
    if not os.path.lexists(to):
        to.parent.mkdir(parents=True, exist_ok=True)
        to.symlink_to(found)


def _command(line: str, worktree: Path, env: Mapping[str, str], log: Path) -> None:
    """Run one command to its end.  It prints into a file: what it leaves running on purpose would keep a pipe open."""
    make_way(log)
    began = size_of(log)
    pid = spawn([SHELL, "-c", line], env=env, cwd=worktree, stdin=None, stdout=log)
    who = identity(pid) or Identity(pid, None)
    if not wait_for_child(pid, LONGEST):
        signal_group(who, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise SwarmError(f"setup command did not end within {LONGEST:g} s: {line}", f"what it printed is in {log}")
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code:
        said = read_part(log, max(began, size_of(log) - SHOWN), SHOWN).decode("utf-8", "replace").strip().splitlines()
        last = harmless(said[-1]) if said else "it printed nothing"
        raise SwarmError(f"setup command failed with status {code}: {line}: {last}", f"what it printed is in {log}")
