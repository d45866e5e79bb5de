"""One trial: a stage, what is done to the tool on it, the run's end, and what the oracles say.

A campaign gives trials their names; a name is all that is needed to repeat one.  A trial's chances come from its name,
so that the same name has the same plan and the same faults.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from enclosure import INSIDE, NOWHERE, Enclosure
from innocents import settle
from oracles import Oracle, violations
from scenario import Scenario
from stage import Stage, make_stage

Disturb = Callable[[Stage, random.Random], None]
"""What is done to the tool: begins a leader, and returns when it wants the run taken to its end."""


def _nothing(stage: Stage, chance: random.Random) -> None:
    """Nothing is done."""


@dataclass(frozen=True)
class Trial:
    """One trial to be made.  `name` is `campaign/rest`, unique, and holds its seed."""

    name: str
    scenario: Callable[[random.Random], Scenario]
    disturb: Disturb
    restarts: int = 20
    """How often a leader may have to be started again once the disturbance is over."""
    without: frozenset[str] = frozenset()
    """Oracles that do not apply, each with its reason where the trial is made."""
    afterwards: Disturb = _nothing
    """What is done with the run that has ended, once the oracles have looked; objects by `stage.object`."""
    also: Mapping[str, Oracle] = field(default_factory=dict)
    """Oracles of this trial alone."""
    at: Path | None = None
    """Where the stage lies; None for the system's own place."""
    enclosure: Enclosure = NOWHERE
    """What has to be around it: namespaces, root."""
    lacks: Callable[[], str] = lambda: ""
    """Why it can't be made on this machine, beyond what the enclosure knows; nothing where it can."""


@dataclass(frozen=True)
class Outcome:
    """What came of a trial.  `violations`: by oracle; `diary`: what was done, line by line; `kept`: its directory;
    `skipped`: why it was not made at all."""

    name: str
    violations: dict[str, list[str]]
    seconds: float
    diary: list[str] = field(default_factory=list)
    kept: str = ""
    skipped: str = ""

    def told(self) -> str:
        """A failed trial in words, with the way to repeat it."""
        again = f"repeat it with: python tests/faults --trial {self.name}"
        lines = [f"{self.name}: {len(self.violations)} oracles object; {again}"]
        for oracle, wrong in self.violations.items():
            lines += [f"  {oracle}: {one}" for one in wrong[:8]]
        lines += [f"    {line}" for line in self.diary[-40:]]
        return "\n".join([*lines, *([f"  kept in {self.kept}"] if self.kept else [])])

    def line(self, commit: str, day: str) -> str:
        """As one line of JSON, with what was tried when."""
        said = {"name": self.name, "seconds": round(self.seconds, 2), "violations": self.violations}
        said |= {"commit": commit, "day": day}
        return json.dumps(said | ({"skipped": self.skipped} if self.skipped else {}))


def run(trial: Trial, *, keep: bool = False) -> Outcome:
    """Make the trial, in its enclosure.  `keep`: a failed one's directory stays, to be looked at."""
    lacks = trial.enclosure.lacks() or trial.lacks()
    if lacks:
        return Outcome(trial.name, {}, 0.0, skipped=lacks)
    return _run_here(trial, keep) if trial.enclosure.is_entered else _run_inside(trial, keep)


def _run_inside(trial: Trial, keep: bool) -> Outcome:
    """By a second program, which has entered the enclosure."""
    with tempfile.NamedTemporaryFile(dir="/tmp", prefix="sf-outcome-") as file:
        program = [sys.executable, str(Path(__file__).parent), "--inner", file.name, "--trial", trial.name]
        done = subprocess.run(
            [*trial.enclosure.argv, *program, *(["--keep"] if keep else [])],
            env={**os.environ, INSIDE: trial.enclosure.name}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        told = Path(file.name).read_text()
    if not told:
        return Outcome(trial.name, {"trial": ["it broke in its enclosure", *done.stderr.splitlines()[-12:]]}, 0.0)
    return Outcome(**json.loads(told))


def hand_back(outcome: Outcome, file: Path) -> None:
    """From inside: all of an outcome, for whoever waits outside."""
    file.write_text(json.dumps(asdict(outcome)))


def _run_here(trial: Trial, keep: bool) -> Outcome:
    chance = random.Random(trial.name)
    began = time.monotonic()
    stage = make_stage(trial.scenario(chance), trial.at)
    found: dict[str, list[str]] = {"trial": ["it did not come to its end"]}
    try:
        settle(stage)
        trial.disturb(stage, chance)
        codes = stage.finish(trial.restarts)
        found = violations(stage, without=trial.without | stage.excused.keys(), also=trial.also)
        trial.afterwards(stage, chance)
        if stage.objections:
            found["trial"] = stage.objections
        if len(codes) > trial.restarts:
            found["restarts"] = [f"more than {trial.restarts} leaders were needed: exit codes {codes}"]
    except Exception:  # noqa: BLE001 (a trial that breaks is a violation, told with the others)
        found = {"trial": traceback.format_exc().splitlines()[-30:]}
    finally:
        stage.close(keep and bool(found))
    kept = str(stage.root) if keep and found else ""
    return Outcome(trial.name, found, time.monotonic() - began, stage.events, kept)
