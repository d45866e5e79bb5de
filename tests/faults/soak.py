"""The random soak: random runs of unruly agents, with random faults, orders and owners' doings at random moments.

Everything that is decided is decided by the trial's name; when exactly it happens hangs on the machine.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import meddling
import orders
import owner
import strikes
from landing import land_and_clean
from person import Person
from scenario import UNRULY, Job, Scenario, random_scenario
from stage import Stage
from trial import Trial


@dataclass(frozen=True)
class Fault:
    """One thing that can go wrong, and how often it is chosen.  `holds`: work may be held for a person because of it.

    `excuses`: oracles that can't apply after it, each with the reason.
    """

    act: Callable[[Person], None]
    weight: int = 2
    holds: bool = False
    excuses: tuple[tuple[str, str], ...] = ()


NO_DOOR = (("messages-once", "a file that is dropped where the door hung a moment ago is a file in the worktree"),)

NO_MAIL = (("messages-once", "what lay in a box that was thrown away is gone with it"),)

FAULTS: dict[str, Fault] = {
    "kill-leader": Fault(strikes.kill_leader, 6),
    "interrupt-leader": Fault(strikes.interrupt_leader, 3),
    "freeze-leader": Fault(strikes.freeze_leader, 3),
    "rival-leaders": Fault(strikes.rival_leaders, 3),
    "kill-worker": Fault(strikes.kill_worker, 5),
    "freeze-worker": Fault(strikes.freeze_worker),
    "kill-agent": Fault(strikes.kill_agent, 3),
    "kill-gate": Fault(strikes.kill_gate, 2),
    "kill-tmux": Fault(strikes.kill_tmux, 2),
    "kill-everything": Fault(strikes.kill_everything, 3),
    "recycle-numbers": Fault(strikes.recycle_numbers, 2),
    "drop-candidates": Fault(meddling.drop_candidates, 2),
    "drop-branch": Fault(meddling.drop_branch, 2),
    "move-branch": Fault(meddling.move_branch, 2),
    "land-beside": Fault(meddling.land_beside, 1),
    "land-red": Fault(meddling.land_red, 1),
    "set-tip-back": Fault(meddling.set_tip_back),
    "drop-tip": Fault(meddling.drop_tip, 1),
    "spoil-tip": Fault(meddling.spoil_tip, 1),
    "lock-refs": Fault(meddling.lock_refs),
    "collect-hub": Fault(meddling.collect_hub),
    "throw-worktree-away": Fault(meddling.throw_worktree_away, excuses=NO_DOOR),
    "cut-worktree-off": Fault(meddling.cut_worktree_off),
    "give-worktree-to-another": Fault(meddling.give_worktree_to_another),
    "throw-attempt-away": Fault(meddling.throw_attempt_away, 1),
    "throw-mail-away": Fault(meddling.throw_mail_away, 1, excuses=NO_MAIL),
    "make-boxes-again": Fault(meddling.make_boxes_again),
    "take-doors-off": Fault(meddling.take_doors_off, 1, excuses=NO_DOOR),
    "owner-edits": Fault(owner.owner(owner.edits), 1),
    "owner-commits": Fault(owner.owner(owner.commits)),
    "owner-detaches": Fault(owner.owner(owner.detaches), 1),
    "owner-switches": Fault(owner.owner(owner.switches), 1),
    "owner-merges": Fault(owner.owner(owner.merges), 1),
    "owner-rebases": Fault(owner.owner(owner.rebases), 1),
    "owner-locks": Fault(owner.owner(owner.locks), 1),
    "owner-tidies": Fault(owner.owner(owner.tidies), 2),
    "owner-visits": Fault(owner.owner(owner.visits), 1),
    "owner-moves-published": Fault(owner.owner(owner.moves_published), 1),
    "owner-moves-away": Fault(owner.owner(owner.moves_away), 1, holds=True),
    "pause": Fault(orders.pause, 2),
    "cancel-and-retry": Fault(orders.cancel_and_retry, 2),
    "cancel": Fault(orders.cancel, 1),
    "send": Fault(orders.send, 1),
    "add": Fault(orders.add, 2),
    "stop": Fault(orders.stop, 2),
    "land-early": Fault(orders.land_early),
    "clean-early": Fault(orders.clean_early, 1),
    "start-another": Fault(orders.start_another, 1),
    "mend": Fault(orders.mend),
    "look": Fault(orders.look, 1),
}


TOURS: tuple[tuple[str, ...], ...] = (
    ("kill-leader", "owner-merges", "kill-worker", "collect-hub", "pause"),
    ("kill-everything", "owner-tidies", "cancel-and-retry", "drop-branch", "kill-gate"),
    ("rival-leaders", "throw-worktree-away", "add", "recycle-numbers"),
    ("kill-tmux", "freeze-leader", "make-boxes-again", "stop", "owner-rebases"),
)
"""The faults of the few trials that every test run makes; each has its share of the unruly kinds."""


def soak(stage: Stage, chance: random.Random) -> None:
    """Up to six faults; then the run is seen through."""
    names = chance.choices(list(FAULTS), [fault.weight for fault in FAULTS.values()], k=chance.randint(1, 6))
    disturb(stage, chance, names)


def disturb(stage: Stage, chance: random.Random, names: list[str]) -> None:
    """Lead a run through these faults to its end."""
    person = Person(stage, chance)
    if any(job.kind == "evicts" for job in stage.scenario.jobs):
        stage.excused.update(NO_MAIL)
    person.lead()
    for name in names:
        person.moment()
        if person.leader is not None and not person.leads() and stage.is_over():
            stage.note(f"over before {name}")
            break
        stage.note(f"fault: {name}")
        stage.excused.update(FAULTS[name].excuses)
        FAULTS[name].act(person)
    person.see_through()
    if person.holds and not any(FAULTS[name].holds for name in names):
        stage.object(f"work was held for a person without need: {person.holds}")


def tours() -> list[Trial]:
    """Each unruly kind and the most telling faults, once."""
    return [_tour(number, faults) for number, faults in enumerate(TOURS)]


def _tour(number: int, faults: tuple[str, ...]) -> Trial:
    kinds = ("clash", "clash", *UNRULY[number :: len(TOURS)])
    jobs = tuple(
        Job(f"t{place}", kind, (f"t{place - 3}",) if place > 2 else (), pause=0.1) for place, kind in enumerate(kinds)
    )
    plan = Scenario("soak", jobs, executor="tmux" if "kill-tmux" in faults else "process")
    return Trial(f"soak/tour-{number}", lambda _: plan, lambda stage, chance: disturb(stage, chance, list(faults)))


def trials(count: int, first: int = 0) -> list[Trial]:
    """Random trials, one for each seed."""
    return [
        Trial(
            f"soak/random-{seed}",
            lambda chance, executor="tmux" if seed % 3 == 2 else "process": random_scenario(
                "soak", chance, executor, unruly=0.5
            ),
            soak,
            afterwards=land_and_clean,
        )
        for seed in range(first, first + count)
    ]
