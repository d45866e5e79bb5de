from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Mapping

import pytest
from board_golden import same_as_golden
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from simulated import SHOWN, Run, plan, showcase, shown_fate

from board.view.card import Card, card
from board.view.gaps import LINES
from board.view.graph import Drawing, Look
from board.view.routing import Gap, Wire, grid_row, routed
from swarm.core.picture.layering import Upstreams
from swarm.core.picture.layout import Net, Spot
from swarm.core.state import State

SWAPPED = {"a": (), "b": (), "c": (), "x": ("a", "b", "c"), "y": ("a", "b", "c"), "z": ("a", "b", "c")}


def picture(found: Drawing, cards: Mapping[str, Card], path: tuple[str, ...] = (), *, tight: bool = False) -> str:
    """The whole drawing as text."""
    look = Look(cards, found.marked([*itertools.pairwise(path)]), found.marked([]), path)
    rows = found.tight if tight else found.airy
    lines = ["".join(stroke.text for stroke in found.line(row, 0, found.width, look)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)


def cards_of(state: State) -> dict[str, Card]:
    return {task.id: card(state, task) for task in state.tasks.values()}


def upstreams_of(state: State) -> Upstreams:
    return {task.id: task.task.depends_on for task in state.tasks.values()}


@pytest.mark.parametrize("tight", [False, True])
def test_a_run_is_drawn_like_this(tight: bool) -> None:
    state = showcase(Run(plan(SHOWN, 4), shown_fate)).state
    found = Drawing(upstreams_of(state))
    text = picture(found, cards_of(state), ("schema", "api", "ui", "e2e"), tight=tight)
    same_as_golden(f"graph-{'tight' if tight else 'airy'}", text)


def test_lines_that_change_places_make_a_detour() -> None:
    same_as_golden("graph-swapped", picture(Drawing(SWAPPED), {}))


def test_a_large_graph_is_drawn_like_this() -> None:
    tasks = {f"task-{n}": tuple(f"task-{n - back}" for back in (5, 7, 11) if n >= back) for n in range(40)}
    same_as_golden("graph-large", picture(Drawing(tasks), {}))


@st.composite
def nets(draw: st.DrawFn) -> list[Net]:
    """Lines from up to seven rows to up to seven rows, never two from one."""
    rows = st.integers(0, 6)
    found = []
    for row in sorted(draw(st.sets(rows, max_size=7))):
        ends = sorted(draw(st.sets(rows, min_size=1, max_size=4)))
        found.append(Net(Spot(f"s{row}", 0, row), tuple(Spot(f"t{end}", 1, end) for end in ends)))
    return found


def level_runs(gap: Gap, wires: list[Wire]) -> list[tuple[int, float, float, Wire]]:
    """Row, first and last track of each level part of each wire; a part to the edge ends beyond all tracks."""
    found: list[tuple[int, float, float, Wire]] = []
    for wire in wires:
        if wire.track is None:
            found.append((wire.start, -1, gap.tracks, wire))
            continue
        found.append((wire.start, -1 if wire.begins is None else wire.begins, wire.track, wire))
        if wire.goes_on is None:
            found += [(end, wire.track, gap.tracks, wire) for end in wire.ends]
    return found


@settings(deadline=None, max_examples=300)
@given(nets())
def test_lines_share_cells_only_on_their_way_to_the_same_task(found: list[Net]) -> None:
    gap = routed(found)
    wires = list(dict.fromkeys([*gap.starting.values(), *(one for some in gap.ending.values() for one in some)]))
    reached = {(wire.net.source.row, end) for wire in wires if wire.goes_on is None for end in wire.ends}
    assert reached == {(net.source.row, grid_row(spot)) for net in found for spot in net.targets}
    rows_of_tasks = {grid_row(spot) for net in found for spot in (net.source, *net.targets)}
    assert not gap.detours & rows_of_tasks
    for (row, first, last, one), (row2, first2, last2, two) in itertools.combinations(level_runs(gap, wires), 2):
        if row == row2 and one.net is not two.net and max(first, first2) <= min(last, last2):
            assert row in one.ends and row in two.ends, "one begins where the other still runs"
    for one, two in itertools.combinations([wire for wire in wires if wire.track is not None], 2):
        assert one.track != two.track or one.high < two.low or two.high < one.low, "two uprights in one cell"
    for wire in wires:
        assert wire.begins is None or wire.track is None or wire.begins < wire.track, "lines run to the right"


@settings(deadline=None)
@given(st.integers(0, 12), st.integers(0, 200), st.integers(1, 90))
def test_any_part_of_a_drawing_is_what_the_whole_has_there(row: int, left: int, width: int) -> None:
    state = showcase(Run(plan(SHOWN, 4), shown_fate)).state
    found = Drawing(upstreams_of(state))
    look = Look(cards_of(state), found.marked([]), found.marked([]))
    part = "".join(stroke.text for stroke in found.line(row, left, width, look))
    whole = "".join(stroke.text for stroke in found.line(row, 0, found.width, look))
    assert cell_len(part) == width
    assert part == whole[left : left + width].ljust(width)


def test_a_cell_knows_its_task() -> None:
    found = Drawing({"a": (), "b": ("a",)})
    row, first, width = found.place("b") or (0, 0, 0)
    assert {found.task_at(row, at) for at in range(first, first + width)} == {"b"}
    assert found.task_at(row, first - 1) is None
    assert found.task_at(row + 1, first) is None
    assert found.place("nobody") is None


def test_only_lines_of_marked_dependencies_are_marked_also_where_they_pass_others() -> None:
    found = Drawing({"a": (), "b": ("a",), "c": ("b",), "d": ("c",), "e": ("a",), "z": ("e", "d")})
    look = Look({}, found.marked([("e", "z")]), found.marked([("e", "z")]), ("e", "z"))
    lit = "".join(s.text for row in found.airy for s in found.line(row, 0, found.width, look) if s.ink == "lit")
    assert all(letter in " ▸" or "HEAVY" in unicodedata.name(letter) for letter in lit) and "━" in lit
    others = [s for row in found.airy for s in found.line(row, 0, found.width, look) if s.ink == "line"]
    assert not any("━" in stroke.text for stroke in others)


def test_every_meeting_of_lines_has_a_character_of_one_cell() -> None:
    assert len(LINES) == 81 and len(set(LINES)) == 81
    assert all(cell_len(letter) == 1 for letter in LINES)
