"""Who does a task: the agent that it names, or that of the worker which runs it.  Pure.

A worker may have an agent and a model of its own (`workers:`).  They count for tasks that leave these open; a task that
names an agent, or is a shell line, is done as it says, whoever runs it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from swarm.core.plan import Plan, Task, WorkerSpec
from swarm.core.roles import suits
from swarm.core.state import Attempt, State, TaskState


def done_by(plan: Plan, task: Task, worker: WorkerSpec | None) -> Task:
    """The task as that worker does it.  A model that was meant for another agent is not handed on."""
    if worker is None or not task.agent_open or not (worker.agent or worker.model):
        return task
    agent = worker.agent or task.agent
    return replace(task, agent=agent, model=_model(plan, task, worker, agent))


def _model(plan: Plan, task: Task, worker: WorkerSpec, agent: str) -> str | None:
    if not task.model_open:
        return task.model
    if worker.model or agent == task.agent:
        return worker.model or task.model
    role = next((role for role in plan.roles if role.name == task.role), None)
    return role.model if role and role.model and suits(role.model, agent) else None


def of_attempt(state: State, found: TaskState, worker: str | None) -> Task:
    """The task as it is, or was, done by the worker of that name; None: by nobody in particular."""
    known = state.workers.get(worker or "")
    return done_by(state.plan, found.task, known.spec if known is not None else None)


def present(state: State, found: TaskState) -> Task:
    """The task as its attempt under way does it, or its newest one did."""
    newest = found.attempts[-1].worker if found.attempts else None
    return of_attempt(state, found, found.worker or newest)


def conversed(state: State, found: TaskState) -> Attempt | None:
    """The last attempt before the present one that had a conversation, where its agent was the same: with that of
    another agent nobody can go on."""
    before = [attempt for attempt in found.attempts if attempt.number < found.attempt and attempt.session]
    if not before or of_attempt(state, found, before[-1].worker).agent != present(state, found).agent:
        return None
    return before[-1]


def kinds(workers: Iterable[WorkerSpec]) -> list[WorkerSpec]:
    """One worker of each kind: equal but for their names."""
    return list({(worker.skills, worker.agent, worker.model): worker for worker in workers}.values())


def ways(plan: Plan, task: Task, workers: Iterable[WorkerSpec]) -> list[Task]:
    """In which ways these workers would do it, each once; as it stands where none of them has its skills."""
    able = [worker for worker in kinds(workers) if set(task.skills) <= set(worker.skills)]
    found = [done_by(plan, task, worker) for worker in able]
    return [way for number, way in enumerate(found) if way not in found[:number]] or [task]
