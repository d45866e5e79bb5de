"""Every mutant's patch fits the product of today, and names a trial and an oracle that exist.

Whether each is caught is told by `make mutants`, which takes minutes.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from mutant import ROOT, Mutant, applies, build, mutants

ALL = mutants()


def test_there_are_enough() -> None:
    assert len(ALL) >= 10


@pytest.mark.parametrize("mutant", ALL, ids=[mutant.name for mutant in ALL])
def test_a_patch_fits_and_its_trial_exists(mutant: Mutant) -> None:
    assert applies(mutant) == ""
    listed = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "faults"), "--list", "--trial", mutant.trial],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert listed.stdout.split() == [mutant.trial], listed.stderr


def test_a_mutants_interpreter_has_the_mutants_swarm(tmp_path: Path) -> None:
    python = build(ALL[0], tmp_path)
    asked = [str(python), "-P", "-c", "import swarm, yaml; print(swarm.__file__)"]
    done = subprocess.run(asked, capture_output=True, text=True, check=True, cwd="/")
    assert done.stdout.startswith(str(tmp_path))
