"""The run as a whole, as the board's head shows it.  Pure; costs the number of workers, not of tasks.

Knows nothing of widths and colours (board.view.rows).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from board.view import harmless, waiting
from board.view.columns import PLACE, Column
from board.view.estimate import HELD, Estimate
from swarm.core import report, words
from swarm.core.spending import over_budget, spent
from swarm.core.state import Phase, State
from swarm.core.status import Status
from swarm.core.units import size_text, usd_text


@dataclass(frozen=True, slots=True)
class Header:
    """What stands over the columns.  `elapsed` in seconds, `usd` in USD."""

    run: str = ""
    phase: str = ""
    total: int = 0
    merged: int = 0
    busy: int = 0
    workers: int = 0
    elapsed: float = 0.0
    usd: float = 0.0
    budget: float | None = None
    """USD that the run may use."""
    needs: int = 0
    """Tasks that wait for a person."""
    estimate: Estimate | None = None
    trouble: tuple[str, ...] = ()
    """What holds up the run as a whole, each a harmless line with a way out, the worst first."""
    counts: tuple[tuple[Column, int], ...] = tuple((column, 0) for column in Column)
    """How many cards each column has, from left to right; they add up to `total`."""
    ending: str = ""
    """One sentence on how the run ended; "" while it goes on."""


def header(state: State, now: float, found: Estimate | None = None, free: int | None = None) -> Header:
    """The header of a state.  `now` in Unix seconds; `found`: the newest estimate; `free`: bytes on its disk, where
    that is little."""
    until = state.ended if state.over and state.ended is not None else now
    return Header(
        run=harmless.line(state.run, 80),
        phase=state.phase.value,
        total=len(state.tasks),
        merged=state.counts[Status.MERGED],
        busy=sum(worker.task is not None for worker in state.workers.values()),
        workers=sum(not worker.broken for worker in state.workers.values()),
        elapsed=max(0.0, until - state.began) if state.began is not None else 0.0,
        usd=spent(state),
        budget=state.plan.run_budget,
        needs=sum(state.counts[status] for status in HELD),
        estimate=None if state.over else found,
        trouble=tuple(harmless.line(line, 200) for line in _trouble(state, now, free)),
        counts=_counts(state),
        ending=_ending(state),
    )


def _counts(state: State) -> tuple[tuple[Column, int], ...]:
    found = dict.fromkeys(Column, 0)
    for status, count in report.counts(state).items():
        found[PLACE[status]] += count
    return tuple(found.items())


def _trouble(state: State, now: float, free: int | None) -> Iterator[str]:
    if state.over:
        return
    if state.stray and state.stray.refused:
        yield f"nothing lands: {state.stray.refused} → swarm resume --put-back"
    if over_budget(state):
        yield f"the budget of {usd_text(state.plan.run_budget or 0)} is used up: nothing is begun → swarm budget USD"
    yield from waiting.holding_up(state, now)
    if free is not None:
        yield f"the disk is nearly full: {size_text(free)} are free → swarm clean"
    for worker in state.workers.values():
        if worker.broken:
            yield f"{worker.name} could not be started: {worker.broken} → swarm doctor"
    for name, hindrance in state.hindered.items():
        if hindrance.rests:
            yield f"{name} was hindered {hindrance.count} times and is tried again → swarm log"


def _ending(state: State) -> str:
    """Whether and how it ended, what became of the tasks, and what to type next."""
    match state.phase:
        case Phase.FINISHED:
            return f"the run finished: {words.progress(state)} ({_following(state)})"
        case Phase.STOPPED:
            return f"the run was stopped: {words.progress(state)} (next: swarm resume)"
        case Phase.FAILED:
            return harmless.line(f"the run failed: {state.reason}", 200)
        case Phase.STOPPING:
            return "the run is stopping: attempts under way are being ended, what they did is kept"
        case Phase.STARTING | Phase.RUNNING:
            return ""


def _following(state: State) -> str:
    """What to do about a run that has finished."""
    if not state.counts[Status.MERGED]:
        return "next: swarm summary"
    return "landed" if state.target_merged == state.tip else "next: swarm merge"
