"""Faults of processes: leaders, workers, agents, gates and tmux servers killed, frozen, interrupted, doubled.

Each takes the trial's person, and may leave the run without a leader.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from innocents import give_them_our_numbers
from person import Person
from stage import Stage


def living(stage: Stage, word: bytes, but: bytes = b"\1") -> list[int]:
    """Our processes whose command line holds a word, and not the other."""
    found = []
    for pid in stage.pids():
        with suppress(OSError):
            said = Path(f"/proc/{pid}/cmdline").read_bytes()
            if word in said and but not in said:
                found.append(pid)
    return found


def workers(stage: Stage) -> list[int]:
    """Programs of workers."""
    return living(stage, b"\0worker\0", but=b"tmux")


def agents(stage: Stage) -> list[int]:
    """Agents at work."""
    return living(stage, b"actor.py", but=b"\0worker\0")


def _one(person: Person, found: Callable[[Stage], list[int]], sig: int) -> int | None:
    pids = found(person.stage)
    if not pids:
        person.stage.note("there was none")
        return None
    pid = person.chance.choice(pids)
    with suppress(ProcessLookupError):
        os.kill(pid, sig)
    return pid


def _perhaps_lead(person: Person) -> None:
    if person.chance.random() < 0.7:
        person.lead()


def kill_leader(person: Person) -> None:
    leader = person.lead()
    leader.kill()
    leader.wait()
    _perhaps_lead(person)


def interrupt_leader(person: Person) -> None:
    leader = person.lead()
    leader.send_signal(person.chance.choice((signal.SIGINT, signal.SIGTERM, signal.SIGHUP)))
    if not person.wait(lambda: leader.poll() is not None, 60.0):
        person.stage.object("an interrupted leader does not end")
        leader.kill()
    person.stage.note(f"it ended with {leader.wait()}")
    _perhaps_lead(person)


def freeze_leader(person: Person) -> None:
    """Stopped, it still is the leader: another one is refused.  One that had yet to become the leader is not."""
    leader, stage = person.lead(), person.stage
    person.wait(stage.has_run, 20.0)
    leader.send_signal(signal.SIGSTOP)
    if person.chance.random() < 0.5 and stage.has_run():
        other = stage.lead("resume")
        person.wait(lambda: other.poll() is not None or whose_lead(stage) == other.pid, 60.0)
        if other.poll() is None:
            person.leader = other
        elif other.returncode != 75 and whose_lead(stage) == leader.pid and leader.poll() is None:
            stage.object(f"a second leader ended with {other.returncode}: {stage.said_by(other)[-400:]}")
    time.sleep(person.chance.choice((0.1, 0.5, 2.0)))
    leader.send_signal(signal.SIGCONT)


def whose_lead(stage: Stage) -> int | None:
    """Whose number stands in the leader's lock."""
    try:
        return int(json.loads((stage.home / "leader.lock").read_text())["pid"])
    except (OSError, ValueError, KeyError):
        return None


def rival_leaders(person: Person) -> None:
    """Three at once: one leads, and the others say so."""
    stage = person.stage
    if not person.wait(stage.has_run, 20.0):
        return
    if person.leads() and person.chance.random() < 0.5:
        leader = person.lead()
        leader.kill()
        leader.wait()
    first = [person.leader] if person.leader is not None and person.leads() else []
    rivals = [stage.lead("resume") for _ in range(3 - len(first))]
    everybody = [*first, *rivals]
    person.wait(lambda: sum(one.poll() is None for one in everybody) <= 1, 60.0)
    left = [one for one in everybody if one.poll() is None]
    ended = [one for one in everybody if one.poll() is not None]
    codes = [one.returncode for one in ended]
    # One that leads ends with 1 where a stranger has spoilt the integration ref, and says what to type.
    wrong = [one for one in ended if one.returncode not in (75, 0, 3) and "--put-back" not in stage.said_by(one)]
    if len(left) > 1 or wrong:
        said = [stage.said_by(one)[-300:] for one in everybody]
        stage.object(f"of {len(everybody)} leaders {len(left)} are left, the others ended with {codes}: {said}")
    person.leader = (left or everybody)[0]


def kill_worker(person: Person) -> None:
    person.stage.workers_died = True
    _one(person, workers, signal.SIGKILL)


def freeze_worker(person: Person) -> None:
    pid = _one(person, workers, signal.SIGSTOP)
    if pid is not None:
        person.wait(lambda: False, person.chance.choice((0.1, 0.5, 2.0)))
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def kill_agent(person: Person) -> None:
    _one(person, agents, signal.SIGKILL)


def kill_gate(person: Person) -> None:
    _one(person, lambda stage: living(stage, b"gate.py"), signal.SIGKILL)


def kill_tmux(person: Person) -> None:
    _one(person, lambda stage: living(stage, b"tmux", but=b"\0attach"), signal.SIGKILL)


def kill_everything(person: Person) -> None:
    """As a power cut does, but for the disk."""
    person.stage.workers_died = True
    for pid in person.stage.pids():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if person.leader is not None:
        person.leader.wait()


def recycle_numbers(person: Person) -> None:
    """Leader and workers die, and their numbers go to somebody else."""
    person.stage.workers_died = True
    if not person.wait(person.stage.has_run, 20.0):
        return
    if person.leader is not None:
        person.leader.kill()
        person.leader.wait()
    for pid in workers(person.stage):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    give_them_our_numbers(person.stage)
