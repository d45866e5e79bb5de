"""The README: its commands do what it says, its table of verbs is the program's.

A block marked `sh` is run, one after the other in one scratch repository; a block marked `console` needs a terminal, a
package index or half a minute, and is only read.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from swarm.cli import GROUPS, VERBS

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The fenced blocks of the README that are marked so."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


@pytest.mark.slow
@pytest.mark.tmux
def test_the_commands_of_the_readme_work_one_after_the_other(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    script = "\n".join(blocks("sh"))
    done = subprocess.run(["sh", "-eu"], input=script, cwd=repo, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "3 of 3 merged" in done.stdout
    assert (repo / "notes" / "count.txt").read_text().strip() == "2"


def test_the_first_command_stands_within_fifteen_lines() -> None:
    assert "make demo" in "\n".join(README.splitlines()[:15])


def test_the_table_of_verbs_is_that_of_the_help() -> None:
    rows = re.findall(r"^\| ([^|]*) \| `([a-z]+)` \| (.*) \|$", README, re.MULTILINE)
    assert {verb: summary for _, verb, summary in rows} == VERBS
    assert [group for group, _, _ in rows if group] == list(GROUPS)
