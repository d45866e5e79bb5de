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
RULED = ("gemini", "opencode", "pi", "copilot")
"""Those that keep to a list of allowed commands with `edits`."""

ASKS = [agent for agent in OTHERS if Permission.ASK in agent.permissions]
LISTED = [AGENTS[name] for name in ("gemini", "opencode", "qwen", "pi")]
"""Those that keep to a role's list of tools."""


def task(agent: str, permissions: Permission = Permission.EDITS, **more: object) -> Task:
    return Task("api", "Make it", "Make it.", agent=agent, permissions=permissions, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("permissions", [Permission.EDITS, Permission.ALL])
@pytest.mark.parametrize("agent", OTHERS, ids=lambda agent: agent.name)
def test_it_is_started_as_written_down(agent: Agent, permissions: Permission) -> None:
    allow = ("Bash(npm test:*)", "glob") if agent.name in RULED and permissions is Permission.EDITS else ()
    order = Order(task(agent.name, permissions, model="a-model", allow=allow), SESSION)
    assert agent.refuses(order.task) == ""
    same_as_golden(f"{agent.name}-{permissions}.txt", launched(agent.launch(order)))


@pytest.mark.parametrize("agent", ASKS, ids=lambda agent: agent.name)
def test_one_that_asks_is_started_as_written_down(agent: Agent) -> None:
    order = Order(task(agent.name, Permission.ASK, model="a-model", allow=("Bash(npm test:*)",)), SESSION)
    assert agent.refuses(order.task) == ""
    same_as_golden(f"{agent.name}-ask.txt", launched(agent.launch(order)))


@pytest.mark.parametrize("agent", [one for one in OTHERS if one not in ASKS], ids=lambda agent: agent.name)
def test_who_can_ask_nobody_does_not_say_that_it_asks(agent: Agent) -> None:
    assert "permissions: edits" in agent.refuses(task(agent.name, Permission.ASK))


@pytest.mark.parametrize("agent", [one for one in OTHERS if one.name != "pi"], ids=lambda agent: agent.name)
def test_no_model_becomes_an_option_of_its_own(agent: Agent) -> None:
    launch = agent.launch(Order(task(agent.name, model="--yolo"), SESSION))
    assert "--yolo" not in {*launch.argv, *launch.again} and "--model=--yolo" in launch.argv


@pytest.mark.parametrize("agent", OTHERS, ids=lambda agent: agent.name)
def test_what_it_can_not_allow_alone_it_refuses(agent: Agent) -> None:
    assert "allow" in agent.refuses(task(agent.name, allow=('Bash(x" or true)', "Read(**)")))


@pytest.mark.parametrize("agent", [one for one in OTHERS if one not in LISTED], ids=lambda agent: agent.name)
def test_a_list_of_tools_that_it_would_not_keep_to_is_refused(agent: Agent) -> None:
    assert "list of tools" in agent.refuses(task(agent.name, tools=("Read", "Grep")))


@pytest.mark.parametrize("agent", LISTED, ids=lambda agent: agent.name)
def test_a_list_of_tools_that_it_has_nothing_like_is_refused(agent: Agent) -> None:
    assert "has none of the tools" in agent.refuses(task(agent.name, tools=("NotebookEdit", "mcp__github__search")))


@pytest.mark.parametrize(
    ("agent", "found"),
    [
        ("gemini", ["read_file", "read_many_files", "run_shell_command"]),
        ("qwen", ["read_file", "run_shell_command"]),
    ],
)  # fmt: skip
def test_a_role_leaves_it_the_tools_that_it_lists_by_its_own_names(agent: str, found: list[str]) -> None:
    launch = AGENTS[agent].launch(Order(task(agent, tools=("Read", "Bash", "NotebookEdit")), SESSION))
    assert json.loads(launch.files[f"{agent}/settings.json"])["tools"] == {"core": found}


def test_a_role_leaves_pi_and_opencode_the_tools_that_it_lists() -> None:
    launch = AGENTS["pi"].launch(Order(task("pi", Permission.ALL, tools=("Read", "LS")), SESSION))
    assert launch.argv[launch.argv.index("--tools") + 1] == "read,ls"
    for permissions in (Permission.EDITS, Permission.ALL):
        launch = AGENTS["opencode"].launch(Order(task("opencode", permissions, tools=("Read", "LS")), SESSION))
        given = json.loads(launch.env["OPENCODE_CONFIG_CONTENT"])["permission"]
        given = json.loads(launch.env["SWARM_TOOLS"]) if permissions is Permission.EDITS else given
        assert next(iter(given.items())) == ("*", "deny"), "the last that fits decides"
        assert {name for name, value in given.items() if value == "allow"} == {
            "read", "list", "swarm_*", "external_directory",
        }  # fmt: skip


@pytest.mark.parametrize("agent", OTHERS, ids=lambda agent: agent.name)
def test_it_says_how_to_get_it_where_it_is_missing(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert "install it with: " in agent.missing()


def test_a_model_that_pi_would_take_for_an_option_is_refused() -> None:
    assert "no model" in AGENTS["pi"].refuses(task("pi", model="--yolo"))


def test_who_has_no_list_of_commands_has_no_shell_for_edits() -> None:
    launch = AGENTS["qwen"].launch(Order(task("qwen"), SESSION))
    assert launch.argv[launch.argv.index("--approval-mode") + 1] == "auto-edit"


@pytest.mark.parametrize("agent", ASKS, ids=lambda agent: agent.name)
def test_who_asks_is_told_what_it_need_not_ask_before_it_starts(agent: Agent) -> None:
    launch = agent.launch(Order(task(agent.name, Permission.ASK, allow=("Bash(make:*)",)), SESSION))
    assert json.loads(launch.env["SWARM_MAY"]) == {"edits": False, "allow": ["Bash(make:*)"]}
    assert launch.env["SWARM_TREE"] == "{{worktree}}" and launch.env["SWARM_PYTHON"] == "{{python}}"
    assert "SWARM_MAY" not in agent.launch(Order(task(agent.name, Permission.ALL), SESSION)).env


def test_opencode_may_do_nothing_before_its_plugin_has_loaded() -> None:
    launch = AGENTS["opencode"].launch(Order(task("opencode"), SESSION))
    assert json.loads(launch.env["OPENCODE_CONFIG_CONTENT"])["permission"] == {"*": "deny"}


def test_the_settings_of_codex_are_toml_and_bound_it_to_where_it_works() -> None:
    launch = AGENTS["codex"].launch(Order(task("codex"), SESSION))
    told = [word for before, word in zip(launch.argv, launch.argv[1:], strict=False) if before == "-c"]
    found = tomllib.loads("\n".join(told))
    assert found["sandbox_mode"] == "workspace-write" and found["approval_policy"] == "never"
    bounds = found["sandbox_workspace_write"]
    assert bounds["network_access"] is False
    assert not {"{{git_common}}", "{{git_common}}/hooks", "{{git_common}}/config"} & set(bounds["writable_roots"])
    assert found["mcp_servers"]["swarm"]["args"][-1] == "mcp"


def test_codex_that_asks_has_no_tool_without_a_hook() -> None:
    launch = AGENTS["codex"].launch(Order(task("codex", Permission.ASK), SESSION))
    told = [word for before, word in zip(launch.argv, launch.argv[1:], strict=False) if before == "-c"]
    found = tomllib.loads("\n".join(told))
    [hook] = found["hooks"]["PreToolUse"][0]["hooks"]
    assert hook["command"].endswith("exit 2; }") and hook["timeout"] > 24 * 3600
    assert found["web_search"] == "disabled" and found["sandbox_mode"] == "workspace-write"
