"""What the leader decides alone: claim, give up, skip, expire, finish.  Pure: `admit(state, now) -> events`.

Safe to ask twice: nothing that is already so is decided again.  Knows nothing of how a decision is carried out
(swarm.core.actions); the merge queue's own decisions are in swarm.core.queue.
"""

from __future__ import annotations

from collections.abc import Iterator

from swarm.core import accounts, queue, words
from swarm.core import events as e
from swarm.core.events import Outcome
from swarm.core.scope import overlap
from swarm.core.spending import over_budget
from swarm.core.state import Phase, State, TaskState, WorkerState
from swarm.core.status import Status

RESERVATION = 60.0
"""Seconds that a worker has to take an attempt that was assigned to it."""

FIRST_WORD = 60.0
"""Seconds that a worker's program has to report after it was started; its lock can't tell before it has taken it."""

MAX_LOST = 10
"""Times in a row that a worker's program may be lost without finishing an attempt, before it is given up."""

_STILL_MOVING = (
    Status.CLAIMED, Status.RUNNING, Status.WAITING, Status.PAUSED, Status.SEALED, Status.VERIFYING, Status.REVIEW,
)  # fmt: skip


def admit(state: State, now: float) -> list[e.Event]:
    """The next decisions, all consistent with one another; [] when there is nothing to decide.

    `now` is on the clock of `Entry.mono` (seconds since boot).  The leader records them and asks again.
    """
    found = resumed(state, now)
    if found:
        return found
    if state.over:
        return queue.advance(state) if state.offer else []
    found = accounts.lifted(state, now) or queue.advance(state)
    if found or state.phase is Phase.STARTING:
        return found
    workers = [*_mute(state, now), *_broken(state), *_orphaned(state)]
    found = [*workers, *_expired(state, now), *_given_up(state), *_skipped(state)]
    if found:
        return found
    if state.phase is Phase.STOPPING:
        return [e.RunStopped()] if _quiet(state) else []
    if queue.is_blocked(state):
        return [e.RunFailed(state.stray.refused)] if state.stray and _quiet(state) else []
    return accounts.freed(state) or _hopeless(state) or _claims(state) or _finish(state)


def resumed(state: State, now: float) -> list[e.Event]:
    """What was hindered and is to be tried again by now, whatever becomes of the run."""
    return [e.ActionResumed(name) for name, found in state.hindered.items() if found.rests and now >= found.due]


def next_deadline(state: State, serve: bool = True) -> float | None:
    """The next moment (on the clock of `now`) at which admit may say something new by itself.  Without `serve`, only
    what was hindered counts: a deadline that nobody decides would stay for ever."""
    tries = (found.due for found in state.hindered.values() if found.rests)
    if state.over or not serve:
        return min(tries, default=None)
    reservations = (task.claimed_at + RESERVATION for task in _reserved(state))
    first_words = (worker.spawned_at + FIRST_WORD for worker in _starting(state))
    return min((*tries, *reservations, *first_words, *accounts.due(state)), default=None)


def _reserved(state: State) -> Iterator[TaskState]:
    for name in state.under_way:
        task = state.tasks[name]
        if task.status is Status.CLAIMED and task.assigned and not task.expired:
            yield task


def _expired(state: State, now: float) -> list[e.Event]:
    late = [t for t in _reserved(state) if now >= t.claimed_at + RESERVATION]
    return [e.ReservationExpired(t.id, t.attempt) for t in late]


def _starting(state: State) -> Iterator[WorkerState]:
    """Workers whose program was started and has not said a word yet."""
    return (worker for worker in state.workers.values() if worker.spawned and not worker.up)


def _mute(state: State, now: float) -> list[e.Event]:
    late = [worker for worker in _starting(state) if now > worker.spawned_at + FIRST_WORD]
    return [e.WorkerLost(worker.name, words.worker_is_mute(FIRST_WORD)) for worker in late]


def _broken(state: State) -> list[e.Event]:
    failing = (w for w in state.workers.values() if not w.spawned and not w.broken and w.losses >= MAX_LOST)
    return [e.WorkerBroken(w.name, words.worker_keeps_dying(w.losses, w.lost)) for w in failing]


