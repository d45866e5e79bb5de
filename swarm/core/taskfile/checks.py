"""What the keys of tasks mean together: ids, dependencies, keys that exclude each other.

Looks at the plain values of the tree, not at the checked models, so that one wrong duration somewhere does not hide a
cycle: a person sees all problems of a file at once.  Knows nothing of workers and roles (see `names`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from swarm.core.plan import cycle
from swarm.core.taskfile.model import DEPENDENCY_KEYS, FILES_KEYS, LIMIT_KEYS, PROMPT_KEYS, TaskEntry
from swarm.core.taskfile.places import Path, Places
from swarm.core.taskfile.problem import MOST, Problem, closest, quoted
from swarm.core.taskfile.scalar import letters

_EXCLUSIVE = (DEPENDENCY_KEYS, FILES_KEYS, PROMPT_KEYS)
_SECOND_NAMES = frozenset(name for names in _EXCLUSIVE for name in names[1:]) | {"limits", "agent", "command"}
_ID_TWICE = "in a map of tasks the key is the id"
_KNOWN = frozenset(TaskEntry.model_fields)
_MOST_CYCLES = 20
_LONGEST_CYCLE = 12
_MOST_COMPARED = 50_000
"""Names that are compared for a did-you-mean; more would take seconds in a file where everything is wrong."""


@dataclass(frozen=True, slots=True)
class _Outline:
    """One task as far as it can be read: `key` is the dependency key that it uses."""

    loc: Path
    id: str | None
    key: str
    upstreams: tuple[str, ...]


def task_problems(root: Mapping[str, Any], places: Places, beyond: Collection[str] = ()) -> list[Problem]:
    """All that is wrong with the tasks among themselves and with those `beyond` the file.  Tasks that are no maps are
    passed over."""
    bodies = list(_bodies(root.get("tasks")))
    outlines = [_outline(loc, name, body) for loc, name, body in bodies]
    named = isinstance(root.get("tasks"), dict)
    kinds = (
        (problem for loc, _, body in bodies for problem in _body_problems(loc, body, places)),
        (
            places.problem((*loc, "id"), _ID_TWICE, hint="take it away")
            for loc, _, body in bodies
            if named and "id" in body
        ),
        _twice(outlines, places),
        _unknown(outlines, places, beyond),
        _there_already(outlines, places, beyond),
        _cycles(outlines, places),
    )
    return [problem for kind in kinds for problem in islice(kind, MOST)]


def _bodies(tasks: object) -> Iterator[tuple[Path, object, dict[str, Any]]]:
    """(place, id as written, keys) of each task."""
    if isinstance(tasks, dict):
        for index, (name, body) in enumerate(tasks.items()):
            if isinstance(body, dict):
                yield ("tasks", index), name, body
    elif isinstance(tasks, list):
        for index, body in enumerate(tasks):
            if isinstance(body, dict):
                yield ("tasks", index), body.get("id"), body


def _outline(loc: Path, name: object, body: Mapping[str, Any]) -> _Outline:
    key = next((key for key in DEPENDENCY_KEYS if key in body), DEPENDENCY_KEYS[0])
    listed = body.get(key)
    upstreams = listed if isinstance(listed, list) else [listed]
    return _Outline(loc, letters(name), key, tuple(letters(one) or "" for one in upstreams))


def _body_problems(loc: Path, body: Mapping[str, Any], places: Places) -> Iterator[Problem]:
    if body.keys() <= _KNOWN and not any(body.get(key) is not None for key in (*PROMPT_KEYS, "command")):
        hint = "write prompt: what the agent is told, or command: a shell line"
        yield places.problem(loc, "there is nothing to do", hint=hint)
    if _SECOND_NAMES.isdisjoint(body):
        return
    for names in _EXCLUSIVE:
        used = [name for name in names if name in body]
        if len(used) > 1:
            yield places.problem((*loc, used[1]), f"{used[0]} and {used[1]} mean the same", hint="keep one")
    limits = body.get("limits")
    for name in LIMIT_KEYS:
        if name in body and isinstance(limits, dict) and name in limits:
            yield places.problem((*loc, name), f"{name} stands here and under limits", hint="keep one")
    agent, command = body.get("agent"), body.get("command")
    if command is not None and agent not in (None, "command"):
        yield places.problem((*loc, "agent"), "a task with a command has no agent", hint="keep one")
    if command is None and agent == "command":
        yield places.problem((*loc, "agent"), "the agent command needs a command", hint="write e.g. command: make docs")


def _twice(outlines: list[_Outline], places: Places) -> Iterator[Problem]:
    first: dict[str, _Outline] = {}
    for outline in outlines:
        if outline.id is None:
            continue
        earlier = first.setdefault(outline.id.casefold(), outline)
        if earlier is not outline:
            again = f"the id {quoted(outline.id)} is taken by {places.where(earlier.loc)}"
            if outline.id != earlier.id:
                again += ", which differs in case only"
            yield places.problem((*outline.loc, "id"), again, hint="give each task its own")


def _there_already(outlines: list[_Outline], places: Places, beyond: Collection[str]) -> Iterator[Problem]:
    for outline in outlines:
        if outline.id is not None and outline.id in beyond:
            again = f"the run has a task {quoted(outline.id)} already"
            yield places.problem((*outline.loc, "id"), again, hint="give it another id")


def _unknown(outlines: list[_Outline], places: Places, beyond: Collection[str]) -> Iterator[Problem]:
    known = {outline.id for outline in outlines if outline.id is not None} | set(beyond)
    names = sorted(known)
    compared = 0
    for outline in outlines:
        for index, upstream in enumerate(outline.upstreams):
            if not upstream:
                continue
            loc = (*outline.loc, outline.key, index)
            if upstream == outline.id:
                yield places.problem(loc, "the task depends on itself", hint="take this away")
            elif upstream not in known:
                compared += len(names)
                near = closest(upstream, names) if compared <= _MOST_COMPARED else ""
                yield places.problem(loc, f"there is no task {quoted(upstream)}", hint=_way_out(upstream, near))


def _way_out(upstream: str, near: str) -> str:
    if "," in upstream or " " in upstream:
        return "write several as a list: [one, two]"
    return f"did you mean {near}?" if near else "add it, or take this away"


def _cycles(outlines: list[_Outline], places: Places) -> Iterator[Problem]:
    """One problem for each of the cycles that share no task."""
    by_id = {outline.id: outline for outline in outlines if outline.id is not None}
    graph = {name: [up for up in outline.upstreams if up != name] for name, outline in by_id.items()}
    for _ in range(_MOST_CYCLES):
        path = cycle(graph)
        if not path:
            return
        outline = by_id[path[0]]
        loc = (*outline.loc, outline.key, outline.upstreams.index(path[1]))
        message = f"a cycle, each waits for the next: {_shown(path)}"
        yield places.problem(loc, message, hint="take one of these dependencies away")
        for name in path:
            graph.pop(name, None)


def _shown(path: list[str]) -> str:
    if len(path) <= _LONGEST_CYCLE:
        return " -> ".join(path)
    left_out = len(path) - _LONGEST_CYCLE
    return " -> ".join([*path[: _LONGEST_CYCLE - 3], f"… {left_out} more …", *path[-3:]])
