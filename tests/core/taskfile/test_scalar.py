"""Plain scalars mean what every reader agrees on, and are text otherwise."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from swarm.core.taskfile.scalar import Unquoted, key, letters, meaning


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("true", True),
        ("False", False),
        ("0", 0),
        ("42", 42),
        ("-7", -7),
        ("1.5", 1.5),
        ("-0.25", -0.25),
        ("abc", "abc"),
        ("nope", "nope"),
        ("1.2.3", "1.2.3"),
        ("v1", "v1"),
        ("5 USD", "5 USD"),
        ("30m", "30m"),
        ("y", "y"),
    ],
)
def test_what_every_reader_agrees_on_has_its_type(text: str, value: object) -> None:
    assert meaning(text) == value
    assert type(meaning(text)) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "Yes",
        "on",
        "OFF",
        "010",
        "0o10",
        "0x1F",
        "0b1",
        "1:30",
        "1_000",
        "+1",
        "-0",
        "1e3",
        "1.10",
        "5.00",
        ".5",
        "5.",
        ".inf",
        "-.INF",
        ".nan",
        "2024-01-01",
        "2024-01-01T10:00:00Z",
        "=",
        "<<",
        "9" * 40,
    ],
)
def test_what_readers_disagree_on_stays_text_that_is_known_as_such(text: str) -> None:
    assert type(meaning(text)) is Unquoted
    assert meaning(text) == text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a", str),
        ("1", str),
        ("null", Unquoted),
        ("true", Unquoted),
        ("1.5", Unquoted),
    ],
)
def test_a_key_is_always_text(text: str, kind: type) -> None:
    assert key(text) == text
    assert type(key(text)) is kind


@given(st.text(alphabet="0123456789_.:-+eExXoOabTtnNfFyYsSuUlL~=< ", max_size=12))
def test_a_plain_scalar_loses_no_letter_and_no_reader_sees_something_else_in_text(text: str) -> None:
    value = meaning(text)
    if value is not None and not isinstance(value, bool):
        assert letters(value) == text
    if type(value) is str:
        resolver: Any = yaml.SafeLoader("")
        assert resolver.resolve(yaml.ScalarNode, text, (True, False)) == "tag:yaml.org,2002:str"


@pytest.mark.parametrize("text", ["1" * 1_000_000 + "x", "1_" * 500_000, "2024-01-01 " + "x" * 1_000_000])
def test_a_long_scalar_is_text_at_once(text: str) -> None:
    assert type(meaning(text)) is str
