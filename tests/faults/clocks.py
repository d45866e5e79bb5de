"""The campaign of the bad clock: the date jumps by ten years, the machine boots anew, the clock since boot starts over.

No decision hangs on the date.  A boot of another name means that every attempt under way is lost, and is tried again;
a deadline of an earlier boot is not compared with the clock of the new one: it must not come early, nor never.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from bending import bend, make_bendable
from enclosure import MOUNTS
from moments import wait_for_lines
from scenario import Job, Scenario, small
from stage import Stage
from trial import Trial

TEN_YEARS = 10 * 365 * 24 * 3600
BOOT_ID = "/proc/sys/kernel/random/boot_id"


def _set_date(stage: Stage, seconds: int) -> None:
    """Have everybody's date be off by so much, from now on, also of those who run."""
    draft = stage.root / "py" / "off.draft"
    draft.write_text(str(seconds))
    draft.rename(stage.root / "py" / "off")
    stage.note(f"the date is off by {seconds} s")


def _jumps(first: int, then: tuple[int, ...]) -> Callable[[Stage, random.Random], None]:
    """The date is off at the start, and jumps in mid-run each time the journal has grown by six lines."""

    def disturb(stage: Stage, chance: random.Random) -> None:
        make_bendable(stage)
        bend(stage, clock=str(stage.root / "py" / "off"))
        _set_date(stage, first)
        leader = stage.take_up()
        for number, off in enumerate(then, 1):
            wait_for_lines(stage, leader, 7 * number)
            _set_date(stage, off)
        stage.ended(leader)
        if leader.returncode not in (0, 3):
            raise RuntimeError(f"the leader ended with {leader.returncode}: {stage.said_by(leader)[-500:]}")
        _nothing_timed_out(stage)

    return disturb


def _between(offs: tuple[int, ...]) -> Callable[[Stage, random.Random], None]:
    """Each leader has another date; they follow each other in mid-run."""

    def disturb(stage: Stage, chance: random.Random) -> None:
        make_bendable(stage)
        bend(stage, clock=str(stage.root / "py" / "off"))
        for number, off in enumerate(offs, 1):
            _set_date(stage, off)
            leader = stage.take_up()
            wait_for_lines(stage, leader, 9 * number)
            leader.send_signal(signal.SIGINT)
            stage.ended(leader)
        _set_date(stage, -TEN_YEARS)

    return disturb


def _nothing_timed_out(stage: Stage) -> None:
    """No attempt was ended by a deadline in a run in which none came."""
    said = stage.swarm("log", "--json")
    hasty = [line for line in said.out.splitlines() if '"timeout"' in line or '"idle"' in line or '"lost"' in line]
    hasty = [line for line in hasty if '"AttemptEnded"' in line]
    if hasty:
        raise RuntimeError(f"a deadline came early: {hasty[0][:300]}")


def _reboot(ahead: int, kind: str) -> Callable[[Stage, random.Random], None]:
    """The first leader and its workers live `ahead` seconds later since boot; then everything dies, and boots."""

    def disturb(stage: Stage, chance: random.Random) -> None:
        _new_boot(stage, 1)
        far = ("unshare", "--time", f"--boottime={ahead}", f"--monotonic={ahead}") if ahead else ()
        leader = stage.lead(*stage.start_words(), forewords=far)
        wait_for_lines(stage, leader, chance.randint(8, 20))
        _kill_all(stage)
        if kind == "reboot":
            _new_boot(stage, 2)

    return disturb


def _new_boot(stage: Stage, number: int) -> None:
    name = stage.root / f"boot-{number}"
    name.write_text(f"{number:08d}-0000-4000-8000-000000000000\n")
    subprocess.run(["mount", "--bind", str(name), BOOT_ID], check=True)
    stage.undo.append(lambda: subprocess.run(["umount", BOOT_ID], check=True))


def _kill_all(stage: Stage) -> None:
    patience = time.monotonic() + 30
    while (left := stage.pids()) and time.monotonic() < patience:
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for leader in stage.leaders:
            leader.poll()
        time.sleep(0.02)
    stage.note("everything is dead")


def _adopted(stage: Stage, chance: random.Random) -> None:
    """The boot's name changes under workers that live on (a container that was moved): they are asked, not believed."""
    _new_boot(stage, 1)
    leader = stage.take_up()
    wait_for_lines(stage, leader, 12)
    leader.kill()
    leader.wait()
    _new_boot(stage, 2)


def _napping(name: str) -> Scenario:
    """One task needs a deadline to get on, one must not be hit by it."""
    plain = small(name)
    jobs = (*plain.jobs, Job("dozes", "naps", timeout="3s"))
    return replace(plain, jobs=jobs, workers=3)


def _trial(name: str, disturb: Callable[[Stage, random.Random], None], *, mounts: bool = False) -> Trial:
    scenario = small if name.startswith(("jump", "between")) else _napping
    trial = Trial(f"clocks/{name}", lambda _: scenario("clocks"), disturb, restarts=3)
    return replace(trial, enclosure=MOUNTS) if mounts else trial


def fast() -> list[Trial]:
    """One boot, after which the clock is younger."""
    return [_trial("reboot-1000000-0", _reboot(1_000_000, "reboot"), mounts=True)]


def whole(first: int) -> list[Trial]:
    """Jumps of both kinds, and boots from an older and a younger clock; other moments for another first seed."""
    found = [
        _trial(f"jumps-{first}", _jumps(0, (TEN_YEARS, -TEN_YEARS))),
        _trial(f"jumpsback-{first}", _jumps(TEN_YEARS, (-TEN_YEARS, 0, TEN_YEARS))),
        _trial(f"between-{first}", _between((TEN_YEARS, -TEN_YEARS, 0))),
        _trial(f"between-epoch-{first}", _between((-int(time.time()) + 10, 0))),
        _trial(f"adopted-{first}", _adopted, mounts=True),
    ]
    for seed in range(first, first + 3):
        for ahead in (1_000_000, 0):
            found.append(_trial(f"reboot-{ahead}-{seed}", _reboot(ahead, "reboot"), mounts=True))
        found.append(_trial(f"sameboot-0-{seed}", _reboot(0, "died"), mounts=True))
    return found
