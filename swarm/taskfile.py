"""A task file on disk as a Plan: reads it, its prompt files and its role files.

Knows nothing of the format (see `swarm.core.taskfile`).  `prompt_file` is relative to the task file and has to lie,
links followed, inside the repository or beside the task file: a prompt is sent to somebody else's computer, so a task
file from elsewhere must not reach a person's other files.  `roles` is relative to the repository, or absolute or `~/…`
where a person keeps roles for all repositories.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from swarm.core.plan import Plan
from swarm.core.taskfile import MAX_BYTES, Settings, parse
from swarm.core.taskfile import settings as parse_settings
from swarm.core.units import size_text
from swarm.errors import SwarmError
from swarm.paths import config_dir

NOTHING = Settings()
STDIN = "-"
MAX_TEXT_BYTES = 1_000_000
"""The largest prompt or role file."""

MAX_ROLES = 2_000


def source(path: Path) -> bytes:
    """What stands in the task file, or in standard input (`-`); of one that is too large, the beginning."""
    # one byte more than allowed is enough for `parse` to refuse a file, however large it is
    return sys.stdin.buffer.read(MAX_BYTES + 1) if str(path) == STDIN else _bytes(path, MAX_BYTES + 1)


def settings() -> Settings:
    """What the user has configured for all repositories, in `config.yaml` of their configuration directory; nothing
    where there is no such file.  Raises PlanError or SwarmError as `load` does."""
    path = config_dir() / "config.yaml"
    return parse_settings(_bytes(path, MAX_BYTES + 1), str(path)) if os.path.lexists(path) else Settings()


def load(
    path: Path, repo_root: Path, beyond: Collection[str] = (), data: bytes | None = None, own: Settings = NOTHING
) -> Plan:
    """The plan in the file at `path`, or in standard input where that is `-` (prompt files are then relative to the
    current directory); `data`: its `source`, where that was read before.  Its tasks may depend on those `beyond` it;
    `own` says what it leaves open.  Raises PlanError (what the file says is wrong) or SwarmError (it can't be read)."""
    from_stdin = str(path) == STDIN
    draft = parse(source(path) if data is None else data, "<stdin>" if from_stdin else str(path), beyond=beyond)
    beside = Path.cwd() if from_stdin else path.parent
    roles = _roles(repo_root, draft.roles_dir) if draft.roles_dir else {}
    return draft.plan(lambda name: _prompt(name, beside, repo_root), roles, own)


def _prompt(name: str, beside: Path, repo_root: Path) -> str:
    path = Path(os.path.realpath(beside / name))
    if not any(path.is_relative_to(os.path.realpath(root)) for root in (repo_root, beside)):
        raise SwarmError(f"{name} lies outside the repository", "copy it into the repository")
    return _text(path)


def _roles(repo_root: Path, directory: str) -> dict[str, str]:
    """The text of each `*.md` below the directory, by its path there without `.md`.  Links are not followed."""
    root = repo_root / Path(directory).expanduser()
    if not root.is_dir():
        raise SwarmError(f"roles: {directory} is not a directory ({root})", "mend the path, or take roles away")
    found = {str(path.relative_to(root).with_suffix("")): path for path in _markdown(root)}
    if len(found) > MAX_ROLES:
        raise SwarmError(f"roles: {directory} holds more than {MAX_ROLES} files", "name a directory of roles only")
    return {name: _text(path) for name, path in found.items()}


def _markdown(root: Path) -> Iterator[Path]:
    for directory, _, names in os.walk(root):
        for name in names:
            path = Path(directory, name)
            if name.endswith(".md") and path.is_file() and path.resolve().is_relative_to(root.resolve()):
                yield path


def _text(path: Path) -> str:
    data = _bytes(path, MAX_TEXT_BYTES + 1)
    if len(data) > MAX_TEXT_BYTES:
        raise SwarmError(f"{path} is larger than {size_text(MAX_TEXT_BYTES)}", "shorten it")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SwarmError(f"{path} is not UTF-8 (byte {error.start})", "save it as UTF-8") from None


def _bytes(path: Path, most: int) -> bytes:
    """The first `most` bytes of a regular file."""
    try:
        # a FIFO without a writer would hold open() for ever
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise SwarmError(f"there is no file {path}", "mend the path") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SwarmError(f"{path} can't be read: {reason}", "mend the path or its mode") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise SwarmError(f"{path} is not a regular file", "name a file, or - for standard input")
    with os.fdopen(descriptor, "rb") as file:
        return file.read(most)
