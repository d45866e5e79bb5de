from __future__ import annotations

import pytest
from board_golden import same_as_golden
from hypothesis import given, settings
from hypothesis import strategies as st
from played import played
from rich.cells import cell_len
from simulated import BEGAN, SHOWN, Run, plan, showcase, shown_fate

from board.view.timeline import Chart, Shown, fitting
from swarm.core import events as e
from swarm.core.critical import critical
from swarm.core.summary import times
from swarm.core.timeline import Chronicle, Timeline, timeline


def shown_run(now: float = BEGAN + 120) -> Timeline:
    run = showcase(Run(plan(SHOWN, 4), shown_fate))
    return timeline(run.state, Chronicle.of(run.entries), now)


def chart_text(chart: Chart, left: int, width: int, shown: Shown) -> str:
    """The whole chart as text."""
    pad = " " * chart.name_width
    lines = [pad + "".join(stroke.text for stroke in chart.axis(left, width))]
    lines += [
        chart.name(lane).text + "".join(stroke.text for stroke in chart.line(lane, left, width, shown))
        for lane in lanes(chart)
    ]
    return "\n".join(line.rstrip() for line in lines)


def lanes(chart: Chart) -> range:
    return range(len(chart.timeline.lanes))


@pytest.mark.parametrize(("name", "per", "left", "width"), [("fits", 0.0, 0, 70), ("near", 0.5, 60, 90)])
def test_a_run_is_drawn_like_this(name: str, per: float, left: int, width: int) -> None:
    found = shown_run()
    chart = Chart(found, per or fitting(found, width))
    path = frozenset(("schema", "hashing"))
    same_as_golden(f"timeline-{name}", chart_text(chart, left, width, Shown("migrate", path)))


@settings(max_examples=40, deadline=None)
@given(played(), st.integers(0, 40))
def test_each_attempt_is_one_bar_and_a_worker_does_one_thing_at_a_time(run: Run, later: int) -> None:
    now = run.entries[-1].at + later
    found = timeline(run.state, Chronicle.of(run.entries), now)
    attempts = {(t.id, a.number, a.worker) for t in run.state.tasks.values() for a in t.attempts}
    bars = [(bar, lane.name) for lane in found.lanes for bar in lane.bars if bar.attempt]
    assert sorted((*bar.tasks, bar.attempt, worker) for bar, worker in bars) == sorted(attempts)
    for lane in found.lanes:
        ends = [bar.until(now) for bar in lane.bars]
        assert all(end <= bar.start for end, bar in zip(ends, lane.bars[1:], strict=False)), lane.name
    assert sum(bar.until(now) - bar.start for bar, _ in bars) == pytest.approx(times(run.state, now).work)


@settings(max_examples=50, deadline=None)
@given(played())
def test_every_merge_is_a_check_that_landed(run: Run) -> None:
    chronicle = Chronicle.of(run.entries)
    landed = [task for check in chronicle.checks.values() if check.landed for task in check.tasks]
    assert sorted(landed) == sorted(task.id for task in run.state.tasks.values() if task.merged)
    open_ones = {number for number, check in chronicle.checks.items() if check.outcome == "verifying"}
    hopeful = {
        number
        for number, candidate in run.state.candidates.items()
        if candidate.unbuildable is None
        and (candidate.judged is None or candidate.judged.verdict is e.Verdict.PASS)
    }
    assert open_ones == hopeful


@settings(max_examples=50, deadline=None)
@given(played())
def test_once_a_run_is_over_its_critical_path_is_that_of_the_summary(run: Run) -> None:
    run.play()
    if not run.state.over:
        run.record(e.RunStopped())
    assert critical(run.state, BEGAN) == times(run.state, BEGAN).critical


@settings(max_examples=40, deadline=None)
@given(played(), st.floats(0.01, 50), st.integers(0, 300), st.integers(1, 120))
def test_every_line_is_as_wide_as_asked(run: Run, per: float, left: int, width: int) -> None:
    found = timeline(run.state, Chronicle.of(run.entries), run.entries[-1].at + 3)
    chart = Chart(found, per)
    for line in (chart.axis(left, width), *(chart.line(n, left, width, Shown()) for n in lanes(chart))):
        assert sum(cell_len(stroke.text) for stroke in line) == width


@given(st.floats(0, 1e7), st.integers(3, 300))
def test_what_fits_fits(seconds: float, width: int) -> None:
    found = Timeline(0.0, seconds, False)
    assert Chart(found, fitting(found, width)).cells <= width


def test_a_bar_can_be_pointed_at() -> None:
    found = shown_run()
    chart = Chart(found, 1.0)
    for number, lane in enumerate(found.lanes):
        for bar in lane.bars:
            assert chart.bar_at(number, chart.span(bar)[0]) is bar
    assert chart.bar_at(0, 10_000) is None


def test_before_the_run_begins_there_is_an_axis_alone() -> None:
    chart = Chart(Timeline(0.0, 0.0, False), 1.0)
    assert "▾" in "".join(stroke.text for stroke in chart.axis(0, 20))
