"""Which of the user's keys an agent sees that calls many services."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarm.agents import aider, opencode, pi
from swarm.agents.definition import Agent, Order
from swarm.agents.providers import VARIABLES
from swarm.cli.secrets import keep_secrets
from swarm.core.plan import Plan, Task, WorkerSpec
from swarm.files import read_json
from swarm.paths import RunDir

MANY = (opencode.OPENCODE, aider.AIDER, pi.PI)
PASSED = {"opencode": opencode.PASSED, "aider": aider.PASSED, "pi": pi.PASSED}


def passed(agent: Agent, model: str | None) -> tuple[str, ...]:
    return agent.launch(Order(Task("t", "t", "t", agent=agent.name, model=model), "")).pass_env


@pytest.mark.parametrize("agent", MANY, ids=lambda agent: agent.name)
def test_it_sees_the_keys_of_its_models_provider_alone(agent: Agent) -> None:
    found = passed(agent, "anthropic/claude-opus-4-6")
    keys = {name for name in found if name.endswith(("_KEY", "_TOKEN"))}
    assert "ANTHROPIC_API_KEY" in keys and all(name.startswith("ANTHROPIC_") for name in keys)
    assert "HTTPS_PROXY" in found
    assert "OPENROUTER_API_KEY" in passed(agent, "openrouter/anthropic/claude-opus-4-6")
    assert "ANTHROPIC_API_KEY" not in passed(agent, "openrouter/anthropic/claude-opus-4-6")


@pytest.mark.parametrize("model", [None, "", "gpt-5", "mine/some-model", "bedrock/anthropic.claude", "anthropic"])
@pytest.mark.parametrize("agent", MANY, ids=lambda agent: agent.name)
def test_where_the_model_names_no_provider_that_is_known_it_sees_all(agent: Agent, model: str | None) -> None:
    assert passed(agent, model) == PASSED[agent.name]


def test_every_key_that_is_passed_belongs_to_some_provider() -> None:
    keys = {name for names in PASSED.values() for name in names if name.endswith(("_KEY", "_TOKEN"))}
    assert keys <= frozenset().union(*VARIABLES.values())


def test_what_each_of_a_runs_tasks_needs_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GROQ_API_KEY"):
        monkeypatch.setenv(name, "x")
    tasks = tuple(Task(m[0], "", "", agent="aider", model=f"{m}/model") for m in ("anthropic", "openai"))
    run = RunDir(tmp_path)
    keep_secrets(run, Plan("p", tasks, workers=(WorkerSpec("w"),)), tasks)
    kept = {name for name in read_json(run.secrets) if name.endswith("_KEY")}
    assert kept == {"ANTHROPIC_API_KEY", "OPENAI_API_KEY"}
