"""The kinds of value that keys of a task file take, as annotated types for pydantic.

Knows nothing of which key takes which kind.  Each kind checks by itself and refuses with our own sentence (what is
expected, what to write), because pydantic's sentences speak of Python; and each says its shape for the JSON Schema.
"""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Callable
from typing import Annotated, NoReturn, TypeVar

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from swarm.core import units
from swarm.core.plan import ID_PATTERN, slug
from swarm.core.taskfile.problem import closest, one_of, seen
from swarm.core.taskfile.scalar import Unquoted, letters

UNBOUNDED = math.inf
"""What `none` gives where a limit may be lifted."""

PRIORITIES = {"low": -10, "normal": 0, "high": 10, "urgent": 20}
MOST_WORKERS = 1000

_ID = "expected an id (lower-case letters, digits, - and _, at most 63)"
_PATH_HINT = "write it as seen from the root of the repository, e.g. src/api/** or .env"
_WORD = re.compile(r"(?!-)[^\s\x00-\x1f\x7f]{1,255}\Z")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}\Z")
_SIGNED = re.compile(r"[^<>\x00-\x1f\x7f]{0,200}[^<>\x00-\x20\x7f] <[^<>\s\x00-\x1f\x7f]{1,200}>\Z")
"""What git takes for an author."""

Member = TypeVar("Member", bound=enum.StrEnum)


class Refusal(ValueError):
    """A value that its key does not take.  `quiet`: the message already says what was seen."""

    def __init__(self, message: str, hint: str, quiet: bool) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.quiet = quiet


def refuse(message: str, hint: str = "", quiet: bool = False) -> NoReturn:
    """Stop the check of one value."""
    raise Refusal(message, hint, quiet)


def _id(value: object) -> str:
    if type(value) is str and ID_PATTERN.match(value):
        return value
    written = letters(value)
    if type(value) is int and written is not None and ID_PATTERN.match(written):
        return written
    if isinstance(value, bool) or (isinstance(value, Unquoted) and ID_PATTERN.match(value)):
        expected = "expected an id, and other readers of YAML take this for something else"
        refuse(expected, f"write it in quotes: '{seen(value)}'")
    near = slug(written or "") or "build-api"
    refuse(_ID, f"write e.g. {near}" if value is not None else f"write e.g. {near} (null needs quotes to be a name)")


def _text(value: object) -> str:
    if isinstance(value, str) and value.strip():
        return str(value)
    if isinstance(value, str):
        refuse("the text is empty", "write it, or take the key away", quiet=True)
    if isinstance(value, bool | int | float):
        refuse("expected text", f"write it in quotes: '{seen(value)}'")
    refuse("expected text")


def _word(value: object) -> str:
    written = letters(value)
    if written is not None and _WORD.match(written):
        return written
    refuse("expected a name without spaces that does not begin with -")


def _upstream(value: object) -> str:
    written = letters(value)
    if written:
        return written
    refuse("expected the id of a task")


def _path(value: object) -> str:
    written = letters(value)
    if not written or not written.strip() or "\\" in written:
        refuse("expected a path with / between its parts", _PATH_HINT)
    parts = [part for part in written.split("/") if part not in ("", ".")]
    if written.startswith(("/", "~")):
        refuse("expected a path relative to the repository", _PATH_HINT)
    if ".." in parts or ".git" in (part.lower() for part in parts):
        refuse("expected a path inside the repository, without .. and .git", _PATH_HINT)
    if not parts:
        refuse("expected a path below the root of the repository", _PATH_HINT)
    return "/".join(parts) + ("/" if written.endswith("/") else "")


def _place(value: object) -> str:
    written = letters(value)
    if written and written.strip() and not written.startswith("-"):
        return written
    refuse("expected a path")


def _duration(value: object) -> float:
    try:
        return units.seconds(letters(value) or "")
    except units.UnitError as error:
        refuse(error.message, error.hint)


