"""The person in front of a trial: keeps a leader going, answers what is asked, lets held work in, waits for the end.

Drives the tool by its verbs alone, and reads the ledger to learn when it is worth a look.
"""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from stage import AT_MOST, Stage

TICK = 0.03
"""Seconds between two looks at a process or a file that others write.  A poll: nothing here rings a bell."""

LOOK = 2.5
"""Seconds between two looks at the status of a run whose ledger stands still."""

FITTING = frozenset({0, 1, 3, 75, 130, -2, -9, -15, -1, 129, 143})
"""Exit codes that a leader may have here; 70 (a bug) and 2 are none of them."""


@dataclass
class Person:
    """Whoever watches over one trial.  `leader` is the one they started last."""

    stage: Stage
    chance: random.Random
    leader: subprocess.Popen[bytes] | None = None
    holds: list[str] = field(default_factory=list)
    """Reasons for which work was held for a person."""
    _lines: int = -1
    _looked: float = 0.0
    _tried: dict[str, float] = field(default_factory=dict)

    def leads(self) -> bool:
        """Whether the leader that was started last lives."""
        return self.leader is not None and self.leader.poll() is None

    def lead(self) -> subprocess.Popen[bytes]:
        """Have a leader: the living one, or a new one."""
        if self.leader is None or not self.leads():
            self._check(self.leader)
            self.leader = self.stage.take_up()
        return self.leader

    def _check(self, leader: subprocess.Popen[bytes] | None) -> None:
        if leader is not None and leader.returncode not in FITTING:
            said = self.stage.said_by(leader)[-600:]
            self.stage.object(f"a leader ended with {leader.returncode}: {said}")

    def wait(self, done: Callable[[], bool], seconds: float) -> bool:
        """Attend to the run until `done`, for so long at most.  Whether it came to that."""
        end = time.monotonic() + seconds
        while not (found := done()) and time.monotonic() < end:
            self.attend()
            time.sleep(TICK)
        return found

    def moment(self) -> None:
        """Let some of the run go by: a few facts in the ledger, or a short time."""
        more = len(self._facts()) + self.chance.choice((0, 0, 1, 1, 2, 3, 5))
        self.wait(lambda: len(self._facts()) >= more or not self.leads(), 15.0)
        self.wait(lambda: False, self.chance.choice((0.0, 0.0, 0.05, 0.2, 0.5)))

    def _facts(self) -> list[str]:
        return self.stage.ledger.read_text().splitlines()

    def attend(self) -> None:
        """Answer who asks; look closer where nothing has moved for a while."""
        lines = self._facts()
        asked = [line.split()[1] for line in lines if line.startswith("asks ")]
        heard = {line.split()[1] for line in lines if line.startswith(("heard ", "end "))}
        for key in asked:
            if key not in heard and time.monotonic() - self._tried.get(key, 0.0) > 1.0:
                self._tried[key] = time.monotonic()
                self.stage.swarm("answer", key.rpartition(".")[0], "yes, it may")
        if len(lines) != self._lines:
            self._lines, self._looked = len(lines), time.monotonic()
        elif time.monotonic() - self._looked > LOOK:
            self._look()
            self._looked = time.monotonic()

    def _look(self) -> None:
        """What `status` says needs a person."""
        seen = self.stage.status() or {"tasks": []}
        for task in seen["tasks"]:
            if task["status"] == "review":
                self.holds.append(task["reason"])
                self.stage.note(f"{task['id']} is held: {task['reason']}")
                self.stage.swarm("merge", task["id"])
            elif task["status"] == "paused" and task["id"] not in self._tried:
                self.stage.swarm("unpause", task["id"])

    def see_through(self, leaders: int = 20) -> None:
        """Lead, and attend, until the run is over by itself."""
        for _ in range(leaders):
            leader = self.lead()
            if not self.wait(lambda: leader.poll() is not None, AT_MOST):  # noqa: B023 (called before the next turn)
                self.stage.object("the run does not come to its end")
                self.stage.note(f"it stands at: {self.stage.swarm('status').out}")
                return
            self._check(leader)
            if "--put-back" in self.stage.said_by(leader):
                self.stage.note("what a stranger put into the integration ref is put aside")
                self.leader = self.stage.lead("resume", "--put-back")
            elif self.stage.is_over():
                return
        self.stage.object(f"the run was not over after {leaders} leaders: {self.stage.said_by(leader)[-600:]}")
