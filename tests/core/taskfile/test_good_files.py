"""What a task file comes to: every key, every other name, every default."""

from __future__ import annotations

from typing import Any

import pytest

from swarm.core.plan import (
    AGENT_OF_START,
    Clean,
    Expects,
    Limits,
    MergePolicy,
    OnFailure,
    Plan,
    Review,
    Role,
    Setup,
    Task,
    WorkerSpec,
)
from swarm.core.taskfile import parse

FULL = """
# yaml-language-server: $schema=./tasks.schema.json
version: 1
name: add-auth
base: main
agent: claude
model: claude-opus-4-6
workers: [{name: backend, count: 2, skills: [python, sql]}, {name: docs, agent: codex, model: gpt-5}]
setup: {copy: [.env], symlink: [node_modules/], run: [uv sync]}
teardown: docker compose down
env: {PORT: auto, RATIO: 1.10, COUNT: 007}
verify: [pytest -q]
limits: {timeout: 30m, idle: 10m, retries: 3, budget: 5 USD, run_budget: 40 USD, verify_timeout: 5m}
roles: .claude/agents
merge: manual
gates: 2
clean: full
worktrees: ../trees
tasks:
  - id: schema
    prompt: |
      # Design the schema

      of all tables
    role: database-optimizer
  - id: api
    title: The API
    depends_on: [schema]
    prompt_file: prompts/api.md
    files: [./src/api/**, tests/api]
    skills: [python]
    priority: high
    verify: [pytest tests/api]
    review: {role: reviewer, rounds: 2}
    expects: report
    on_failure: skip
    agent: codex
    model: gpt-5
    env: {PORT: 8080}
    limits: {timeout: 1h, idle: none}
    budget: 1.5
  - id: manual
    depends_on: [schema, api]
    command: make docs
"""

ROLES = {
    "database-optimizer": "---\nname: database-optimizer\nmodel: opus\n---\nYou know tables.\n",
    "engineering-reviewer": "---\nname: Reviewer\n---\nYou judge.\n",
    "unused": "---\nname: unused\n---\n",
}


def plan(text: str, name: str = "tasks.yaml", **roles: str) -> Plan:
    return parse(text.encode(), name).plan({"prompts/api.md": "Write the API.\n"}.__getitem__, roles)


def only(text: str) -> Task:
    """The one task of a file, written as the keys of a flow map."""
    return plan(f"tasks: [{{id: a, {text}}}]").tasks[0]


def test_every_key_of_a_full_file_has_its_place_in_the_plan() -> None:
    env = {"PORT": "auto", "RATIO": "1.10", "COUNT": "007"}
    limits = Limits(timeout=1800.0, idle=600.0, retries=3, budget=5.0)
    assert plan(FULL, **ROLES) == Plan(
        name="add-auth",
        base="main",
        workers=(
            WorkerSpec("backend-1", ("python", "sql")),
            WorkerSpec("backend-2", ("python", "sql")),
            WorkerSpec("docs", agent="codex", model="gpt-5"),
        ),
        setup=Setup(copy=(".env",), symlink=("node_modules/",), run=("uv sync",)),
        teardown=("docker compose down",),
        env=env,
        verify=("pytest -q",),
        roles=(
            Role("database-optimizer", model="opus", text="You know tables.\n"),
            Role("reviewer", text="You judge.\n"),
        ),
        merge=MergePolicy.MANUAL,
        gates=2,
        clean=Clean.FULL,
        run_budget=40.0,
        verify_timeout=300.0,
        worktrees="../trees",
        tasks=(
            Task(
                "schema",
                "Design the schema",
                "# Design the schema\n\nof all tables\n",
                agent="claude",
                model="claude-opus-4-6",
                role="database-optimizer",
                limits=limits,
                env=env,
                agent_open=True,
                model_open=True,
            ),
            Task(
                "api",
                "The API",
                "Write the API.\n",
                ("schema",),
                agent="codex",
                model="gpt-5",
                files=("src/api/**", "tests/api"),
                skills=("python",),
                priority=10,
                verify=("pytest tests/api",),
                review=Review("reviewer", 2),
                expects=Expects.REPORT,
                on_failure=OnFailure.SKIP,
                limits=Limits(timeout=3600.0, idle=None, retries=3, budget=1.5),
                env={**env, "PORT": "8080"},
            ),
            Task(
                "manual",
                "manual",
                "",
                ("schema", "api"),
                agent="command",
                command="make docs",
                model="claude-opus-4-6",
                limits=limits,
                env=env,
                model_open=True,
            ),
        ),
    )


