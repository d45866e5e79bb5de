"""Whatever stands in a file, the parser answers with a plan or a PlanError, soon."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from swarm.core.taskfile import MAX_BYTES, PlanError, Problem, parse
from swarm.core.taskfile.problem import MOST
from swarm.core.taskfile.tree import tree

WORDS = [
    "tasks",
    "id",
    "prompt",
    "needs",
    "a",
    "b",
    "limits",
    "timeout",
    "5m",
    "no",
    "010",
    ".nan",
    "&x",
    "*x",
    "<<",
    "!!str",
    "!x",
    ":",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "\n",
    "\n  ",
    "\n    ",
    "\t",
    "'",
    '"',
    "|",
    ">",
    "#",
    "---\n",
    "...\n",
    "%",
    "@",
    "\\",
    "\u2028",
    "\ufeff",
    "\x85",
    "é",
    "?",
    "? ",
    "~",
]


def problems_of(data: bytes, loader: type[Any]) -> tuple[Problem, ...]:
    try:
        parse(data, loader=loader)
    except PlanError as error:
        return error.problems
    return ()


def answer(data: bytes) -> None:
    """Reads the file with both parsers; anything but a plan or a PlanError is an error here."""
    for loader in (yaml.CSafeLoader, yaml.SafeLoader):
        problems = problems_of(data, loader)
        assert all("\n" not in problem.text("t") for problem in problems)


@given(st.binary(max_size=200))
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbf")
@example(b'a: "\\ud800"')
def test_random_bytes_are_answered(data: bytes) -> None:
    answer(data)


@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_random_words_of_yaml_are_answered(words: list[str]) -> None:
    answer("".join(words).encode())


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.dates(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["id", "prompt", "tasks", "limits", "env", "workers", "review", "a", "1"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_value_under_any_key_is_answered(value: object) -> None:
    task = {"id": "a", "prompt": "x"}
    for data in ({"tasks": value}, {"tasks": [task], "limits": value, "workers": value, "env": value}):
        answer(yaml.safe_dump(data, allow_unicode=True).encode())


VALID = b"""\
x-all: &all {verify: [make], env: {A: 1}}
tasks:
  - {<<: *all, id: a, prompt: "x\\ty", limits: {timeout: 5m}}
  - id: b
    needs: [a]
    command: |
      make
"""


@given(st.integers(0, len(VALID) - 1), st.integers(0, 255))
def test_a_changed_byte_is_answered(place: int, byte: int) -> None:
    answer(VALID[:place] + bytes([byte]) + VALID[place + 1 :])


@given(st.integers(0, len(VALID)))
def test_a_torn_file_is_answered(length: int) -> None:
    answer(VALID[:length])


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 4_000_000,
        b"{" * 4_000_000,
        b"? " * 2_000_000,
        b"- " * 2_000_000,
        b"&a " * 1_000_000,
        b"*a " * 1_000_000,
        b"!" * 4_000_000,
        b"'" * 4_000_001,
        b"a" * 4_000_000,
        b"1" * 4_000_000,
        b"\n" * 4_000_000,
        b"a: " * 1_000_000,
        b"a: |\n" + b" " * 4_000_000,
        b"x" * (MAX_BYTES + 1),
        b"{a: " * 1_000_000,
        b"[a, " * 1_000_000,
    ],
)
def test_a_file_of_one_thing_a_million_times_is_refused(data: bytes) -> None:
    with pytest.raises(PlanError):
        parse(data)


WRONG: dict[str, Callable[[int], str]] = {
    "unknown keys": lambda number: f"{{id: t{number}, prompt: x, promt{number}: x}}",
    "unknown tasks": lambda number: f"{{id: t{number}, prompt: x, needs: [x{number}]}}",
    "equal ids": lambda _: "{id: a, prompt: x}",
    "bad ids": lambda number: f"{{id: T{number}, prompt: x}}",
    "two names": lambda number: f"{{id: t{number}, prompt: x, task: y}}",
}


@pytest.mark.parametrize("kind", WRONG)
def test_each_kind_of_problem_is_looked_for_no_more_after_many(kind: str) -> None:
    data = "tasks:\n" + "".join(f"  - {WRONG[kind](number)}\n" for number in range(3 * MOST))
    with pytest.raises(PlanError) as caught:
        parse(data.encode())
    assert MOST <= len(caught.value.problems) <= 2 * MOST
    assert caught.value.message.endswith("more at least")


def test_a_long_cycle_is_shown_short() -> None:
    count = 10_000
    data = "tasks:\n" + "".join(f"  - {{id: t{n}, prompt: x, needs: t{(n + 1) % count}}}\n" for n in range(count))
    with pytest.raises(PlanError) as caught:
        parse(data.encode())
    assert len(caught.value.problems) == 1
    assert "t0 -> t1 -> t2" in caught.value.message
    assert "… 9989 more …" in caught.value.message
    assert "t9998 -> t9999 -> t0" in caught.value.message


def chain(count: int) -> bytes:
    tasks = (
        f"  - id: task-{n}\n    prompt: Do the thing number {n} well\n"
        f"    depends_on: [{', '.join({f'task-{n // step}' for step in (2, 3, 5) if n})}]\n    files: [src/{n}/**]\n"
        for n in range(count)
    )
    return ("tasks:\n" + "".join(tasks)).encode()


def calls(count: int) -> int:
    """How many events of the YAML parser are asked for while a plan of so many tasks is read."""
    asked = 0

    class Counting(yaml.CSafeLoader):
        def get_event(self) -> yaml.Event | None:
            nonlocal asked
            asked += 1
            event: yaml.Event | None = super().get_event()
            return event

    parse(chain(count), loader=Counting)
    return asked


def test_ten_thousand_tasks_are_read_and_the_work_grows_with_their_number() -> None:
    plan = parse(chain(10_000)).plan(str, {})
    assert len(plan.tasks) == 10_000
    assert calls(10_000) < 11 * calls(1_000)


def test_a_value_that_many_aliases_share_is_not_copied() -> None:
    found = tree("a: &a [x, y]\nb: *a\nc: *a\n", "t.yaml").root
    assert isinstance(found, dict)
    assert found["a"] is found["b"] is found["c"]
