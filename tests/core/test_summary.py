from __future__ import annotations

from swarm.core.events import Usage
from swarm.core.plan import Task
from swarm.core.state import Attempt, State, TaskState
from swarm.core.status import Status
from swarm.core.summary import Size, figures, summary, times


def state(*tasks: tuple[str, tuple[str, ...], float], title: str = "") -> State:
    """A run that began at 1000; each task (id, upstreams, seconds) began then too."""
    found = State(run="demo", base="0" * 40, began=1000.0, ended=1100.0)
    for index, (name, upstreams, seconds) in enumerate(tasks):
        made = TaskState(Task(name, title or name, "x", depends_on=upstreams), index)
        if seconds:
            made.attempts.append(Attempt(1, "worker-1", "0" * 40, 1000.0, 1000.0 + seconds, "sealed"))
        found.tasks[name] = made
    return found


def test_the_critical_path_is_the_chain_with_the_most_work() -> None:
    found = times(state(("a", (), 1), ("b", (), 30), ("c", ("a", "b"), 5), ("d", ("a",), 32)), now=0)
    assert found.critical == ("b", "c")
    assert (found.chain_work, found.work, found.wall) == (35, 68, 100)


def test_a_task_that_never_ran_is_on_no_path() -> None:
    assert times(state(("a", (), 1), ("b", ("a",), 0)), now=0).critical == ("a",)
    assert times(state(("a", (), 0)), now=0).critical == ()


def test_an_attempt_under_way_counts_up_to_now() -> None:
    found = state(("a", (), 5))
    found.tasks["a"].attempts[0].ended = None
    assert times(found, now=1020.0).work == 20


def test_a_chain_of_thousands_needs_no_recursion() -> None:
    tasks = [("t0", (), 1.0), *((f"t{n}", (f"t{n - 1}",), 1.0) for n in range(1, 5000))]
    found = times(state(*tasks), now=0)
    assert (len(found.critical), found.chain_work) == (5000, 5000)


def test_a_title_cannot_break_the_table() -> None:
    made = state(("a", (), 1), title="one | two\n| three <script> `x`")
    made.tasks["a"].status, made.tasks["a"].merged = Status.MERGED, "1" * 40
    [row] = [line for line in summary(made, {}, 0, "today").splitlines() if line.startswith("| a |")]
    assert row.startswith("| a | one \\| two | 1111111111 |")


def test_what_it_cost_is_said_where_anything_is_known() -> None:
    made = state(("a", (), 1))
    assert "tokens" not in summary(made, {}, 0, "today")
    made.usage = Usage(1200, 300, 0.5)
    assert "- 1200 tokens in, 300 out, $0.50" in summary(made, {}, 0, "today")


def test_figures_are_plain_values() -> None:
    made = state(("a", (), 1))
    made.tasks["a"].merged = "1" * 40
    found = figures(made, {"1" * 40: Size(1, 2, 3)}, 0)
    assert found["tasks"][0]["size"] == {"files": 1, "added": 2, "removed": 3}
    assert found["time"] == {"wall": 100.0, "work": 1.0, "critical_path": ["a"], "critical_work": 1.0}
