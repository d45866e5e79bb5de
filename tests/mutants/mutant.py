"""A mutant: a small patch that takes one protection out of the product, with the trial and the oracle that must see it.

The patch's own head says what it is; git ignores what stands above the first `---`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import venv
from dataclasses import dataclass
from pathlib import Path
from site import getsitepackages

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("swarm", "board", "inbox")
FIELDS = ("Mutant", "Guarantee", "Trial", "Oracle")


@dataclass(frozen=True)
class Mutant:
    """`what` was taken out; `guarantee` that falls with it; `trial` and `oracle` that have to tell."""

    name: str
    patch: Path
    what: str
    guarantee: str
    trial: str
    oracle: str


def mutants() -> list[Mutant]:
    """All patches beside this file, by name.  ValueError for one whose head is not whole."""
    return [read(path) for path in sorted(Path(__file__).parent.glob("*.patch"))]


def read(path: Path) -> Mutant:
    """A patch with its head."""
    head = path.read_text().partition("\n--- ")[0]
    said = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line)
    if set(FIELDS) - set(said):
        raise ValueError(f"{path.name} does not say its {', '.join(sorted(set(FIELDS) - set(said)))}")
    return Mutant(path.stem, path, *(said[name] for name in FIELDS))


def applies(mutant: Mutant) -> str:
    """Nothing where the patch fits today's product, else what git says."""
    done = subprocess.run(
        ["git", "apply", "--check", str(mutant.patch)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stderr


def build(mutant: Mutant | None, place: Path) -> Path:
    """An interpreter whose swarm is the mutant (None: the product as it is), made below an empty directory."""
    product = place / "product"
    for name in PACKAGES:
        shutil.copytree(ROOT / name, product / name, ignore=shutil.ignore_patterns("__pycache__"))
    if mutant is not None:
        subprocess.run(["git", "apply", str(mutant.patch)], cwd=product, check=True, env={**os.environ, **NO_GIT})
    venv.create(place / "venv", with_pip=False, symlinks=True)
    own = next((place / "venv" / "lib").glob("python3*")) / "site-packages"
    (own / "a-mutant.pth").write_text("\n".join([str(product), *getsitepackages()]) + "\n")
    python = place / "venv" / "bin" / "python"
    program = python.with_name("swarm")
    program.write_text(f"#!{python} -P\nimport sys\nfrom swarm.cli import main\nsys.exit(main())\n")
    program.chmod(0o755)
    return python


NO_GIT = {"GIT_DIR": "/dev/null", "GIT_CEILING_DIRECTORIES": "/"}
"""`git apply` inside some repository would skip files that lie outside of it."""
