"""What the gate said of the candidate that a task was last in: verdict, commands, output.  Pure.

Knows the state, what is remembered of the task, and the lines of the gate's log, not where the log lies.  Verdict and
seconds are the journal's.  Which command said what is read off the log, where the gate writes each command before it
runs; what a command prints could imitate that, so it decides nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from board.view import harmless
from board.view.sheet import Goal, Part, Sheet, TextLine, TextRole, joined, told
from swarm.core import events as e
from swarm.core import words
from swarm.core.events import Verdict
from swarm.core.state import State

_VERDICTS: dict[Verdict, tuple[str, TextRole]] = {
    Verdict.PASS: ("✓ green", "good"),
    Verdict.FAIL: ("✗ red", "bad"),
    Verdict.ERROR: ("! could not be verified", "bad"),
}

TRIED = "$ "
"""What the gate writes before a command, and..."""

SAID = "── "
"""...before its own words at the end."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A candidate as far as one task's history tells: who was in it, and what became of it."""

    number: int
    members: tuple[str, ...]
    judged: e.CandidateJudged | None = None
    unbuildable: str = ""


def last_trial(task: str, past: Iterable[tuple[float, e.Event]]) -> Trial | None:
    """The newest candidate that the task was in; None where there was none."""
    found: Trial | None = None
    for _, event in past:
        match event:
            case e.CandidateFormed() if any(member.task == task for member in event.members):
                found = Trial(event.candidate, tuple(member.task for member in event.members))
            case e.CandidateJudged() if found and event.candidate == found.number:
                found = Trial(found.number, found.members, event)
            case e.MergeConflicted() if found and event.candidate == found.number:
                found = Trial(found.number, found.members, None, f"it conflicts in {words.some(event.paths)}")
            case e.CandidateDropped() if found and event.candidate == found.number and found.judged is None:
                found = Trial(found.number, found.members, None, event.why)
    return found


def commands(state: State, trial: Trial) -> tuple[str, ...]:
    """The commands that the gate runs for a candidate, in their order."""
    own = (state.tasks[name].task.verify for name in trial.members if name in state.tasks)
    return tuple(dict.fromkeys(itertools.chain(state.plan.verify, *own)))


def gate(state: State, trial: Trial | None, log: Sequence[TextLine] | None) -> Sheet:
    """The sheet.  `log`: None where there is no such file (yet)."""
    if trial is None:
        return told("it has not been verified yet")
    every = commands(state, trial)
    log = log or ()
    begins = {TRIED + harmless.block(command.partition("\n")[0] or " ")[0]: command for command in reversed(every)}
    heads = _heads(log, begins, every)
    lines = [_verdict(trial), *_listed(every, heads, trial)]
    goals: dict[int, Goal] = {}
    shift = len(lines) + 1
    for place, command in enumerate(every):
        if command in heads:
            goals[1 + place] = shift + heads[command]
    stops = [shift + at for at, line in enumerate(log) if not line.spans and line.text in begins]
    body = [_toned(line, begins) for line in log] or _instead(trial)
    return Sheet([*lines, TextLine(""), *body], stops, goals)


def _verdict(trial: Trial) -> TextLine:
    with_others = [name or "the target branch" for name in trial.members]
    what = f"  candidate {trial.number} with {harmless.line(words.some(with_others))}"
    if trial.judged is None:
        state: Part = ("✗ not verified", "bad") if trial.unbuildable else ("◐ being verified", "hint")
        return joined(state, what, (f"  {harmless.line(trial.unbuildable)}" if trial.unbuildable else "", "dim"))
    cached = ", known from the same tree" if trial.judged.cached else ""
    flaky = ", on the second run" if trial.judged.flaky else ""
    return joined(_VERDICTS[trial.judged.verdict], what, (f"  {trial.judged.seconds:.1f} s{cached}{flaky}", "dim"))


def _listed(every: Sequence[str], heads: Mapping[str, int], trial: Trial) -> list[TextLine]:
    """Each command with what is known of it: those before the last one begun went well."""
    judged = trial.judged
    begun = max((place for place, command in enumerate(every) if command in heads), default=-1)
    found = []
    for place, command in enumerate(every):
        if (judged is not None and judged.verdict is Verdict.PASS) or place < begun:
            mark: tuple[str, TextRole] = ("✓", "good")
        elif place == begun:
            mark = ("✗", "bad") if judged is not None else ("◐", "hint")
        else:
            mark = ("·", "dim")
        found.append(joined(" ", mark, f" {harmless.line(command, 200)}"))
    return found


def _heads(log: Sequence[TextLine], begins: Mapping[str, str], every: Sequence[str]) -> dict[str, int]:
    """Where each command begins; a gate that ran twice is told by its second run."""
    found: dict[str, int] = {}
    for at, line in enumerate(log):
        command = None if line.spans else begins.get(line.text)
        if command is None:
            continue
        if command == every[0]:
            found.clear()
        found[command] = at
    return found


def _toned(line: TextLine, begins: Mapping[str, str]) -> TextLine:
    if line.spans:
        return line
    if line.text in begins:
        return TextLine(line.text, "strong")
    return TextLine(line.text, "bad") if line.text.startswith(SAID) else line


def _instead(trial: Trial) -> list[TextLine]:
    """What there is to read without a log."""
    if trial.judged is None:
        return [TextLine("no output yet", "dim")]
    lines = harmless.block(trial.judged.excerpt)
    return [TextLine(line) for line in lines] or [TextLine("the gate printed nothing", "dim")]