def _money(value: object) -> float:
    try:
        return units.usd(letters(value) or "")
    except units.UnitError as error:
        refuse(error.message, error.hint)


def _or_none(read: Callable[[object], float]) -> Callable[[object], float]:
    """`read`, and `none` for no bound at all."""

    def bound(value: object) -> float:
        return UNBOUNDED if value == "none" else read(value)

    return bound


def _priority(value: object) -> int:
    if type(value) is int and abs(value) <= 1000:
        return value
    if isinstance(value, str) and value in PRIORITIES:
        return PRIORITIES[value]
    expected = f"expected {', '.join(PRIORITIES)} or a whole number from -1000 to 1000"
    refuse(expected, _did_you_mean(value, list(PRIORITIES)))


def _env_name(value: object) -> str:
    if not isinstance(value, str) or not _ENV_NAME.match(value):
        refuse("expected the name of an environment variable (letters, digits and _)", "write e.g. API_URL")
    if value.startswith("SWARM_"):
        refuse("names that begin with SWARM_ are set by swarm itself", "take another name")
    return str(value)


def _env_value(value: object) -> str:
    written = letters(value)
    if written is None:
        hint = f"write it in quotes: '{seen(value)}'" if isinstance(value, bool) else "write '' for empty text"
        refuse("expected text or a number", hint if not isinstance(value, list | dict) else "")
    return written


def _switch(expected: str, hint: str = "") -> Callable[[object], bool]:
    """On or off, as YAML and people write it."""

    def switch(value: object) -> bool:
        if value in (True, "on", "yes"):
            return True
        if value in (False, "off", "no"):
            return False
        refuse(expected, hint)

    return switch


def _home_path(value: object) -> str:
    written = letters(value) or ""
    path, mode = (written[:-3], ":rw") if written.endswith(":rw") else (written.removesuffix(":ro"), "")
    parts = [part for part in path.removeprefix("~/").split("/") if part not in ("", ".")]
    if not parts or ".." in parts or path.startswith("/") or parts[0] == "~" or "\0" in path:
        refuse("expected a path below the home directory", "write e.g. .config/gh, or .claude:rw where it has to write")
    return "/".join(parts) + mode


def _absolute(value: object) -> str:
    written = letters(value) or ""
    parts = [part for part in written.split("/") if part not in ("", ".")]
    if not written.startswith("/") or not parts or ".." in parts or "\0" in written:
        refuse("expected an absolute path", "write e.g. /var/cache/build; what lies below home is listed under home")
    return "/" + "/".join(parts)


def _identity(value: object) -> str:
    written = letters(value) or ""
    if not _SIGNED.match(written) or "{" in written.replace("{worker}", ""):
        refuse("expected a name and an address", "write e.g. {worker} <{worker}@swarm>; {worker} is the worker's name")
    return written


def _version(value: object) -> int:
    if type(value) is not int or value != 1:
        refuse("this version of swarm reads task files of version 1", "write version: 1")
    return value


def _listed(value: object) -> object:
    """One text stands for a list of one."""
    if isinstance(value, list):
        return value
    if letters(value) is not None or isinstance(value, bool):
        return [value]
    refuse("expected text or a list of texts")


def _did_you_mean(value: object, names: list[str]) -> str:
    near = closest(value, names) if isinstance(value, str) else ""
    return f"did you mean {near}?" if near else ""


def whole(low: int, high: int) -> PlainValidator:
    """For an int: a whole number from `low` to `high`."""

    def number(value: object) -> int:
        if type(value) is not int or not low <= value <= high:
            refuse(f"expected a whole number from {low} to {high}")
        return value

    return PlainValidator(number, json_schema_input_type=Annotated[int, Field(ge=low, le=high)])


def choice(kind: type[Member]) -> PlainValidator:
    """For an enum: one of its values."""
    names = [member.value for member in kind]

    def member(value: object) -> Member:
        if isinstance(value, str) and value in names:
            return kind(value)
        refuse(f"expected {one_of(names)}", _did_you_mean(value, names))

    return PlainValidator(member, json_schema_input_type=kind)


