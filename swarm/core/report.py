"""`status --json`: the state as one documented object.  Pure; a contract (docs/protocol.md).

Times are Unix seconds; absent is null.  More keys may come, these stay.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from swarm.core import accounts, models, pools
from swarm.core.quota import Account
from swarm.core.spending import spent
from swarm.core.state import Phase, State, TaskState, WorkerState
from swarm.core.status import Status
from swarm.core.why import shown_status, why


def status(state: State, *, leader_alive: bool, worktrees: str) -> dict[str, Any]:
    """The whole run as JSON values.  `worktrees` is the directory of the workers' worktrees."""
    return {
        "run": state.run,
        "state": shown_phase(state, leader_alive=leader_alive),
        "repo": state.repo,
        "base": state.base,
        "integration": state.tip,
        "target": state.target,
        "workers": [_worker(state, worker, worktrees) for worker in state.workers.values()],
        "tasks": [_task(state, task) for task in state.tasks.values()],
        "counts": counts(state),
        "usage": dataclasses.asdict(state.usage),
        "spent": spent(state),
        "accounts": [_account(one) for one in accounts.closed(state)],
        "messages": state.messages,
        "seq": state.seq,
        "reason": state.reason or None,
        "needs_you": [task.id for task in needs_you(state)],
        "branch": state.published_branch,
        "started": state.began,
        "ended": state.ended,
    }


def shown_phase(state: State, *, leader_alive: bool) -> str:
    """running, finished, stopped or failed: a run whose leader is gone is stopped, whatever the journal says last."""
    if state.phase in (Phase.FINISHED, Phase.FAILED, Phase.STOPPED):
        return state.phase.value
    return Phase.RUNNING.value if leader_alive else Phase.STOPPED.value


def counts(state: State) -> dict[str, int]:
    """How many tasks are in each status, `merged` and `failed` always; blocked and ready instead of pending."""
    found = {status.value: state.counts[status] for status in Status if status is not Status.PENDING}
    found["ready"] = len(state.ready) + len(state.spent)
    found["blocked"] = state.counts[Status.PENDING] - found["ready"]
    return {name: count for name, count in found.items() if count or name in ("merged", "failed")}


def needs_you(state: State) -> list[TaskState]:
    """The tasks that wait for a person: questions, held work, and those that stand for an account which was refused, in
    the order of the file."""
    refused = accounts.calling(state)
    return [
        task for task in state.tasks.values()
        if task.status in (Status.WAITING, Status.REVIEW) or task.id in refused
    ]  # fmt: skip


def branch(state: State, task: TaskState) -> str:
    """The branch of the task's newest attempt (of its first one, where none has begun)."""
    return f"swarm/{state.run}/{task.id}.{max(1, task.attempt)}"


def clashes(task: TaskState) -> list[dict[str, Any]]:
    """With which live branches the task's clashes, in the order in which that was seen."""
    return [{"task": other, "paths": list(seen.paths), "more": seen.more} for other, seen in task.clashes.items()]


def is_starting(state: State, worker: WorkerState) -> bool:
    """Whether a worker's program has yet to say its first word: it was started, or will be once the base is green."""
    expected = worker.spawned or not worker.losses
    return expected and not (state.over or worker.up or worker.broken)


def _account(one: Account) -> dict[str, Any]:
    return {"account": one.name, "until": one.until, "refused": one.refused, "reason": one.reason}


def _worker(state: State, worker: WorkerState, worktrees: str) -> dict[str, Any]:
    here = worker.up or is_starting(state, worker)
    shown = ("busy" if worker.task else "idle") if here else "lost"
    return {
        "name": worker.name,
        "state": shown,
        "starting": is_starting(state, worker),
        "task": worker.task,
        "worktree": f"{worktrees}/{worker.name}",
        "pane": worker.place or None,
        "pid": worker.pid,
        "skills": list(worker.spec.skills),
        "agent": worker.spec.agent,
        "reason": worker.broken or None,
    }


def _task(state: State, task: TaskState) -> dict[str, Any]:
    reason = why(state, task)
    return {
        "id": task.id,
        "title": task.task.title,
        "status": shown_status(task),
        "attempt": task.attempt,
        "worker": task.worker,
        "agent": pools.present(state, task).agent,
        "depends_on": list(task.task.depends_on),
        "reason": reason.text,
        "command": reason.command or None,
        "until": reason.until,
        "branch": branch(state, task),
        "commit": task.commit,
        "merged": task.merged,
        "started": task.started,
        "ended": task.ended,
        "usage": dataclasses.asdict(task.usage),
        "spending": dataclasses.asdict(task.spending),
        "session": task.attempts[-1].session or None if task.attempts else None,
        "model": task.attempts[-1].model or None if task.attempts else None,
        "model_mismatch": models.mismatch(state, task) or None,
        "clashes": clashes(task),
    }
