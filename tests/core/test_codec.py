"""Values of ours survive the way through JSON, and nothing else gets in."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarm.core.codec import DecodeError, decode, encode
from swarm.core.plan import (
    Clean,
    Expects,
    Limits,
    MergePolicy,
    OnFailure,
    Plan,
    Review,
    Role,
    Setup,
    Task,
    WorkerSpec,
)


class Colour(enum.StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Leaf:
    size: float
    hue: Colour | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    name: str
    leaves: tuple[Leaf, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    nested: Mapping[str, Leaf] = field(default_factory=dict)
    next: Tree | None = None
    alive: bool = True
    age: int = 0
    limit: float | None = 3600.0


def test_defaults_are_left_out() -> None:
    assert encode(Tree("oak")) == {"name": "oak"}


def test_none_is_kept_where_it_is_not_the_default() -> None:
    assert encode(Tree("oak", limit=None)) == {"name": "oak", "limit": None}
    assert decode(Tree, {"name": "oak", "limit": None}) == Tree("oak", limit=None)


def test_a_value_with_every_kind_of_field_comes_back_equal() -> None:
    tree = Tree("oak", (Leaf(1.5, Colour.RED), Leaf(2.0)), {"a": "b"}, {"x": Leaf(0.0)}, Tree("ash"), False, 7, None)
    text = json.dumps(encode(tree))
    assert decode(Tree, json.loads(text)) == tree


def test_an_enum_is_written_as_its_plain_text() -> None:
    assert type(encode(Leaf(1.0, Colour.BLUE))["hue"]) is str


def test_a_whole_number_reads_as_a_float() -> None:
    leaf = decode(Leaf, {"size": 3})
    assert type(leaf.size) is float


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"name": "oak", "nmae": 1}, "Tree has no 'nmae'"),
        ({}, "Tree without name"),
        ([], "expected an object for Tree, found []"),
        ({"name": 3}, "name: expected text, found 3"),
        ({"name": "oak", "age": True}, "age: expected a whole number, found True"),
        ({"name": "oak", "age": 1.0}, "age: expected a whole number, found 1.0"),
        ({"name": "oak", "alive": 1}, "alive: expected true or false, found 1"),
        ({"name": "oak", "limit": "1"}, "limit: expected a number, found '1'"),
        ({"name": "oak", "limit": True}, "limit: expected a number, found True"),
        ({"name": "oak", "leaves": {}}, "leaves: expected a list, found {}"),
        ({"name": "oak", "names": []}, "names: expected an object, found []"),
        ({"name": "oak", "names": {"a": 1}}, "names.a: expected text, found 1"),
        (
            {"name": "oak", "leaves": [{"size": 1}, {"size": 1, "hue": "green"}]},
            "leaves[1].hue: expected one of red, blue, found 'green'",
        ),
        ({"name": "oak", "leaves": [{}]}, "leaves[0]: Leaf without size"),
        ({"name": "oak", "next": {"name": "ash", "age": ""}}, "next.age: expected a whole number, found ''"),
    ],
)
def test_a_wrong_shape_is_refused_with_its_place(data: object, message: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(Tree, data)
    assert str(caught.value) == message


def test_a_field_that_cannot_be_written_is_a_bug_of_the_class() -> None:
    @dataclass(frozen=True)
    class Odd:
        value: int | str = 0

    with pytest.raises(TypeError, match="no converter"):
        encode(Odd())


text = st.text(max_size=8)
texts = st.lists(text, max_size=3).map(tuple)
seconds = st.none() | st.floats(allow_nan=False, allow_infinity=False)
limits = st.builds(Limits, seconds, seconds, st.integers(), seconds)
reviews = st.none() | st.builds(Review, st.none() | text, st.integers())
env = st.dictionaries(text, text, max_size=3)
tasks = st.builds(
    Task,
    text,
    text,
    text,
    texts,
    text,
    st.none() | text,
    st.none() | text,
    st.none() | text,
    texts,
    texts,
    st.integers(),
    texts,
    reviews,
    st.sampled_from(Expects),
    st.sampled_from(OnFailure),
    limits,
    env,
)
plans = st.builds(
    Plan,
    text,
    st.lists(tasks, max_size=3).map(tuple),
    st.none() | text,
    st.lists(st.builds(WorkerSpec, text, texts, st.none() | text), max_size=2).map(tuple),
    texts,
    st.builds(Setup, texts, texts, texts),
    texts,
    env,
    st.lists(st.builds(Role, text, text, st.none() | text, texts, text), max_size=2).map(tuple),
    st.sampled_from(MergePolicy),
    st.integers(),
    st.sampled_from(Clean),
    seconds,
    st.floats(allow_nan=False),
    st.none() | text,
)


@given(plans)
def test_any_plan_survives_the_way_through_json(plan: Plan) -> None:
    assert decode(Plan, json.loads(json.dumps(encode(plan)))) == plan
