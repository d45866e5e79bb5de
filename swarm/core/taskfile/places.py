"""Where in the file something stands: the path of a value as people read it, with its line and column.

Knows the tree and that tasks have ids; knows no rule about them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from swarm.core.taskfile.problem import Problem, quoted
from swarm.core.taskfile.scalar import letters
from swarm.core.taskfile.tree import Tree

Step = str | int
Path = tuple[Step, ...]

_SIMPLE = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


class Places:
    """The places of one tree.  A path may go by index through a map of tasks, as the checks see a list there."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        tasks = tree.root.get("tasks") if isinstance(tree.root, dict) else None
        self._keys = list(tasks) if isinstance(tasks, dict) else None

    def path(self, loc: Sequence[Step]) -> Path:
        """The path in the file for a path in the checked model, as far as it is there."""
        steps = list(loc)
        if self._keys is not None and len(steps) > 1 and steps[0] == "tasks" and isinstance(steps[1], int):
            steps[1] = self._keys[steps[1]]
        return self._tree.existing(steps)

    def value(self, loc: Sequence[Step]) -> object:
        """What stands at the end of `path(loc)`."""
        return self._tree.value(self.path(loc))

    def where(self, loc: Sequence[Step]) -> str:
        """`tasks[3] (api).limits.timeout`; the id in brackets only where there is one."""
        path = self.path(loc)
        text = ""
        for index, step in enumerate(path):
            if isinstance(step, int):
                text += f"[{step}]{self._id(path[: index + 1])}"
            else:
                text += f"{'.' if text else ''}{step if _SIMPLE.match(step) else quoted(step)}"
        return text

    def problem(self, loc: Sequence[Step], message: str, seen: str = "", hint: str = "") -> Problem:
        """A problem at the end of `loc`."""
        line, column = self._tree.position(self.path(loc))
        return Problem(line, column, self.where(loc), message, seen, hint)

    def _id(self, path: Path) -> str:
        entry = self._tree.value(path) if len(path) == 2 else None
        name = entry.get("id", entry.get("name")) if isinstance(entry, dict) else None
        written = letters(name)
        return f" ({written})" if written and _SIMPLE.match(written) else ""
