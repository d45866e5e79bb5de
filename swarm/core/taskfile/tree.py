"""A task file as plain values with the place of each: built from the events of the YAML parser, in one pass.

Knows nothing of tasks.  We build from events and not with a loader, because a loader constructs what tags ask for,
drops the first of two equal keys in silence, recurses as deep as the file says, and forgets where things stood.
Nothing here is executed, and the work is bounded: by depth, and by what aliases would be when written out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from swarm.core.taskfile import scalar
from swarm.core.taskfile.problem import PlanError, Problem, quoted
from swarm.core.taskfile.syntax import sentence
from swarm.core.taskfile.text import MAX_BYTES

MAX_DEPTH = 32
"""Lists and maps inside each other.  A task file needs five."""

LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C where libyaml is there, else the one in Python: ten times slower, else the same."""

_STRING_TAG = "tag:yaml.org,2002:str"
_PER_VALUE = 16
"""What a value counts beyond its letters when aliases are weighed."""


class Tree:
    """`root`: dicts (keys are text), lists and scalars (see `scalar.meaning`).  `problems`: what was stepped over."""

    __slots__ = ("_marks", "_start", "problems", "root")

    def __init__(self, root: object, start: Any, marks: dict[int, Any], problems: list[Problem]) -> None:
        self.root = root
        self.problems = problems
        self._start = start
        self._marks = marks

    def position(self, path: Sequence[str | int]) -> tuple[int, int]:
        """(line, column), both from 1, of the key or list item at the end of `path`, or as far as it exists."""
        value: Any = self.root
        mark = self._start
        for step in path:
            if not _holds(value, step):
                break
            mark = self._marks[id(value)][step]
            value = value[step]
        return mark.line + 1, mark.column + 1

    def existing(self, path: Sequence[str | int]) -> tuple[str | int, ...]:
        """The steps of `path` up to the first that is not there."""
        value: Any = self.root
        for index, step in enumerate(path):
            if not _holds(value, step):
                return tuple(path[:index])
            value = value[step]
        return tuple(path)

    def value(self, path: Sequence[str | int]) -> object:
        """What stands at the end of an existing path."""
        value: Any = self.root
        for step in path:
            value = value[step]
        return value


def _holds(value: object, step: str | int) -> bool:
    if isinstance(value, dict):
        return step in value
    return isinstance(value, list) and isinstance(step, int) and step < len(value)


def tree(text: str, name: str, loader: type[Any] = LOADER) -> Tree:
    """The tree of a text whose characters were checked.  Raises PlanError where the reader can't go on."""
    reader = _Reader(text, name, loader)
    try:
        return reader.document()
    except yaml.MarkedYAMLError as error:
        raise PlanError(name, [*reader.problems, sentence(error, text)]) from None


