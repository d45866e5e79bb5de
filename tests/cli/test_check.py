from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest
from look_world import swarm

GOOD = """\
version: 1
name: demo
verify: [pytest -q]
workers: [{name: be, skills: [python]}, {name: fe}]
tasks:
  - {id: a, command: "true"}
  - {id: b, command: "true", depends_on: [a], skills: [python]}
  - {id: c, command: "true", depends_on: [a]}
  - {id: d, command: "true", depends_on: [b]}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A path for a task file; no repository is around it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "tasks.yaml"


def test_a_good_file_is_summed_up(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(GOOD)
    said = swarm(capsys, "check", "tasks.yaml")
    assert said.code == 0
    assert "demo: 4 tasks in 3 layers, at most 2 side by side" in said.out
    assert "longest chain: 3: a → b → d" in said.out
    assert "workers: be, fe; skills: python" in said.out
    assert "each merge is verified by: pytest -q" in said.out
    assert "warning" not in said.out
    assert "swarm start --task-file tasks.yaml" in said.err


def test_json_has_layers_and_the_longest_chain(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(GOOD)
    found = swarm(capsys, "check", "tasks.yaml", "--json").json
    assert (found["ok"], found["problems"], found["warnings"]) == (True, [], [])
    assert found["layers"] == [["a"], ["b", "c"], ["d"]]
    assert found["longest_chain"] == ["a", "b", "d"]
    none = {"agent": None, "model": None}
    assert found["workers"] == [{"name": "be", "skills": ["python"], **none}, {"name": "fe", "skills": [], **none}]


def test_all_problems_are_told_at_once_with_their_places(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = "\n".join(f"  - {{id: t{n}, promt: do it, depends_on: [nix]}}" for n in range(30))
    file.write_text(f"version: 1\ntasks:\n{wrong}\n")
    said = swarm(capsys, "check", "tasks.yaml")
    assert said.code == 1
    assert "tasks.yaml:3:14: tasks[0] (t0).promt: unknown key 'promt'; did you mean prompt?" in said.out
    assert len([line for line in said.out.splitlines() if "unknown key" in line]) == 30, "not only the first twenty"
    found = swarm(capsys, "check", "tasks.yaml", "--json")
    assert found.code == 1
    assert found.json["ok"] is False
    assert (found.json["problems"][0]["line"], found.json["problems"][0]["column"]) == (3, 14)


def test_a_skill_that_nobody_will_have_is_a_problem(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text('version: 1\nverify: ["true"]\ntasks: [{id: a, command: "true", skills: [rust]}]\n')
    said = swarm(capsys, "check", "tasks.yaml")
    assert said.code == 1
    assert "no worker has the skills of a: rust" in said.out
    assert swarm(capsys, "check", "tasks.yaml", "--json").json["ok"] is False


def test_what_will_be_missed_is_a_warning(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("version: 1\ntasks: [{id: a, prompt: x}, {id: b, prompt: x, agent: nobody}]\n")
    said = swarm(capsys, "check", "tasks.yaml")
    assert said.code == 0
    assert "no agent for a: it has to come with swarm start --agent NAME" in said.out
    assert "there is no agent 'nobody'" in said.out
    assert "no `verify:` for a, b" in said.out


def test_a_file_may_come_through_a_pipe(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    assert "4 tasks" in swarm(capsys, "check", "-").out


def test_a_missing_file_is_said_plainly(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = swarm(capsys, "check", "nix.yaml")
    assert (said.code, said.out) == (1, "")
    assert "there is no file nix.yaml" in said.err


def test_a_chain_of_thousands_is_shown_short(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    upstream = ["", *(f"t{n}" for n in range(1999))]
    tasks = "\n".join(f'  - {{id: t{n}, command: "true", depends_on: [{name}]}}' for n, name in enumerate(upstream))
    file.write_text(f'version: 1\nverify: ["true"]\ntasks:\n{tasks}\n')
    lines = swarm(capsys, "check", "tasks.yaml").out.splitlines()
    assert len(lines) < 20
    assert "2000 tasks in 2000 layers" in lines[0]
    assert any(line.endswith("→ … → t1999") for line in lines)


REFUSED = """\
version: 1
verify: ["true"]
tasks:
  - {id: a, agent: aider, prompt: x}
  - {id: b, agent: aider, prompt: x, mode: interactive, permissions: all}
  - {id: c, agent: scripted, prompt: x}
"""


def test_what_an_agent_can_not_keep_to_is_said_with_the_line_to_write(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(REFUSED)
    said = swarm(capsys, "check", "tasks.yaml")
    assert said.code == 1
    assert "wrong    a: aider can't keep to `permissions: ask`; write `permissions: edits` or " in said.out
    assert "wrong    b: aider can't be run in `mode: interactive`" in said.out
    found = swarm(capsys, "check", "tasks.yaml", "--json")
    assert found.code == 1 and not found.json["ok"] and len(found.json["problems"]) == 2


def test_the_agents_of_the_user_and_of_the_file_are_known(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "swarm").mkdir()
    (tmp_path / "swarm" / "config.yaml").write_text("agent: mine\nagents: {mine: {command: cat}}\n")
    file.write_text(
        "version: 1\nverify: [x]\nagents: {yours: {command: cat}, odd: {command: cat, reader: nix},\n"
        "  aider: {command: cat}, gone: {command: no-such-program}}\n"
        "tasks: [{id: a, prompt: x}, {id: b, prompt: x, agent: yours}, {id: c, prompt: x, agent: odd},\n"
        "  {id: d, prompt: x, agent: aider, permissions: all}, {id: e, prompt: x, agent: gone}]\n"
    )
    said = swarm(capsys, "check", "tasks.yaml")
    assert said.code == 0, said.out
    assert "agents: mine, yours, odd, aider, gone" in said.out
    assert "its reader 'nix' does not exist" in said.out
    assert "`agents:` defines 'aider', and there is an agent of that name" in said.out
    assert "no-such-program was not found on PATH (asked for by e)" in said.out
    assert "for a" not in said.out and "by b" not in said.out


ALONE = """\
version: 1
verify: ["true"]
tasks:
  - {id: a, agent: claude, prompt: x, mode: interactive}
"""


def test_an_interactive_agent_needs_panes_and_no_sandbox(
    file: Path, repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo)
    plan = str(tmp_path / file)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "claude").write_text("#!/bin/sh\n")
    (tmp_path / "bin" / "claude").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    (Path.home() / ".claude.json").write_text('{"hasCompletedOnboarding": true}')
    file.write_text(ALONE.replace("interactive", "interactive, sandbox: bwrap"))
    said = swarm(capsys, "check", plan)
    assert said.code == 1 and "a: `mode: interactive` goes without a sandbox only" in said.out
    file.write_text(ALONE)
    assert swarm(capsys, "check", plan).code == 0
    said = swarm(capsys, "start", "--dry-run", "--executor", "process", "--task-file", plan)
    assert said.code == 1 and "a: `mode: interactive` needs a pane, and --executor process has none" in said.err
    assert swarm(capsys, "start", "--dry-run", "--task-file", plan).code == 0
