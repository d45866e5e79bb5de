"""Who does a task: its own agent before that of the worker which runs it, and that before the file's."""

from __future__ import annotations

import pytest
from samples import BASE, told

from swarm.core import events as e
from swarm.core.accounts import account, bar
from swarm.core.plan import Plan, Role, Task, WorkerSpec
from swarm.core.pools import conversed, done_by, present, ways
from swarm.core.report import status
from swarm.core.rules import admit
from swarm.core.state import State
from swarm.core.taskfile import parse
from swarm.core.why import why

PLAIN, OTHER = WorkerSpec("plain"), WorkerSpec("other", agent="codex")
PLAN = Plan("p", (), roles=(Role("r", model="opus"), Role("g", model="gpt-5")))


def task(text: str, top: str = "agent: claude") -> Task:
    roles = {"r": "---\nmodel: opus\n---\nBe.\n", "g": "---\nmodel: gpt-5\n---\nBe.\n"}
    file = f"{top}\nroles: r\ntasks: [{{id: a, {text}}}]"
    return parse(file.encode(), "tasks.yaml").plan(str, roles).tasks[0]


@pytest.mark.parametrize(
    ("text", "worker", "agent", "model"),
    [
        ("prompt: x", PLAIN, "claude", None),
        ("prompt: x", OTHER, "codex", None),
        ("prompt: x, agent: gemini", OTHER, "gemini", None),
        ("command: make", OTHER, "command", None),
        ("prompt: x, model: m", OTHER, "codex", "m"),
        ("prompt: x, role: r", OTHER, "codex", None),
        ("prompt: x, role: r", PLAIN, "claude", "opus"),
        ("prompt: x, role: g", OTHER, "codex", "gpt-5"),
        ("prompt: x", WorkerSpec("w", agent="codex", model="gpt-5"), "codex", "gpt-5"),
        ("prompt: x, model: m", WorkerSpec("w", agent="codex", model="gpt-5"), "codex", "m"),
        ("prompt: x", WorkerSpec("w", model="haiku"), "claude", "haiku"),
        ("prompt: x, agent: gemini", WorkerSpec("w", model="haiku"), "gemini", None),
    ],
)  # fmt: skip
def test_a_worker_has_its_own_agent_do_what_names_none(text: str, worker: WorkerSpec, agent: str, model: str) -> None:
    found = done_by(PLAN, task(text), worker)
    assert (found.agent, found.model) == (agent, model)


def test_the_files_model_is_not_handed_to_an_agent_for_which_it_was_not_meant() -> None:
    given = task("prompt: x", "agent: claude\nmodel: opus")
    assert [done_by(PLAN, given, w).model for w in (PLAIN, OTHER, WorkerSpec("w", agent="claude"))] == [
        "opus", None, "opus",
    ]  # fmt: skip


def test_each_way_in_which_the_workers_would_do_it_is_looked_at_once() -> None:
    able = WorkerSpec("able", ("sql",), agent="codex")
    crew = (PLAIN, OTHER, WorkerSpec("more", agent="codex"), able)
    assert [way.agent for way in ways(PLAN, task("prompt: x"), crew)] == ["claude", "codex"]
    assert [way.agent for way in ways(PLAN, task("prompt: x, skills: [sql]"), crew)] == ["codex"]
    assert [way.agent for way in ways(PLAN, task("prompt: x, skills: [go]"), crew)] == ["claude"]


def begun(*crew: WorkerSpec) -> State:
    plan = Plan("p", (task("prompt: x"),), workers=crew)
    return told(
        e.RunStarted("r", "/r", BASE, "main", plan), e.LeaderStarted(1, "boot-1"),
        e.CandidateFormed(0, BASE, ()), e.CandidateJudged(0, BASE, e.Verdict.PASS), e.CandidateLanding(0, None, BASE),
        e.CandidateLanded(0, None, BASE), e.Published(BASE, "swarm/r"),
        *(e.WorkerReady(spec.name, 7) for spec in crew),
    )  # fmt: skip


def attempt(state: State, number: int, worker: str, session: str = "") -> State:
    told(e.TaskClaimed("a", number, worker, BASE), e.AttemptAssigned("a", number), state=state)
    told(e.AttemptStarted("a", number, 8), state=state)
    return told(e.AgentIdentified("a", number, session, ""), state=state) if session else state


def failed(state: State, number: int) -> State:
    return told(e.AttemptEnded("a", number, e.Outcome.FAILED, "it exited with 1"), state=state)


@pytest.mark.parametrize(("again", "goes_on"), [("other", False), ("plain", True)])
def test_a_conversation_goes_on_with_the_agent_that_had_it_alone(again: str, goes_on: bool) -> None:
    state = failed(attempt(begun(PLAIN, OTHER), 1, "plain", "s-1"), 1)
    found = attempt(state, 2, again).tasks["a"]
    assert conversed(state, found) == (found.attempts[0] if goes_on else None)
    assert present(state, found).agent == ("claude" if goes_on else "codex")


def test_a_conversation_that_another_agent_has_followed_is_not_taken_up_again() -> None:
    state = failed(attempt(begun(PLAIN, OTHER), 1, "plain", "s-1"), 1)
    state = attempt(failed(attempt(state, 2, "other", "s-2"), 2), 3, "plain")
    assert conversed(state, state.tasks["a"]) is None


def test_a_closed_account_keeps_a_task_from_the_workers_on_it_alone() -> None:
    state = begun(PLAIN, OTHER)
    attempt(state, 1, "plain")
    told(e.AttemptLimited("a", 1, "claude", "usage limit reached", 9e9), state=state)
    assert account(state.plan, present(state, state.tasks["a"])) == "claude"
    told(e.AttemptEnded("a", 1, e.Outcome.LOST, "its worker is gone"), e.TaskUnpaused("a", 1), state=state)
    assert bar(state, state.tasks["a"]) is None
    assert [(event.task, event.worker) for event in admit(state, 1.0) if isinstance(event, e.TaskClaimed)] == [
        ("a", "other")
    ]
    told(e.WorkerBroken("other", "no such program"), state=state)
    assert bar(state, state.tasks["a"]) is not None
    assert "claude" in why(state, state.tasks["a"]).text


def test_status_says_by_which_agent_a_task_is_done() -> None:
    state = begun(PLAIN, OTHER)
    shown = status(state, leader_alive=True, worktrees="/w")
    assert [worker["agent"] for worker in shown["workers"]] == [None, "codex"]
    assert shown["tasks"][0]["agent"] == "claude"
    shown = status(attempt(state, 1, "other"), leader_alive=True, worktrees="/w")
    assert shown["tasks"][0]["agent"] == "codex"
