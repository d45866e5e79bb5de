"""What became of a run, in a dozen lines: for the moment at which it ends, and for whoever opens it later.  Pure.

Linear in tasks; made once.  `swarm summary` tells the same at length.
"""

from __future__ import annotations

from board.view import harmless
from board.view.columns import MARKS
from board.view.rows import duration
from swarm.core import words
from swarm.core.state import Phase, State
from swarm.core.status import Status
from swarm.core.summary import times
from swarm.core.units import usd_text
from swarm.core.why import shown_status, why

MOST_LEFT = 8
"""Tasks that did not land which are told of."""

MOST_CHAIN = 6
"""Tasks of the critical path that are named."""


def ending(state: State, now: float) -> list[str]:
    """The lines, harmless; of a run that goes on, how far it is.  `now` in Unix seconds."""
    found = times(state, now)
    used = f", {usd_text(state.usage.usd)}" if state.usage.usd else ""
    lines = [
        harmless.line(f"{state.run} {_phase(state)}: {words.progress(state)}"),
        f"{duration(found.wall)} from start to end, {duration(found.work)} of work{used}",
    ]
    if len(found.critical) > 1:
        chain = " → ".join([*found.critical[:MOST_CHAIN], *(["…"] if len(found.critical) > MOST_CHAIN else [])])
        lines.append(harmless.line(f"the longest chain took {duration(found.chain_work)}: {chain}"))
    left = [task for task in state.tasks.values() if task.status is not Status.MERGED]
    if left:
        lines += ["", "did not land:"]
        for task in left[:MOST_LEFT]:
            status = shown_status(task)
            lines.append(harmless.line(f"  {MARKS[status]} {task.id} is {status}: {why(state, task).text}", 100))
        if len(left) > MOST_LEFT:
            lines.append(f"  … and {len(left) - MOST_LEFT} more")
    return [*lines, "", *_next(state)]


def _phase(state: State) -> str:
    if not state.over:
        return "goes on"
    return "was stopped" if state.phase is Phase.STOPPED else state.phase.value


def _next(state: State) -> list[str]:
    """What can be typed now."""
    if not state.over:
        return ["next: swarm status --watch"]
    found = ["swarm summary   all of it"]
    if state.counts[Status.MERGED] and state.target_merged != state.tip:
        found.insert(0, "swarm merge     lands what is green in your branch")
    if state.phase is not Phase.FINISHED:
        found.insert(0, "swarm resume    goes on")
    return [f"next: {found[0]}", *(f"      {line}" for line in found[1:])]
