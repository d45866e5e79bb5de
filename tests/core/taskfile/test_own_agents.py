"""Agents of one's own, in a task file and in the user's configuration, and what holds where nothing is said."""

from __future__ import annotations

import pytest

from swarm.core.plan import IDENTITY, AgentSpec, Mode, Permission, Plan
from swarm.core.taskfile import PlanError, Settings, parse, settings

TASK = "tasks: [{id: a, prompt: x}]\n"


def plan(text: str, own: str = "", **roles: str) -> Plan:
    return parse(text.encode()).plan(str, roles, settings(own.encode(), "config.yaml"))


def wrong(text: str) -> str:
    with pytest.raises(PlanError) as caught:
        parse(text.encode(), "t.yaml")
    return caught.value.message


def test_an_agent_is_written_in_a_few_lines() -> None:
    found = plan(
        "agents:\n  mine:\n    command: my-agent --yes '{{prompt}}'\n    model: --model {{model}}\n"
        "    again: [my-agent, --resume, '{{session}}']\n    env: {LEVEL: 3}\n    pass_env: [MY_KEY]\n"
        f"    home: [.mine:rw]\n    reader: claude\n    account: team\n{TASK}"
    )
    assert found.agents == (
        AgentSpec(
            "mine", ("my-agent", "--yes", "{{prompt}}"), ("my-agent", "--resume", "{{session}}"),
            ("--model", "{{model}}"), {"LEVEL": "3"}, ("MY_KEY",), (".mine:rw",), "claude", "team",
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{m: {comand: x}}", "t.yaml:1:14: agents.m.comand: unknown key 'comand'; did you mean command?"),
        ("{m: {model: x}}", "agents.m: the key command is missing; write e.g. command: my-agent"),
        ("{m: {command: 'a | b'}}", "a program and its arguments, which no shell reads, found 'a | b'; write a list"),
        ("{m: {command: \"a 'b\"}}", "close the quotes"),
        ("{m: {command: ''}}", "the command is empty"),
        ("{m: {command: []}}", "expected a command"),
        ("{m: {command: [a, {}]}}", "expected a command"),
        ("{M: {command: a}}", "expected an id"),
        ("{m: {command: a, home: /etc}}", "expected a path below the home directory"),
        ("{m: {command: a, pass_env: [SWARM_MAIL]}}", "names that begin with SWARM_"),
        ("[x]", "expected a map"),
        ("{m: my-agent}", "expected a map (command"),
    ],
)
def test_what_is_wrong_with_one_is_said_with_its_place(written: str, said: str) -> None:
    assert said in wrong(f"agents: {written}\n{TASK}")


def test_nothing_is_allowed_that_nobody_chose() -> None:
    [task] = plan(TASK).tasks
    assert (task.permissions, task.mode, task.allow, task.secrets) == (Permission.ASK, Mode.HEADLESS, (), ())


def test_a_task_comes_before_its_file_and_that_before_the_user() -> None:
    own = "permissions: all\nidentity: Me <me@x>\n"
    text = "{top}tasks: [{{id: a, prompt: x}}, {{id: b, prompt: x, permissions: edits, allow: [], secrets: B}}]\n"
    first, second = plan(text.format(top="permissions: ask\nallow: [Bash(ls:*)]\nsecrets: [A]\n"), own).tasks
    assert (first.permissions, first.allow, first.secrets) == (Permission.ASK, ("Bash(ls:*)",), ("A",))
    assert (second.permissions, second.allow, second.secrets) == (Permission.EDITS, (), ("B",))
    assert [task.permissions for task in plan(text.format(top=""), own).tasks] == [Permission.ALL, Permission.EDITS]
    assert plan(TASK, own).identity == "Me <me@x>"
    assert plan(f"identity: You <you@x>\n{TASK}", own).identity == "You <you@x>"
    assert plan(TASK).identity == IDENTITY


def test_an_agent_of_the_file_comes_before_the_users_of_the_same_name() -> None:
    own = "agents: {mine: {command: old}, other: {command: else}}\n"
    found = plan(f"agents: {{mine: {{command: new}}}}\n{TASK}", own)
    assert {spec.name: spec.argv for spec in found.agents} == {"mine": ("new",), "other": ("else",)}


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n"])
def test_a_configuration_may_say_nothing(text: str) -> None:
    assert settings(text.encode(), "config.yaml") == Settings()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("permission: all", "config.yaml:1:1: permission: unknown key 'permission'; did you mean permissions?"),
        ("permissions: yolo", "permissions: expected ask, edits or all, found 'yolo'"),
        ("agents: {m: {comand: x}}", "unknown key 'comand'; did you mean command?"),
        ("tasks: []", "unknown key 'tasks'"),
        ("[a]", "expected a map"),
        ("identity: me", "expected a name and an address"),
        ("identity: 'a <b>\\n[core]'", "expected a name and an address"),
        ("identity: '{name} <b@c>'", "expected a name and an address"),
        ("a: &x 1\na: 2", "stands here a second time"),
    ],
)
def test_a_configuration_is_as_strict_as_a_task_file(text: str, said: str) -> None:
    with pytest.raises(PlanError) as caught:
        settings(text.encode(), "config.yaml")
    assert said in caught.value.message


ROLE = "---\nname: r\nmodel: {model}\ntools: Read, Bash(git log:*)\n---\nYou judge.\n"


@pytest.mark.parametrize(
    ("model", "agent", "asked"),
    [
        ("sonnet", "claude", "sonnet"), ("opus", "builtin", "opus"), ("haiku", "codex", None),
        ("inherit", "claude", None),
        ("claude-opus-4-6", "gemini", None), ("gpt-5.2", "codex", "gpt-5.2"), ("gpt-5.2", "claude", None),
        ("Sonnet[1m]", "mine", None),
    ],
)  # fmt: skip
def test_the_model_of_a_role_is_asked_for_where_the_agent_knows_such_names(
    model: str, agent: str, asked: str | None
) -> None:
    text = f"roles: r\ntasks: [{{id: a, prompt: x, role: r, agent: {agent}}}]\n"
    [task] = plan(text, r=ROLE.format(model=model)).tasks
    assert (task.model, task.tools) == (asked, ("Read", "Bash(git log:*)"))


def test_a_model_that_the_task_or_the_file_names_comes_before_that_of_the_role() -> None:
    text = "roles: r\nmodel: mine\ntasks: [{id: a, prompt: x, role: r, agent: claude}]\n"
    assert plan(text, r=ROLE.format(model="opus")).tasks[0].model == "mine"
