"""The fast part of every fault campaign; `make faults` makes the whole."""

from __future__ import annotations

import pytest
from catalog import CAMPAIGNS, trials
from stage import AT_MOST
from trial import Trial, run

PATIENT = 3 * AT_MOST + 60
"""Seconds: more than any wait of a trial, so that a hang is told by the trial, which knows what it waited for."""

pytestmark = [pytest.mark.slow, pytest.mark.tmux, pytest.mark.timeout(PATIENT)]

FAST = trials(CAMPAIGNS, whole=False, first=0)


@pytest.mark.parametrize("trial", FAST, ids=[trial.name for trial in FAST])
def test_no_oracle_objects(trial: Trial) -> None:
    outcome = run(trial)
    if outcome.skipped:
        pytest.skip(outcome.skipped)
    assert not outcome.violations, outcome.told()
