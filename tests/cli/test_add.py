"""`swarm add`: tasks into a plan that runs, checked as `start` checks them."""

from __future__ import annotations

from pathlib import Path

import pytest
from act_world import living_run
from look_world import make_run, swarm

from swarm.cli.context import load
from swarm.core.prompt import prompt

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def inside(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo)


def file(repo: Path, text: str, name: str = "more.yaml") -> str:
    path = repo.parent / name
    path.write_text(text)
    return str(path)


def test_tasks_join_a_living_run_and_build_on_its_own(repo: Path, capsys: Capture) -> None:
    plan = 'tasks:\n  - {id: first, command: "echo 1 > 1.txt"}\n  - {id: long, command: "sleep 600"}\n'
    with living_run(repo, plan) as run:
        more = 'tasks: [{id: second, command: "cat 1.txt > 2.txt", depends_on: [first]}]\n'
        said = swarm(capsys, "add", file(repo, more))
        assert (said.code, said.out, said.err) == (0, "added second\n", "→ swarm status --watch\n")
        run.until_task("second", "merged")
        swarm(capsys, "stop")


def test_without_a_leader_they_wait_for_one(repo: Path, capsys: Capture) -> None:
    made = make_run(repo)
    more = 'tasks: [{id: a, command: "true", depends_on: [one, b]}, {id: b, command: "true"}]\n'
    said = swarm(capsys, "add", file(repo, more))
    assert (said.code, said.out) == (0, "added a, b\n")
    assert said.err == "→ swarm resume demo   no leader runs now\n"
    assert load(made.dir).tasks["a"].open_upstreams == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('tasks: [{id: one, command: "true"}]', "more.yaml:1:10: tasks[0] (one).id: the run has a task 'one' already"),
        ('tasks: [{id: a, command: "true", depends_on: [onne]}]', "there is no task 'onne'; did you mean one?"),
        ('tasks: [{id: a, command: "true", skills: [sql]}]', "no worker has the skills that a asks for: sql"),
        ('tasks: [{id: a, prompt: "do it"}]', "task a has no command and no agent"),
        ('tasks: [{id: a, prompt: "do it", agent: nobody}]', "task a: there is no agent 'nobody'"),
        ("tasks: []", "there is no task"),
    ],
)
def test_what_does_not_fit_is_refused_whole(text: str, message: str, repo: Path, capsys: Capture) -> None:
    made = make_run(repo)
    before = set(load(made.dir).tasks)
    said = swarm(capsys, "add", file(repo, text + "\n"))
    assert (said.code, said.out) == (1, "")
    assert message in said.err
    assert set(load(made.dir).tasks) == before


def test_what_the_file_says_of_the_run_is_not_taken_and_named(repo: Path, capsys: Capture) -> None:
    made = make_run(repo)
    text = 'verify: [make]\nbase: other\nlimits: {run_budget: 5 USD}\ntasks: [{id: a, command: "true"}]\n'
    said = swarm(capsys, "add", file(repo, text))
    assert "the run keeps its own: base, verify, limits.run_budget\n" in said.err
    assert load(made.dir).plan.verify == ("true",)


def test_a_new_role_comes_along(repo: Path, capsys: Capture) -> None:
    made = make_run(repo)
    (repo / "roles").mkdir()
    (repo / "roles" / "painter.md").write_text("You paint.\n")
    text = "roles: roles\nagent: scripted\ntasks: [{id: a, prompt: paint it, role: painter}]\n"
    assert swarm(capsys, "add", file(repo, text)).code == 0
    state = load(made.dir)
    assert "You paint." in prompt(state, state.tasks["a"], "nonce")
    (repo / "roles" / "painter.md").write_text("You draw.\n")
    again = swarm(capsys, "add", file(repo, text.replace("id: a", "id: b")))
    assert (again.code, "the run has another role painter" in again.err) == (1, True)


def test_the_agent_that_the_run_uses_is_taken_where_the_file_names_none(repo: Path, capsys: Capture) -> None:
    made = make_run(
        repo, 'tasks: [{id: one, prompt: x, agent: scripted}, {id: two, command: "true"}]\nworkers: [{name: w}]\n'
    )
    assert swarm(capsys, "add", file(repo, "tasks: [{id: a, prompt: do it}]\n")).code == 0
    assert load(made.dir).tasks["a"].task.agent == "scripted"


def test_more_than_one_command_can_hold_is_refused_with_the_way_out(repo: Path, capsys: Capture) -> None:
    make_run(repo)
    text = "agent: scripted\ntasks: [{id: a, prompt: '" + "x" * 300_000 + "'}]\n"
    said = swarm(capsys, "add", file(repo, text))
    assert (said.code, "too much for one command" in said.err, "in several parts" in said.err) == (1, True, True)
