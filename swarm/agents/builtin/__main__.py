"""The program of the built-in agent: one turn, its prompt on standard input.

Exit codes: 0 the turn came to its own end, 1 it did not; what it printed says why.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from swarm.agents.builtin.lines import Lines
from swarm.agents.builtin.turn import Turn, have
from swarm.agents.reading import Kind, Trouble
from swarm.errors import SwarmError


def main() -> int:
    """Have one turn; the exit code."""
    lines, given = Lines(), _options()
    turn = Turn(os.environ, Path.cwd(), given.settings, given.session, given.resume)
    try:
        trouble = have(turn, sys.stdin.buffer.read().decode("utf-8", "replace"), lines)
    except SwarmError as error:
        trouble = Trouble(Kind.BROKEN, error.message + (f"; {error.hint}" if error.hint else ""))
    except OSError as error:
        trouble = Trouble(Kind.BROKEN, str(error))
    lines.end(trouble)
    return 1 if trouble else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="swarm.agents.builtin", description="one turn of the built-in agent")
    parser.add_argument("--settings", required=True, type=Path)
    parser.add_argument("--session", required=True)
    parser.add_argument("--resume", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
