"""Names and skills: every address of the inbox means one thing, and every task has a worker that can take it.

Knows the checked file; knows nothing of dependencies (see `checks`) and of what roles contain (see `draft`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from swarm.core.plan import ID_PATTERN, RESERVED_NAMES, WorkerSpec
from swarm.core.taskfile.model import FileEntry, WorkerEntry
from swarm.core.taskfile.places import Places
from swarm.core.taskfile.problem import MOST, Problem, quoted

WORKER_OF_START = re.compile(r"worker-[0-9]+\Z")
"""What `swarm start --workers N` calls its workers; no task or role may be called so."""

_MOST_SKILLS = 20


def workers(file: FileEntry) -> tuple[WorkerSpec, ...]:
    """The declared workers, each with its name; empty where the file leaves it to `swarm start --workers`."""
    return tuple(spec for entry in file.workers or () for spec in _specs(entry))


def _specs(entry: WorkerEntry) -> Iterator[WorkerSpec]:
    count = entry.count or 1
    for number in range(1, count + 1):
        name = entry.name if count == 1 else f"{entry.name}-{number}"
        yield WorkerSpec(name, tuple(entry.skills or ()), entry.agent, entry.model)


def name_problems(file: FileEntry, places: Places) -> list[Problem]:
    """Names that are taken, reserved or too long, and skills that no worker has."""
    kinds = (_worker_names(file, places), _task_names(file, places), _skills(file, places))
    return [problem for kind in kinds for problem in islice(kind, MOST)]


def _worker_names(file: FileEntry, places: Places) -> Iterator[Problem]:
    taken: set[str] = set()
    for index, entry in enumerate(file.workers or ()):
        loc = ("workers", index, "name")
        for spec in _specs(entry):
            if spec.name in RESERVED_NAMES:
                yield places.problem(loc, _reserved(spec.name), hint="take another name")
            elif spec.name in taken:
                again = f"a second worker would be called {quoted(spec.name)}"
                yield places.problem(loc, again, hint="take another name")
                break
            elif not ID_PATTERN.match(spec.name):
                long = f"the worker {quoted(spec.name)} would have a name longer than 63"
                yield places.problem(loc, long, hint="shorten it")
                break
            taken.add(spec.name)


def _task_names(file: FileEntry, places: Places) -> Iterator[Problem]:
    names = {spec.name for spec in workers(file)}
    for index, task in enumerate(file.tasks):
        if task.id in RESERVED_NAMES:
            yield places.problem(("tasks", index, "id"), _reserved(task.id), hint="take another id")
        elif task.id in names or WORKER_OF_START.match(task.id):
            message = f"{quoted(task.id)} is the name of a worker, and a message to it would have two readers"
            yield places.problem(("tasks", index, "id"), message, hint="take another id")


def _skills(file: FileEntry, places: Places) -> Iterator[Problem]:
    if file.workers is None:
        return
    able = {frozenset(entry.skills or ()) for entry in file.workers}
    known = sorted(frozenset().union(*able))
    some = ", ".join(known[:_MOST_SKILLS]) + (" …" if len(known) > _MOST_SKILLS else "")
    for index, task in enumerate(file.tasks):
        if task.skills and not any(skills.issuperset(task.skills) for skills in able):
            wanted = ", ".join(map(quoted, task.skills))
            hint = f"the workers have {some}" if known else "write workers: [{name: …, skills: […]}]"
            yield places.problem(("tasks", index, "skills"), f"no worker has {wanted}", hint=hint)


def _reserved(name: str) -> str:
    return f"{quoted(name)} is an address of every run's inbox"
