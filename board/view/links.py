"""What a task depends on, what depends on it, and what merging it would let go now.  Pure.

Knows the state alone.  Every task named in the sheet can be followed.
"""

from __future__ import annotations

from collections.abc import Iterable

from board.view import harmless
from board.view.columns import MARKS, PLACE, Column
from board.view.sheet import Goal, Part, Sheet, TextLine, TextRole, joined
from swarm.core import words
from swarm.core.state import State, TaskState
from swarm.core.status import TERMINAL, Status
from swarm.core.why import shown_status

_LOOKS: dict[Column, TextRole] = {
    Column.MERGED: "good", Column.FAILED: "bad", Column.NEEDS_YOU: "hint", Column.RUNNING: "strong",
}  # fmt: skip


def unblocks(state: State, task: TaskState) -> list[str]:
    """Ids of the tasks that would become ready if this one were merged now, in the order of the file."""
    if task.released:
        return []
    below = (state.tasks[name] for name in dict.fromkeys(state.below.get(task.id, ())))
    return [one.id for one in below if one.status is Status.PENDING and one.open_upstreams == _links(one, task)]


def _links(dependent: TaskState, upstream: TaskState) -> int:
    return sum(name == upstream.id for name in dependent.task.depends_on)


def behind(state: State, task: TaskState) -> int:
    """How many tasks wait for this one, directly or through others."""
    seen, todo = {task.id}, [task.id]
    while todo:
        for name in state.below.get(todo.pop(), ()):
            if name not in seen and state.tasks[name].status not in TERMINAL:
                seen.add(name)
                todo.append(name)
    return len(seen) - 1


def links(state: State, task: TaskState) -> Sheet:
    """The tasks above and below, with marks and statuses."""
    above = [state.tasks[name] for name in dict.fromkeys(task.task.depends_on)]
    below = [state.tasks[name] for name in dict.fromkeys(state.below.get(task.id, ()))]
    freed = set(unblocks(state, task))
    lines: list[TextLine] = [_merging(state, task, freed)]
    goals: dict[int, Goal] = {}
    for title, tasks in (("depends on", above), ("needed by", below)):
        lines += [TextLine(""), TextLine(title if tasks else f"{title} nothing", "hint" if tasks else "dim")]
        goals |= {len(lines) + place: one.id for place, one in enumerate(tasks)}
        lines += _listed(tasks, freed)
    return Sheet(lines, sorted(goals), goals)


def _merging(state: State, task: TaskState, freed: Iterable[str]) -> TextLine:
    names = [name for name in state.below.get(task.id, ()) if name in freed]
    if task.released:
        text = "it is merged" if task.status is Status.MERGED else "its dependents wait for it no longer"
        return TextLine(f"{text}: nothing waits for it", "dim")
    more = behind(state, task)
    if not more:
        return TextLine("nothing waits for it", "dim")
    rest = f", {more} {'waits' if more == 1 else 'wait'} for it in all" if more > len(names) else ""
    if not names:
        return TextLine(f"merging it now would make nothing ready{rest}", "dim")
    return joined("merging it now would make ready: ", (harmless.line(words.some(names, 8)), "strong"), rest)


def _listed(tasks: list[TaskState], freed: set[str]) -> list[TextLine]:
    width = min(28, max((len(one.id) for one in tasks), default=0))
    return [_line(one, width, one.id in freed) for one in tasks]


def _line(task: TaskState, width: int, freed: bool) -> TextLine:
    status = shown_status(task)
    look = _LOOKS.get(PLACE[status], "plain")
    title = "" if task.task.title == task.id else f"  {harmless.line(task.task.title)}"
    news: Part = ("  → ready then" if freed else "", "hint")
    return joined(f" {MARKS[status]} {harmless.line(task.id):<{width}}  ", (f"{status:<9}", look), news, title)
