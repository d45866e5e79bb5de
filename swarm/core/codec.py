"""Frozen dataclasses to plain JSON values and back: strictly, without losing a value, and fast enough for 10,000 tasks.

Knows no class of ours, no file and no JSON text: `encode` gives what `json.dumps` takes, `decode` takes what
`json.loads` gives.  A field may be str, int, float, bool, a StrEnum, a dataclass, `tuple[X, ...]`, `Mapping[str, X]`
or any of these `| None`.  Fields that hold their default are left out, so what is written stays short, and a field
that is added later with a default reads old records unchanged.  The converters of a class are made at its first use.
"""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

T = typing.TypeVar("T")
Convert = Callable[[typing.Any], typing.Any]


class DecodeError(ValueError):
    """The data does not have the shape of the class.  The text starts with the place: `tasks[3].limits.retries: …`."""

    def __init__(self, text: str, place: str = "") -> None:
        super().__init__(f"{place}: {text}" if place else text)
        self.text = text
        self.place = place

    def under(self, step: str) -> DecodeError:
        """The same error seen from one level further up."""
        glue = "." if self.place and not self.place.startswith("[") else ""
        return DecodeError(self.text, f"{step}{glue}{self.place}")


def encode(value: object) -> dict[str, typing.Any]:
    """The fields of a dataclass instance as JSON values, defaults left out.  Trusts the declared types."""
    encoded: dict[str, typing.Any] = _shape(type(value)).encode(value)
    return encoded


def decode(kind: type[T], data: object) -> T:
    """The instance of dataclass `kind` that `encode` was given.  Raises DecodeError for anything else: an unknown or
    missing key, a value of the wrong type (an int is taken for a float, nothing else is converted)."""
    decoded: T = _shape(kind).decode(data)
    return decoded


@dataclass(frozen=True, slots=True)
class _Field:
    """How to write and read one field.  `default` is _REQUIRED where there is none; `encode` None: as it is."""

    name: str
    default: object
    encode: Convert | None
    decode: Convert


_REQUIRED = object()


class _Shape:
    """The converters of one dataclass."""

    __slots__ = ("decoders", "fields", "kind", "required")

    def __init__(self, kind: type, fields: tuple[_Field, ...]) -> None:
        self.kind = kind
        self.fields = [(field.name, field.default, field.encode) for field in fields]
        self.decoders = {field.name: field.decode for field in fields}
        self.required = {field.name for field in fields if field.default is _REQUIRED}

    def encode(self, value: typing.Any) -> dict[str, typing.Any]:
        encoded = {}
        for name, default, convert in self.fields:
            held = getattr(value, name)
            if held != default:
                encoded[name] = held if convert is None or held is None else convert(held)
        return encoded

    def decode(self, data: object) -> typing.Any:
        if not isinstance(data, dict):
            raise DecodeError(f"expected an object for {self.kind.__name__}, found {data!r:.60}")
        decoders = self.decoders
        values = {}
        for name, held in data.items():
            convert = decoders.get(name)
            if convert is None:
                raise DecodeError(f"{self.kind.__name__} has no {name!r:.60}")
            try:
                values[name] = convert(held)
            except DecodeError as error:
                raise error.under(name) from None
        if not self.required <= values.keys():
            missing = ", ".join(sorted(self.required - values.keys()))
            raise DecodeError(f"{self.kind.__name__} without {missing}")
        return self.kind(**values)


_shapes: dict[type, _Shape] = {}


def _shape(kind: type) -> _Shape:
    shape = _shapes.get(kind)
    if shape is None:
        if not dataclasses.is_dataclass(kind):
            raise TypeError(f"{kind!r} is not a dataclass")
        hints = typing.get_type_hints(kind)
        fields = [field for field in dataclasses.fields(kind) if field.init]
        shape = _Shape(kind, tuple(_field(field, hints[field.name]) for field in fields))
        _shapes[kind] = shape
    return shape


def _field(field: dataclasses.Field[typing.Any], hint: object) -> _Field:
    default = field.default
    if default is dataclasses.MISSING:
        factory = field.default_factory
        default = _REQUIRED if factory is dataclasses.MISSING else factory()
    return _Field(field.name, default, *_converters(hint))


def _converters(hint: typing.Any) -> tuple[Convert | None, Convert]:
    """(encode, decode) for one annotation.  Raises TypeError for one that is not in the list above."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union) and len(arguments) == 2 and types.NoneType in arguments:
        write, read = _converters(next(one for one in arguments if one is not types.NoneType))
        return write, partial(_read_optional, read)
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        write, read = _converters(arguments[0])
        return partial(_write_tuple, write), partial(_read_tuple, read)
    if origin in (Mapping, dict) and arguments[0] is str:
        write, read = _converters(arguments[1])
        return partial(_write_mapping, write), partial(_read_mapping, read)
    if hint in _SCALARS:
        return _SCALARS[hint]
    if isinstance(hint, type) and issubclass(hint, enum.StrEnum):
        return str, partial(_read_enum, {member.value: member for member in hint})
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return encode, partial(decode, hint)
    raise TypeError(f"no converter for a field of type {hint!r}")


def _write_tuple(write: Convert | None, held: tuple[typing.Any, ...]) -> list[typing.Any]:
    return list(held) if write is None else [write(one) for one in held]


def _write_mapping(write: Convert | None, held: Mapping[str, typing.Any]) -> dict[str, typing.Any]:
    return dict(held) if write is None else {key: write(one) for key, one in held.items()}


def _read_optional(read: Convert, held: object) -> object:
    return None if held is None else read(held)


def _read_tuple(read: Convert, held: object) -> tuple[typing.Any, ...]:
    if not isinstance(held, list):
        raise _wrong("a list", held)
    if read is _read_str and all(type(one) is str for one in held):
        return tuple(held)
    values = []
    for index, one in enumerate(held):
        try:
            values.append(read(one))
        except DecodeError as error:
            raise error.under(f"[{index}]") from None
    return tuple(values)


def _read_mapping(read: Convert, held: object) -> dict[str, typing.Any]:
    if not isinstance(held, dict):
        raise _wrong("an object", held)
    values = {}
    for key, one in held.items():
        try:
            values[_read_str(key)] = read(one)
        except DecodeError as error:
            raise error.under(str(key)) from None
    return values


def _read_enum(members: Mapping[str, object], held: object) -> object:
    if type(held) is not str or held not in members:
        raise _wrong(f"one of {', '.join(members)}", held)
    return members[held]


def _read_str(held: object) -> str:
    if type(held) is not str:
        raise _wrong("text", held)
    return held


def _read_int(held: object) -> int:
    if type(held) is not int:
        raise _wrong("a whole number", held)
    return held


def _read_float(held: object) -> float:
    if type(held) is float:
        return held
    if type(held) is not int:
        raise _wrong("a number", held)
    return float(held)


def _read_bool(held: object) -> bool:
    if type(held) is not bool:
        raise _wrong("true or false", held)
    return held


def _wrong(wanted: str, held: object) -> DecodeError:
    return DecodeError(f"expected {wanted}, found {held!r:.60}")


_SCALARS: dict[object, tuple[Convert | None, Convert]] = {
    str: (None, _read_str),
    int: (None, _read_int),
    float: (None, _read_float),
    bool: (None, _read_bool),
}
