from __future__ import annotations

import os
from pathlib import Path

import pytest

from swarm import secrets
from swarm.errors import SwarmError
from swarm.paths import RunDir


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    found = RunDir(tmp_path / "runs" / "r")
    found.path.mkdir(parents=True)
    return found


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    found = secrets.secrets_file()
    found.parent.mkdir(parents=True)
    return found


def written(file: Path, text: str, mode: int = 0o600) -> None:
    file.write_text(text)
    file.chmod(mode)


def test_what_was_kept_is_there_and_nobody_else_can_read_it(run: RunDir, file: Path) -> None:
    secrets.keep(run, ["A", "B"], {"A": "1", "C": "3"})
    assert secrets.secrets(run, "w", ["A"], ["B"]) == {"A": "1"}
    assert os.stat(run.secrets).st_mode & 0o777 == 0o600
    secrets.keep(run, ["B"], {"B": "2"})
    assert secrets.secrets(run, "w", ["A", "B"]) == {"A": "1", "B": "2"}
    secrets.forget(run)
    with pytest.raises(SwarmError, match="the secret A is not there"):
        secrets.secrets(run, "w", ["A"])


def test_the_users_file_wins_and_a_line_for_a_worker_is_for_that_one_alone(run: RunDir, file: Path) -> None:
    secrets.keep(run, ["KEY"], {"KEY": "environment"})
    written(file, "# keys\n\nKEY = all \nKEY@worker-2=own=2\nOTHER@worker-2=x\n")
    assert secrets.secrets(run, "worker-1", ["KEY"], ["OTHER"]) == {"KEY": "all"}
    assert secrets.secrets(run, "worker-2", ["KEY"], ["OTHER"]) == {"KEY": "own=2", "OTHER": "x"}
    written(file, "KEY@worker-1=1\n")
    assert secrets.secrets(run, "worker-1", ["KEY"]) == {"KEY": "1"}
    written(file, "")
    assert secrets.secrets(run, "worker-1", ["KEY"]) == {"KEY": "environment"}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o777])
def test_a_file_that_others_can_read_is_refused(mode: int, run: RunDir, file: Path) -> None:
    written(file, "KEY=1\n", mode)
    with pytest.raises(SwarmError) as caught:
        secrets.secrets(run, "w", [])
    assert caught.value.hint == f"chmod 600 {file}"


@pytest.mark.parametrize("line", ["hunter2", "a b=hunter2", "KEY@W!=hunter2", "=hunter2"])
def test_a_line_that_makes_no_sense_is_told_without_what_stands_there(line: str, run: RunDir, file: Path) -> None:
    written(file, f"A=1\n{line}\n")
    with pytest.raises(SwarmError) as caught:
        secrets.secrets(run, "w", ["A"])
    assert f"{file}:2: expected NAME=value" in caught.value.message
    assert "hunter2" not in caught.value.message + caught.value.hint


def test_a_directory_in_its_place_is_no_file(run: RunDir, file: Path) -> None:
    file.mkdir()
    with pytest.raises(SwarmError, match="is no file of yours"):
        secrets.secrets(run, "w", [])