def _orphaned(state: State) -> list[e.Event]:
    """The program of a lost worker is started again and says what became of its attempt; a broken one never will.
    What it has not taken is to be withdrawn, lest it begin when a later leader gets the worker to start after all."""
    left = [state.tasks[w.task] for w in state.workers.values() if w.broken and w.task is not None]
    reserved = [t for t in left if t.status is Status.CLAIMED and t.assigned and not t.expired]
    return [
        *(e.AttemptEnded(t.id, t.attempt, Outcome.LOST, words.worker_is_gone(t.worker or "")) for t in left if t.taken),
        *(e.ReservationExpired(t.id, t.attempt) for t in reserved),
    ]


def _hopeless(state: State) -> list[e.Event]:
    """Without a single worker that starts, a run with work left, and with none that only waits, can't go on."""
    if not state.ready or over_budget(state) or _still_moving(state):
        return []
    if all(worker.broken for worker in state.workers.values()):
        broken = [worker.broken for worker in state.workers.values()]
        return [e.RunFailed(words.no_worker_starts(broken[0] if broken else "the run has none"))]
    return []


def _given_up(state: State) -> list[e.Event]:
    return [e.TaskGaveUp(name, state.tasks[name].attempt, words.gave_up(state.tasks[name])) for name in state.spent]


def _skipped(state: State) -> list[e.Event]:
    return [e.TaskSkipped(name, state.tasks[name].attempt, because) for name, because in state.doomed.items()]


def _claims(state: State) -> list[e.Event]:
    """One task for each idle worker that can have one.  The intent is recorded before anything is started."""
    if not state.ready or state.tip is None or over_budget(state):
        return []
    found: list[e.Event] = []
    chosen: list[TaskState] = []
    for worker in state.idle_workers():
        task = _best(state, worker, chosen)
        if task is not None:
            chosen.append(task)
            found.append(e.TaskClaimed(task.id, task.attempt + 1, worker.name, state.tip))
        if len(chosen) == len(state.ready):
            break
    return found


def _best(state: State, worker: WorkerState, chosen: list[TaskState]) -> TaskState | None:
    """The first ready task that this worker can do and that touches nothing which is on its way."""
    if not _has_work_for(state, worker):
        return None
    taken = {task.id for task in chosen}
    verdicts: dict[tuple[str, ...], bool] = {}
    for _, _, name in reversed(state.ready):
        task = state.tasks[name]
        if name in taken or not can_do(worker, task) or accounts.bar_by(state, task, worker.name) is not None:
            continue
        files = task.task.files
        if files not in verdicts:
            verdicts[files] = not any(overlap(files, t.task.files) for t in chosen) and rival(state, task) is None
        if verdicts[files]:
            return task
    return None


def _has_work_for(state: State, worker: WorkerState) -> bool:
    return any(set(skills) <= set(worker.spec.skills) for skills in state.ready_skills)


def can_do(worker: WorkerState, task: TaskState) -> bool:
    """True when the worker has every skill that the task asks for."""
    return set(task.task.skills) <= set(worker.spec.skills)


def rival(state: State, task: TaskState) -> TaskState | None:
    """A task on its way to the tip whose declared files overlap with this one's."""
    if not task.task.files:
        return None
    active = (state.tasks[name] for name in state.active)
    return next((t for t in active if t.id != task.id and overlap(task.task.files, t.task.files)), None)


def _quiet(state: State) -> bool:
    """Nothing is under way: no attempt, no candidate."""
    return not state.under_way and not state.stack


def _finish(state: State) -> list[e.Event]:
    """The run is over when no task can move without the operator.  A task that waits for a person keeps it open."""
    if _still_moving(state) or state.offer or state.published != state.tip or _could_start(state):
        return []
    return [e.RunFinished()]


def _still_moving(state: State) -> bool:
    """Something is under way, or waits for a person."""
    return bool(state.under_way or state.stack) or any(state.counts[status] for status in _STILL_MOVING)


def _could_start(state: State) -> bool:
    """A ready task has a worker that is there, or will be, and can do it."""
    if over_budget(state):
        return False
    return any(_has_work_for(state, worker) for worker in state.workers.values() if not worker.broken)
