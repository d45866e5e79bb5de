"""Each oracle is seen red: after a good run something is spoilt by hand, and exactly that oracle has to object."""

from __future__ import annotations

import fcntl
import random
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest
from innocents import give_them_our_numbers, settle
from oracles import ORACLES, landed_values, nothing_unforeseen, violations
from scenario import Job, small
from stage import AT_MOST, SECRETS, Stage, make_stage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2 * AT_MOST + 60)]  # the stage's own waits end first

Spoil = Callable[[Stage], None]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SWARM_TEST_MARK", raising=False)  # it lives longer than the world of one test
        stage = make_stage(small("oracles"))
    settle(stage)
    try:
        assert stage.finish(1) == [0], stage.events
        yield stage
    finally:
        stage.close()


def hub_ref(stage: Stage, value: str) -> None:
    stage.git(stage.hub, "update-ref", "refs/swarm/oracles/integration", value)


def land_unseen(stage: Stage) -> None:
    tip = stage.git(stage.hub, "rev-parse", "refs/swarm/oracles/integration")
    tree = stage.git(stage.hub, "hash-object", "-t", "tree", "-w", "/dev/null")
    hub_ref(stage, stage.git(stage.hub, "commit-tree", "-p", tip, "-m", "unseen", tree))
    hub_ref(stage, tip)


def hold_a_lock(stage: Stage) -> None:
    file = (stage.run / "mail" / "worker-1" / "lock").open()
    fcntl.flock(file, fcntl.LOCK_EX)
    HELD.append(file)


def kill_a_neighbour(stage: Stage) -> None:
    stage.innocents[0].kill()
    stage.innocents[0].wait()


HELD: list[IO[str]] = []


def say_no_reason(stage: Stage) -> None:
    seen = stage.status() or {}
    silent = {**seen, "tasks": [{"id": "first", "status": "failed", "reason": ""}]}
    stage.status = lambda: silent  # type: ignore[method-assign]


def point_nowhere(stage: Stage) -> None:
    (stage.hub / "refs" / "swarm" / "nowhere").write_text("1" * 40 + "\n")


def note(line: str) -> Spoil:
    """The ledger says this as well."""

    def spoil(stage: Stage) -> None:
        with stage.ledger.open("a") as ledger:
            ledger.write(f"{line}\n")

    return spoil


SPOILT: dict[str, Spoil] = {
    "one-start": note("start first.1 1"),
    "nothing-lost": note("mark left.9 mark-left.9-0123456789abcdef"),
    "tip-holds-what-merged": note("mark first.1 mark-first.1-0123456789abcdef"),
    "messages-once": note("sent first.1 operator nobody-has-this"),
    "resume-changes-nothing": lambda stage: stage.swarm("send", "operator", "hello") and None,
    "integration-only-grew": lambda stage: hub_ref(stage, landed_values(stage)[0]),
    "checkout-untouched": lambda stage: (stage.repo / "mine.txt").write_text("4\n") and None,
    "innocents-alive": kill_a_neighbour,
    "secrets-nowhere": lambda stage: (stage.run / "leak").write_text(SECRETS["PLANTED_TOKEN"]) and None,
    "nobody-left": hold_a_lock,
    "nothing-unforeseen": lambda stage: (stage.state / "swarm" / "bug-1.txt").write_text("KeyError") and None,
    "every-value-was-green": land_unseen,
    "final-states": lambda stage: setattr(
        stage, "scenario", replace(stage.scenario, jobs=(Job("first", "red"), *stage.scenario.jobs[1:]))
    ),
    "repositories-sound": point_nowhere,
    "nothing-in-silence": say_no_reason,
}


def test_a_good_run_has_no_violation_and_each_spoilt_thing_has_its_oracle(good: Stage) -> None:
    assert violations(good) == {}
    assert SPOILT.keys() == ORACLES.keys()
    for name, spoil in SPOILT.items():
        spoil(good)
        assert ORACLES[name](good), f"{name} saw nothing"


@pytest.mark.parametrize("file", ["out/leader-0", "state/swarm/repo-1/runs/unforeseen/mail/worker-1/worker.log"])
def test_a_traceback_that_leads_into_the_product_is_unforeseen_and_an_agents_is_not(tmp_path: Path, file: str) -> None:
    stage = Stage(tmp_path, small("unforeseen"), {})
    told = tmp_path / file
    for directory in (stage.state / "swarm" / "repo-1", told.parent):
        directory.mkdir(parents=True)
    told.write_text('Traceback\n  File "/opt/agent.py", line 3, in do\n')
    assert nothing_unforeseen(stage) == []
    told.write_text('Traceback\n  File "/opt/lib/swarm/leader/loop.py", line 3, in lead\n')
    assert [said.partition(":")[0] for said in nothing_unforeseen(stage)] == [f"a traceback in {told.name}"]


def test_records_with_a_strangers_number_are_no_reason_to_kill_it(tmp_path: Path) -> None:
    stage = make_stage(small("numbers"))
    settle(stage)
    try:
        chance = random.Random("numbers")
        leader = stage.lead(*stage.start_words())
        while len(stage.facts("start")) < 2 and leader.poll() is None:
            leader_waits(chance)
        leader.kill()
        leader.wait()
        for worker in (stage.status() or {"workers": []})["workers"]:
            if worker["pid"]:
                subprocess.run(["kill", "-9", str(worker["pid"])], check=False)
        give_them_our_numbers(stage)
        stage.finish()
        assert violations(stage, without=frozenset({"repositories-sound"})) == {}, "\n".join(stage.events)
    finally:
        stage.close()


def leader_waits(chance: random.Random) -> None:
    """A poll: the ledger is a file that others write."""
    subprocess.run(["sleep", f"{chance.uniform(0.02, 0.05):.3f}"], check=False)
