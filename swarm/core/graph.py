"""The graph of a plan as text: plain lines, Mermaid, Graphviz dot or SVG, with the status of each task if known.  Pure.

Knows nothing of how statuses come about.  Plain lines go layer by layer and not as a tree, because a task with several
upstreams has no one place in a tree, and a chain of ten thousand tasks would indent itself out of memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from swarm.core.picture import graphsvg
from swarm.core.plan import Plan, Task, layers

Statuses = Mapping[str, str]

_NO_STATUSES: Statuses = {}
_COLOURS = {
    "merged": "#b7e4c7",
    "running": "#bde0fe",
    "verifying": "#d0d1ff",
    "claimed": "#bde0fe",
    "sealed": "#d0d1ff",
    "waiting": "#ffe8a3",
    "review": "#ffe8a3",
    "paused": "#e9ecef",
    "failed": "#ffc9c9",
    "skipped": "#e9ecef",
    "cancelled": "#e9ecef",
}


def ascii(plan: Plan, statuses: Statuses = _NO_STATUSES) -> str:
    """One line for each task: its layer (tasks of one layer may run side by side), id, status, title and upstreams."""
    width = min(max((len(task.id) for task in plan.tasks), default=0), 32)
    status_width = max(map(len, statuses.values()), default=0)
    lines = []
    for number, layer in enumerate(layers(plan.tasks), start=1):
        for index, task in enumerate(layer):
            status = f"{statuses.get(task.id, ''):{status_width}}  " if statuses else ""
            upstreams = f"  <- {', '.join(task.depends_on)}" if task.depends_on else ""
            title = "" if task.title == task.id else _line(task.title)
            text = f"{number if index == 0 else '':>4}  {task.id:{width}}  {status}{title}{upstreams}"
            lines.append(text.rstrip())
    return "\n".join(lines) + "\n"


def mermaid(plan: Plan, statuses: Statuses = _NO_STATUSES) -> str:
    """A Mermaid flowchart, left to right, as GitHub shows it in a ```mermaid block."""
    # nodes are t0, t1 …: an id such as `end` or `graph` is a word of Mermaid's own
    nodes = {task.id: f"t{index}" for index, task in enumerate(plan.tasks)}
    lines = ["flowchart LR"]
    for task in plan.tasks:
        label = _escaped(_label(task, statuses), lambda letter: f"#{ord(letter)};", '"<>#`\\')
        status = statuses.get(task.id)
        lines.append(f'    {nodes[task.id]}["{label}"]{f":::{status}" if status in _COLOURS else ""}')
    lines += [f"    {nodes[upstream]} --> {nodes[task.id]}" for task in plan.tasks for upstream in task.depends_on]
    used = sorted({status for status in statuses.values() if status in _COLOURS})
    lines += [f"    classDef {status} fill:{_COLOURS[status]},color:#000" for status in used]
    return "\n".join(lines) + "\n"


def dot(plan: Plan, statuses: Statuses = _NO_STATUSES) -> str:
    """A Graphviz digraph, left to right; the nodes are called as the tasks."""
    lines = ["digraph plan {", "    rankdir=LR;", '    node [shape=box, style="rounded,filled", fillcolor=white];']
    for task in plan.tasks:
        label = _escaped(_label(task, statuses), lambda letter: f"\\{letter}", '"\\')
        colour = _COLOURS.get(statuses.get(task.id, ""), "")
        fill = f', fillcolor="{colour}"' if colour else ""
        lines.append(f'    "{task.id}" [label="{label}"{fill}];')
    lines += [f'    "{upstream}" -> "{task.id}";' for task in plan.tasks for upstream in task.depends_on]
    return "\n".join([*lines, "}"]) + "\n"


def svg(plan: Plan, statuses: Statuses = _NO_STATUSES, path: Sequence[str] = ()) -> str:
    """A picture of its own, for a browser or a page.  `path`: the critical path, drawn in heavy lines."""
    return graphsvg.graph(plan.tasks, statuses, path)


FORMATS: Mapping[str, Callable[[Plan, Statuses], str]] = {"ascii": ascii, "mermaid": mermaid, "dot": dot, "svg": svg}
"""What `swarm graph --format` takes."""


def _label(task: Task, statuses: Statuses) -> str:
    title = "" if task.title == task.id else f": {_line(task.title)}"
    status = f" ({statuses[task.id]})" if task.id in statuses else ""
    return f"{task.id}{title}{status}"


def _line(text: str) -> str:
    """Text of the plan's author on one line, with nothing in it that a terminal obeys."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _escaped(text: str, escape: Callable[[str], str], letters: str) -> str:
    return "".join(escape(letter) if letter in letters else letter for letter in text)
