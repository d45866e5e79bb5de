"""What a run has used, and whether it may use more.  Pure; costs the number of attempts under way."""

from __future__ import annotations

from swarm.core.state import State


def spent(state: State) -> float:
    """USD that the run has used, with what is known of the attempts under way."""
    return state.usage.usd + sum(state.tasks[name].spending.usd for name in state.under_way)


def over_budget(state: State) -> bool:
    """True when that has reached the run's budget."""
    return state.plan.run_budget is not None and spent(state) >= state.plan.run_budget
