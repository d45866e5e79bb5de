"""How the CLIs beside Claude Code are started, by golden files, and what they refuse.  Real ones: tests/clis."""

from __future__ import annotations

import json
import tomllib

import pytest
from agents_golden import launched, same_as_golden

from swarm.agents.definition import Agent, Order
from swarm.agents.registry import AGENTS
from swarm.core.plan import Permission, Task

SESSION = "11111111-2222-4333-8444-555555555555"
OTHERS = [AGENTS[name] for name in ("codex", "gemini", "opencode", "aider", "qwen", "pi", "copilot")]
RULED = ("gemini", "opencode", "copilot")
"""Those that keep to a list of allowed commands."""


def task(agent: str, permissions: Permission = Permission.EDITS, **more: object) -> Task:
    return Task("api", "Make it", "Make it.", agent=agent, permissions=permissions, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("permissions", [Permission.EDITS, Permission.ALL])
@pytest.mark.parametrize("agent", OTHERS, ids=lambda agent: agent.name)
def test_it_is_started_as_written_down(agent: Agent, permissions: Permission) -> None:
    allow = ("Bash(npm test:*)", "glob") if agent.name in RULED and permissions is Permission.EDITS else ()
    order = Order(task(agent.name, permissions, model="a-model", allow=allow), SESSION)
    assert agent.refuses(order.task) == ""
    same_as_golden(f"{agent.name}-{permissions}.txt", launched(agent.launch(order)))


@pytest.mark.parametrize("agent", OTHERS, ids=lambda agent: agent.name)
def test_who_can_ask_nobody_does_not_say_that_it_asks(agent: Agent) -> None:
    assert "permissions: edits" in agent.refuses(task(agent.name, Permission.ASK))


@pytest.mark.parametrize("agent", [one for one in OTHERS if one.name != "pi"], ids=lambda agent: agent.name)
def test_no_model_becomes_an_option_of_its_own(agent: Agent) -> None:
    launch = agent.launch(Order(task(agent.name, model="--yolo"), SESSION))
    assert "--yolo" not in {*launch.argv, *launch.again} and "--model=--yolo" in launch.argv


@pytest.mark.parametrize("agent", OTHERS, ids=lambda agent: agent.name)
def test_what_it_can_not_allow_alone_it_refuses(agent: Agent) -> None:
    assert "allow" in agent.refuses(task(agent.name, allow=('Bash(x" or true)', "Read(**)")))


@pytest.mark.parametrize("agent", OTHERS, ids=lambda agent: agent.name)
def test_a_list_of_tools_that_it_would_not_keep_to_is_refused(agent: Agent) -> None:
    assert "list of tools" in agent.refuses(task(agent.name, tools=("Read", "Grep")))


@pytest.mark.parametrize("agent", OTHERS, ids=lambda agent: agent.name)
def test_it_says_how_to_get_it_where_it_is_missing(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert "install it with: " in agent.missing()


def test_a_model_that_pi_would_take_for_an_option_is_refused() -> None:
    assert "no model" in AGENTS["pi"].refuses(task("pi", model="--yolo"))


def test_who_has_no_list_of_commands_has_no_shell_for_edits() -> None:
    launch = AGENTS["pi"].launch(Order(task("pi"), SESSION))
    assert "bash" not in launch.argv[launch.argv.index("--tools") + 1].split(",")
    launch = AGENTS["qwen"].launch(Order(task("qwen"), SESSION))
    assert launch.argv[launch.argv.index("--approval-mode") + 1] == "auto-edit"


def test_the_settings_of_codex_are_toml_and_bound_it_to_where_it_works() -> None:
    launch = AGENTS["codex"].launch(Order(task("codex"), SESSION))
    told = [word for before, word in zip(launch.argv, launch.argv[1:], strict=False) if before == "-c"]
    found = tomllib.loads("\n".join(told))
    assert found["sandbox_mode"] == "workspace-write" and found["approval_policy"] == "never"
    bounds = found["sandbox_workspace_write"]
    assert bounds["network_access"] is False
    assert not {"{{git_common}}", "{{git_common}}/hooks", "{{git_common}}/config"} & set(bounds["writable_roots"])
    assert found["mcp_servers"]["swarm"]["args"][-1] == "mcp"


def test_gemini_is_allowed_no_more_than_was_chosen() -> None:
    launch = AGENTS["gemini"].launch(Order(task("gemini", allow=("Bash(npm test:*)", "web_fetch")), SESSION))
    rules = tomllib.loads(launch.files["gemini/policy.toml"])["rule"]
    assert {rule["toolName"] for rule in rules} == {"run_shell_command", "web_fetch"}
    assert {one for one in rules[0]["commandPrefix"] if not one.startswith("swarm ")} == {
        "git status", "git add", "git commit", "npm test",
    }  # fmt: skip


def test_opencode_is_allowed_no_more_than_was_chosen() -> None:
    launch = AGENTS["opencode"].launch(Order(task("opencode", allow=("Bash(npm test:*)", "webfetch")), SESSION))
    permission = json.loads(launch.env["OPENCODE_CONFIG_CONTENT"])["permission"]
    assert next(iter(permission["bash"].items())) == ("*", "deny"), "the last that fits decides"
    allowed = {key for key, value in permission["bash"].items() if value == "allow" and not key.startswith("swarm ")}
    assert allowed == {"git status *", "git add *", "git commit *", "npm test *"}
    assert permission["external_directory"] == "deny" and permission["webfetch"] == "allow"
