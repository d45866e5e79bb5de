from __future__ import annotations

import json

from samples import BASE, told

from inbox.message import MAX_TEXT_BYTES
from swarm.core import events as e
from swarm.core.listing import MOST, listing
from swarm.core.plan import Plan, Task, WorkerSpec
from swarm.core.state import State


def run(tasks: tuple[Task, ...], *more: e.Event) -> State:
    plan = Plan("p", tasks, workers=(WorkerSpec("w"),))
    return told(
        e.RunStarted("r", "/r", BASE, "main", plan), e.LeaderStarted(1, "b"), e.TipMoved(BASE), e.WorkerReady("w", 1),
        *more,
    )  # fmt: skip


def test_the_own_task_comes_first_then_its_neighbours_then_the_rest() -> None:
    tasks = (
        Task("far", "Far", "x"), Task("up", "Up", "x"), Task("own", "Own", "x", ("up",)),
        Task("down", "Down", "x", ("own",)),
    )  # fmt: skip
    state = run(tasks, e.TaskClaimed("up", 1, "w", BASE))
    assert listing(state, "w")["you"] == "up"
    assert [task["id"] for task in listing(state, "w")["tasks"]] == ["up", "own", "far", "down"]
    assert listing(state, "w")["tasks"][1] == {
        "id": "own", "title": "Own", "status": "blocked", "worker": None, "depends_on": ["up"],
    }  # fmt: skip
    assert listing(state, "nobody")["you"] is None


def test_a_listing_of_many_tasks_with_long_titles_fits_into_a_message() -> None:
    names = [f"{number:063d}" for number in range(1000)]
    tasks = tuple(Task(name, "\U0001f600" * 72, "x", tuple(names[:number])) for number, name in enumerate(names))
    found = listing(run(tasks), "w")
    assert len(found["tasks"]) == MOST and found["more"] == 1000 - MOST
    assert len(json.dumps(found, ensure_ascii=False).encode()) < MAX_TEXT_BYTES
