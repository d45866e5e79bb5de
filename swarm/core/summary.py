"""The summary of a run: what was asked, what landed, what did not and why, and where the time went.  Pure.

Knows the state and the sizes it is given, not where they come from.  `figures` is for programs, `summary` for people
(Markdown).  Times are in seconds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from swarm.core import models, words
from swarm.core.critical import heaviest, work
from swarm.core.plaintext import one_line
from swarm.core.report import branch, counts
from swarm.core.state import State, TaskState
from swarm.core.status import Status
from swarm.core.units import duration_text, usd_text
from swarm.core.why import shown_status, why


@dataclass(frozen=True, slots=True)
class Size:
    """How much one landed merge changed: files, and lines in those that are text."""

    files: int = 0
    added: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Times:
    """`wall`: from the start to the end.  `work`: all attempts, one after another.  `critical`: the chain of dependent
    tasks with the most work in it, which no number of workers would have shortened; `chain_work` is what it took."""

    wall: float
    work: float
    critical: tuple[str, ...]
    chain_work: float


def times(state: State, now: float) -> Times:
    """Where the time went.  Linear in tasks and dependencies."""
    took = {task.id: work(task, now) for task in state.tasks.values()}
    chain, chain_work = heaviest([task.task for task in state.tasks.values()], took)
    wall = 0.0 if state.began is None else (state.ended or now) - state.began
    return Times(wall, sum(took.values()), chain, chain_work)


def figures(state: State, sizes: Mapping[str, Size], now: float) -> dict[str, Any]:
    """The summary as JSON values (docs/protocol.md).  `sizes` by merge commit."""
    found = times(state, now)
    return {
        "run": state.run,
        "phase": state.phase.value,
        "base": state.base,
        "integration": state.tip,
        "target": state.target,
        "target_merged": state.target_merged,
        "counts": counts(state),
        "tasks": [_figures(state, task, sizes, now) for task in state.tasks.values()],
        "time": {"wall": found.wall, "work": found.work, "critical_path": list(found.critical),
                 "critical_work": found.chain_work},
        "usage": dataclasses.asdict(state.usage),
    }  # fmt: skip


def _figures(state: State, task: TaskState, sizes: Mapping[str, Size], now: float) -> dict[str, Any]:
    size = sizes.get(task.merged or "")
    return {
        "id": task.id,
        "title": task.task.title,
        "status": shown_status(task),
        "reason": why(state, task).text,
        "commit": task.commit,
        "merged": task.merged,
        "size": dataclasses.asdict(size) if size else None,
        "attempts": [dataclasses.asdict(attempt) for attempt in task.attempts],
        "work": work(task, now),
        "usage": dataclasses.asdict(task.usage),
    }


def summary(state: State, sizes: Mapping[str, Size], now: float, began: str) -> str:
    """The summary as Markdown, with a newline at its end.  `began` is the day and hour of the start, for people."""
    merged = [task for task in state.tasks.values() if task.status is Status.MERGED]
    others = [task for task in state.tasks.values() if task.status is not Status.MERGED]
    other = list(_models(merged + others, state))
    parts = [
        f"# {state.run}: {words.progress(state)}",
        "\n".join(_asked(state, began)),
        "\n".join(_landed(merged, sizes, now)),
        *(["## Did not land", *("\n".join(_missing(state, task, now)) for task in others)] if others else []),
        *(["## Other models than those asked for", "\n".join(other)] if other else []),
        "\n".join(_time(state, now)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _asked(state: State, began: str) -> Iterator[str]:
    where = f", on {state.target}" if state.target else ""
    many = f"{len(state.tasks)} tasks, {len(state.workers)} workers"
    yield f"- began {began} on {words.commit(state.base)}{where}: {many}"
    yield "- each merge was verified by: " + ("; ".join(f"`{_text(line)}`" for line in state.plan.verify) or "nothing")
    if state.phase.value == "failed":
        yield f"- the run failed: {_text(state.reason)}"
    if state.target_merged:
        yield f"- landed in your branch as {words.commit(state.target_merged)}"
    elif state.tip and state.tip != state.base:
        yield f"- waits at {words.commit(state.tip)} for `swarm merge`"


def _models(tasks: list[TaskState], state: State) -> Iterator[str]:
    """Where another model ran than the one asked for."""
    for task in tasks:
        other = models.mismatch(state, task)
        if other:
            yield f"- {task.id}: {_text(other)}"


def _landed(merged: list[TaskState], sizes: Mapping[str, Size], now: float) -> Iterator[str]:
    if not merged:
        yield "Nothing has landed."
        return
    yield "## Landed\n\n| task | what | commit | files | lines | attempts | work |\n|---|---|---|---|---|---|---|"
    for task in merged:
        size = sizes.get(task.merged or "")
        lines = f"+{size.added} −{size.removed}" if size else ""
        commit = words.commit(task.merged) if task.merged else "report"
        yield (f"| {task.id} | {_text(task.task.title)} | {commit} | {size.files if size else ''} | {lines} "
               f"| {_attempts(task)} | {duration_text(work(task, now))} |")  # fmt: skip
    known = [size for task in merged if (size := sizes.get(task.merged or ""))]
    files, added = sum(size.files for size in known), sum(size.added for size in known)
    yield f"| **all** | | | {files} | +{added} −{sum(size.removed for size in known)} | | |"


def _attempts(task: TaskState) -> str:
    """How many, and how those before the last one ended."""
    earlier = [attempt.outcome for attempt in task.attempts[:-1]]
    return str(len(task.attempts)) + (f" ({words.some(earlier)} before)" if earlier else "")


def _missing(state: State, task: TaskState, now: float) -> Iterator[str]:
    reason = why(state, task)
    yield f"### {task.id} is {shown_status(task)}\n"
    yield _text(reason.text, 500)
    yield ""
    yield f"- asked: {_text(task.task.title)}"
    for attempt in task.attempts:
        took = duration_text((attempt.ended or now) - attempt.started)
        ran = f", {_text(attempt.model, 80)}" if attempt.model else ""
        yield f"- attempt {attempt.number} ({attempt.worker}{ran}, {took}): {attempt.outcome or 'under way'}"
    if task.commit:
        yield f"- its work is kept at {words.commit(task.commit)} on {branch(state, task)}: `swarm rescue {task.id}`"
    if reason.command:
        yield f"- next: `{reason.command}`"


def _time(state: State, now: float) -> Iterator[str]:
    found = times(state, now)
    yield "## Time\n"
    yield f"- {duration_text(found.wall)} from start to end; {duration_text(found.work)} of work in all attempts"
    if found.critical:
        chain = [*found.critical] if len(found.critical) <= 12 else [*found.critical[:10], "…", found.critical[-1]]
        yield f"- critical path: {duration_text(found.chain_work)} in {' → '.join(chain)}"
    used = state.usage
    if used.input_tokens or used.output_tokens or used.usd:
        yield f"- {used.input_tokens} tokens in, {used.output_tokens} out, {usd_text(used.usd)}"


def _text(text: str, most: int = 120) -> str:
    """Somebody's words on one line, without letters that Markdown takes for a table or markup of its own."""
    line = one_line(text, most)
    return "".join({"|": "\\|", "<": "&lt;", "`": "'"}.get(letter, letter) for letter in line)
