"""The fast part of every fault campaign; `make faults` makes the whole."""

from __future__ import annotations

import pytest
from catalog import CAMPAIGNS, trials
from trial import Trial, run

pytestmark = [pytest.mark.slow, pytest.mark.tmux]

FAST = trials(CAMPAIGNS, whole=False, first=0)


@pytest.mark.parametrize("trial", FAST, ids=[trial.name for trial in FAST])
def test_no_oracle_objects(trial: Trial) -> None:
    outcome = run(trial)
    if outcome.skipped:
        pytest.skip(outcome.skipped)
    assert not outcome.violations, outcome.told()
