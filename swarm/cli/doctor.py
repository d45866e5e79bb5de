"""Say whether this machine and this repository have what a run needs, and what old runs have left.

examples:
  swarm doctor
  swarm doctor --fix              mend what is ours and safe: locks and sockets of the dead, damaged objects, doors
  swarm doctor --fix --yes        and end what ended runs have left running, without asking
  swarm doctor --json | jq '.findings[] | select(.level != "ok")'

Exits with 1 where something fails that a run can't do without.  Nothing is mended while a leader works in this
repository.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from swarm.cli.health.finding import Finding, Level, ok, told
from swarm.cli.health.hub import hub
from swarm.cli.health.machine import machine
from swarm.cli.health.repository import repository
from swarm.cli.health.runs import runs
from swarm.cli.health.state import state
from swarm.cli.say import DIM, GREEN, RED, YELLOW, hint, paint
from swarm.errors import Busy, SwarmError
from swarm.files import locked, nearest
from swarm.git.repository import UserRepository, discover
from swarm.leader.launch import take_lead
from swarm.paths import Home, home, state_root

COLOURS = {Level.OK: GREEN, Level.WARN: YELLOW, Level.FAIL: RED}


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm doctor`."""
    parser.add_argument("--json", action="store_true", help="one object: {ok, findings: [{level, topic, text, …}]}")
    parser.add_argument("--fix", action="store_true", help="mend what is ours and safe; reads the hub's objects, too")
    parser.add_argument("--yes", "-y", action="store_true", help="with --fix: end left-over processes without asking")


def run(options: argparse.Namespace) -> int:
    """Look at everything; 1 where something fails."""
    user, trouble = _repository()
    found = home(user.common_dir) if user else Home(state_root())
    ground = list(state(found))  # looked at before a lock is taken there, which puts its mode right
    shown: list[tuple[Finding, bool]] = []
    with _alone(found, options.fix and user is not None) as free:
        for finding in _findings(found, ground, user or trouble, deep=options.fix and free):
            mended = options.fix and free and _mend(finding, options)
            shown.append((finding, mended))
            if not options.json:
                _tell(finding, mended)
    if options.fix and not free:
        print("nothing was mended: a leader works in this repository", file=sys.stderr)
    failed = any(finding.level is Level.FAIL and not mended for finding, mended in shown)
    if options.json:
        print(json.dumps({"ok": not failed, "findings": [_object(*one) for one in shown]}))
        return 1 if failed else 0
    mendable = any(finding.mend and not mended for finding, mended in shown)
    hint("swarm doctor --fix" if mendable else "mend that, then look again" if failed else "swarm init;   swarm start")
    return 1 if failed else 0


@contextmanager
def _alone(found: Home, wanted: bool) -> Iterator[bool]:
    """Nobody leads, cleans or starts meanwhile; False where somebody does already.  Only looking needs no turn."""
    if not wanted or not found.path.is_dir():
        yield wanted
        return
    try:
        own = take_lead(found, "")
    except Busy:
        yield False
        return
    try:
        with locked(found.clean_lock):
            yield True
    finally:
        own.release()


def _findings(found: Home, ground: list[Finding], user: UserRepository | Finding, *, deep: bool) -> Iterator[Finding]:
    """All of them, in the order in which one would mend them.  `ground`: those about our state's directory."""
    yield from machine(nearest(found.path))
    yield from ground
    if isinstance(user, Finding):
        yield user
        return
    yield from repository(user)
    yield from hub(found, user, deep=deep)
    yield from runs(found, user)


def _repository() -> tuple[UserRepository | None, Finding]:
    """The repository around us.  To be outside of one is no fault of the machine's."""
    try:
        return discover(Path.cwd()), ok("repository", "")
    except SwarmError as error:
        return None, told("repository", error, Level.WARN)


def _mend(finding: Finding, options: argparse.Namespace) -> bool:
    """Try; what can't be mended stays as it was found."""
    if finding.mend is None or (finding.asks and not options.yes and not _agreed(finding, options)):
        return False
    try:
        return finding.mend() is not False
    except (SwarmError, OSError) as error:
        print(f"{finding.topic}: could not be mended: {error}", file=sys.stderr)
        return False


def _agreed(finding: Finding, options: argparse.Namespace) -> bool:
    """Whether the person at the terminal says yes; who is no person does not."""
    if options.json or not sys.stdin.isatty():
        return False
    print(f"{finding.topic}: {finding.text}.  {finding.asks}? [y/N] ", end="", flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


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
