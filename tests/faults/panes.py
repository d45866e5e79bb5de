"""The panes: the tmux server is killed, its socket and its directory vanish, tmux fails, hangs, lies; work goes on.

Nobody hurts an agent here, so every attempt that began has to end by itself: `attempts_went_on` asks the ledger.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from front import Spoilt, persist, stand_in_front
from kills import RESTARTS, without_twins
from scenario import Job, Scenario
from stage import AT_MOST, Stage
from trial import Trial

MODES = ("fail-1", "nonsense", "kill-before", "kill-after", "half")
WORDS = ("start-server", "display-message", "list-panes", "new-window", "if-shell", "any")


def unhurried(name: str) -> Scenario:
    """The small run with agents that take their time, so that there is work to be in the middle of."""
    return Scenario(
        name,
        (
            Job("first", "good", pause=1.0),
            Job("left", "clash", ("first",), pause=2.0),
            Job("right", "clash", ("first",), pause=2.0),
            Job("last", "stumbles", ("left", "right"), pause=1.0),
        ),
        workers=2,
        executor="tmux",
    )


def servers(stage: Stage) -> list[int]:
    """The tmux servers of the run, by their sockets among their arguments; clients have the same, and end at once."""
    return [pid for pid in stage.pids() if _is_server(pid)]


def _is_server(pid: int) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
        return b"tmux.sock" in words and b"start-server" in words
    except OSError:
        return False


def kill_server(stage: Stage) -> str:
    for pid in servers(stage):
        os.kill(pid, signal.SIGKILL)
    return "the server was killed"


def end_server(stage: Stage) -> str:
    for pid in servers(stage):
        os.kill(pid, signal.SIGTERM)
    return "the server was asked to end"


def remove_socket(stage: Stage) -> str:
    for socket in (stage.root / "rt").rglob("tmux.sock"):
        socket.unlink()
    return "the socket was removed"


def remove_directory(stage: Stage) -> str:
    shutil.rmtree(stage.root / "rt" / "swarm", ignore_errors=True)
    return "the socket's directory was removed"


def hang_up_panes(stage: Stage) -> str:
    """As when panes are killed: their programs get SIGHUP and lose the terminal."""
    for socket in (stage.root / "rt").rglob("tmux.sock"):
        listed = _tmux(stage, socket, "list-panes", "-a", "-F", "#{pane_id}").split()
        for pane in listed:
            _tmux(stage, socket, "kill-pane", "-t", pane)
    return "all panes were killed"


def stop_server(stage: Stage) -> str:
    """It answers nobody for a while."""
    stopped = servers(stage)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(1.0)
    for pid in stopped:
        os.kill(pid, signal.SIGCONT)
    return "the server was stopped for a second"


def _tmux(stage: Stage, socket: Path, *words: str) -> str:
    argv = ["tmux", "-S", str(socket), *words]
    return subprocess.run(argv, env=stage.env, capture_output=True, text=True, timeout=30, check=False).stdout


HURTS: tuple[Callable[[Stage], str], ...] = (
    kill_server, remove_socket, remove_directory, hang_up_panes, end_server, stop_server,
)  # fmt: skip


def hurt(hurts: tuple[Callable[[Stage], str], ...], stage: Stage, chance: random.Random) -> None:
    """Each of these once, in the middle of the work."""
    leader = stage.take_up()
    for number, one in enumerate(hurts, 1):
        _wait_for_starts(stage, number, leader.poll)
        time.sleep(chance.uniform(0.0, 0.8))
        stage.note(one(stage))
    stage.note(f"the leader ended with {stage.ended(leader)}: {stage.said_by(leader)[-600:]}")
    attempts_went_on(stage)


def namesakes(stage: Stage, chance: random.Random) -> None:
    """A person has windows of their own on the run's server, called like workers; then the workers' programs die."""
    leader = stage.take_up()
    _wait_for_starts(stage, 2, leader.poll)
    for socket in (stage.root / "rt").rglob("tmux.sock"):
        for name in ("worker-1", "worker-2", "worker-10"):
            _tmux(stage, socket, "new-window", "-d", "-t", "swarm:", "-n", name, "exec sleep 900")
    for pid in stage.worker_pids().values():
        stage.kill(pid)
    stage.note(f"the leader ended with {stage.ended(leader)}: {stage.said_by(leader)[-600:]}")


def lie(mode: str, word: str, stage: Stage, chance: random.Random) -> None:
    """tmux itself can't be trusted for a while; then it can."""
    front = stand_in_front(stage, "tmux")
    front.spoil([Spoilt("leader", word, nth, mode) for nth in (1, 2)])
    persist(stage, front.env)
    stage.note(f"spoilt: {dict(front.done())}")
    attempts_went_on(stage)


def attempts_went_on(stage: Stage) -> None:
    """Raises AssertionError where an agent that began did not come to its end."""
    begun = {words[1] for words in stage.facts("start")}
    lost = begun - {words[1] for words in stage.facts("end")}
    assert not lost, f"nobody hurt an agent, but {sorted(lost)} did not come to their end: {stage.events}"


def _wait_for_starts(stage: Stage, count: int, ended: Callable[[], int | None]) -> None:
    """A poll: the ledger is a file that others write."""
    until = time.monotonic() + AT_MOST
    while len(stage.facts("start")) < count and ended() is None and time.monotonic() < until:
        time.sleep(0.05)


def _lacks() -> str:
    return "" if shutil.which("tmux") else "there is no tmux"


def _trial(name: str, disturb: Callable[[Stage, random.Random], None]) -> Trial:
    return Trial(f"tmux/{name}", lambda _: unhurried("panes"), disturb, RESTARTS, lacks=_lacks)


def fast() -> list[Trial]:
    """The server dies in the middle of one attempt, and its directory vanishes in the middle of another."""
    return [_trial("hurt-0", partial(hurt, (kill_server, remove_directory)))]


def whole(first: int) -> list[Trial]:
    """Every hurt alone, all together in a random order, and every lie."""
    found = [_trial(f"{one.__name__}-{first}", partial(hurt, (one,))) for one in HURTS]
    for seed in range(first, first + 3):
        order = random.Random(seed).sample(HURTS, 4)
        found.append(_trial(f"hurt-{seed}", partial(hurt, tuple(order))))
    for place, word in enumerate(WORDS):
        mode = MODES[(place + first) % len(MODES)]
        found.append(_trial(f"{word}-{mode}-{first}", partial(lie, mode, word)))
    found.append(_trial(f"namesakes-{first}", namesakes))
    found.append(_trial(f"any-hang-{first}", partial(lie, "hang", "list-panes")))
    return without_twins([*fast(), *found])
