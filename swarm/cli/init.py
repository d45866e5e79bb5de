"""Write a task file to start from, with a comment on everything that one asks first.  Overwrites nothing.

examples:
  swarm init
  swarm init --agent claude plans/auth.yaml
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from swarm.agents.definition import Agent
from swarm.agents.registry import known, trouble
from swarm.cli.say import hint
from swarm.cli.taskfile import root_of
from swarm.core.plan import Permission
from swarm.core.taskfile import Settings
from swarm.core.taskfile.sample import Findings, sample
from swarm.core.taskfile.schema import schema_text
from swarm.errors import SwarmError, UsageError
from swarm.files import write_whole
from swarm.paths import data_dir
from swarm.taskfile import settings

NO_CODING_AGENTS = frozenset({"command", "scripted"})
"""Adapters that do what they are told word by word; the file's `agent:` names none of them unasked."""

MANY_BYTES = 1_000_000
"""A package.json or Makefile above this is not looked into."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm init`."""
    default = Path("tasks.yaml")
    parser.add_argument("file", nargs="?", type=Path, default=default, metavar="FILE", help="default: tasks.yaml")
    parser.add_argument("--agent", metavar="NAME", help="who does the tasks (default: the first that can be used here)")


def run(options: argparse.Namespace) -> int:
    """Look around, then write it."""
    own = settings()
    agents = {name: agent for name, agent in known(own.agents).items() if name != "command"}
    if options.agent is not None and options.agent not in agents:
        raise UsageError(f"there is no agent {options.agent!r}", f"known: {', '.join(agents)}")
    root = root_of(options.file)
    schema = data_dir() / "tasks.schema.json"
    found = _findings(root, schema, options.agent or own.agent, own)
    text = sample(found)
    try:
        options.file.parent.mkdir(parents=True, exist_ok=True)
        with open(options.file, "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        what = f"{options.file} is there already"
        raise SwarmError(what, f"swarm check {options.file}, or give another name") from None
    except OSError as error:
        what = f"{options.file} can't be written: {(error.strerror or str(error)).lower()}"
        raise SwarmError(what, "mend the path") from None
    _publish(schema)
    print(f"wrote {options.file}")
    why_not = trouble(found.agent, own.agents) if found.agent else ""
    if why_not:
        print(f"but {why_not}")
    hint(f"edit it;   swarm check {options.file};   swarm start --task-file {options.file}")
    return 0


def _findings(root: Path, schema: Path, wanted: str | None, own: Settings) -> Findings:
    agents = known(own.agents)
    usable = (name for name in agents if name not in NO_CODING_AGENTS and not trouble(name, own.agents))
    agent = wanted or next(usable, None)
    adapter = agents.get(agent or "")
    permissions = _permissions(adapter, own) if adapter is not None and agent not in NO_CODING_AGENTS else None
    verify = next(test_commands(root), None)
    ignored = tuple(name for name in (".env", ".env.local") if (root / name).is_file())
    works = verify is not None and shutil.which(verify.split()[0]) is not None
    return Findings(root.name, schema.as_uri(), agent, permissions, verify, works, ignored)


def _permissions(agent: Agent, own: Settings) -> Permission:
    """What the user has chosen before, else the least with which the agent gets work done unasked."""
    order = (own.permissions, Permission.EDITS, Permission.ALL, Permission.ASK)
    return next(one for one in order if one in agent.permissions)


def _publish(schema: Path) -> None:
    """Put the schema of this version where editors find it.  An editor's help is not worth a failed init."""
    try:
        schema.parent.mkdir(parents=True, exist_ok=True)
        write_whole(schema, schema_text().encode())
    except OSError:
        return


def test_commands(root: Path) -> Iterator[str]:
    """How this project is likely tested, the likeliest first: what it says itself, then what its language does."""
    if re.search(r"^test\s*:(?!=)", _text(root / "Makefile"), re.MULTILINE):
        yield "make test"
    script = _script(root / "package.json")
    if script and "no test specified" not in script:
        yield f"{_package_manager(root)} test"
    if _is_python_tested(root):
        yield "uv run pytest -q" if (root / "uv.lock").exists() else "pytest -q"
    if (root / "Cargo.toml").exists():
        yield "cargo test"
    if (root / "go.mod").exists():
        yield "go test ./..."


def _script(path: Path) -> str:
    try:
        found = json.loads(_text(path) or "{}")
        script = found.get("scripts", {}).get("test", "")
    except (ValueError, AttributeError):
        return ""
    return script if isinstance(script, str) else ""


def _package_manager(root: Path) -> str:
    locks = {"pnpm-lock.yaml": "pnpm", "yarn.lock": "yarn", "bun.lock": "bun run", "bun.lockb": "bun run"}
    return next((name for lock, name in locks.items() if (root / lock).exists()), "npm")


def _is_python_tested(root: Path) -> bool:
    if any((root / name).exists() for name in ("pytest.ini", "conftest.py", "tests/conftest.py")):
        return True
    if any("pytest" in _text(root / name) for name in ("pyproject.toml", "setup.cfg", "tox.ini")):
        return True
    return any(next(root.glob(pattern), None) for pattern in ("test_*.py", "test/test_*.py", "tests/test_*.py"))


def _text(path: Path) -> str:
    """A project's file; "" where there is none that is worth a look."""
    try:
        if not path.is_file() or os.path.getsize(path) > MANY_BYTES:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
