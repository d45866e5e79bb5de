from __future__ import annotations

import copy

from board_golden import same_as_golden
from hypothesis import given, settings
from played import played
from simulated import SHOWN, Run, plan, showcase, shown_fate

from board.view.links import behind, links, unblocks
from swarm.core.index import enter
from swarm.core.plan import Task
from swarm.core.state import State
from swarm.core.status import READY, TERMINAL, Status
from swarm.core.why import shown_status


def ready(state: State) -> set[str]:
    return {task.id for task in state.tasks.values() if shown_status(task) == READY}


@settings(max_examples=60, deadline=None)
@given(played())
def test_merging_a_task_makes_ready_just_what_was_said(run: Run) -> None:
    for name, task in run.state.tasks.items():
        if task.status is Status.MERGED:
            assert unblocks(run.state, task) == []
            continue
        merged = copy.deepcopy(run.state)
        enter(merged, merged.tasks[name], Status.MERGED)
        assert set(unblocks(run.state, task)) == ready(merged) - ready(run.state) - {name}


@settings(max_examples=60, deadline=None)
@given(played())
def test_what_waits_behind_a_task_is_told_apart_from_what_has_ended(run: Run) -> None:
    tasks = run.state.tasks
    for task in tasks.values():
        below = [tasks[name] for name in run.state.below.get(task.id, ()) if tasks[name].status not in TERMINAL]
        assert behind(run.state, task) >= len({one.id for one in below})
        assert set(unblocks(run.state, task)) <= {one.id for one in below}


def test_links_lead_to_every_neighbour() -> None:
    state = showcase(Run(plan(SHOWN, 4), shown_fate)).state
    for task in state.tasks.values():
        sheet = links(state, task)
        assert sorted(map(str, sheet.goals.values())) == sorted([*task.task.depends_on, *state.below[task.id]])
        assert list(sheet.stops) == sorted(sheet.goals)
        assert all(str(goal) in sheet.lines[at].text for at, goal in sheet.goals.items())


def test_links_as_they_are_read() -> None:
    state = showcase(Run(plan(SHOWN, 4), shown_fate)).state
    sheets = (links(state, state.tasks[name]) for name in ("api", "migrate", "captcha", "lint"))
    same_as_golden("links", "\n".join(line.text.rstrip() for sheet in sheets for line in sheet.lines))


def test_titles_of_neighbours_are_harmless() -> None:
    tasks = [Task("a", "", "p"), Task("b", "\x1b[2J[b]x[/b]\u202e", "p", ("a",))]
    state = Run(plan(tasks), lambda *_: "run").begin().state
    sheet = links(state, state.tasks["a"])
    assert any("[b]x[/b]" in line.text for line in sheet.lines)
    assert not any({"\x1b", "\u202e"} & set(line.text) for line in sheet.lines)
