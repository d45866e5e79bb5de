"""Starts Gemini CLI with a home that is the user's own but for its settings: `geminihome DIRECTORY PROGRAM…`.

The settings are the user's with ours (DIRECTORY/settings.json) laid over them; whatever else is in the user's
`.gemini` (login, instructions, conversations) is linked.  The user's settings file itself is only read.  Run by a
worker, in place of the program; knows nothing of the attempt.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from swarm.agents.gate import MAY
from swarm.files import directory, read_theirs, write_whole

BEFORE = "BeforeTool"
"""The hook that asks; a second one could change the step that a person has allowed."""

VARIABLES = Path(".gemini", ".env")
"""In the worktree: the file of variables that it takes whatever its settings say."""

KEPT = ("tmp", "history")
"""Where its conversations are: made for the user where they are not there yet, so that a later attempt finds them."""

OWN = frozenset({"settings.json", "projects.json"})
"""What it writes anew as a whole, so that a link would not last."""


def main() -> int:
    """Become the program, with the home."""
    place, argv = Path(sys.argv[1]), sys.argv[2:]
    user = Path(os.environ.get("GEMINI_CLI_HOME") or Path.home()) / ".gemini"
    own = place / ".gemini"
    for name in KEPT:
        directory(user / name)
    directory(own)
    for name in os.listdir(user):
        if name not in OWN and not name.endswith(".tmp") and not os.path.lexists(own / name):
            (own / name).symlink_to(user / name)
    if MAY in os.environ and (where := without_hooks(places())):
        raise SystemExit(f"gemini might ask nobody: take `hooksConfig` and `{BEFORE}` out of {where}")
    if MAY in os.environ and os.path.lexists(VARIABLES):
        raise SystemExit(f"gemini might ask nobody: {VARIABLES} sets variables of our hook, too; take it away")
    settings = laid_over(read_theirs(user / "settings.json"), read_theirs(place / "settings.json"))
    write_whole(own / "settings.json", json.dumps(with_login(settings, os.environ), indent=1).encode())
    os.environ["GEMINI_CLI_HOME"] = str(place)
    os.execvp(argv[0], argv)


def places() -> tuple[Path, ...]:
    """The settings that go before the user's own: the repository's, and the machine's."""
    machine = os.environ.get("GEMINI_CLI_SYSTEM_SETTINGS_PATH") or "/etc/gemini-cli/settings.json"
    return Path.cwd() / ".gemini" / "settings.json", Path(machine)


def without_hooks(paths: Iterable[Path]) -> str:
    """Which of these settings could keep our hook from being asked, or nobody can say whether; or ""."""
    for path in paths:
        if path.is_file() and re.search(r'"hooks|\\u', path.read_text("utf-8", "replace")):
            said = read_theirs(path)
            config, hooks = said.get("hooksConfig", {}), said.get("hooks", {})
            plain = said and isinstance(config, dict) and isinstance(hooks, dict)
            if not plain or config.get("enabled", True) is not True or config.get("disabled") or BEFORE in hooks:
                return str(path)
    return ""


def laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both, as one: what `above` says counts, key by key at every depth."""
    found = dict(below)
    for key, value in above.items():
        under = found.get(key)
        found[key] = laid_over(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return found


def with_login(settings: dict[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """With the way of logging in that a key in the environment stands for, where the user has chosen none.

    With a base URL beside the key it would else take a way that it then calls invalid.
    """
    chosen = settings.get("security", {}).get("auth", {}).get("selectedType")
    if chosen or not environ.get("GEMINI_API_KEY"):
        return settings
    return laid_over(settings, {"security": {"auth": {"selectedType": "gemini-api-key"}}})


if __name__ == "__main__":
    sys.exit(main())
