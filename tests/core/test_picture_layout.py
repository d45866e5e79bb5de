"""Where everything stands in the picture of a graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from swarm.core.picture.layering import columns, layering, reduced
from swarm.core.picture.layout import Layout, layout
from swarm.core.picture.ordering import crossings, ordered
from swarm.core.picture.placing import fitted

DIAMOND = {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c")}


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    """Up to fourteen tasks that depend on earlier ones."""
    count = draw(st.integers(0, 14))
    return {
        f"t{number}": tuple(f"t{one}" for one in sorted(draw(st.sets(st.integers(0, number - 1), max_size=4))))
        if number
        else ()
        for number in range(count)
    }


def above(graph: Mapping[str, Sequence[str]]) -> dict[str, set[str]]:
    """All ancestors of each task; the tasks stand in order of dependency."""
    found: dict[str, set[str]] = {}
    for name in columns(graph):
        found[name] = {one for up in graph[name] for one in (up, *found[up])}
    return found


def drawn(found: Layout) -> set[tuple[str, str]]:
    """The dependencies that lines lead to, followed from spot to spot."""
    after = {net.source: net.targets for nets in found.nets for net in nets}
    pairs = set()
    for task, spot in found.spots.items():
        todo = [spot]
        for place in todo:
            for target in after.get(place, ()):
                if target.passes:
                    assert target.task == task, "lines of one task never become another's"
                    todo.append(target)
                else:
                    pairs.add((task, target.task))
    return pairs


@settings(deadline=None)
@given(graphs())
@example({})
@example(DIAMOND)
def test_each_task_has_one_place_right_of_what_it_depends_on(graph: dict[str, tuple[str, ...]]) -> None:
    found = layout(graph)
    assert set(found.spots) == set(graph)
    everywhere = [spot for column in found.columns for spot in column]
    assert Counter(spot.task for spot in everywhere if not spot.passes) == Counter(list(graph))
    for name, upstreams in graph.items():
        assert all(found.spots[up].column < found.spots[name].column for up in upstreams)
    for number, column in enumerate(found.columns):
        rows = [spot.row for spot in column]
        assert rows == sorted(set(rows)), "no two in one place, from top to bottom"
        assert all(spot.column == number and 0 <= spot.row < found.rows for spot in column)


@settings(deadline=None)
@given(graphs())
def test_lines_say_what_the_dependencies_say_and_no_more_than_needed(graph: dict[str, tuple[str, ...]]) -> None:
    pairs = drawn(layout(graph))
    said = {name: tuple(up for up in graph if (up, name) in pairs) for name in graph}
    assert above(said) == above(graph)
    assert all(up in graph[name] for up, name in pairs), "no line for what was not asked"
    for up, name in pairs:
        others = {**said, name: tuple(one for one in said[name] if one != up)}
        assert up not in above(others)[name], f"{up} to {name} follows from others"


@settings(deadline=None)
@given(graphs())
def test_the_same_tasks_give_the_same_layout(graph: dict[str, tuple[str, ...]]) -> None:
    assert layout(graph) == layout(dict(graph))


def test_a_chain_is_level_and_a_fan_is_even() -> None:
    chain = layout({f"t{n}": (f"t{n - 1}",) if n else () for n in range(20)})
    assert {spot.row for spot in chain.spots.values()} == {0}
    fan = layout({"root": (), **{f"l{n}": ("root",) for n in range(5)}, "end": tuple(f"l{n}" for n in range(5))})
    assert [fan.spots[f"l{n}"].row for n in range(5)] == [0, 1, 2, 3, 4]
    assert fan.spots["root"].row == fan.spots["end"].row == 2


def test_tasks_without_dependencies_stand_side_by_side_below_the_others() -> None:
    found = layout({"a": (), "b": ("a",), **{f"x{n}": () for n in range(5)}})
    assert [(found.spots[f"x{n}"].column, found.spots[f"x{n}"].row) for n in range(5)] == [
        (0, 2), (1, 2), (0, 3), (1, 3), (0, 4),
    ]  # fmt: skip


def test_crossed_pairs_are_uncrossed() -> None:
    graph = {"a": (), "b": (), "c": (), "z": ("a",), "y": ("b",), "x": ("c",)}
    found = layout(graph)
    assert [found.spots[name].row for name in "zyx"] == [found.spots[name].row for name in "abc"]


def test_an_order_is_never_worse_than_the_one_given() -> None:
    before, after = [[], [], [], [2], [1], [0]], [[5], [4], [3], [], [], []]
    assert crossings([[0, 1, 2], [3, 4, 5]], before, [0, 1, 2, 0, 1, 2]) == 3
    assert ordered([[0, 1, 2], [3, 4, 5]], before, after) == [[0, 1, 2], [5, 4, 3]]


@given(st.lists(st.floats(-50, 50), max_size=12))
def test_fitted_numbers_rise_by_one_at_least(wanted: list[float]) -> None:
    found = fitted(wanted, [1.0] * len(wanted))
    assert all(right - left > 1 - 1e-6 for left, right in pairwise(found))


def test_fitted_numbers_are_where_they_are_wanted_if_they_can_be() -> None:
    assert fitted([1.0, 5.0, 9.0], [1, 1, 1]) == [1.0, 5.0, 9.0]
    assert fitted([0.0, 0.0, 0.0], [1, 1, 1]) == [-1.0, 0.0, 1.0]
    assert fitted([0.0, 0.0], [1, 3]) == [-0.75, 0.25]


def test_what_follows_from_others_is_left_out_also_over_many_columns() -> None:
    graph = {f"t{n}": tuple(f"t{one}" for one in range(n)) for n in range(30)}
    assert reduced(graph, columns(graph)) == {f"t{n}": (f"t{n - 1}",) if n else () for n in range(30)}


def test_lines_too_long_to_be_drawn_are_named() -> None:
    chain = {f"t{n}": (f"t{n - 1}",) if n else () for n in range(3000)}
    starts = {f"s{n}": () for n in range(40)}
    found = layering({**chain, **starts, "end": ("t2999", *starts)})
    assert found.cut == {(name, "end") for name in starts}
    assert "end" in found.lines["t2999"]


def test_ten_thousand_tasks_need_no_recursion() -> None:
    found = layout({f"t{n}": (f"t{n - 1}", f"t{n // 2}")[: 1 + (n > 1)] if n else () for n in range(10_000)})
    assert len(found.spots) == 10_000