def test_the_smallest_file_takes_every_default() -> None:
    assert plan("tasks: [{id: a, prompt: x}]", "plans/My Plan.yaml") == Plan(
        name="my-plan", tasks=(Task("a", "x", "x", agent=AGENT_OF_START, agent_open=True, model_open=True),)
    )


def test_tasks_may_be_a_map() -> None:
    listed = plan("tasks: [{id: a, prompt: x}, {id: b, command: y, needs: a}]")
    assert plan("tasks:\n  a: {prompt: x}\n  b: {command: y, needs: a}\n") == listed


@pytest.mark.parametrize("key", ["depends_on", "needs", "blocked_by", "deps", "dependencies"])
@pytest.mark.parametrize("value", ["a", "[a]", "[a, a]", "['a']"])
def test_dependencies_have_many_names_and_one_meaning(key: str, value: str) -> None:
    task = plan(f"tasks: [{{id: a, prompt: x}}, {{id: b, prompt: x, {key}: {value}}}]").tasks[1]
    assert task.depends_on == ("a",)


@pytest.mark.parametrize("key", ["prompt", "description", "task"])
def test_a_prompt_has_three_names(key: str) -> None:
    assert only(f"{key}: do it").prompt == "do it"


@pytest.mark.parametrize("key", ["files", "touches"])
def test_files_have_two_names(key: str) -> None:
    assert only(f"prompt: x, {key}: src/**").files == ("src/**",)


@pytest.mark.parametrize(
    ("written", "priority"),
    [
        ("low", -10),
        ("normal", 0),
        ("high", 10),
        ("urgent", 20),
        ("7", 7),
        ("-7", -7),
    ],
)
def test_a_priority_is_a_word_or_a_number(written: str, priority: int) -> None:
    assert only(f"prompt: x, priority: {written}").priority == priority


@pytest.mark.parametrize(
    ("written", "review"),
    [
        ("true", Review()),
        ("human", Review()),
        ("{}", Review()),
        ("{rounds: 3}", Review(rounds=3)),
        ("false", None),
        ("", None),
    ],
)
def test_a_review_is_a_person_unless_a_role_is_named(written: str, review: Review | None) -> None:
    assert only(f"prompt: x, review: {written}").review == review


