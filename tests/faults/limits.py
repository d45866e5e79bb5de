"""The campaign of low limits: few descriptors, small files, little memory, no place for temporary files, a home that
can't be written.

Under a limit a leader works, or it stops with a sentence and a way out; and without the limit the run goes on.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from enclosure import MOUNTS
from scenario import small
from stage import AT_MOST, Stage
from trial import Trial

LIMITS: dict[str, tuple[str, ...]] = {
    "nofile-64": ("--nofile=64",),
    "nofile-24": ("--nofile=24",),
    "fsize-2m": ("--fsize=2097152",),
    "fsize-4k": ("--fsize=4096",),
    "as-400m": ("--as=419430400",),
    "as-120m": ("--as=125829120",),
    "data-60m": ("--data=62914560",),
    "stack-1m": ("--stack=1048576",),
    "core-0": ("--core=0",),
    "memlock-0": ("--memlock=0",),
    "msgqueue-0": ("--msgqueue=0",),
}
"""Options of prlimit(1) by what trials are called."""


def _limited(words: tuple[str, ...]) -> Callable[[Stage, random.Random], None]:
    def disturb(stage: Stage, chance: random.Random) -> None:
        leader = stage.lead(*stage.start_words(), forewords=("prlimit", *words, "--"))
        _ends_plainly(stage, leader)

    return disturb


def _ends_plainly(stage: Stage, leader: subprocess.Popen[bytes]) -> None:
    """The leader ends: well, or with one sentence and a way out."""
    try:
        leader.wait(AT_MOST / 2)
    except subprocess.TimeoutExpired:
        said = stage.swarm("status")
        raise RuntimeError(f"the leader goes on for ever: {said.out[-900:]}") from None
    said = stage.said_by(leader)
    stage.note(f"under the limit: {leader.returncode} {said[-700:]}")
    if leader.returncode not in (0, 1, 3) or (leader.returncode == 1 and "→" not in said):
        raise RuntimeError(f"the leader ended with {leader.returncode}: {said[-700:]}")


def _with(env: Callable[[Stage], Mapping[str, str]]) -> Callable[[Stage, random.Random], None]:
    def disturb(stage: Stage, chance: random.Random) -> None:
        before = len(stage.undo)
        leader = stage.lead(*stage.start_words(), env=env(stage))
        _ends_plainly(stage, leader)
        while len(stage.undo) > before:  # the limit is lifted
            stage.undo.pop()()

    return disturb


def _read_only(stage: Stage, place: Path) -> None:
    subprocess.run(["mount", "--bind", str(place), str(place)], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", str(place)], check=True)
    stage.undo.append(lambda: subprocess.run(["umount", "--lazy", str(place)], check=True))


def _no_temp(stage: Stage) -> Mapping[str, str]:
    return {"TMPDIR": str(stage.root / "nowhere")}


def _read_only_temp(stage: Stage) -> Mapping[str, str]:
    _read_only(stage, stage.root / "tmp")
    return {}


def _read_only_home(stage: Stage) -> Mapping[str, str]:
    _read_only(stage, stage.root / "home")
    return {}


def _no_home(stage: Stage) -> Mapping[str, str]:
    return {"HOME": str(stage.root / "nobody")}


def _read_only_runtime(stage: Stage) -> Mapping[str, str]:
    _read_only(stage, stage.root / "rt")
    return {}


def _no_shared_memory(stage: Stage) -> Mapping[str, str]:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k,nr_inodes=2", "none", "/dev/shm"], check=True)
    stage.undo.append(lambda: subprocess.run(["umount", "--lazy", "/dev/shm"], check=True))
    return {}


PLACES: dict[str, Callable[[Stage], Mapping[str, str]]] = {
    "tmpdir-missing": _no_temp, "tmpdir-readonly": _read_only_temp, "home-readonly": _read_only_home,
    "home-missing": _no_home, "shm-full": _no_shared_memory, "runtime-readonly": _read_only_runtime,
}  # fmt: skip


def _trial(name: str, disturb: Callable[[Stage, random.Random], None], executor: str) -> Trial:
    trial = Trial(f"limits/{name}-{executor}-0", lambda _: small("limits", executor), disturb, restarts=3)
    return replace(trial, enclosure=MOUNTS) if "readonly" in name or "shm" in name else trial


def fast() -> list[Trial]:
    """None: a leader under a limit either works, or says what `tests/cli/test_failure.py` wants to hear."""
    return []


def whole(first: int) -> list[Trial]:
    """Each limit once, those that tmux feels with tmux too."""
    found = [_trial(name, _limited(words), "process") for name, words in LIMITS.items()]
    found += [_trial(name, _with(env), "process") for name, env in PLACES.items()]
    tmux = [_trial(name, _limited(LIMITS[name]), "tmux") for name in ("nofile-64", "fsize-2m", "as-400m")]
    return found + tmux + [_trial(name, _with(PLACES[name]), "tmux") for name in PLACES]
