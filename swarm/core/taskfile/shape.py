"""The shape of a task file: the tree against the models, and what pydantic says about it in our sentences.

Knows the models; knows nothing of what the tasks mean together (see `checks`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from swarm.core.taskfile import model
from swarm.core.taskfile.fields import Refusal
from swarm.core.taskfile.places import Places
from swarm.core.taskfile.problem import Problem, closest, quoted, seen

AT_LEAST = "write at least: tasks: [{id: first, prompt: …}]"

_PARTS: Mapping[str, type[model.Entry]] = {
    "setup": model.SetupEntry, "workers": model.WorkerEntry, "review": model.ReviewEntry, "tasks": model.TaskEntry,
}
_MISSING = {
    "id": "write e.g. id: build-api",
    "name": "write e.g. name: backend",
    "tasks": AT_LEAST,
}
_ELSEWHERE = {
    **dict.fromkeys(("timeout", "idle", "retries", "budget", "run_budget", "verify_timeout"),
                    "it belongs under the limits of the run"),
    **dict.fromkeys((*model.PROMPT_KEYS, *model.DEPENDENCY_KEYS, "id", "command", "role"), "it belongs to a task"),
    **dict.fromkeys(("agents", "worker"), "did you mean workers?"),
}


def shape(root: dict[str, Any], places: Places) -> tuple[model.FileEntry | None, list[Problem]]:
    """The checked file, or None and its problems.  Keys `x-…` at the top are free for anchors and notes."""
    data = {key: value for key, value in root.items() if not key.startswith("x-")}
    try:
        return model.FileEntry.model_validate(data), []
    except ValidationError as error:
        return None, [_problem(one, places) for one in error.errors(include_url=False)]


def _problem(error: Mapping[str, Any], places: Places) -> Problem:
    loc = tuple(step for step in error["loc"] if step != "[key]")
    kind, value = error["type"], error["input"]
    if kind == "missing":
        key = str(loc[-1])
        return places.problem(loc[:-1], f"the key {key} is missing", hint=_MISSING.get(key, ""))
    if kind == "extra_forbidden":
        return places.problem(loc, f"unknown key {quoted(str(loc[-1]))}", hint=_nearest_key(loc))
    if kind == "value_error":
        refusal: Refusal = error["ctx"]["error"]
        return places.problem(loc, refusal.message, "" if refusal.quiet else seen(value), refusal.hint)
    if kind == "model_type":
        keys = ", ".join(list(_keys(loc))[:3])
        return places.problem(loc, f"expected a map ({keys} …)", seen(value))
    expected = {"dict_type": "a map", "list_type": "a list"}.get(kind, str(error["msg"]))
    return places.problem(loc, f"expected {expected}", seen(value))


def _nearest_key(loc: tuple[str | int, ...]) -> str:
    key, names = str(loc[-1]), list(_keys(loc[:-1]))
    near = closest(key, names)
    if near:
        return f"did you mean {near}?"
    if len(loc) == 3 and loc[0] == "tasks" and key == "id":
        return "the key of the map is the id already"
    if key in _ELSEWHERE:
        return _ELSEWHERE[key]
    return f"known here: {', '.join(sorted(names))}"


def _keys(loc: tuple[str | int, ...]) -> list[str]:
    """The keys that a map at `loc` may have."""
    names = [step for step in loc if isinstance(step, str)]
    kind: type[model.Entry] = model.FileEntry
    if names and names[-1] == "limits":
        kind = model.RunLimits if len(names) == 1 else model.TaskLimits
    elif names:
        kind = _PARTS.get(names[-1], model.FileEntry)
    keys = [field.alias or name for name, field in kind.model_fields.items()]
    return sorted(keys, key=lambda key: key not in ("id", "name"))
