"""docs/guarantees.md speaks of functions, modules and trials that exist, and is what its figures come to."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tools.guarantees import GUARANTEES, Guarantee
from tools.guarantees_page import COUNTS, PAGE, page

ROOT = Path(__file__).parents[2]


def names(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
            found |= {f"{node.name}.{inner}" for inner in names(node)}
    return found


@pytest.mark.parametrize("guarantee", GUARANTEES, ids=[one.id for one in GUARANTEES])
def test_what_keeps_and_what_attacks_a_guarantee_exists(guarantee: Guarantee) -> None:
    for place in guarantee.code:
        file, name = place.split(":")
        assert name in names(ast.parse((ROOT / file).read_text())), place
    for module in guarantee.tests:
        assert (ROOT / module).is_file(), module


def test_every_pattern_finds_trials() -> None:
    asked = [sys.executable, str(ROOT / "tests" / "faults"), "--whole", "--list"]
    trials = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
    patterns = {pattern for guarantee in GUARANTEES for pattern in guarantee.trials}
    assert [one for one in sorted(patterns) if not any(fnmatchcase(trial, one) for trial in trials)] == []


def test_the_page_is_what_its_figures_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(json.loads(COUNTS.read_text())), (
        "renew it: python -m tools.guarantees_page"
    )


def test_there_are_twenty_in_order() -> None:
    assert [one.id for one in GUARANTEES] == [f"G{number}" for number in range(1, 21)]
