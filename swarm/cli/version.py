"""Print the version of swarm."""

from __future__ import annotations

import argparse
from importlib.metadata import version

DISTRIBUTION = "swarm-kanban"


def arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(options: argparse.Namespace) -> int:
    """Print it."""
    print(f"swarm {version(DISTRIBUTION)}")
    return 0
