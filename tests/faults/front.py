"""Programs that stand in front of git and tmux on PATH and spoil some calls, and the patience that a person has then.

Knows the stage and front.sh, which does the spoiling.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenario import outcomes
from stage import AT_MOST, HERE, Stage


@dataclass(frozen=True)
class Spoilt:
    """One call that goes wrong: the `nth` (0: each) of `word` by `who`, in the way of `mode` (as in front.sh)."""

    who: str
    word: str
    nth: int
    mode: str


@dataclass(frozen=True)
class Front:
    """The front of one stage."""

    where: Path
    path: str

    @property
    def env(self) -> dict[str, str]:
        """What a leader needs to find it."""
        return {"PATH": f"{self.where}:{self.path}"}

    def spoil(self, spoilt: Iterable[Spoilt]) -> None:
        """From now on these calls go wrong, and no others."""
        lines = [f"{one.who} {one.word} {one.nth} {one.mode}\n" for one in spoilt]
        fresh = self.where / "plan.new"
        fresh.write_text("".join(lines))
        fresh.rename(self.where / "plan")

    def calls(self) -> list[list[str]]:
        """All calls so far: who, word, mode, pid."""
        log = self.where / "log"
        found = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
        return [words for words in found if len(words) == 4]

    def done(self) -> Counter[str]:
        """How often each was spoilt."""
        return Counter(" ".join(words[:3]) for words in self.calls() if words[2] != "as-it-is")

    def release(self) -> int:
        """Kill the calls that hang, as a person would; how many there were."""
        pids = [words[3] for words in self.calls() if words[2] == "hang"]
        return sum(_sleeps(pid) and subprocess.run(["kill", "-9", pid], check=False).returncode == 0 for pid in pids)


def _sleeps(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"sleep\0900")
    except OSError:
        return False


def stand_in_front(stage: Stage, *names: str) -> Front:
    """Put ourselves in front of these programs; nothing is spoilt yet."""
    where = stage.root / "front"
    where.mkdir()
    for name in names:
        shutil.copy(HERE / "front.sh", where / name)
        (where / name).chmod(0o755)
    front = Front(where, stage.env["PATH"])
    front.spoil(())
    return front


def persist(stage: Stage, env: dict[str, str], *, rounds: int = 8) -> None:
    """Be a patient person: take the run up, and do what `status` says about tasks that stand still, until all is as
    the model says, or `rounds` leaders have not got there."""
    for _ in range(rounds):
        leader = stage.take_up(env=env)
        until = time.monotonic() + AT_MOST
        while leader.poll() is None and time.monotonic() < until:
            seen = stage.status() if stage.has_run() else None
            for task in _waiting(seen):
                _obey(stage, task)
            _pause()
        if leader.poll() is None:
            raise TimeoutError(f"a leader has not ended for {AT_MOST:g} s: {stage.status()}")
        stage.note(f"leader ended with {leader.returncode}: {stage.said_by(leader)[-400:]}")
        seen = stage.status() if stage.has_run() else None
        if seen is None or seen["state"] not in ("finished", "failed"):
            continue
        wrong = [task for task in seen["tasks"] if task["status"] != outcomes(stage.scenario)[task["id"]]]
        if not wrong:
            return
        for task in wrong:
            _obey(stage, task)


def _waiting(seen: dict[str, Any] | None) -> list[dict[str, Any]]:
    return [task for task in (seen or {"tasks": []})["tasks"] if task["status"] in ("review", "waiting", "paused")]


def _obey(stage: Stage, task: dict[str, Any]) -> None:
    """Type what the status says, where it is a thing to do."""
    words = shlex.split(task["command"] or "")[1:]
    stage.note(f"{task['id']} is {task['status']}: {task['reason']} → {task['command']}")
    if words and words[0] in ("retry", "merge", "unpause"):
        stage.swarm(*words)


def _pause() -> None:
    """A poll: the status is a verb's answer."""
    time.sleep(1.5)
