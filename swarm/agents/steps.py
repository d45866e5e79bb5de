"""The steps of a scripted agent: found in its prompt, checked before the first is done.  Pure.

Knows the format, not what a step does (swarm.agents.script).  In the prompt:

    ```steps
    - write: {path: src/a.py, text: "print(1)\\n"}
    - run: pytest -q
    - done
    ```

A block ```` ```steps retry ```` stands in for it from the second attempt on, ```` ```steps 3 ```` in exactly the third.
Blocks inside what others wrote (messages, feedback, reports: fenced by swarm.core.prompt) don't count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from swarm.errors import UsageError

_QUOTE = re.compile(r"<<[a-z]+ from .*, [0-9]+ bytes, (?P<nonce>[0-9a-z]+)\Z")
_OPEN = re.compile(r"(?P<indent> *)(?P<ticks>`{3,})steps(?: +(?P<which>retry|[0-9]+))?\s*\Z")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a step takes: the key that a plain value stands for, the keys it needs, and those it may have."""

    main: str = ""
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()


SHAPES: Mapping[str, Shape] = {
    "write": Shape(needs=("path", "text"), may=("append",)),
    "edit": Shape(needs=("path", "old", "new"), may=("all",)),
    "delete": Shape("path", ("path",)),
    "run": Shape("line", ("line",)),
    "commit": Shape("message", ("message",)),
    "say": Shape("text", ("text",)),
    "send": Shape(needs=("to", "text")),
    "wait": Shape("timeout", may=("from", "timeout")),
    "ask": Shape("question", ("question",)),
    "report": Shape("text", ("text",)),
    "done": Shape("text", may=("text",)),
    "fail": Shape("reason", ("reason",)),
    "sleep": Shape("seconds", ("seconds",)),
    "exit": Shape("code", ("code",)),
    "usage": Shape(may=("input_tokens", "output_tokens", "usd")),
}
"""Every step by name."""

_TYPES: Mapping[str, type] = {
    "append": bool, "all": bool, "timeout": float, "seconds": float, "code": int,
    "input_tokens": int, "output_tokens": int, "usd": float,
}  # fmt: skip
"""Keys whose values are no texts."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name and its checked values (texts, numbers, booleans), by key."""

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)


def steps(prompt: str, attempt: int) -> list[Step]:
    """The steps of an attempt (from 1).  Raises UsageError where there are none or one makes no sense."""
    blocks: dict[str, str] = {}
    for which, block in _blocks(_without_quotes(prompt.splitlines())):
        blocks.setdefault(which, block)
    for which in (str(attempt), "retry" if attempt > 1 else "", ""):
        if which in blocks:
            return _parse(blocks[which])
    raise UsageError("the prompt has no block of steps", "write one: a line ```steps, a YAML list, a line ```")


def _without_quotes(lines: list[str]) -> Iterator[str]:
    """The lines that nobody else wrote."""
    end = ""
    for line in lines:
        opening = _QUOTE.match(line)
        if end:
            end = "" if line.startswith(f"{end} end of ") else end
        elif opening:
            end = opening["nonce"]
        else:
            yield line


def _blocks(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    """(which attempt, text) of each block, in order.  One that is not closed ends with the prompt."""
    for line in lines:
        opening = _OPEN.match(line)
        if opening is None:
            continue
        indent, found = opening["indent"], []
        for inner in lines:
            if inner.rstrip() == indent + opening["ticks"]:
                break
            found.append(inner.removeprefix(indent))
        yield opening["which"] or "", "".join(f"{inner}\n" for inner in found)


def _parse(block: str) -> list[Step]:
    try:
        # BaseLoader makes nothing but texts, lists and maps: `run: true` is a shell line, not a boolean.
        found = yaml.load(block, Loader=yaml.BaseLoader)  # noqa: S506
    except yaml.YAMLError as error:
        raise UsageError(f"the steps are no YAML: {' '.join(str(error).split())}") from None
    if not isinstance(found, list):
        raise UsageError("the steps are no list", "begin each with a dash: - run: make")
    return [_step(number, item) for number, item in enumerate(found, 1)]


def _step(number: int, item: object) -> Step:
    """One item of the list: a word, or a map with one key."""
    if isinstance(item, str):
        item = {item: ""}
    if not isinstance(item, dict) or len(item) != 1:
        raise UsageError(f"step {number}: one step has one name", "e.g. - run: make")
    name, value = next(iter(item.items()))
    shape = SHAPES.get(str(name))
    if shape is None:
        raise UsageError(f"step {number}: there is no step {name!r}", f"the steps are {', '.join(SHAPES)}")
    given = value if isinstance(value, dict) else {shape.main: value} if value != "" else {}
    return Step(name, _values(f"step {number} ({name})", shape, given))


def _values(where: str, shape: Shape, given: Mapping[Any, object]) -> dict[str, Any]:
    unknown = [key for key in given if key not in (*shape.needs, *shape.may)]
    missing = [key for key in shape.needs if key not in given]
    if unknown or missing:
        wrong = f"has no {unknown[0]!r}" if unknown and unknown[0] else f"needs {' and '.join(missing) or 'a map'}"
        raise UsageError(f"{where} {wrong}", f"it takes {', '.join((*shape.needs, *shape.may))}")
    return {key: _value(f"{where}: {key}", _TYPES.get(key, str), value) for key, value in given.items()}


def _value(where: str, type: type, value: object) -> Any:
    if not isinstance(value, str):
        raise UsageError(f"{where} is a list or a map, and should be a plain value")
    if type is bool:
        if value not in ("true", "false"):
            raise UsageError(f"{where}: {value!r} is neither true nor false")
        return value == "true"
    try:
        return type(value)
    except ValueError:
        raise UsageError(f"{where}: {value!r} is no number") from None
