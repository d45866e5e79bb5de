"""The program in a worker's pane.  The leader starts it; there is no need to."""

from __future__ import annotations

import argparse
from pathlib import Path

from swarm.paths import RunDir
from swarm.worker.program import main


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm worker`."""
    parser.add_argument("name", help="which worker")
    parser.add_argument("--dir", type=Path, required=True, help="the run's directory")


def run(options: argparse.Namespace) -> int:
    """Be that worker."""
    return main(RunDir(options.dir), options.name)
