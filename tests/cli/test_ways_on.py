"""Every way on that `swarm why` names is a command that can be typed, and lifts what it is named for."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from swarm.cli import parser_of
from swarm.core import events as e
from swarm.core.commands import decide
from swarm.core.evolve import evolve
from swarm.core.plan import OnFailure, Plan, Review, Task, WorkerSpec
from swarm.core.state import State
from swarm.core.why import why

BASE, HEAD = "b" * 40, "c" * 40
TASKS = (
    Task("a", "a", "a", on_failure=OnFailure.SKIP, files=("src/**",)),
    Task("b", "b", "b", ("a",)),
    Task("c", "c", "c", files=("src/c",)),
    Task("sql", "s", "s", skills=("sql",)),
    Task("held", "h", "h", review=Review()),
)
CREW = (WorkerSpec("w"), WorkerSpec("v"))

CLAIMED = e.TaskClaimed("a", 1, "w", BASE)
RUNNING = (CLAIMED, e.AttemptAssigned("a", 1), e.AttemptStarted("a", 1, 7))
FAILED = (*RUNNING, e.AttemptEnded("a", 1, e.Outcome.FAILED, "no"), e.TaskGaveUp("a", 1, "used up"))
SEALED = (*RUNNING, e.WorkSealed("a", 1, HEAD))
SPENT = (CLAIMED, e.AttemptEnded("a", 1, e.Outcome.FAILED, "no", usage=e.Usage(usd=9.0)))

HELD_UP: dict[str, tuple[str, tuple[e.Event, ...], str, dict[str, Any]]] = {
    "running": ("a", RUNNING, "", {}),
    "waiting": ("a", (*RUNNING, e.QuestionAsked("a", 1, "q", "which?")), "answer", {"task": "a", "text": "this one"}),
    "paused": ("a", (e.TaskPaused("a", 0),), "unpause", {"task": "a"}),
    "suspended": ("a", (*RUNNING, e.AttemptSuspended("a", 1)), "unpause", {"task": "a"}),
    "taken": ("a", (*RUNNING, e.AttemptTaken("a", 1, "ann")), "release", {"task": "a"}),
    "review": ("a", (*SEALED, e.WorkHeld("a", 1, "x")), "approve", {"task": "a"}),
    "failed": ("a", FAILED, "retry", {"task": "a"}),
    "skipped": ("b", (*FAILED, e.TaskSkipped("b", 0, "a")), "retry", {"task": "a"}),
    "cancelled": ("a", (e.TaskCancelled("a", 0, "ann"),), "retry", {"task": "a"}),
    "blocked": ("b", (e.TaskCancelled("a", 0, "ann"),), "retry", {"task": "a"}),
    "waits": ("b", (), "", {}),
    "rival": ("c", RUNNING, "", {}),
    "skills": ("sql", (), "cancel", {"task": "sql"}),
    "broken": ("a", (e.WorkerBroken("w", "x"), e.WorkerBroken("v", "x")), "", {}),
    "budget": ("a", SPENT, "budget", {"usd": 20}),
    "stopped": ("a", (e.RunStopping("ann"), e.RunStopped()), "", {}),
    "strayed": ("a", (*SEALED, e.TipRefused("", "garbage")), "", {}),
    "merged": ("a", (*SEALED, e.CandidateFormed(1, BASE, (e.Member("a", 1, HEAD, 1),)),
                     e.CandidateJudged(1, HEAD, e.Verdict.PASS, commits=(HEAD,)), e.CandidateLanding(1, BASE, HEAD),
                     e.CandidateLanded(1, BASE, HEAD)), "", {}),
}  # fmt: skip
"""What holds which task up, and the order to the leader that its way on comes to (none: a verb that only looks)."""


def state_of(*more: e.Event) -> State:
    state = State()
    plan = Plan("p", TASKS, workers=CREW, run_budget=9.0)
    ready = (e.WorkerReady("w", 1), e.WorkerReady("v", 2))
    for event in (
        e.RunStarted("r", "/r", BASE, "main", plan), e.LeaderStarted(1, "b"), e.TipMoved(BASE), *ready, *more,
    ):  # fmt: skip
        evolve(state, e.Entry(state.seq + 1, 1.7e9, 1.0, (event,)))
    return state


@pytest.mark.parametrize("name", HELD_UP)
def test_the_way_on_can_be_typed(name: str) -> None:
    task, events, verb, args = HELD_UP[name]
    state = state_of(*events)
    words = shlex.split(why(state, state.tasks[task]).command)
    assert words[0] == "swarm"
    options = parser_of(words[1]).parse_args(words[2:])
    if verb and words[1] != "merge":
        assert words[1] == verb
    assert options is not None
    assert args.get("task", task) in words or "task" not in args


@pytest.mark.parametrize("name", [name for name, (_, _, verb, _) in HELD_UP.items() if verb])
def test_the_way_on_lifts_what_it_is_named_for(name: str) -> None:
    task, events, verb, args = HELD_UP[name]
    state = state_of(*events)
    before = why(state, state.tasks[task])
    decision = decide(state, verb, args, "ann", "c-1")
    evolve(state, e.Entry(state.seq + 1, 1.7e9, 1.0, decision.events))
    after = why(state, state.tasks[task])
    assert after.text != before.text
