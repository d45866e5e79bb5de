"""The campaign of the full disk: our state on a small tmpfs that somebody else fills, at twenty moments, and frees.

A moment is a number of lines in the journal.  What has to hold: the leader stops with a sentence, nothing is corrupt,
no worker's result is lost, and once there is room the run goes on and ends as the model says.
"""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from enclosure import MOUNTS
from moments import wait_for_lines
from scenario import small
from stage import Stage
from trial import Trial

SIZE = "40m"
INODES = 6000


def on_small_disk(stage: Stage, options: str = f"size={SIZE},nr_inodes={INODES}") -> None:
    """Have the state lie on a file system of its own."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"{options},mode=0700", "swarm-state", str(stage.state)], check=True)
    stage.undo.append(lambda: subprocess.run(["umount", "--lazy", str(stage.state)], check=True))


def fill(place: Path) -> Path:
    """Take every byte that is left."""
    filler = place / "somebody-elses"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    if file.write(b"\0" * size) < size:
                        break
            except OSError:
                continue
    return filler


def use_up_names(place: Path) -> Path:
    """Take every inode that is left."""
    crowd = place / "somebody-elses"
    crowd.mkdir()
    try:
        for number in range(INODES):
            (crowd / str(number)).touch()
    except OSError:
        pass
    return crowd


def _free(what: Path) -> None:
    subprocess.run(["rm", "-rf", str(what)], check=True)


Fill = Callable[[Path], Path]


def _filled(take: Fill, lines: int, stay: float) -> Callable[[Stage, random.Random], None]:
    def disturb(stage: Stage, chance: random.Random) -> None:
        on_small_disk(stage)
        leader = stage.take_up()
        wait_for_lines(stage, leader, lines)
        taken = take(stage.state)
        stage.note(f"full at line {lines}")
        begun = time.monotonic()
        while leader.poll() is None and time.monotonic() < begun + 60:
            time.sleep(0.05)
        stage.note(f"the leader ended with {leader.poll()}: {stage.said_by(leader)[-500:]}")
        _stopped_plainly(stage, leader)
        seen = stage.swarm("status")
        stage.note(f"status on a full disk: {seen.code} {seen.out[-300:]} {seen.err[-300:]}")
        if seen.code != 0:
            raise RuntimeError(f"status does not work on a full disk: {seen.err}")
        again = stage.lead("resume")
        stage.ended(again)
        stage.note(f"resume on a full disk: {again.returncode} {stage.said_by(again)[-400:]}")
        time.sleep(stay)  # workers end what they have, on the full disk
        _free(taken)
        told = stage.said_by(again)
        if again.returncode != 1 or "→ free some space" not in told:
            raise RuntimeError(f"resume on a full disk ended with {again.returncode}: {told[-500:]}")

    return disturb


def _stopped_plainly(stage: Stage, leader: subprocess.Popen[bytes]) -> None:
    if leader.poll() is None:
        raise RuntimeError("the leader went on for a minute on a full disk")
    if leader.returncode not in (0, 1, 3) or (leader.returncode == 1 and "→" not in stage.said_by(leader)):
        raise RuntimeError(f"the leader ended with {leader.returncode} and no way out: {stage.said_by(leader)[-300:]}")


def _trial(what: str, take: Fill, lines: int, stay: float, seed: int = 0) -> Trial:
    name = f"fulldisk/{what}-{lines}-{seed}"
    return Trial(name, lambda _: small("fulldisk"), _filled(take, lines, stay), restarts=4, enclosure=MOUNTS)


def fast() -> list[Trial]:
    """One moment in the middle."""
    return [_trial("bytes", fill, 17, 0.5)]


def whole(first: int) -> list[Trial]:
    """Twenty moments for bytes, six for inodes; for another first seed, the moments between."""
    shift = first % 2
    found = [_trial("bytes", fill, 1 + 2 * number + shift, (number % 3) * 0.7, first) for number in range(20)]
    return found + [_trial("inodes", use_up_names, 3 + 6 * number + shift, 0.3, first) for number in range(6)]
