"""Who may import whom: the table of the house, held against every module by its syntax tree.

A module may import what lies on a lower floor.  Neighbours on one floor are strangers, unless `NEIGHBOURS` names the
pair with a reason.  docs/architecture.md shows the table; a test compares.
"""

from __future__ import annotations

import ast
import graphlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("swarm", "board", "inbox")

FLOORS = {  # the longest prefix that fits decides; what fits none is not in the house yet
    "swarm": 0,  # its __init__ alone, see `unit`
    "swarm.errors": 0, "inbox.message": 0,
    "swarm.core": 1,
    "swarm.process": 2, "swarm.packages": 2, "swarm.paths": 2, "swarm.clock": 2, "swarm.files": 2, "swarm.lines": 2,
    "inbox": 2,
    "swarm.git": 3, "swarm.tmux": 3, "swarm.journal": 3, "swarm.lease": 3, "swarm.verify": 3, "swarm.agents": 3,
    "swarm.executors": 3, "swarm.taskfile": 3, "swarm.setup": 3,
    "swarm.sandbox": 3, "swarm.room": 3, "swarm.secrets": 3,
    "swarm.effects": 4, "swarm.worker": 4, "board.view": 4,
    "swarm.leader": 5, "board.feed": 5, "board.widgets": 5,
    "swarm.cli": 6, "swarm.__main__": 7, "board": 6,
}  # fmt: skip

NEIGHBOURS = {
    ("swarm.executors", "swarm.tmux"): "the executor `tmux` gives each worker its window",
    ("swarm.executors", "swarm.lease"): "whether an attempt lives is told by its lock",
    ("swarm.room", "swarm.sandbox"): "a room is what a sandbox shows of a run",
    ("swarm.room", "swarm.git"): "and its worktree and repository are git's",
    ("swarm.room", "swarm.setup"): "and what a setup linked has to be seen too",
    ("swarm.verify", "swarm.git"): "a candidate is checked out before it is proved",
}

ONLY = {  # narrower than floors: the sole parts of our own that these may know
    "inbox": ("inbox",),
    "swarm.core": ("swarm.core", "swarm.errors"),
    "board": ("board", "inbox", "swarm.core", "swarm.journal", "swarm.paths", "swarm.files", "swarm.errors"),
}

LIBRARIES = {  # one adapter to a library
    "git": ("swarm.git",),
    "libtmux": ("swarm.tmux",),
    "watchfiles": ("inbox.watch",),
    "textual": ("board",),
    "textual_serve": ("board.browser",),
    "aiohttp": ("board.browser",),
    "rich": ("board", "swarm.cli"),
    "pydantic": ("swarm.core.taskfile",),
    "yaml": ("swarm.core.taskfile", "swarm.agents"),
    "anthropic": ("swarm.agents.builtin.model",),
}

IMPURE = frozenset({
    "asyncio", "datetime", "fcntl", "glob", "io", "logging", "multiprocessing", "os", "pathlib", "queue", "random",
    "secrets", "select", "shutil", "signal", "socket", "sqlite3", "subprocess", "sys", "tempfile", "threading", "time",
    "uuid",
})  # fmt: skip
"""What the core does without: clock, randomness, disk, process, log."""

PURE_NAMES = frozenset({"pathlib.PurePosixPath", "pathlib.PurePath", "datetime.timedelta"})
IMPURE_CALLS = frozenset({"print", "open", "input", "exec", "eval", "breakpoint"})
LOADERS = ("swarm.cli", "inbox.cli", "swarm.cli.board", "swarm.cli.dashboard", "board.app")
"""Where a module is loaded by name, so that a verb pays only for itself: one place for each command line, and the
verbs that open the board, which nobody may import; the board itself, whose first frame is there before the rest."""


def within(module: str, prefix: str) -> bool:
    return module == prefix or module.startswith(prefix + ".")


def unit(module: str) -> str | None:
    """The entry of the table that a module belongs to."""
    fitting = (prefix for prefix in FLOORS if within(module, prefix) and (prefix != "swarm" or module == "swarm"))
    return max(fitting, key=len, default=None)


def imported(tree: ast.AST, package: str) -> Iterator[str]:
    """Full names of what is imported anywhere in the tree: `from a.b import c` is a.b.c, be c a module or not."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def problems(module: str, source: str, package: str | None = None) -> list[str]:
    """What a module does against the rules.  `package`: what its relative imports start from."""
    tree = ast.parse(source)
    if unit(module) is None:
        return [f"{module} has no floor: add it to FLOORS"]
    names = imported(tree, package or module.rpartition(".")[0])
    found = [text for name in names for text in check_import(module, name)] + hidden_imports(module, tree)
    return found + (impure_calls(tree) if within(module, "swarm.core") else [])


def check_import(module: str, name: str) -> Iterator[str]:
    top = name.partition(".")[0]
    if top in PACKAGES:
        yield from check_floor(module, name)
    elif top in sys.stdlib_module_names:
        if within(module, "swarm.core") and top in IMPURE and name not in PURE_NAMES:
            yield f"the core imports {name}"
    elif not any(within(module, place) for place in LIBRARIES.get(top, ())):
        yield f"{top} is imported outside {' and '.join(LIBRARIES.get(top, ())) or 'any adapter'}"


def check_floor(module: str, name: str) -> Iterator[str]:
    here, there = unit(module), unit(name)
    if here is None or there is None or here == there:
        return
    for part, known in ONLY.items():
        if within(module, part) and not any(within(name, allowed) for allowed in known):
            yield f"{part} may not know {name}"
    if within(name, "board") and not within(module, "board"):
        yield f"nobody imports board: {name}"
    if FLOORS[there] > FLOORS[here]:
        yield f"{name} (floor {FLOORS[there]}) is above {module} (floor {FLOORS[here]})"
    if FLOORS[there] == FLOORS[here] and (here, there) not in NEIGHBOURS:
        yield f"{name} is a stranger to {module} (both floor {FLOORS[here]})"


def hidden_imports(module: str, tree: ast.AST) -> list[str]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    hidden = {
        node.lineno
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    by_name = {} if module in LOADERS else dict.fromkeys(calls(tree, frozenset({"import_module", "__import__"})))
    return [f"line {line}: an import hides in a function" for line in sorted(hidden)] + [
        f"line {line}: a module is loaded by name outside {' and '.join(LOADERS)}" for line in by_name
    ]


def impure_calls(tree: ast.AST) -> list[str]:
    return [f"line {line}: the core calls what touches the world" for line in calls(tree, IMPURE_CALLS)]


def calls(tree: ast.AST, names: frozenset[str]) -> Iterator[int]:
    """Lines that call one of these builtins or `anything.import_module`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            by_name = isinstance(function, ast.Name) and function.id in names
            by_attribute = isinstance(function, ast.Attribute) and function.attr in names & {"import_module"}
            if by_name or by_attribute:
                yield node.lineno


