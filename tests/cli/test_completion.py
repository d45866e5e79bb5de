from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from look_world import make_run, swarm

from swarm.cli import VERBS
from swarm.cli.shells import SHELLS, Kind, Option, Verb, fish, zsh

BIN = Path(sys.executable).parent


@pytest.fixture(autouse=True)
def inside(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo)
    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    path = tmp_path / "swarm.bash"
    path.write_text(swarm(capsys, "completion", "bash").out)
    return path


def completed(script: Path, *words: str) -> list[str]:
    """What bash offers where the last of these words is being typed."""
    quoted = " ".join(f"'{word}'" for word in words)
    place = f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}"
    line = f'set -u; source "$0" || exit; {place}; _swarm; echo "${{COMPREPLY[*]-}}"'
    done = subprocess.run(["bash", "-c", line, str(script)], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


def test_verbs_are_completed(script: Path) -> None:
    assert completed(script, "swarm", "sta") == ["start", "status"]
    assert set(completed(script, "swarm", "")) >= set(VERBS) - {"worker", "completion"}


def test_options_of_the_verb_are_completed(script: Path) -> None:
    assert completed(script, "swarm", "start", "--wo") == ["--workers"]
    assert completed(script, "swarm", "status", "--w") == ["--watch"]
    assert "--json" in completed(script, "swarm", "runs", "")


def test_a_choice_is_completed_also_behind_an_equals_sign(script: Path) -> None:
    assert completed(script, "swarm", "graph", "--format", "m") == ["mermaid"]
    assert completed(script, "swarm", "graph", "--format", "=", "d") == ["dot"]
    assert completed(script, "swarm", "graph", "--format", "=") == ["ascii", "mermaid", "dot", "svg"]


def test_tasks_workers_and_runs_are_those_there_are(repo: Path, script: Path) -> None:
    make_run(repo)
    assert completed(script, "swarm", "why", "") == ["one", "two", "bad", "below"]
    assert completed(script, "swarm", "attach", "worker") == ["worker-1", "worker-2"]
    assert completed(script, "swarm", "status", "--run", "d") == ["demo"]


def test_without_a_run_nothing_is_offered_and_nothing_said(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert completed(script, "swarm", "why", "") == []
    said = swarm(capsys, "completion", "--words", "task")
    assert (said.code, said.out.strip(), said.err) == (0, "", "")


def test_a_shell_has_to_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert swarm(capsys, "completion").code == 2
    assert swarm(capsys, "completion", "tcsh").code == 2


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_take_their_script(shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = swarm(capsys, "completion", shell).out
    assert all(verb in text for verb in VERBS.keys() - {"worker", "completion"})
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    path = tmp_path / "script"
    path.write_text(text)
    subprocess.run([program, "-n", str(path)], check=True)


def test_a_help_text_can_hold_any_letter() -> None:
    option = Option(("--x",), "it's [a] list: a:b\\c\nsecond line", True, Kind.TASK)
    verb = Verb("verb", "don't: [it]", (option,), Kind.NONE)
    assert "'--x[it’s (a) list\\: a\\:bc second line]:value:_swarm_words task'" in zsh([verb])
    assert "-d 'it\\'s [a] list: a:bc second line'" in fish([verb])
    assert set(SHELLS) == {"bash", "zsh", "fish"}
