"""Say which tasks the run has: the nearest to your own first, at most sixty.  For agents.

examples:
  swarm tasks
  swarm tasks --json

The leader is asked, since an agent in a sandbox can't see the run.  A person types: swarm status
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping
from typing import Any

from swarm.agents import tools, waiting
from swarm.core.plaintext import one_line


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm tasks`."""
    parser.add_argument("--json", action="store_true", help="one object: {you, tasks, more, counts}")


def run(options: argparse.Namespace) -> int:
    """One line for each task."""
    found = waiting.tasks(tools.inside(os.environ))
    print(json.dumps(found) if options.json else text(found))
    return 0


def text(found: Mapping[str, Any]) -> str:
    """A listing as people read it."""
    width = max((len(task["id"]) for task in found["tasks"]), default=0)
    lines = [
        f"{'*' if task['id'] == found['you'] else ' '} {task['id']:<{width}}  {task['status']:<9}  "
        f"{task['worker'] or '-'}  {one_line(task['title'])}"
        for task in found["tasks"]
    ]
    return "\n".join([*lines, f"… and {found['more']} more"] if found["more"] else lines)
