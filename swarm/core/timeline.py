"""The timeline of a run: a lane for each worker with a bar for each attempt, and lanes of checks.  Pure.

Knows the state and what was remembered of candidates (`Chronicle`), which a state forgets once they have landed;
nothing of how it is drawn.  Times are Unix seconds as the journal has them.  The bars of a worker never overlap, each
attempt is one bar, and together they are as long as the work that `swarm summary` tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Self

from swarm.core import events as e
from swarm.core.state import Attempt, State, TaskState
from swarm.core.status import Status
from swarm.core.why import shown_status

CHECKS = "checks"
"""The name of the lane of candidates; where several are verified at once, `checks 2` and so on follow."""


@dataclass(slots=True)
class Check:
    """A candidate: what was verified together, and what became of it.  `tasks` is empty for the base."""

    number: int
    tasks: tuple[str, ...]
    began: float
    ended: float | None = None
    outcome: Status = Status.VERIFYING
    """Verifying; merged, once it has landed; failed; review, where the checks could not run; cancelled, where it was of
    no use any more."""
    verdict: str = ""
    landed: float | None = None


class Chronicle:
    """Every candidate of a run, in the order in which they were formed."""

    def __init__(self) -> None:
        self.checks: dict[int, Check] = {}

    @classmethod
    def of(cls, entries: Iterable[e.Entry]) -> Self:
        """All that these entries tell."""
        found = cls()
        for entry in entries:
            for event in entry.events:
                found.take(entry.at, event)
        return found

    def take(self, at: float, event: e.Event) -> None:
        """Remember what an event says of a candidate; most say nothing."""
        match event:
            case e.CandidateFormed():
                tasks = tuple(member.task for member in event.members if member.task)
                self.checks[event.candidate] = Check(event.candidate, tasks, at)
            case e.CandidateJudged(candidate=number) if check := self.checks.get(number):
                check.began = min(at, max(check.began, at - event.seconds))  # it may have waited for a free gate
                check.ended, check.verdict = at, event.verdict.value
                if event.verdict is not e.Verdict.PASS:
                    check.outcome = Status.FAILED if event.verdict is e.Verdict.FAIL else Status.REVIEW
            case e.CandidateUnbuildable(candidate=number) if check := self.checks.get(number):
                check.ended, check.verdict, check.outcome = at, "conflict", Status.FAILED
            case e.CandidateLanded(candidate=number) if check := self.checks.get(number):
                check.ended, check.landed, check.outcome = check.ended or at, at, Status.MERGED
            case e.CandidateDropped(candidate=number) if check := self.checks.get(number):
                if check.outcome is Status.VERIFYING:
                    check.ended, check.outcome = check.ended or at, Status.CANCELLED
            case e.TipMoved() | e.TipStrayed() | e.TipRefused():
                for check in self.checks.values():
                    if check.outcome is Status.VERIFYING:
                        check.ended, check.outcome = check.ended or at, Status.CANCELLED
            case _:
                pass


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that took a while.  `end` None: it is under way.  `status` as people see it (swarm.core.shapes);
    `attempt` is 0 for a check; `note`: what it came to, in a few words."""

    label: str
    tasks: tuple[str, ...]
    attempt: int
    start: float
    end: float | None
    status: str
    note: str
    landed: float | None = None

    def until(self, now: float) -> float:
        """Its end, or now; never before its start, whatever the clock did."""
        return max(self.start, now if self.end is None else self.end)


@dataclass(frozen=True, slots=True)
class Lane:
    """Bars one after another, in order of time."""

    name: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """`began`: the run's start; `until`: its end, or now; `is_over`: which of the two."""

    began: float
    until: float
    is_over: bool
    lanes: tuple[Lane, ...] = field(default=())


def timeline(state: State, chronicle: Chronicle, now: float) -> Timeline:
    """The timeline of a run: workers in the order of the plan, then the checks."""
    began = state.began if state.began is not None else now
    bars: dict[str, list[Bar]] = {name: [] for name in state.workers}
    for task in state.tasks.values():
        for attempt in task.attempts:
            bars.setdefault(attempt.worker, []).append(_bar(task, attempt))
    lanes = [Lane(name, tuple(sorted(some, key=_order))) for name, some in bars.items()]
    until = state.ended if state.over and state.ended is not None else now
    return Timeline(began, max(began, until), state.over, (*lanes, *_check_lanes(chronicle.checks.values(), until)))


def _order(bar: Bar) -> tuple[float, float, int]:
    return bar.start, bar.end if bar.end is not None else float("inf"), bar.attempt


def _bar(task: TaskState, attempt: Attempt) -> Bar:
    note = attempt.outcome or "under way"
    status = _status(task, attempt)
    return Bar(task.id, (task.id,), attempt.number, attempt.started, attempt.ended, status, note)


def _status(task: TaskState, attempt: Attempt) -> str:
    """What became of an attempt: of its work, where it has left some."""
    is_last = attempt is task.attempts[-1]
    if attempt.ended is None:
        return shown_status(task) if is_last else Status.CANCELLED.value
    if attempt.outcome == "sealed":
        lives = task.status in (Status.SEALED, Status.VERIFYING, Status.REVIEW, Status.MERGED)
        return task.status.value if is_last and lives else Status.CANCELLED.value
    if attempt.outcome in (e.Outcome.CANCELLED, e.Outcome.LOST, "set aside"):
        return Status.CANCELLED.value
    return Status.FAILED.value


def _check_lanes(checks: Iterable[Check], now: float) -> Iterator[Lane]:
    """As many lanes as were verified at once."""
    lanes: list[list[Bar]] = []
    for check in sorted(checks, key=lambda one: (one.began, one.number)):
        free = next((lane for lane in lanes if lane[-1].until(now) <= check.began), None)
        if free is None:
            free = []
            lanes.append(free)
        free.append(_check_bar(check))
    for number, lane in enumerate(lanes, start=1):
        yield Lane(CHECKS if number == 1 else f"{CHECKS} {number}", tuple(lane))


def _check_bar(check: Check) -> Bar:
    label = ", ".join(check.tasks) or ("the base" if check.number == 0 else "the target branch")
    is_base_green = not check.tasks and check.outcome is Status.MERGED
    note = check.verdict or check.outcome.value
    if check.outcome is Status.MERGED and not is_base_green:
        note += ", landed"
    return Bar(label, check.tasks, 0, check.began, check.ended, check.outcome.value, note, check.landed)
