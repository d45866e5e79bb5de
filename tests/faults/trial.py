"""One trial: a stage, what is done to the tool on it, the run's end, and what the oracles say.

A campaign gives trials their names; a name is all that is needed to repeat one.  A trial's chances come from its name,
so that the same name has the same plan and the same faults.
"""

from __future__ import annotations

import json
import random
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from innocents import settle
from oracles import Oracle, violations
from scenario import Scenario
from stage import Stage, make_stage

Disturb = Callable[[Stage, random.Random], None]
"""What is done to the tool: begins a leader, and returns when it wants the run taken to its end."""


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
    also: Mapping[str, Oracle] = field(default_factory=dict)
    """Oracles of this trial alone."""
    at: Path | None = None
    """Where the stage lies; None for the system's own place."""


@dataclass(frozen=True)
class Outcome:
    """What came of a trial.  `violations`: by oracle; `diary`: what was done, line by line; `kept`: its directory."""

    name: str
    violations: dict[str, list[str]]
    seconds: float
    diary: list[str] = field(default_factory=list)
    kept: str = ""

    def told(self) -> str:
        """A failed trial in words, with the way to repeat it."""
        again = f"repeat it with: python tests/faults --trial {self.name}"
        lines = [f"{self.name}: {len(self.violations)} oracles object; {again}"]
        for oracle, wrong in self.violations.items():
            lines += [f"  {oracle}: {one}" for one in wrong[:8]]
        lines += [f"    {line}" for line in self.diary[-40:]]
        return "\n".join([*lines, *([f"  kept in {self.kept}"] if self.kept else [])])

    def line(self) -> str:
        """As one line of JSON."""
        return json.dumps({"name": self.name, "seconds": round(self.seconds, 2), "violations": self.violations})


def run(trial: Trial, *, keep: bool = False) -> Outcome:
    """Make the trial.  `keep`: a failed one's directory stays, to be looked at."""
    chance = random.Random(trial.name)
    began = time.monotonic()
    stage = make_stage(trial.scenario(chance), trial.at)
    found: dict[str, list[str]] = {"trial": ["it did not come to its end"]}
    try:
        settle(stage)
        trial.disturb(stage, chance)
        codes = stage.finish(trial.restarts)
        found = violations(stage, without=trial.without)
        found.update({name: wrong for name, oracle in trial.also.items() if (wrong := oracle(stage))})
        if len(codes) > trial.restarts:
            found["restarts"] = [f"more than {trial.restarts} leaders were needed: exit codes {codes}"]
    except Exception:  # noqa: BLE001 (a trial that breaks is a violation, told with the others)
        found = {"trial": traceback.format_exc().splitlines()[-12:]}
    finally:
        stage.close(keep and bool(found))
    kept = str(stage.root) if keep and found else ""
    return Outcome(trial.name, found, time.monotonic() - began, stage.events, kept)
