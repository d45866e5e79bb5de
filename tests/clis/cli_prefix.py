"""Where the real CLIs are installed: a scratch prefix beside this checkout, or the one that $SWARM_CLIS names.

An installed prefix is used as it is.  npm packages go to `node_modules/`, Python programs to a virtual environment of
their own each.  npm and pip run as the user has configured them, and keep their caches here too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from cli_table import Cli

SCRATCH = Path(__file__).parents[2] / ".clis"
"""Not below the temporary directory, where some CLIs refuse to have their home.  Git ignores it."""

CALLER = dict(os.environ)
"""As the tests were collected: in a test's own world nothing of the caller's is left."""

GIVEN = CALLER.get("SWARM_CLIS", "")

PATIENCE = 600.0
"""Seconds that one installation may take."""


def prefix() -> Path:
    """Where they are, or are to be."""
    return Path(GIVEN) if GIVEN else SCRATCH / "prefix"


def program(cli: Cli) -> Path:
    """Its executable, installed if need be.  LookupError where that can't be done, with the reason."""
    found = _places(cli)
    if not found.exists():
        if GIVEN:
            raise LookupError(f"{cli.program} is not in {prefix()}")
        trouble = _install(cli.source, cli.package, cli.agent)
        if trouble:
            raise LookupError(trouble)
    if not found.exists():
        raise LookupError(f"the package {cli.package} brought no {cli.program}")
    return found


def _places(cli: Cli) -> Path:
    inside = Path("node_modules/.bin") if cli.source == "npm" else Path(cli.agent) / "bin"
    return prefix() / inside / cli.program


@cache
def _install(source: str, package: str, name: str) -> str:
    """Install it, once; why that could not be done, or ""."""
    place = prefix()
    place.mkdir(parents=True, exist_ok=True)
    if source != "npm":
        made = _run(sys.executable, "-m", "venv", str(place / name))
        return made or _run(str(place / name / "bin" / "pip"), "install", "--quiet", package)
    npm = shutil.which("npm")
    words = ("install", "--no-audit", "--no-fund", "--prefix", str(place), package)
    return _run(npm, *words) if npm else "there is no npm"


def _run(*argv: str) -> str:
    caches = {"npm_config_cache": str(SCRATCH / "npm"), "PIP_CACHE_DIR": str(SCRATCH / "pip")}
    try:
        done = subprocess.run(argv, env={**CALLER, **caches}, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return f"{argv[0]} took longer than {PATIENCE:g} s"
    said = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
    return f"{Path(argv[0]).name} ended with status {done.returncode}: {said[0]}" if done.returncode else ""