@pytest.mark.parametrize(
    ("keys", "limits"),
    [
        ("timeout: 5m", Limits(timeout=300.0)),
        ("limits: {timeout: 5m, retries: 0}", Limits(timeout=300.0, retries=0)),
        ("limits: {timeout: 5m}, retries: 1", Limits(timeout=300.0, retries=1)),
        ("timeout: none, budget: none", Limits(timeout=None)),
        ("timeout: , budget: $0.50", Limits(budget=0.5)),
    ],
)
def test_limits_of_a_task_stand_on_it_or_under_limits(keys: str, limits: Limits) -> None:
    assert only(f"prompt: x, {keys}").limits == limits


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("2", ["worker-1", "worker-2"]),
        ("[{name: a}]", ["a"]),
        ("[{name: a, count: 1}]", ["a"]),
        ("[{name: a, count: 3}, {name: b}]", ["a-1", "a-2", "a-3", "b"]),
    ],
)
def test_workers_are_a_number_or_a_list(written: str, names: list[str]) -> None:
    assert [one.name for one in plan(f"workers: {written}\ntasks: [{{id: t, prompt: x}}]").workers] == names


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("tasks: [{id: 1, prompt: x}, {id: b, prompt: x, needs: 1}]", "x"),
        ("tasks: [{id: 'no', prompt: x}, {id: b, prompt: x, needs: no}]", "x"),
        ("tasks: [{id: a, prompt: no}]", "no"),
        ("tasks: [{id: a, prompt: 2024-01-01}]", "2024-01-01"),
        ("tasks: [{id: a, prompt: !!str 42}]", "42"),
        ("\ufefftasks: [{id: a, prompt: x}]", "x"),
        ("tasks:\r\n  - id: a\r\n    prompt: x\r\n", "x"),
        ('{"tasks": [{"id": "a", "prompt": "x\\ny"}]}', "x\ny"),
        ("# a note\n---\ntasks: [{id: a, prompt: x}]\n...\n", "x"),
        ("tasks:\n- id: a\n  prompt: |\n    one: two\n      - three\n", "one: two\n  - three\n"),
        ("tasks: [{id: a, prompt: 'ü 🐝'}]", "ü 🐝"),
    ],
)
def test_plain_yaml_reads_as_people_mean_it(text: str, prompt: str) -> None:
    assert plan(text).tasks[0].prompt == prompt


def test_anchors_and_merge_keys_spare_repetition() -> None:
    tasks = plan(
        "x-defaults: &defaults {verify: [make], retries: 0}\n"
        "x-more: &more {retries: 5, priority: low}\n"
        "tasks:\n"
        "  - {<<: *defaults, id: a, prompt: x}\n"
        "  - {<<: [*defaults, *more], id: b, prompt: x, verify: y}\n"
    ).tasks
    seen = [(task.verify, task.limits.retries, task.priority) for task in tasks]
    assert seen == [(("make",), 0, 0), (("y",), 0, -10)]


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("", "a"),
        ("Do it", "Do it"),
        ("\n\n  ## Do   it \nnow", "Do it"),
        ("w" * 72, "w" * 72),
        ("w" * 73, "w" * 71 + "…"),
        ("###\n", "a"),
    ],
)
def test_a_title_is_the_first_line_that_says_something(prompt: str, title: str) -> None:
    body: dict[str, Any] = {"prompt": prompt} if prompt else {"command": "make"}
    key, value = next(iter(body.items()))
    indented = value.replace("\n", "\\n")
    assert only(f'{key}: "{indented}"').title == title


@pytest.mark.parametrize(
    ("head", "task", "model"),
    [
        ("", "", "opus"),
        ("agent: claude", "", "opus"),
        ("agent: codex", "", None),
        ("", "command: x", None),
        ("model: m", "", "m"),
        ("model: m", "model: n", "n"),
    ],
)
def test_the_model_of_a_role_counts_last_and_only_for_claude(head: str, task: str, model: str | None) -> None:
    text = f"{head}\nroles: r\ntasks: [{{id: a, prompt: x, role: dba, {task}}}]"
    assert plan(text, dba="---\nmodel: opus\n---\n").tasks[0].model == model


@pytest.mark.parametrize(
    ("text", "agent"),
    [
        ("tasks: [{id: a, prompt: x}]", AGENT_OF_START),
        ("agent: codex\ntasks: [{id: a, prompt: x}]", "codex"),
        ("agent: codex\ntasks: [{id: a, prompt: x, agent: claude}]", "claude"),
        ("agent: codex\ntasks: [{id: a, prompt: x, command: make}]", "command"),
        ("tasks: [{id: a, command: make, agent: command}]", "command"),
    ],
)
def test_the_nearest_agent_counts_and_a_command_is_its_own(text: str, agent: str) -> None:
    assert plan(text).tasks[0].agent == agent