_TEXT = {"type": "string", "minLength": 1}
_SCALAR = {"type": ["string", "number"]}
_DURATION = {"type": "string", "examples": ["90s", "30m", "1h30m"]}
_MONEY = {"type": ["string", "number"], "examples": ["5 USD", 0.5]}
_NO_HOSTS = "expected on or off; a sandbox can't let single hosts through"
_NO_NETWORK = "write on, or off for no network at all"
_SWITCH = {"enum": ["on", "off", True, False]}
_IDENTITY = {"type": "string", "examples": ["{worker} <{worker}@swarm>"]}
_ENV_NAME_SHAPE = {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}
_ID_SHAPE = {"type": ["string", "integer"], "pattern": "^" + ID_PATTERN.pattern.replace(r"\Z", "$"), "minimum": 0}

Id = Annotated[str, PlainValidator(_id), WithJsonSchema(_ID_SHAPE)]
Text = Annotated[str, PlainValidator(_text), WithJsonSchema(_TEXT)]
Word = Annotated[str, PlainValidator(_word), WithJsonSchema(_SCALAR)]
Upstream = Annotated[str, PlainValidator(_upstream), WithJsonSchema(_SCALAR)]
Path = Annotated[str, PlainValidator(_path), WithJsonSchema(_TEXT)]
Place = Annotated[str, PlainValidator(_place), WithJsonSchema(_TEXT)]
Duration = Annotated[float, PlainValidator(_duration), WithJsonSchema(_DURATION)]
DurationOrNone = Annotated[float, PlainValidator(_or_none(_duration)), WithJsonSchema(_DURATION)]
Money = Annotated[float, PlainValidator(_money), WithJsonSchema(_MONEY)]
MoneyOrNone = Annotated[float, PlainValidator(_or_none(_money)), WithJsonSchema(_MONEY)]
Priority = Annotated[
    int, PlainValidator(_priority), WithJsonSchema({"anyOf": [{"enum": list(PRIORITIES)}, {"type": "integer"}]})
]
Version = Annotated[int, PlainValidator(_version), WithJsonSchema({"const": 1})]
Switch = Annotated[bool, PlainValidator(_switch("expected on or off")), WithJsonSchema(_SWITCH)]
Network = Annotated[bool, PlainValidator(_switch(_NO_HOSTS, _NO_NETWORK)), WithJsonSchema(_SWITCH)]
HomePath = Annotated[str, PlainValidator(_home_path), WithJsonSchema(_TEXT)]
Absolute = Annotated[str, PlainValidator(_absolute), WithJsonSchema({**_TEXT, "pattern": "^/"})]
EnvName = Annotated[str, PlainValidator(_env_name), WithJsonSchema(_ENV_NAME_SHAPE)]
EnvValue = Annotated[str, PlainValidator(_env_value), WithJsonSchema(_SCALAR)]
Env = dict[EnvName, EnvValue]
EnvNames = Annotated[list[EnvName], BeforeValidator(_listed, json_schema_input_type=EnvName | list[EnvName])]
Identity = Annotated[str, PlainValidator(_identity), WithJsonSchema(_IDENTITY)]
Texts = Annotated[list[Text], BeforeValidator(_listed, json_schema_input_type=Text | list[Text])]
Words = Annotated[list[Word], BeforeValidator(_listed, json_schema_input_type=Word | list[Word])]
Paths = Annotated[list[Path], BeforeValidator(_listed, json_schema_input_type=Path | list[Path])]
HomePaths = Annotated[list[HomePath], BeforeValidator(_listed, json_schema_input_type=HomePath | list[HomePath])]
Absolutes = Annotated[list[Absolute], BeforeValidator(_listed, json_schema_input_type=Absolute | list[Absolute])]
Upstreams = Annotated[list[Upstream], BeforeValidator(_listed, json_schema_input_type=Upstream | list[Upstream])]
