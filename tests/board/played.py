"""Random runs, stopped anywhere: what properties of the board are tried on."""

from __future__ import annotations

from hypothesis import strategies as st
from simulated import Run, plan

from swarm.core import events as e
from swarm.core.clashes import glance
from swarm.core.evolve import is_pertinent
from swarm.core.plan import OnFailure, Task

FATES = ("seal", "seal", "seal", "red", "error", "fail", "lost", "ask", "run", "claimed")


@st.composite
def played(draw: st.DrawFn) -> Run:
    """A run of a few tasks with random dependencies and fates, steered at random, stopped anywhere."""
    count = draw(st.integers(1, 9))
    tasks = []
    for number in range(count):
        above = draw(st.sets(st.integers(0, number - 1), max_size=3)) if number else set()
        policy = draw(st.sampled_from(OnFailure))
        names = tuple(f"t{one}" for one in sorted(above))
        rank = draw(st.integers(0, 2))
        tasks.append(Task(f"t{number}", f"Task {number}", "p", names, on_failure=policy, priority=rank))
    fates = draw(st.lists(st.sampled_from(FATES), min_size=7, max_size=7))
    run = Run(plan(tasks, 2), lambda task, attempt: fates[(int(task.id[1:]) * 3 + attempt) % 7]).begin()
    commands = st.sampled_from(("pause", "unpause", "cancel", "retry", "approve", "answer"))
    for _ in range(draw(st.integers(0, 12))):
        run.play(draw(st.integers(1, 8)))
        if not run.state.over:
            run.command(draw(commands), f"t{draw(st.integers(0, count - 1))}", "yes")
        look_ahead(run, draw(st.integers(0, 50)))
    return run


def look_ahead(run: Run, luck: int) -> None:
    """What a look for clashes may find."""
    found = glance(run.state)
    if found is not None and luck < 30:
        names = sorted(found.live)
        one, other = sorted((names[luck % len(names)], names[(luck + 1) % len(names)]))
        seen = e.ClashSeen(one, found.live[one].attempt, other, found.live[other].attempt, (f"{luck % 2}.py",))
        event = e.ClashGone(one, other) if luck % 3 == 0 else seen
        if is_pertinent(run.state, event):
            run.record(event)
