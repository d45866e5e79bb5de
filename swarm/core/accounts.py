"""Accounts: whose usage limits a task shares, which of them are closed, and what goes on when one opens.  Pure.

What one worker is refused closes its account for all on it: nobody asks again before it is over, or a person says so.
How an account is closed (`State.accounts`) is a matter of the fold (swarm.core.fold.accounts).
"""

from __future__ import annotations

from collections.abc import Iterator

from swarm.core import events as e
from swarm.core import pausing, pools
from swarm.core.plan import Plan, Task
from swarm.core.quota import Account
from swarm.core.state import State, TaskState
from swarm.core.status import Status

LEADER = "leader"


def account(plan: Plan, task: Task) -> str:
    """Whose usage limits the task's agent shares.  `task` is as its worker does it (swarm.core.pools)."""
    own = next((spec.account for spec in plan.agents if spec.name == task.agent), "")
    return task.account or own or task.agent


def bar(state: State, task: TaskState) -> Account | None:
    """The task's account where that is closed; None where it may go on.  Where nobody runs it, it may go on by whatever
    worker is on an account that is open."""
    if not state.accounts:
        return None
    if task.worker is not None or not task.task.agent_open:
        return bar_by(state, task, task.worker)
    there = (worker.spec for worker in state.workers.values() if not worker.broken)
    found = [_bar(state, way) for way in pools.ways(state.plan, task.task, there)]
    return found[0] if all(found) else None


def bar_by(state: State, task: TaskState, worker: str | None) -> Account | None:
    """The account of the task as that worker would do it, where that is closed."""
    return _bar(state, pools.of_attempt(state, task, worker)) if state.accounts else None


def _bar(state: State, task: Task) -> Account | None:
    found = state.accounts.get(account(state.plan, task))
    return found if found is not None and found.closed else None


def closed(state: State) -> list[Account]:
    """Those that are closed, in the order in which they were first refused."""
    return [found for found in state.accounts.values() if found.closed]


def waits(state: State, task: TaskState) -> Account | None:
    """The closed account that a task's attempt waits for; None where it waits for none, or for the operator as well."""
    return bar(state, task) if holds(state, task) else None


def holds(state: State, task: TaskState) -> bool:
    """Whether the task's attempt was paused for its account alone, open by now or not."""
    return task.id in state.limited and not task.suspended and task.worker is not None


def calling(state: State) -> list[str]:
    """Ids of tasks that stand for the accounts which only a person can open, in the order of the file."""
    if not any(found.refused for found in closed(state)):
        return []
    found = [task for task in state.tasks.values() if (at := waits(state, task)) is not None and at.refused]
    told = {at.name for task in found if (at := bar(state, task)) is not None}
    for _, _, name in reversed(state.ready):
        task = state.tasks[name]
        at = bar(state, task)
        if at is not None and at.refused and at.name not in told:
            told.add(at.name)
            found.append(task)
    return [task.id for task in sorted(found, key=lambda task: task.index)]


def due(state: State) -> Iterator[float]:
    """When each opens by itself, on the clock of `Entry.mono`."""
    return (found.due for found in closed(state) if not found.refused)


def lifted(state: State, now: float) -> list[e.Event]:
    """The accounts whose time has come by now."""
    over = (found for found in closed(state) if not found.refused and now >= found.due)
    return [e.AccountLifted(found.name, LEADER) for found in over]


def freed(state: State) -> list[e.Event]:
    """What waited for an account that is open: attempts go on, and tasks whose attempt ended meanwhile are pending."""
    found: list[e.Event] = []
    for name in state.limited:
        task = state.tasks[name]
        if task.status is not Status.PAUSED or task.suspended:
            continue
        if task.worker is None:
            found.append(e.TaskUnpaused(name, task.attempt))
        elif bar(state, task) is None:
            found += continued(task, _letter(state, len(found)))
    return found


def continued(task: TaskState, letter: str) -> list[e.Event]:
    """A paused attempt goes on: its worker is told by a letter of that id, and what its agent asks is asked again."""
    return [
        e.AttemptContinued(task.id, task.attempt),
        pausing.told(task, "continue", letter),
        *pausing.asked_again(task, task.questions),
    ]


def _letter(state: State, number: int) -> str:
    """An id that sorts by time among those of commands, and is the same whenever it is asked for."""
    return f"{int(state.at * 1e9) + number:020d}-{LEADER}-{state.seq & 0xFFFFFFFF:08x}.continue"
