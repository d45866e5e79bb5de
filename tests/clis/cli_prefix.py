"""Where the real CLIs are installed: a scratch prefix beside this checkout, or the one that $SWARM_CLIS names.

An installed prefix is used as it is.  npm packages go to `node_modules/`, Python programs to a virtual environment of
their own each.  Nothing is put anywhere else, and no user configuration of npm or pip is read.
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

PATIENCE = 600.0
"""Seconds that one installation may take."""


def prefix() -> Path:
    """Where they are, or are to be."""
    given = os.environ.get("SWARM_CLIS")
    return Path(given) if given else SCRATCH / "prefix"


@cache
def program(cli: Cli) -> Path:
    """Its executable, installed if need be.  LookupError where that can't be done, with the reason."""
    found = _places(cli)
    if not found.exists():
        if os.environ.get("SWARM_CLIS"):
            raise LookupError(f"{cli.program} is not in {prefix()}")
        _install(cli)
    if not found.exists():
        raise LookupError(f"the package {cli.package} brought no {cli.program}")
    return found


def _places(cli: Cli) -> Path:
    inside = Path("node_modules/.bin") if cli.source == "npm" else Path(cli.agent) / "bin"
    return prefix() / inside / cli.program


def _install(cli: Cli) -> None:
    place = prefix()
    place.mkdir(parents=True, exist_ok=True)
    if cli.source == "npm":
        npm = shutil.which("npm")
        if npm is None:
            raise LookupError("npm is not there")
        _run([npm, "install", "--no-audit", "--no-fund", "--prefix", str(place), cli.package])
    else:
        _run([sys.executable, "-m", "venv", str(place / cli.agent)])
        _run([str(place / cli.agent / "bin" / "pip"), "install", "--quiet", cli.package])


def _run(argv: list[str]) -> None:
    home = SCRATCH / "home"
    home.mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if name.startswith(("npm_config_", "PIP_")) or
            name in ("PATH", "LANG", "SSL_CERT_FILE", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")}  # fmt: skip
    try:
        done = subprocess.run(
            argv, env={**kept, "HOME": str(home)}, capture_output=True, text=True, timeout=PATIENCE
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise LookupError(f"{argv[0]} took longer than {PATIENCE:g} s") from None
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise LookupError(f"{Path(argv[0]).name} failed: {said[-1] if said else done.returncode}")
