"""The inbox is light and knows nobody."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

SLOW = {"asyncio", "uuid", "tempfile", "email", "typing", "watchfiles", "argparse", "json", "subprocess", "logging"}


@pytest.mark.parametrize("module", ["inbox.message", "inbox.maildir", "inbox.drops"])
def test_a_module_that_everybody_loads_loads_nothing_slow(
    python: Callable[..., subprocess.Popen[str]], module: str
) -> None:
    child = python("-S", "-c", f"import sys, {module}; print(*sys.modules)")
    loaded = set(child.communicate(timeout=60)[0].split())
    assert loaded & SLOW == set()


def test_sending_and_reading_do_not_load_the_watcher(python: Callable[..., subprocess.Popen[str]]) -> None:
    child = python("-c", "import sys, inbox.cli, inbox.exchange; print(*sys.modules)")
    assert "watchfiles" not in child.communicate(timeout=60)[0].split()


def test_the_inbox_knows_nobody(python: Callable[..., subprocess.Popen[str]]) -> None:
    child = python("-c", "import sys, inbox.following; print(*sys.modules)")
    loaded = {name.partition(".")[0] for name in child.communicate(timeout=60)[0].split()}
    assert loaded & {"swarm", "board", "textual", "git", "libtmux", "pydantic", "anthropic"} == set()
