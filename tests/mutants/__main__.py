"""The campaign is itself tested: `python tests/mutants [--jobs N] [NAME…]`, or `make mutants`.

Each mutant's trial is made twice: on the product as it is, where no oracle may object, and on the mutant, where the
oracle that its patch names has to.  Exit code 1 when a mutant lives.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mutant import ROOT, Mutant, build, mutants

PATIENCE = "60"
"""Seconds after which something counts as hung: a mutant may well hang."""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python tests/mutants", description="Take protections out; see who tells.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="these mutants alone")
    parser.add_argument("--jobs", type=int, default=2, help="trials at one time")
    options = parser.parse_args(argv)
    known = {mutant.name: mutant for mutant in mutants()}
    unknown = set(options.names) - set(known)
    if unknown:
        parser.error(f"no such mutant: {', '.join(sorted(unknown))}")
    wanted = [known[name] for name in options.names or known]
    with tempfile.TemporaryDirectory(prefix="sm-", dir="/tmp") as place:
        return _try_all(wanted, Path(place), options.jobs)


def _try_all(wanted: list[Mutant], place: Path, jobs: int) -> int:
    trials = sorted({mutant.trial for mutant in wanted})
    whole = build(None, _directory(place / "whole"))
    with ThreadPoolExecutor(jobs) as pool:
        sound = dict(zip(trials, pool.map(lambda trial: objections(whole, trial), trials), strict=True))
        found = pool.map(
            lambda mutant: objections(build(mutant, _directory(place / mutant.name)), mutant.trial), wanted
        )
        alive = sum([_told(mutant, sound[mutant.trial], seen) for mutant, seen in zip(wanted, found, strict=True)])
    print(f"{len(wanted)} mutants, {len(wanted) - alive} caught, {alive} alive")
    return 1 if alive else 0


def _told(mutant: Mutant, sound: list[str], seen: list[str]) -> bool:
    """Print what came of a mutant; True when it lives."""
    caught = mutant.oracle in seen and not sound
    why = f"without it already: {', '.join(sound)}" if sound else f"told by {', '.join(seen) or 'nobody'}"
    print(
        f"{'✓' if caught else '✗'} {mutant.name}: {mutant.what}\n    {mutant.trial} → {mutant.oracle}; {why}",
        flush=True,
    )
    return not caught


def _directory(path: Path) -> Path:
    path.mkdir()
    return path


def objections(python: Path, trial: str) -> list[str]:
    """The oracles that object when this interpreter's swarm goes through a trial."""
    results = python.parent / f"{trial.replace('/', '-')}.jsonl"
    env = {**os.environ, "SWARM_FAULTS_PYTHON": str(python), "SWARM_FAULTS_PATIENCE": PATIENCE}
    argv = [
        sys.executable,
        str(ROOT / "tests" / "faults"),
        "--jobs",
        "1",
        "--results",
        str(results),
        "--forget",
        "--trial",
        trial,
    ]
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if not results.exists():
        raise RuntimeError(f"{trial} was not made: {done.stderr[-2000:]}")
    return sorted(json.loads(results.read_text().splitlines()[-1])["violations"])


if __name__ == "__main__":
    sys.exit(main())
