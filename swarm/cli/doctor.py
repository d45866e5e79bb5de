"""Say whether this machine and this repository have what a run needs, and what old runs have left.

examples:
  swarm doctor
  swarm doctor --fix              mend what is ours and safe: stale sockets, half-made worktrees
  swarm doctor --json | jq '.findings[] | select(.level != "ok")'

Exits with 1 where something fails that a run can't do without.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from swarm.cli.health.finding import Finding, Level, ok, told
from swarm.cli.health.machine import machine
from swarm.cli.health.repository import repository
from swarm.cli.health.runs import runs
from swarm.cli.health.state import nearest, state
from swarm.cli.say import DIM, GREEN, RED, YELLOW, hint, paint
from swarm.errors import SwarmError
from swarm.git.repository import UserRepository, discover
from swarm.paths import Home, home, state_root

COLOURS = {Level.OK: GREEN, Level.WARN: YELLOW, Level.FAIL: RED}


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm doctor`."""
    parser.add_argument("--json", action="store_true", help="one object: {ok, findings: [{level, topic, text, …}]}")
    parser.add_argument("--fix", action="store_true", help="mend what is ours and safe")


def run(options: argparse.Namespace) -> int:
    """Look at everything; 1 where something fails."""
    shown: list[tuple[Finding, bool]] = []
    for finding in _findings():
        mended = options.fix and _mend(finding)
        shown.append((finding, mended))
        if not options.json:
            _tell(finding, mended)
    failed = any(finding.level is Level.FAIL and not mended for finding, mended in shown)
    if options.json:
        print(json.dumps({"ok": not failed, "findings": [_object(*one) for one in shown]}))
        return 1 if failed else 0
    mendable = any(finding.mend and not mended for finding, mended in shown)
    hint("swarm doctor --fix" if mendable else "mend that, then look again" if failed else "swarm init;   swarm start")
    return 1 if failed else 0


def _findings() -> Iterator[Finding]:
    """All of them, in the order in which one would mend them."""
    user, trouble = _repository()
    found = home(user.common_dir) if user else Home(state_root())
    yield from machine(nearest(found.path))
    yield from state(found)
    if user is None:
        yield trouble
        return
    yield from repository(user)
    yield from runs(found)


def _repository() -> tuple[UserRepository | None, Finding]:
    """The repository around us.  To be outside of one is no fault of the machine's."""
    try:
        return discover(Path.cwd()), ok("repository", "")
    except SwarmError as error:
        return None, told("repository", error, Level.WARN)


def _mend(finding: Finding) -> bool:
    """Try; what can't be mended stays as it was found."""
    if finding.mend is None:
        return False
    try:
        finding.mend()
    except SwarmError:
        return False
    return True


def _tell(finding: Finding, mended: bool) -> None:
    level = paint("mended", GREEN) if mended else paint(f"{finding.level:<6}", COLOURS[finding.level])
    print(f"{level}  {finding.topic}: {finding.text}")
    if finding.way_out and not mended:
        print(paint(f"        → {finding.way_out}", DIM))


def _object(finding: Finding, mended: bool) -> dict[str, object]:
    return {
        "level": finding.level.value, "topic": finding.topic, "text": finding.text,
        "way_out": finding.way_out or None, "mended": mended,
    }  # fmt: skip
