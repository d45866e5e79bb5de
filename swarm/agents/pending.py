"""Permissions that are asked of a person in two places: by a question of ours, and by the CLI's own dialog in its pane.

Who decides in the pane is known by what follows: the step that was asked for has been taken, or its turn is over.  Then
the question is withdrawn.  Each has a file of its own while it is open; whoever removes that has settled it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from swarm.agents.tools import Inside, withdraw
from swarm.files import directory, read_json, write_json


def begin(here: Inside, question: str, tool: str, given: Mapping[str, Any]) -> None:
    """This question (its id) asks for that step."""
    directory(here.dir.permits)
    write_json(_file(here, question), {"step": _step(tool, given)})


def is_open(here: Inside, question: str) -> bool:
    """Whether nobody has settled it."""
    return _file(here, question).exists()


def end(here: Inside, question: str) -> bool:
    """It is settled; False when it was before."""
    try:
        _file(here, question).unlink()
    except FileNotFoundError:
        return False
    return True


def taken(here: Inside, tool: str, given: Mapping[str, Any]) -> None:
    """That step was taken: nobody needs to allow it any more.  Of several that are the same it is the first."""
    step = _step(tool, given)
    for file in _files(here):
        if read_json(file).get("step") == step and _settle(here, file):
            return


def over(here: Inside) -> None:
    """The turn is over: nothing waits for a permission."""
    for file in _files(here):
        _settle(here, file)


def _settle(here: Inside, file: Path) -> bool:
    settled = end(here, file.stem)
    if settled:
        withdraw(here, file.stem)
    return settled


def _files(here: Inside) -> list[Path]:
    return sorted(here.dir.permits.glob("*.json"))


def _file(here: Inside, question: str) -> Path:
    return here.dir.permits / f"{question}.json"


def _step(tool: str, given: Mapping[str, Any]) -> str:
    return json.dumps([tool, given], sort_keys=True)
