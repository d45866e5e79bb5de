from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from look_world import swarm

from swarm.cli.init import test_commands as commands_of
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


@pytest.mark.parametrize("agent", [None, "scripted"])
@pytest.mark.parametrize("verify", [None, "go test ./...", "uv run pytest -q", "npm run 'test: all'"])
def test_every_sample_is_a_valid_task_file(agent: str | None, verify: str | None) -> None:
    found = Findings("My Project!", "file:///x.json", agent, verify, ignored=(".env",))
    plan = parse(sample(found).encode()).plan(lambda path: "", {})
    assert plan.name == "my-project"
    assert plan.verify == ((verify,) if verify else ())


def test_the_name_of_a_directory_may_have_no_letter_that_a_name_can_have() -> None:
    assert "\nname: tasks\n" in sample(Findings("日本", "file:///x.json"))
