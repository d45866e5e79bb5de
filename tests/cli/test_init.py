from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from look_world import swarm

from swarm.cli.init import test_commands as commands_of
from swarm.core.plan import Permission
from swarm.core.taskfile import parse
from swarm.core.taskfile.sample import Findings, sample


@pytest.fixture(autouse=True)
def inside(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo)


def test_what_it_writes_passes_the_check(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert swarm(capsys, "init").code == 0
    said = swarm(capsys, "check", "tasks.yaml")
    assert said.code == 0
    assert "3 tasks in 2 layers" in said.out


def test_it_never_overwrites(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repo / "tasks.yaml").write_text("mine\n")
    said = swarm(capsys, "init")
    assert said.code == 1
    assert "tasks.yaml is there already" in said.err
    assert (repo / "tasks.yaml").read_text() == "mine\n"


def test_a_dangling_link_is_not_written_through(repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repo / "tasks.yaml").symlink_to(tmp_path / "elsewhere")
    assert swarm(capsys, "init").code == 1
    assert not (tmp_path / "elsewhere").exists()


def test_the_first_line_leads_an_editor_to_the_schema(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    swarm(capsys, "init", "plans/auth.yaml")
    first = (repo / "plans" / "auth.yaml").read_text().splitlines()[0]
    uri = first.removeprefix("# yaml-language-server: $schema=")
    assert uri.startswith("file:///")
    assert json.loads(Path(uri.removeprefix("file://")).read_text())["title"] == "swarm task file"


def test_a_named_agent_does_the_tasks(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert swarm(capsys, "init", "--agent", "scripted").code == 0
    text = (repo / "tasks.yaml").read_text()
    assert "\nagent: scripted\n" in text
    assert "prompt: |" in text


def fake(path: Path, text: str) -> None:
    """A program that is found first, and says this."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_a_coding_agent_gets_its_permissions_written_out_and_needs_no_other_step(
    repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(tmp_path / "bin" / "claude", "echo 9.9.9")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    assert swarm(capsys, "init", "--agent", "claude").code == 0
    assert "\npermissions: edits\n" in (repo / "tasks.yaml").read_text()
    said = swarm(capsys, "check", "tasks.yaml")
    assert said.code == 0 and "agents: claude" in said.out
    assert "…" not in (repo / "tasks.yaml").read_text(), "nothing is left to be filled in"
    begun = swarm(capsys, "start", "--dry-run", "--executor", "process", "--task-file", "tasks.yaml")
    assert "would start 4 workers" in begun.out


def test_what_the_user_has_configured_is_written_where_the_agent_can_keep_to_it(
    repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config" / "swarm").mkdir(parents=True)
    own = "agent: mine\npermissions: all\nagents: {mine: {command: 'true'}}\n"
    (tmp_path / "config" / "swarm" / "config.yaml").write_text(own)
    assert swarm(capsys, "init").code == 0
    text = (repo / "tasks.yaml").read_text()
    assert "\nagent: mine\n" in text and "\npermissions: all\n" in text


@pytest.mark.parametrize("name", ["nobody", "command"])
def test_an_agent_that_cannot_be_is_refused(repo: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    said = swarm(capsys, "init", "--agent", name)
    assert said.code == 2
    assert f"there is no agent '{name}'" in said.err
    assert not (repo / "tasks.yaml").exists()


def test_a_test_command_is_found_and_used_where_its_program_is_there(
    repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (repo / "Cargo.toml").touch()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to(shutil.which("git") or "git")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    swarm(capsys, "init", "without.yaml")
    assert "\n# verify: [cargo test]\n" in (repo / "without.yaml").read_text()
    (tmp_path / "bin" / "cargo").touch(mode=0o755)
    swarm(capsys, "init", "with.yaml")
    assert "\nverify: [cargo test]\n" in (repo / "with.yaml").read_text()


NPM = '{"scripts": {"test": "jest"}}'


@pytest.mark.parametrize(
    ("files", "commands"),
    [
        ({}, []),
        ({"Makefile": "all:\n\ntest: all\n\techo\n"}, ["make test"]),
        ({"Makefile": "test := x\nlatest:\n"}, []),
        ({"package.json": NPM}, ["npm test"]),
        ({"package.json": NPM, "pnpm-lock.yaml": ""}, ["pnpm test"]),
        ({"package.json": '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'}, []),
        ({"package.json": "not json"}, []),
        ({"package.json": "[]"}, []),
        ({"pyproject.toml": "[tool.pytest.ini_options]\n"}, ["pytest -q"]),
        ({"pyproject.toml": "[project]\n"}, []),
        ({"tests/test_it.py": "", "uv.lock": ""}, ["uv run pytest -q"]),
        ({"go.mod": "module x\n"}, ["go test ./..."]),
        ({"go.mod": "", "Makefile": "test:\n"}, ["make test", "go test ./..."]),
    ],
)
def test_how_a_project_is_tested(tmp_path: Path, files: Mapping[str, str], commands: list[str]) -> None:
    root = tmp_path / "project"
    root.mkdir()
    for name, text in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    assert list(commands_of(root)) == commands


@pytest.mark.parametrize(("agent", "permissions"), [(None, None), ("scripted", None), ("claude", Permission.EDITS)])
@pytest.mark.parametrize("verify", [None, "go test ./...", "uv run pytest -q", "npm run 'test: all'"])
def test_every_sample_is_a_valid_task_file(
    agent: str | None, permissions: Permission | None, verify: str | None
) -> None:
    found = Findings("My Project!", "file:///x.json", agent, permissions, verify, ignored=(".env",))
    plan = parse(sample(found).encode()).plan(lambda path: "", {})
    assert plan.name == "my-project"
    assert plan.verify == ((verify,) if verify else ())
    assert {task.permissions for task in plan.tasks} == {permissions or Permission.ASK}


def test_the_name_of_a_directory_may_have_no_letter_that_a_name_can_have() -> None:
    assert "\nname: tasks\n" in sample(Findings("日本", "file:///x.json"))
