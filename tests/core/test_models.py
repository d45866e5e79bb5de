"""Names of models: a mismatch is said where there is one, and never where there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from samples import TASK, run_in

from swarm.core import events as e
from swarm.core.models import asked, is_same, mismatch
from swarm.core.plan import AgentSpec, Plan, Role, Task
from swarm.core.status import Status


@pytest.mark.parametrize(
    ("wanted", "ran"),
    [
        ("sonnet", "claude-sonnet-4-5-20250929"), ("claude-sonnet-4-5", "claude-sonnet-4-5-20250929"),
        ("claude-sonnet-4.5", "anthropic/claude-sonnet-4-5"), ("Opus", "claude-opus-4-6"),
        ("sonnet[1m]", "claude-sonnet-4-5-20250929"), ("opusplan", "claude-sonnet-4-5"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5@20250929", "claude-sonnet-4-5"), ("models/gemini-2.5-pro", "gemini-2.5-pro"),
        ("gpt-5", "gpt-5-2025-08-07"), ("gpt-5", "openai/gpt-5"), ("inherit", "anything"), ("", "x"), ("x", ""),
        ("claude-3-5-haiku-latest", "claude-3-5-haiku-20241022"),
    ],
)  # fmt: skip
def test_what_can_be_the_same_is(wanted: str, ran: str) -> None:
    assert is_same(wanted, ran)


@pytest.mark.parametrize(
    ("wanted", "ran"),
    [
        ("opus", "claude-sonnet-4-5-20250929"), ("claude-opus-4-6", "claude-opus-4-5-20251101"),
        ("gpt-5", "gpt-5-codex"), ("gpt-5", "gpt-5-mini-2025-08-07"), ("gemini-2.5-pro", "gemini-2.5-flash"),
        ("opusplan", "claude-haiku-4-5"), ("claude-sonnet-4-5", "sonnet-4-5"),
    ],
)  # fmt: skip
def test_what_differs_in_more_than_its_date_and_provider_does_not(wanted: str, ran: str) -> None:
    assert not is_same(wanted, ran)


def test_what_was_asked_for_is_what_was_handed_on() -> None:
    """The model of a role that means nothing to the task's agent was never asked for, nor one that an agent of the
    user's own takes no line for."""
    plan = Plan("p", (), roles=(Role("architect", model="opus"),), agents=(AgentSpec("mine", ("mine",)),))
    asking, other, mine, none = (
        Task("a", "", "", agent="claude", model="haiku", role="architect"),
        Task("a", "", "", agent="codex", role="architect"), Task("a", "", "", agent="mine", model="m"),
        Task("a", "", ""),
    )  # fmt: skip
    assert [asked(plan, task) for task in (asking, other, mine, none)] == ["haiku", "", "", ""]
    assert asked(replace(plan, agents=(AgentSpec("mine", ("mine",), model=("-m",)),)), mine) == "m"


def test_another_model_is_told_of_the_newest_attempt_that_said_which_ran() -> None:
    state = run_in(Status.RUNNING, e.AgentIdentified(TASK, 1, "s", "claude-haiku-4-5"))
    task = state.tasks[TASK]
    assert mismatch(state, task) == ""
    task.task = Task(TASK, "", "", model="opus")
    assert mismatch(state, task) == "asked for opus, but claude-haiku-4-5 runs"
    task.task = Task(TASK, "", "", agent="codex", role="of-another-vendor")
    assert mismatch(state, task) == ""
