"""The task file: text to a Plan, strictly, with the place of everything that is wrong.  Pure.

Knows nothing of disks: `parse` takes bytes and says which other files it needs, `Draft.plan` takes their texts
(`swarm.taskfile.load` does both for a path).  The format is in docs/tasks.md; its schema is made from `model`.
The way of a file: text -> tree -> shape (pydantic) and checks -> names -> Draft -> Plan.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePath
from typing import Any

from swarm.core.plan import slug
from swarm.core.taskfile.checks import task_problems
from swarm.core.taskfile.collector import without_collector
from swarm.core.taskfile.draft import Draft
from swarm.core.taskfile.names import name_problems
from swarm.core.taskfile.places import Places
from swarm.core.taskfile.problem import PlanError, Problem, seen
from swarm.core.taskfile.settings import Settings, settings
from swarm.core.taskfile.shape import AT_LEAST, shape
from swarm.core.taskfile.text import MAX_BYTES, text
from swarm.core.taskfile.tree import LOADER, tree

__all__ = ["MAX_BYTES", "Draft", "PlanError", "Problem", "Settings", "parse", "settings"]


@without_collector
def parse(data: bytes, name: str = "tasks.yaml", *, beyond: Collection[str] = (), loader: type[Any] = LOADER) -> Draft:
    """The draft in the bytes of a task file; `name` stands in front of each problem and gives a plan without a name its
    own.  Raises PlanError with all problems at once, except after one that makes the rest unreadable.  `beyond`:
    the tasks of a running plan that those of the file may depend on.  `loader` is PyYAML's, in C or in Python."""
    found = tree(text(data, name), name, loader)
    places = Places(found)
    if not isinstance(found.root, dict):
        hint = "put the list under tasks:" if isinstance(found.root, list) else AT_LEAST
        problem = places.problem((), "expected a map with the key tasks", seen(found.root), hint)
        raise PlanError(name, [*found.problems, problem])
    file, problems = shape(found.root, places)
    problems += found.problems
    problems += task_problems(found.root, places, beyond)
    if file is not None:
        problems += name_problems(file, places)
    if file is None or problems:
        raise PlanError(name, problems)
    return Draft(file, name, slug(PurePath(name).stem) or "plan", places)
