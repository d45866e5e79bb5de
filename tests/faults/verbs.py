"""The verbs: what a person types is killed at system calls of every kind, and typed again.

With a leader that lives, with none (the verb then leads for as long as it takes), and after the run (merge, clean).
What was typed has to be so in the end, once, whether the killed call had come that far or not.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from kills import RESTARTS, Blow, without_twins
from oracles import repositories_sound
from panes import unhurried
from scenario import Job, Scenario
from stage import AT_MOST, HERE, PYTHON, Said, Stage
from tracer import CALLS, why_not
from trial import Trial

TYPINGS = 4
"""How often a person types a verb that was killed, or that says why it can't do it now."""

IsSo = Callable[[Stage], bool]


def type_again(
    stage: Stage, chance: random.Random, *words: str, so: IsSo = lambda _: False, kills: int = 1, most: int = 40
) -> None:
    """Kill the verb some times, each at another of its first `most` calls; then type it until it exits with 0, or says
    that what is asked for is so already, and it is.  Raises AssertionError where that never comes."""
    for _ in range(kills):
        blow = Blow("self", tuple(CALLS), (chance.randint(1, most),), chance.choice(("before", "after")))
        killed = stage.swarm(*words, forewords=blow.forewords(stage))
        seen = json.loads((stage.root / "out" / "tracer").read_text())
        stage.note(f"{words[0]} was killed at {seen['hits'] or 'none'} of {seen['seen']} calls")
        _check_said(killed)
    for _ in range(TYPINGS):
        said = stage.swarm(*words)
        _check_said(said)
        if said.code == 0 or so(stage):
            return
        time.sleep(0.5)  # the git of the one before may be at it still
    raise AssertionError(f"typed again and again, it was never done: {said}")


def _check_said(said: Said) -> None:
    assert said.code in (0, 1, 75, 128 + signal.SIGKILL), said
    assert "Traceback" not in said.err, said
    if said.code == 1:
        assert "→" in said.err, f"no way out is named: {said}"


def _task(stage: Stage, name: str) -> dict[str, Any]:
    seen = stage.status()
    assert seen is not None
    found = [task for task in seen["tasks"] if task["id"] == name]
    assert len(found) == 1, f"{len(found)} tasks are called {name}"
    return dict(found[0])


def _extra(stage: Stage) -> str:
    """A task file with one task more; the model learns of it."""
    extra = Scenario("extra", (Job("extra", "good"),))
    path = stage.root / "extra.yaml"
    path.write_text(extra.task_file(PYTHON, str(HERE / "actor.py"), str(HERE / "gate.py"), str(stage.ledger)))
    stage.scenario = replace(stage.scenario, jobs=(*stage.scenario.jobs, Job("extra", "good")))
    return str(path)


def order_about(led: bool, stage: Stage, chance: random.Random) -> None:
    """Pause, let go on, cancel, retry, send, add, stop: with a leader, or with none after a first `stop`."""
    leader = stage.take_up()
    _wait_for_a_start(stage, leader.poll)
    assert stage.swarm("pause", "left").code == 0  # so that nothing comes to `last`, however slow we are
    if not led:
        assert stage.swarm("stop").code == 0
        stage.note(f"the leader ended with {stage.ended(leader)}")
    waits = ("blocked", "ready")
    for verb, after in (("pause", ("paused",)), ("unpause", waits), ("cancel", ("cancelled",)), ("retry", waits)):
        type_again(stage, chance, verb, "last", so=partial(_is, "last", after))
        assert _is("last", after, stage), (verb, _task(stage, "last"))
    type_again(stage, chance, "send", "last", "this may come twice")
    type_again(stage, chance, "add", _extra(stage), so=lambda stage: bool(_task(stage, "extra")))
    assert _task(stage, "extra")
    type_again(stage, chance, "unpause", "left", so=lambda stage: not _is("left", ("paused",), stage))
    if led:
        type_again(stage, chance, "stop", most=30)
        stage.note(f"the leader ended with {stage.ended(leader)}")
        seen = stage.status()
        assert seen and seen["state"] == "stopped", seen and seen["state"]


def _is(name: str, statuses: tuple[str, ...], stage: Stage) -> bool:
    return _task(stage, name)["status"] in statuses


def land(times: int, stage: Stage, chance: random.Random) -> None:
    """The run is brought to its end; then its landing and its clearing away are killed, always from the same start."""
    stage.finish(RESTARTS)
    seen = stage.status()
    assert seen is not None
    tip = seen["integration"]
    kept = stage.root / "kept"
    for name in ("repo", "state"):
        shutil.copytree(stage.root / name, kept / name, symlinks=True)
    for _ in range(times):
        type_again(stage, chance, "merge", "--into", "landed", most=80)
        landed = stage.git(stage.repo, "rev-parse", "--verify", "refs/heads/landed", check=False)
        assert landed == tip, f"landed is at {landed}, not at {tip}"
        type_again(stage, chance, "clean", most=150)
        assert not repositories_sound(stage), repositories_sound(stage)
        for name in ("repo", "state"):
            shutil.rmtree(stage.root / name)
            shutil.copytree(kept / name, stage.root / name, symlinks=True)
    shutil.rmtree(kept)


def _wait_for_a_start(stage: Stage, ended: Callable[[], int | None]) -> None:
    """A poll: the ledger is a file that others write."""
    until = time.monotonic() + AT_MOST
    while not stage.facts("start") and ended() is None and time.monotonic() < until:
        time.sleep(0.05)


def _unhurried(chance: random.Random) -> Scenario:
    return replace(unhurried("verbs"), executor="process")


def _trial(name: str, disturb: Callable[[Stage, random.Random], None]) -> Trial:
    return Trial(f"verbs/{name}", _unhurried, disturb, RESTARTS, lacks=why_not)


def fast() -> list[Trial]:
    """Orders without a leader: there the verb itself has to be as safe as one."""
    return [_trial("unled-0", partial(order_about, False))]


def whole(first: int) -> list[Trial]:
    """Orders with and without a leader, and landings."""
    found = []
    for seed in range(first, first + 4):
        found.append(_trial(f"led-{seed}", partial(order_about, True)))
        found.append(_trial(f"unled-{seed}", partial(order_about, False)))
        found.append(_trial(f"landing-{seed}", partial(land, 5)))
    return without_twins([*fast(), *found])
