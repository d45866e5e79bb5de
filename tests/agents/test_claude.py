"""How Claude Code is started, by golden files, and what of a task it refuses.  The real one: tests/clis."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from agents_golden import launched, same_as_golden

from swarm.agents import claude, claudesettings
from swarm.agents.claude import CLAUDE
from swarm.agents.definition import Order
from swarm.core.plan import Fence, Mode, Permission, Sandbox, Task

SESSION = "11111111-2222-4333-8444-555555555555"

TASKS = {
    "ask": Task("api", "Make it", "Make it.", agent="claude"),
    "edits": Task("api", "Make it", "Make it.", agent="claude", permissions=Permission.EDITS, model="claude-opus-4-6",
                  allow=("Bash(npm test:*)",), tools=("Read", "Edit", "Bash")),
    "all": Task("api", "Make it", "Make it.", agent="claude", permissions=Permission.ALL,
                sandbox=Sandbox(Fence.BWRAP)),
    "interactive": Task("api", "Make it", "Make it.", agent="claude", permissions=Permission.EDITS,
                        mode=Mode.INTERACTIVE),
}  # fmt: skip


@pytest.mark.parametrize("name", TASKS)
def test_it_is_started_as_written_down(name: str) -> None:
    order = Order(TASKS[name], SESSION, 2.5 if name == "edits" else None)
    same_as_golden(f"claude-{name}.txt", launched(CLAUDE.launch(order)))


def test_its_home_is_what_there_is_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    home = os.environ["HOME"]
    os.mkdir(f"{home}/.claude")
    assert CLAUDE.launch(Order(TASKS["ask"], SESSION)).home == (".claude:rw",)


def test_no_word_of_a_task_becomes_an_option() -> None:
    task = Task("api", "t", "p", agent="claude", model="--dangerously-skip-permissions", tools=("--verbose",),
                allow=("--allow",))  # fmt: skip
    launch = CLAUDE.launch(Order(task, SESSION))
    assert not {"--dangerously-skip-permissions", "--allow"} & set(launch.argv)
    assert launch.argv.count("--verbose") == 1


def test_what_nobody_chose_is_not_allowed() -> None:
    for task in (TASKS["ask"], TASKS["edits"]):
        allowed = json.loads(claudesettings.settings(task))["permissions"]["allow"]
        own = {rule for rule in allowed if rule.startswith("Bash(swarm ") or rule == "mcp__swarm"}
        commit = {"Bash(git add:*)", "Bash(git commit:*)"} if task.permissions is Permission.EDITS else set()
        assert set(allowed) - own == commit | set(task.allow)


def test_verbs_that_change_a_run_need_a_permission() -> None:
    assert not {"merge", "retry", "answer", "stop", "cancel", "budget"} & set(claudesettings.VERBS)


def test_all_as_root_needs_a_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    bare = Task("api", "t", "p", agent="claude", permissions=Permission.ALL)
    assert "as root" in CLAUDE.refuses(bare)
    assert CLAUDE.refuses(TASKS["all"]) == ""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert CLAUDE.refuses(bare) == ""


def interactive(monkeypatch: pytest.MonkeyPatch, said: object, **env: str) -> str:
    """Why an interactive one is refused where Claude Code remembers these answers."""
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    Path(os.environ["HOME"], ".claude.json").write_text(said if isinstance(said, str) else json.dumps(said))
    return CLAUDE.refuses(TASKS["interactive"])


def test_interactive_no_dialog_may_wait_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"hasCompletedOnboarding": True}
    key = "sk-ant-" + "k" * 30
    approved = {**known, "customApiKeyResponses": {"approved": [key[-20:]]}}
    for unread in ("", "[]", "{", {}):
        assert "run `claude` once" in interactive(monkeypatch, unread)
    assert interactive(monkeypatch, known) == ""
    assert "ANTHROPIC_API_KEY" in interactive(monkeypatch, known, ANTHROPIC_API_KEY=key)
    assert "ANTHROPIC_API_KEY" in interactive(monkeypatch, {**known, "customApiKeyResponses": 3}, ANTHROPIC_API_KEY=key)
    assert interactive(monkeypatch, approved, ANTHROPIC_API_KEY=key) == ""
    assert CLAUDE.refuses(TASKS["edits"]) == "", "headless it asks nothing"


def test_only_a_sandboxed_one_is_told_that_it_is_in_a_sandbox() -> None:
    assert CLAUDE.launch(Order(TASKS["all"], SESSION)).env["IS_SANDBOX"] == "1"
    assert "IS_SANDBOX" not in CLAUDE.launch(Order(TASKS["edits"], SESSION)).env


def test_it_says_how_to_get_it_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert "npm install" in CLAUDE.missing()


def test_a_person_has_a_week_to_answer() -> None:
    assert int(claude.ENV["MCP_TOOL_TIMEOUT"]) == claudesettings.LONG * 1000 >= 7 * 24 * 3600 * 1000