def modules() -> dict[str, Path]:
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def package_of(module: str) -> str:
    return module if MODULES[module].name == "__init__.py" else module.rpartition(".")[0]


@pytest.mark.parametrize("module", MODULES)
def test_a_module_keeps_to_its_floor(module: str) -> None:
    assert problems(module, MODULES[module].read_text(), package_of(module)) == []


def test_no_module_leads_back_to_itself() -> None:
    graph = {}
    for module, path in MODULES.items():
        names = set(imported(ast.parse(path.read_text()), package_of(module)))
        named = {name if name in MODULES else name.rpartition(".")[0] for name in names}
        graph[module] = (named & MODULES.keys()) - {module}
    assert list(graphlib.TopologicalSorter(graph).static_order())


@pytest.mark.parametrize(
    ("module", "source", "expected"),
    [
        ("swarm.novelty", "", "has no floor"),
        ("swarm", "from swarm.git import hub", "is above swarm"),
        ("inbox.maildir", "from swarm.errors import SwarmError", "inbox may not know swarm.errors"),
        ("inbox.message", "from inbox.maildir import Maildir", "is above inbox.message"),
        ("inbox.message", "from .maildir import Maildir", "is above inbox.message"),
        ("swarm.core.plan", "from inbox.message import Message", "swarm.core may not know inbox.message"),
        ("swarm.core.plan", "from swarm import paths", "is above swarm.core.plan"),
        ("swarm.core.plan", "import time", "the core imports time"),
        ("swarm.core.plan", "from os import path", "the core imports os.path"),
        ("swarm.core.plan", "from pathlib import Path", "the core imports pathlib.Path"),
        ("swarm.core.plan", "print('here')", "line 1: the core calls"),
        ("swarm.core.plan", "def text(path):\n    return open(path)", "line 2: the core calls"),
        ("swarm.core.plan", "import pydantic", "pydantic is imported outside swarm.core.taskfile"),
        ("swarm.paths", "import swarm.process", "stranger"),
        ("swarm.git.hub", "from swarm.tmux.server import TmuxServer", "stranger"),
        ("swarm.tmux.server", "from swarm.executors import tmux", "stranger"),
        ("swarm.git.hub", "from swarm.leader import loop", "is above"),
        ("swarm.leader.loop", "from swarm.cli import main", "is above"),
        ("swarm.cli.board", "from board.app import Board", "nobody imports board"),
        ("board.feed", "from swarm.git.hub import Hub", "board may not know swarm.git.hub.Hub"),
        ("board.view", "from board.app import Board", "is above board.view"),
        ("swarm.verify", "import git", "git is imported outside swarm.git"),
        ("swarm.executors.tmux", "from libtmux import Server", "libtmux is imported outside swarm.tmux"),
        ("inbox.maildir", "from watchfiles import awatch", "watchfiles is imported outside inbox.watch"),
        ("swarm.cli.status", "from textual.app import App", "textual is imported outside board"),
        ("swarm.worker", "import yaml", "yaml is imported outside swarm.core.taskfile and swarm.agents"),
        ("swarm.worker", "import anthropic", "anthropic is imported outside swarm.agents.builtin.model"),
        ("swarm.worker", "import requests", "requests is imported outside any adapter"),
        ("swarm.worker", "def main():\n    import json", "line 2: an import hides"),
        ("swarm.worker", "import importlib\nimportlib.import_module('x')", "line 2: a module is loaded by name"),
        ("swarm.cli.start", "from importlib import import_module\nimport_module('x')", "line 2: a module is loaded"),
    ],
)  # fmt: skip
def test_each_rule_is_broken_by_its_example(module: str, source: str, expected: str) -> None:
    assert expected in "\n".join(problems(module, source))


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("swarm.core.plan", "from pathlib import PurePosixPath\nfrom swarm.errors import SwarmError"),
        ("swarm.core.taskfile", "import yaml\nfrom pydantic import BaseModel"),
        ("swarm.executors.tmux", "from swarm.tmux.server import TmuxServer"),
        ("swarm.cli", "import importlib\ndef verb(name):\n    return importlib.import_module(name)"),
        ("inbox.cli", "from inbox.watch import watch\nfrom inbox.maildir import Maildir"),
        ("board.app", "from textual.app import App\nfrom board.widgets.card import Card\nimport swarm.journal"),
        ("swarm.git.hub", "from swarm.git.door import run\nimport git, subprocess"),
    ],
)
def test_what_the_rules_allow(module: str, source: str) -> None:
    assert problems(module, source) == []
