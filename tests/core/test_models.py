"""Names of models: a mismatch is said where there is one, and never where there is none."""

from __future__ import annotations

import pytest
from samples import PLAN, TASK, run_in

from swarm.core import events as e
from swarm.core.models import asked, is_same, mismatch
from swarm.core.plan import Plan, Role, Task
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


def test_a_task_asks_for_its_own_model_before_that_of_its_role() -> None:
    plan = Plan("p", (), roles=(Role("architect", model="opus"),))
    own, role, none = Task("a", "", "", model="haiku", role="architect"), Task("a", "", "", role="architect"), Task(
        "a", "", "")  # fmt: skip
    assert [asked(plan, task) for task in (own, role, none)] == ["haiku", "opus", ""]


def test_another_model_is_told_of_the_newest_attempt_that_said_which_ran() -> None:
    state = run_in(Status.RUNNING, e.AgentIdentified(TASK, 1, "s", "claude-haiku-4-5"))
    task = state.tasks[TASK]
    assert mismatch(PLAN, task) == ""
    plan = Plan("p", (), roles=(Role("r", model="opus"),))
    task.task = Task(TASK, "", "", role="r")
    assert mismatch(plan, task) == "asked for opus, but claude-haiku-4-5 runs"
