"""A run on one page of HTML: what landed and what did not, the graph of tasks, the timeline.  Pure; no script.

Knows the state and the sizes it is given, as swarm.core.summary does; everything that people or agents wrote passes
swarm.core.picture.markup.  The page refers to nothing outside itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from swarm.core import words
from swarm.core.critical import critical, work
from swarm.core.picture import graphsvg, timesvg
from swarm.core.picture.markup import element, text
from swarm.core.picture.palette import style
from swarm.core.shapes import MARKS
from swarm.core.state import State, TaskState
from swarm.core.status import Status
from swarm.core.summary import Size, times
from swarm.core.timeline import Timeline
from swarm.core.units import duration_text, usd_text
from swarm.core.why import shown_status, why

_STYLE = """
body { margin: 2rem auto; max-width: 76rem; padding: 0 1rem; background: #ffffff; color: #1f2530;
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
.faint { color: #68717d; } code, .id { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
.wide { overflow-x: auto; border: 1px solid #d5dae0; border-radius: 6px; }
.wide svg { display: block; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .3rem .6rem; vertical-align: top; }
tr + tr { border-top: 1px solid #d5dae0; } .number { text-align: right; white-space: nowrap; }
.text { overflow-wrap: anywhere; } th { white-space: nowrap; }
@media (prefers-color-scheme: dark) {
  body { background: #14171c; color: #e6eaf0; } .faint { color: #9aa4b0; }
  .wide, tr + tr { border-color: #363d47; }
}
"""


def page(state: State, sizes: Mapping[str, Size], found: Timeline, now: float, began: str) -> str:
    """The page, with a newline at its end.  `sizes` by merge commit; `began`: day and hour of the start, for people."""
    path = critical(state, now)
    tasks = list(state.tasks.values())
    statuses = {task.id: shown_status(task) for task in tasks}
    merged = [task for task in tasks if task.status is Status.MERGED]
    others = [task for task in tasks if task.status is not Status.MERGED]
    title = f"{state.run}: {words.progress(state)}"
    parts = [
        element("h1", text(title)),
        *_facts(state, now, began, path),
        element("h2", "Tasks and what each depends on"),
        _wide(graphsvg.graph([task.task for task in tasks], statuses, path, styled=False)),
        element("h2", "Time"),
        _wide(timesvg.timeline(found, path, styled=False)),
        *([element("h2", "Landed"), _landed(merged, sizes, now)] if merged else []),
        *([element("h2", "Did not land"), _missing(state, others, now)] if others else []),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{text(title)}</title>\n<style>{_STYLE}{style()}</style>\n</head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def _facts(state: State, now: float, began: str, path: Sequence[str]) -> Iterator[str]:
    where = f", on {state.target}" if state.target else ""
    yield element("p", text(f"Began {began} on {words.commit(state.base)}{where}, with {len(state.workers)} workers."))
    spent = times(state, now)
    until = "from start to end" if state.over else "since the start"
    told = f"{duration_text(spent.wall)} {until}, {duration_text(spent.work)} of work in all attempts."
    if state.usage.usd:
        told += f" {usd_text(state.usage.usd)} were used."
    yield element("p", text(told))
    if state.reason:
        yield element("p", text(f"The run failed: {state.reason}"))
    if path:
        chain = [*path] if len(path) <= 12 else [*path[:10], "…", path[-1]]
        yield element("p", text(f"Critical path (heavy lines): {' → '.join(chain)}", 2000), class_="faint")


def _wide(picture: str) -> str:
    return element("div", picture, class_="wide")


def _landed(merged: Sequence[TaskState], sizes: Mapping[str, Size], now: float) -> str:
    rows = [_row(("task", "what", "commit", "files", "lines", "attempts", "work"), "th")]
    for task in merged:
        size = sizes.get(task.merged or "")
        lines = f"+{size.added} −{size.removed}" if size else ""
        commit = words.commit(task.merged) if task.merged else "report"
        cells = [f"{MARKS[Status.MERGED]} {task.id}", task.task.title, commit, str(size.files) if size else "", lines]
        rows.append(_row([*cells, str(len(task.attempts)), duration_text(work(task, now))]))
    return element("table", "\n".join(rows))


def _missing(state: State, others: Sequence[TaskState], now: float) -> str:
    rows = [_row(("task", "what", "where it stands", "attempts", "work"), "th")]
    for task in others:
        status = shown_status(task)
        reason = f"{status}: {why(state, task).text}"
        cells = [f"{MARKS[status]} {task.id}", task.task.title, reason, str(len(task.attempts))]
        rows.append(_row([*cells, duration_text(work(task, now))]))
    return element("table", "\n".join(rows))


def _row(cells: Sequence[str], kind: str = "td") -> str:
    """The first cell is an id; numbers stand at the end."""
    last = len(cells) - 1
    classes = {0: "id", last - 1: "number", last: "number"}
    made = (element(kind, text(cell, 500), class_=classes.get(at, "text")) for at, cell in enumerate(cells))
    return element("tr", "".join(made))
