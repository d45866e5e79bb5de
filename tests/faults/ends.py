"""The ends: agents, gates, workers, leaders and all of them at once are killed or told to stop, at random moments."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from kills import RESTARTS, without_twins
from panes import unhurried
from scenario import Scenario
from stage import AT_MOST, Stage
from trial import Trial

End = Callable[[Stage, random.Random], None]


def _argv(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def _send(stage: Stage, number: int, *parts: bytes) -> None:
    """Signal whatever of ours is called so."""
    hit = [pid for pid in stage.pids() if all(part in _argv(pid) for part in parts)]
    for pid in hit:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    stage.note(f"{signal.Signals(number).name} to {len(hit)} × {b' '.join(parts).decode(errors='replace')}")


LEADER = (b"swarm\0", b"resume")
STARTER = (b"swarm\0start",)
WORKER = (b"swarm\0worker",)
AGENT = (b"actor.py",)
GATE = (b"gate.py",)


def all_of(*victims: tuple[bytes, ...], number: int = signal.SIGKILL) -> End:
    """End these at once."""

    def end(stage: Stage, chance: random.Random) -> None:
        for parts in victims:
            _send(stage, number, *parts)

    return end


def everything(stage: Stage, chance: random.Random) -> None:
    """As if the machine had been switched off, with a disk that keeps its promises: nobody has time for a word."""
    for _ in range(3):
        for pid in stage.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    stage.note("everything was killed")


def twice(stage: Stage, chance: random.Random) -> None:
    """The leader dies, and the next one before it has come anywhere."""
    all_of(LEADER, STARTER)(stage, chance)
    leader = stage.take_up()
    time.sleep(chance.uniform(0.05, 1.0))
    leader.kill()
    stage.note(f"the next leader was killed, too: {stage.ended(leader)}")


ENDS: dict[str, End] = {
    "agents": all_of(AGENT),
    "gates": all_of(GATE),
    "workers": all_of(WORKER),
    "leader": all_of(LEADER, STARTER),
    "leader-and-workers": all_of(LEADER, STARTER, WORKER),
    "workers-and-agents": all_of(WORKER, AGENT),
    "everything": everything,
    "twice": twice,
    "leader-term": all_of(LEADER, STARTER, number=signal.SIGTERM),
    "leader-int": all_of(LEADER, STARTER, number=signal.SIGINT),
    "leader-hup": all_of(LEADER, STARTER, number=signal.SIGHUP),
    "workers-term": all_of(WORKER, number=signal.SIGTERM),
    "workers-hup": all_of(WORKER, number=signal.SIGHUP),
    "workers-int": all_of(WORKER, number=signal.SIGINT),
}


def meet(*names: str) -> End:
    """These ends, one after the other, each a random moment after another attempt began; taken up again each time."""

    def disturb(stage: Stage, chance: random.Random) -> None:
        leader = stage.take_up()
        for name in names:
            _wait_for_a_start(stage, leader.poll)
            time.sleep(chance.uniform(0.0, 2.0))
            if leader.poll() is not None and stage.is_over():
                return
            stage.note(f"now: {name}")
            ENDS[name](stage, chance)
            if "leader" in name or name in ("everything", "twice"):
                stage.ended(leader)
                leader = stage.take_up()
        stage.note(f"the leader ended with {stage.ended(leader)}: {stage.said_by(leader)[-600:]}")

    return disturb


def _wait_for_a_start(stage: Stage, ended: Callable[[], int | None]) -> None:
    """A poll: the ledger is a file that others write."""
    before, until = len(stage.facts("start")), time.monotonic() + AT_MOST
    while len(stage.facts("start")) == before and ended() is None and time.monotonic() < until:
        time.sleep(0.05)


def _unhurried(executor: str, chance: random.Random) -> Scenario:
    made = unhurried("ends")
    return Scenario(made.name, made.jobs, made.workers, made.gates, executor)


def _trial(name: str, executor: str, *names: str) -> Trial:
    return Trial(f"ends/{name}", partial(_unhurried, executor), meet(*names), RESTARTS)


def fast() -> list[Trial]:
    """Everything, then the workers with their agents."""
    return [_trial("power-cut-0", "process", "everything", "workers-and-agents")]


def whole(first: int) -> list[Trial]:
    """Each end twice in a run, and mixtures."""
    found = []
    for place, name in enumerate(ENDS):
        executor = "tmux" if (place + first) % 3 == 2 else "process"
        found.append(_trial(f"{name}-{first}", executor, name, name))
    for seed in range(first, first + 6):
        names = random.Random(seed).choices(list(ENDS), k=4)
        found.append(_trial(f"mixed-{seed}", "tmux" if seed % 2 else "process", *names))
    return without_twins([*fast(), *found])
