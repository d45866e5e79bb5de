"""The shape of a task file: the tree against the models, and what pydantic says about it in our sentences.

Knows the models; knows nothing of what the tasks mean together (see `checks`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import ValidationError

from swarm.core.taskfile import model
from swarm.core.taskfile.agents import AgentEntry
from swarm.core.taskfile.entry import Entry
from swarm.core.taskfile.fields import Refusal
from swarm.core.taskfile.places import Places
from swarm.core.taskfile.problem import MOST, Problem, closest, quoted, seen

AT_LEAST = "write at least: tasks: [{id: first, prompt: …}]"

Root = TypeVar("Root", bound=Entry)

_PARTS: Mapping[str, type[Entry]] = {
    "setup": model.SetupEntry,
    "workers": model.WorkerEntry,
    "review": model.ReviewEntry,
    "sandbox": model.SandboxEntry,
    "tasks": model.TaskEntry,
}
_MISSING = {
    "id": "write e.g. id: build-api",
    "name": "write e.g. name: backend",
    "command": "write e.g. command: my-agent --prompt {{prompt}}",
    "tasks": AT_LEAST,
}
_OF_TASKS = frozenset(model.TaskEntry.model_fields) - set(model.FileEntry.model_fields)
_OF_RUNS = frozenset(model.FileEntry.model_fields) - set(model.TaskEntry.model_fields)
_OF_LIMITS = frozenset(model.RunLimits.model_fields)
_ELSEWHERE = {
    **{(True, key): "it belongs to a task" for key in _OF_TASKS},
    **{(True, key): "write it under limits" for key in _OF_LIMITS},
    **{(False, key): "it belongs at the top of the file" for key in _OF_RUNS},
    **{(False, key): "it belongs under limits at the top of the file" for key in ("run_budget", "verify_timeout")},
}
"""(at the top, key): where a key belongs that stands in the wrong map."""


def shape(root: dict[str, Any], places: Places) -> tuple[model.FileEntry | None, list[Problem]]:
    """The checked file, or None and its problems.  Keys `x-…` at the top are free for anchors and notes."""
    data = {key: value for key, value in root.items() if not key.startswith("x-")}
    return check(model.FileEntry, data, places)


def check(kind: type[Root], data: dict[str, Any], places: Places) -> tuple[Root | None, list[Problem]]:
    """The checked map of that kind, or None and its problems."""
    try:
        return kind.model_validate(data), []
    except ValidationError as error:
        return None, [_problem(kind, one, places) for one in error.errors(include_url=False)[:MOST]]


def _problem(root: type[Entry], error: Mapping[str, Any], places: Places) -> Problem:
    loc = tuple(step for step in error["loc"] if step != "[key]")
    kind, value = error["type"], error["input"]
    if kind == "missing":
        key = str(loc[-1])
        return places.problem(loc[:-1], f"the key {key} is missing", hint=_MISSING.get(key, ""))
    if kind == "extra_forbidden":
        return places.problem(loc, f"unknown key {quoted(str(loc[-1]))}", hint=_nearest_key(root, loc))
    if kind == "value_error":
        refusal: Refusal = error["ctx"]["error"]
        return places.problem(loc, refusal.message, "" if refusal.quiet else seen(value), refusal.hint)
    if kind == "model_type":
        keys = ", ".join(list(_keys(root, loc))[:3])
        return places.problem(loc, f"expected a map ({keys} …)", seen(value))
    expected = {"dict_type": "a map", "list_type": "a list"}.get(kind, str(error["msg"]))
    return places.problem(loc, f"expected {expected}", seen(value))


def _nearest_key(root: type[Entry], loc: tuple[str | int, ...]) -> str:
    key = str(loc[-1])
    elsewhere = _ELSEWHERE.get((len(loc) == 1, key)) if root is model.FileEntry and "agents" not in loc else None
    return elsewhere or _nearest(key, tuple(_keys(root, loc[:-1])))


@lru_cache(maxsize=256)
def _nearest(key: str, names: tuple[str, ...]) -> str:
    """Remembered, because a machine that writes one wrong key writes it into each of its tasks."""
    near = closest(key, names)
    return f"did you mean {near}?" if near else f"known here: {', '.join(sorted({*names} - model.SECOND_NAMES))}"


def _keys(root: type[Entry], loc: tuple[str | int, ...]) -> list[str]:
    """The keys that a map at `loc` may have."""
    names = [step for step in loc if isinstance(step, str)]
    kind = root
    if names and names[-1] == "limits":
        kind = model.RunLimits if len(names) == 1 else model.TaskLimits
    elif len(names) > 1 and names[0] == "agents":
        kind = AgentEntry
    elif names:
        kind = _PARTS.get(names[-1], root)
    keys = [field.alias or name for name, field in kind.model_fields.items()]
    return sorted(keys, key=lambda key: key not in ("id", "name"))
