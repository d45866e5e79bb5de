"""What a task file takes from other files: prompts and roles."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from swarm.core.plan import Plan
from swarm.core.taskfile import PlanError, parse
from swarm.errors import SwarmError

NO_ROLES: Mapping[str, str] = {}


def nothing(path: str) -> str:
    raise SwarmError(f"there is no file {path}", "mend the path")


def told(text: str, roles: Mapping[str, str] = NO_ROLES, read: Callable[[str], str] = nothing) -> str:
    with pytest.raises(PlanError) as caught:
        parse(text.encode(), "t.yaml").plan(read, roles)
    return caught.value.message


def plan(text: str, **roles: str) -> Plan:
    return parse(text.encode(), "t.yaml").plan(nothing, roles)


def test_a_draft_says_which_files_it_needs() -> None:
    draft = parse(
        b"name: n\nroles: r\n"
        b"tasks: [{id: a, prompt_file: x.md}, {id: b, prompt_file: y.md}, {id: c, prompt_file: x.md}]"
    )
    assert (draft.name, draft.needed_files, draft.roles_dir) == ("n", ("x.md", "y.md"), "r")


def test_a_draft_may_need_nothing() -> None:
    draft = parse(b"tasks: [{id: a, prompt: x}]")
    assert (draft.needed_files, draft.roles_dir) == ((), None)


def test_all_missing_files_and_roles_are_told_at_once() -> None:
    text = "roles: r\ntasks:\n  - {id: a, prompt_file: x.md}\n  - {id: b, prompt: x, role: reviwer}\n"
    assert told(text, {"reviewer": ""}).split("\n") == [
        "t.yaml:3:13: tasks[0] (a).prompt_file: there is no file x.md; mend the path",
        "t.yaml:4:24: tasks[1] (b).role: there is no role 'reviwer'; did you mean reviewer?",
    ]


def test_an_empty_prompt_file_is_told() -> None:
    text = "tasks: [{id: a, prompt_file: x.md}]"
    assert told(text, read=lambda _: " \n") == (
        "t.yaml:1:17: tasks[0] (a).prompt_file: the file 'x.md' is empty; write the prompt there"
    )


def test_a_file_that_two_tasks_name_is_read_once() -> None:
    read: list[str] = []

    def text(path: str) -> str:
        read.append(path)
        return "do it"

    draft = parse(b"tasks: [{id: a, prompt_file: x.md}, {id: b, prompt_file: x.md}]")
    assert [task.prompt for task in draft.plan(text, {}).tasks] == ["do it", "do it"]
    assert read == ["x.md"]


@pytest.mark.parametrize("written", ["reviewer", "Reviewer", "strict-judge"])
def test_a_role_is_called_by_its_own_name_or_by_that_of_its_file(written: str) -> None:
    judge = {"strict-judge": "---\nname: Reviewer\n---\n"}
    made = plan(f"roles: r\ntasks: [{{id: a, prompt: x, role: {written}}}]", **judge)
    assert made.tasks[0].role == "reviewer"
    assert [role.name for role in made.roles] == ["reviewer"]


def test_a_file_in_a_subdirectory_is_a_role_too() -> None:
    assert plan("roles: r\ntasks: [{id: a, prompt: x, role: dba}]", **{"team/dba": "text"}).tasks[0].role == "dba"


def test_only_roles_that_are_used_come_into_the_plan() -> None:
    text = "roles: r\ntasks: [{id: a, prompt: x, role: one}, {id: b, prompt: x, review: {role: two}}]"
    assert [role.name for role in plan(text, one="", two="", three="", a="").roles] == ["one", "two"]


@pytest.mark.parametrize(
    ("text", "roles", "message"),
    [
        (
            "tasks: [{id: a, prompt: x, role: dba}]",
            {},
            "t.yaml:1:28: tasks[0] (a).role: there is no role 'dba'; name their directory at the top, "
            "e.g. roles: .claude/agents",
        ),
        (
            "roles: r\ntasks: [{id: a, prompt: x, review: {role: dba}}]",
            {},
            "t.yaml:2:37: tasks[0] (a).review.role: there is no role 'dba'; add dba.md to r",
        ),
        (
            "roles: r\ntasks: [{id: a, prompt: x, role: dba}]",
            {"x/dba": "", "y/dba": ""},
            "t.yaml:2:28: tasks[0] (a).role: two files of r define the role 'dba'; rename one of them",
        ),
        (
            "roles: r\ntasks: [{id: dba, prompt: x, role: dba}]",
            {"dba": ""},
            "t.yaml:1:1: roles: the role 'dba' has the name of a task, a worker or the inbox's own; rename one of them",
        ),
        (
            "roles: r\nworkers: [{name: dba}]\ntasks: [{id: a, prompt: x, role: dba}]",
            {"dba": ""},
            "t.yaml:1:1: roles: the role 'dba' has the name of a task, a worker or the inbox's own; rename one of them",
        ),
        (
            "roles: r\ntasks: [{id: a, prompt: x, role: leader}]",
            {"leader": ""},
            "t.yaml:1:1: roles: the role 'leader' has the name of a task, a worker or the inbox's own; "
            "rename one of them",
        ),
    ],
)
def test_a_role_that_can_not_be_used_is_told(text: str, roles: Mapping[str, str], message: str) -> None:
    assert told(text, roles) == message
