"""The home with which Gemini CLI is started: the user's own but for its settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from swarm.agents.geminihome import laid_over, with_login, without_hooks

KEY = {"GEMINI_API_KEY": "k"}


def test_our_settings_lie_over_the_users() -> None:
    user = {"mcpServers": {"own": {"command": "a"}}, "general": {"vimMode": True, "maxAttempts": 10}}
    ours = {"mcpServers": {"swarm": {"command": "b"}}, "general": {"maxAttempts": 3}}
    assert laid_over(user, ours) == {
        "mcpServers": {"own": {"command": "a"}, "swarm": {"command": "b"}},
        "general": {"vimMode": True, "maxAttempts": 3},
    }


def test_a_key_is_the_way_to_log_in_where_the_user_has_chosen_none() -> None:
    assert with_login({}, KEY) == {"security": {"auth": {"selectedType": "gemini-api-key"}}}
    chosen = {"security": {"auth": {"selectedType": "oauth-personal"}}}
    assert with_login(chosen, KEY) == chosen
    assert with_login({}, {}) == {}


def test_all_but_the_settings_is_the_users_own(tmp_path: Path) -> None:
    user, place = tmp_path / "home" / ".gemini", tmp_path / "attempt"
    user.mkdir(parents=True)
    place.mkdir()
    (user / "oauth_creds.json").write_text("{}")
    (user / "settings.json").write_text('{"ui": {"theme": "x"}}')
    (place / "settings.json").write_text('{"telemetry": {"enabled": false}}')
    program = "import os; print(os.environ['GEMINI_CLI_HOME'])"
    env = {"HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"]}
    argv = [sys.executable, "-P", "-m", "swarm.agents.geminihome", str(place), sys.executable, "-c", program]
    for _ in ("the first turn", "a further one"):
        done = subprocess.run(argv, env=env, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == str(place)
    own = place / ".gemini"
    assert (own / "oauth_creds.json").readlink() == user / "oauth_creds.json"
    assert (own / "tmp").readlink() == user / "tmp", "its conversations outlive the attempt"
    assert json.loads((own / "settings.json").read_text()) == {"ui": {"theme": "x"}, "telemetry": {"enabled": False}}
    assert (user / "settings.json").read_text() == '{"ui": {"theme": "x"}}'


@pytest.mark.parametrize(
    "said",
    [
        '{"hooksConfig": {"enabled": false}}', '{"hooksConfig": {"disabled": ["swarm"]}}', '{"hooksConfig": null}',
        '{"hooks": null}', '{"hooks": {"BeforeTool": []}}', '{"hooks": {}} // a comment that JSON has not',
        r'{"\u0068ooksConfig": {"enabled": false}}', r'{"h\u006foks": {"BeforeTool": []}} // a comment',
    ],
)  # fmt: skip
def test_settings_that_could_keep_the_hook_from_being_asked_are_named(tmp_path: Path, said: str) -> None:
    (tmp_path / "settings.json").write_text(said)
    assert without_hooks([tmp_path / "none", tmp_path / "settings.json"]) == str(tmp_path / "settings.json")


@pytest.mark.parametrize(
    "said",
    ["{}", '{"hooks": {"AfterTool": []}}', '{"hooksConfig": {"notifications": false}}', "//", r'{"ui": "\u0068"}'],
)  # fmt: skip
def test_other_settings_are_left_alone(tmp_path: Path, said: str) -> None:
    (tmp_path / "settings.json").write_text(said)
    assert without_hooks([tmp_path / "settings.json"]) == ""


@pytest.mark.parametrize(
    ("name", "text"), [("settings.json", '{"hooksConfig": {"enabled": false}}'), (".env", "BASH_ENV=a.sh")]
)
def test_where_a_hook_has_to_ask_and_could_not_it_does_not_start(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / ".gemini").mkdir()
    (tmp_path / ".gemini" / name).write_text(text)
    argv = [sys.executable, "-m", "swarm.agents.geminihome", str(tmp_path / "attempt"), "echo", "started"]
    (tmp_path / "attempt").mkdir()
    env = {**os.environ, "HOME": str(tmp_path / "home"), "SWARM_MAY": "{}"}
    done = subprocess.run(argv, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert "might ask nobody" in done.stderr and name in done.stderr
