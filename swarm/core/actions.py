"""What ought to be under way outside: `wanted(state) -> actions`.  Pure, and safe to ask twice.

An action is an imperative, and safe to repeat; carrying it out ends in exactly one entry of the journal, after which
it is no longer wanted.  The leader begins what is wanted and not yet under way, and stops what is under way and no
longer wanted.  Cost: what is under way, not the number of tasks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from swarm.core import clashes
from swarm.core.events import Member, MessageAccepted
from swarm.core.spending import over_budget
from swarm.core.state import Phase, State
from swarm.core.status import Status


@dataclass(frozen=True, slots=True)
class Spawn:
    """Start a worker's program.  `losses` tells one start from the next."""

    worker: str
    losses: int


@dataclass(frozen=True, slots=True)
class Assign:
    """Give an attempt to the executor."""

    task: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take back an attempt that its worker has not taken."""

    task: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Stop:
    """End an attempt that is under way.  `spent`: because the run's budget is used up, not on the operator's word."""

    task: str
    attempt: int
    spent: bool = False


@dataclass(frozen=True, slots=True)
class Prove:
    """Merge the chain onto `onto` and let the gate judge the result."""

    candidate: int
    onto: str
    chain: tuple[Member, ...]
    own: int
    """How many of the chain's last members are the candidate's own."""


@dataclass(frozen=True, slots=True)
class Land:
    """Move the integration ref from `old` to `new`, if it is still at `old`."""

    candidate: int
    old: str | None
    new: str


@dataclass(frozen=True, slots=True)
class Publish:
    """Fetch the integration ref into the user's repository."""

    tip: str


@dataclass(frozen=True, slots=True)
class Deliver:
    """Put a message into a mailbox."""

    id: str
    recipient: str


@dataclass(frozen=True, slots=True)
class Keep:
    """Hold what an attempt has left by a ref that no worker moves.  Begun when it is heard of; nothing waits for it."""

    task: str
    attempt: int
    commit: str


@dataclass(frozen=True, slots=True)
class Probe:
    """Look whether live branches clash.  Begun at a slow pace (swarm.core.clashes); nothing waits for it."""


Action = Spawn | Assign | Withdraw | Stop | Prove | Land | Publish | Deliver | Keep | Probe
"""Something to be done outside."""


def name(action: Action) -> str:
    """The action's name in the journal: the same as long as it is the same thing that is to be done."""
    match action:
        case Spawn():
            return f"spawn {action.worker}"
        case Assign() | Withdraw() | Stop() | Keep():
            return f"{type(action).__name__.lower()} {action.task}.{action.attempt}"
        case Prove() | Land():
            return f"{type(action).__name__.lower()} {action.candidate}"
        case Publish():
            return "publish"
        case Deliver():
            return f"deliver {action.id} to {action.recipient}"
        case Probe():
            return clashes.PROBE
        case _:
            assert_never(action)


def wanted(state: State) -> Iterator[Action]:
    """Everything that ought to be under way now; what was hindered is not, until its pause is over."""
    found = _wanted(state)
    if not state.hindered:
        return found
    resting = {name for name, hindrance in state.hindered.items() if hindrance.rests}
    return (action for action in found if name(action) not in resting)


def needs_no_worker(action: Action) -> bool:
    """Whether it makes sense where nobody serves the workers."""
    return isinstance(action, (Prove, Land, Publish, Deliver))


def rests(state: State) -> bool:
    """Whether something that is missed is still to be tried again."""
    return any(hindrance.rests for name, hindrance in state.hindered.items() if name != clashes.PROBE)


def _wanted(state: State) -> Iterator[Action]:
    yield from _merging(state)
    yield from _deliveries(state)
    if not state.over:
        yield from _attempts(state)
        yield from _workers(state)


def _merging(state: State) -> Iterator[Action]:
    for number in state.stack:
        candidate = state.candidates[number]
        if candidate.landing and candidate.judged:
            yield Land(number, ref_value(state), candidate.judged.commit)
        elif candidate.judged is None and candidate.unbuildable is None:
            yield Prove(number, candidate.onto, candidate.chain, len(candidate.members))
    if state.tip is not None and state.published != state.tip:
        yield Publish(state.tip)


def ref_value(state: State) -> str | None:
    """What the integration ref is expected to hold."""
    return state.stray.commit if state.stray is not None else state.tip


def _attempts(state: State) -> Iterator[Action]:
    spent = over_budget(state)
    for name in state.under_way:
        task = state.tasks[name]
        if task.status is Status.CANCELLED or state.phase is Phase.STOPPING:
            yield Stop(name, task.attempt)
        elif spent and task.spending.usd:
            yield Stop(name, task.attempt, spent=True)
        elif not task.assigned:
            yield Assign(name, task.attempt)
        elif task.status is Status.CLAIMED and task.expired:
            yield Withdraw(name, task.attempt)


def _deliveries(state: State) -> Iterator[Action]:
    """One for each mailbox, so that messages arrive in the order in which they were taken: `continue` before `suspend`
    would leave an agent suspended for ever.  A message kept for a task that came too late for its prompt goes to the
    task's worker."""
    served: set[str] = set()
    for id, recipient in state.undelivered:
        if recipient not in served:
            served.add(recipient)
            yield Deliver(id, recipient)
    for name in state.under_way:
        task = state.tasks[name]
        if task.mail and task.assigned and task.worker is not None and task.worker not in served:
            yield Deliver(task.mail[0], task.worker)


def _workers(state: State) -> Iterator[Action]:
    """A run that is stopping needs those alone that have an attempt to bring to its end."""
    for worker in state.workers.values():
        needed = state.phase is Phase.RUNNING or worker.task is not None
        if needed and not worker.spawned and not worker.broken:
            yield Spawn(worker.name, worker.losses)


def message(state: State, action: Deliver) -> MessageAccepted:
    """The message that is to be delivered: one on its way, or one that came too late for the prompt of its task."""
    return state.undelivered.get((action.id, action.recipient)) or state.kept[action.id]