class _Reader:
    """Turns the stream of events into values."""

    def __init__(self, text: str, name: str, loader: type[Any]) -> None:
        self.name = name
        self.next: Any = loader(text).get_event
        self.problems: list[Problem] = []
        self.marks: dict[int, Any] = {}
        self.anchors: dict[str, object] = {}
        self.weights: dict[int, tuple[object, int, int]] = {}
        self.written_out = 0

    def document(self) -> Tree:
        self.next()
        event = self.next()
        if not isinstance(event, DocumentStartEvent):
            raise self.refusal(None, "the file is empty", "swarm init writes an example")
        first = self.next()
        root = self.node(first, 0)
        self.next()
        event = self.next()
        if not isinstance(event, StreamEndEvent):
            raise self.refusal(event, "a second YAML document begins here", "keep one, without the line ---")
        return Tree(root, first.start_mark, self.marks, self.problems)

    def node(self, event: Any, depth: int) -> object:
        """The value that begins with `event`, itself inside `depth` lists and maps."""
        kind = type(event)
        if kind is ScalarEvent:
            value = self.scalar(event)
        elif kind is AliasEvent:
            return self.alias(event, depth)
        else:
            if depth >= MAX_DEPTH:
                raise self.refusal(event, f"lists and maps are nested more than {MAX_DEPTH} deep", "flatten the file")
            if event.tag is not None:
                self.refuse_tag(event)
            value = self.mapping(depth + 1) if kind is MappingStartEvent else self.sequence(depth + 1)
        if event.anchor is not None:
            self.anchors[event.anchor] = value
            self.weigh(value)
        return value

    def scalar(self, event: Any) -> object:
        text: str = event.value
        if event.tag is not None and event.tag != _STRING_TAG:
            self.refuse_tag(event)
        elif event.implicit[0]:
            return scalar.meaning(text)
        elif event.style == '"' and not _encodable(text):
            self.refuse(event, "a NUL or half a surrogate pair may not stand in text", "take the escape away")
        return text

    def sequence(self, depth: int) -> list[object]:
        values: list[object] = []
        marks: list[Any] = []
        while type(event := self.next()) is not SequenceEndEvent:
            marks.append(event.start_mark)
            values.append(self.node(event, depth))
        self.marks[id(values)] = marks
        return values

    def mapping(self, depth: int) -> dict[str, object]:
        values: dict[str, object] = {}
        marks: dict[str, Any] = {}
        merged: list[dict[str, object]] = []
        while type(event := self.next()) is not MappingEndEvent:
            key = self.key(event, depth)
            value = self.node(self.next(), depth)
            if key is None:
                continue
            if key == "<<" and type(key) is scalar.Unquoted:
                merged += self.merge(event, value)
            elif key in values:
                again = f"the key {quoted(key)} stands here a second time (first in line {marks[key].line + 1})"
                self.refuse(event, again, "take one of them away")
            else:
                values[key] = value
                marks[key] = event.start_mark
        for other in merged:
            for name in other:
                if name not in values:
                    values[name] = other[name]
                    marks[name] = self.marks[id(other)][name]
        self.marks[id(values)] = marks
        return values

    def key(self, event: Any, depth: int) -> str | None:
        """The text of a key, or None where it is none (a problem was noted)."""
        if type(event) is ScalarEvent and event.tag is None and event.anchor is None:
            return scalar.key(event.value) if event.implicit[0] else event.value
        value = self.node(event, depth)
        if isinstance(value, str):
            return value
        self.refuse(event, "a key has to be text", "put it in quotes ({{ and [ begin YAML's own maps and lists)")
        return None

    def merge(self, event: Any, value: object) -> list[dict[str, object]]:
        """The maps of a merge key (`<<: *name`, `<<: [*one, *two]`), the first wins."""
        listed = value if isinstance(value, list) else [value]
        maps = [one for one in listed if isinstance(one, dict)]
        if len(maps) == len(listed):
            return maps
        self.refuse(event, "<< takes the alias of a map", "write e.g. <<: *defaults")
        return []

    def alias(self, event: Any, depth: int) -> object:
        if event.anchor not in self.anchors:
            message = f"no &{event.anchor} stands before this alias"
            raise self.refusal(event, message, "put text that begins with * in quotes")
        value = self.anchors[event.anchor]
        weight, height = self.weigh(value)
        self.written_out += weight
        if self.written_out > MAX_BYTES:
            raise self.refusal(event, "the aliases would make the file too large when written out", "use fewer")
        if depth + height > MAX_DEPTH:
            raise self.refusal(event, f"with this alias maps are nested more than {MAX_DEPTH} deep", "flatten the file")
        return value

    def weigh(self, value: object) -> tuple[int, int]:
        """(weight, height) of a value with its aliases written out; remembered for lists and maps."""
        if isinstance(value, str):
            return _PER_VALUE + len(value), 0
        if not isinstance(value, list | dict):
            return _PER_VALUE, 0
        if id(value) not in self.weights:
            inside = [self.weigh(one) for one in (value.values() if isinstance(value, dict) else value)]
            letters = sum(map(len, value)) if isinstance(value, dict) else 0
            weight = _PER_VALUE + letters + sum(one for one, _ in inside)
            self.weights[id(value)] = (value, weight, 1 + max((height for _, height in inside), default=0))
        return self.weights[id(value)][1:]

    def refuse_tag(self, event: Any) -> None:
        tag = event.tag.replace("tag:yaml.org,2002:", "!!")
        self.refuse(event, f"the tag {quoted(tag)} is not allowed", "take the tag away")

    def refuse(self, event: Any, message: str, hint: str) -> None:
        """Note a problem and go on."""
        mark = event.start_mark
        self.problems.append(Problem(mark.line + 1, mark.column + 1, "", message, hint=hint))

    def refusal(self, event: Any, message: str, hint: str) -> PlanError:
        """The error of a problem after which reading makes no sense."""
        line, column = (event.start_mark.line + 1, event.start_mark.column + 1) if event is not None else (0, 0)
        return PlanError(self.name, [*self.problems, Problem(line, column, "", message, hint=hint)])


def _encodable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= one <= "\udfff" for one in text)
