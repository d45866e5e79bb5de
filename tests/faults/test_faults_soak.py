"""The soak's own parts: its model follows what was ordered, and what a person sees going wrong is a violation."""

from __future__ import annotations

import random

import pytest
from scenario import Job, Scenario, outcomes, random_scenario, small
from soak import FAULTS, TOURS
from stage import AT_MOST, Stage
from trial import Trial, run


def test_what_waits_for_a_cancelled_task_stays_blocked() -> None:
    jobs = (
        Job("a", "good"),
        Job("b", "good", ("a",)),
        Job("c", "fails", on_failure="skip"),
        Job("d", "good", ("a", "c")),
    )
    plan = Scenario("soak", jobs, given_up=frozenset({"a"}))
    assert outcomes(plan) == {"a": "cancelled", "b": "blocked", "c": "failed", "d": "skipped"}


def test_tours_speak_of_faults_that_exist() -> None:
    assert {name for tour in TOURS for name in tour} <= FAULTS.keys()


def test_the_same_name_has_the_same_plan() -> None:
    first, again = (random_scenario("soak", random.Random("soak/random-7"), "process", unruly=0.5) for _ in range(2))
    assert first == again


@pytest.mark.slow
@pytest.mark.timeout(2 * AT_MOST + 60)  # the stage's own waits end first
def test_what_a_person_objects_to_is_a_violation() -> None:
    def object_(stage: Stage, chance: random.Random) -> None:
        stage.object("it is the wrong colour")

    outcome = run(Trial("soak/objecting-0", lambda _: small("soak"), lambda stage, chance: None, afterwards=object_))
    assert outcome.violations == {"trial": ["it is the wrong colour"]}
