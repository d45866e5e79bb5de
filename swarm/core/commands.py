"""What an operator's command means: `decide(state, verb, args, by) -> events and the answer`, or Refused.  Pure.

Only commands from the operator's own mailbox come here; no message of a worker can.  Safe to ask twice: a command that
is already fulfilled is refused with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from swarm.core import accounts, codec, pausing, words
from swarm.core import events as e
from swarm.core.plan import ID_PATTERN, RESERVED_NAMES, Fence, Mode, Role, Task, cycle
from swarm.core.state import Phase, State, TaskState, dooms
from swarm.core.status import Status
from swarm.core.units import MOST_USD, is_object_id
from swarm.core.why import root_cause

T = TypeVar("T")

TMUX = "tmux"
"""The executor whose workers have panes."""


class Refused(Exception):
    """The command can't be applied; the text says why."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The events that a command leads to, and what the operator is told."""

    events: tuple[e.Event, ...]
    answer: str


def decide(state: State, verb: str, args: Mapping[str, Any], by: str, id: str) -> Decision:
    """What the command leads to.  `id` is the command's message id.  Raises Refused."""
    rule = _RULES.get(verb)
    if rule is None:
        raise Refused(f"there is no command {verb!r:.80}")
    return rule(state, args, by, id)


def _task(state: State, args: Mapping[str, Any]) -> TaskState:
    name = args.get("task")
    found = state.tasks.get(name) if isinstance(name, str) else None
    if found is None:
        raise Refused(f"there is no task {name!r:.80}")
    return found


def _pause(state: State, args: Mapping[str, Any], by: str, id: str) -> Decision:
    task = _task(state, args)
    if task.status is Status.PENDING:
        return Decision((e.TaskPaused(task.id, task.attempt),), f"{task.id} is paused")
    if task.status is Status.RUNNING:
        told = pausing.told(task, "suspend", f"{id}.suspend")
        return Decision((e.AttemptSuspended(task.id, task.attempt), told), f"{task.id} is paused, its agent suspended")
    if accounts.holds(state, task):
        told = pausing.told(task, "suspend", f"{id}.suspend")
        return Decision((e.AttemptSuspended(task.id, task.attempt), told), f"{task.id} stays paused until you say so")
    raise Refused(f"{task.id} is {task.status}; only a task that has not begun, or whose agent works, can be paused")


def _unpause(state: State, args: Mapping[str, Any], by: str, id: str) -> Decision:
    task = _task(state, args)
    account = accounts.bar(state, task) if task.id in state.limited or task.status is Status.PENDING else None
    lifted = (e.AccountLifted(account.name, by),) if account is not None else ()
    more = f"; so does all that waited for the account {account.name}" if account is not None else ""
    if task.status is Status.PENDING and lifted:
        return Decision(lifted, f"{task.id} goes on{more}")
    if task.status is not Status.PAUSED:
        raise Refused(f"{task.id} is not paused, it is {task.status}")
    if task.taken_by:
        raise Refused(f"{task.id} is in the hands of {task.taken_by}; it goes on with: swarm release {task.id}")
    if task.worker is None:
        return Decision((*lifted, e.TaskUnpaused(task.id, task.attempt)), f"{task.id} goes on{more}")
    return Decision((*lifted, *accounts.continued(task, f"{id}.continue")), f"{task.id} goes on{more}")


def _take(state: State, args: Mapping[str, Any], by: str, id: str) -> Decision:
    task = _task(state, args)
    if task.taken_by:
        raise Refused(f"{task.id} is in the hands of {task.taken_by} already")
    if task.worker is None or task.status not in (Status.RUNNING, Status.WAITING, Status.PAUSED):
        raise Refused(f"{task.id} is {task.status}; what an agent works on can be taken over")
    if task.task.mode is Mode.INTERACTIVE:
        raise Refused(f"the agent of {task.id} has its pane to itself: type to it there, swarm attach {task.id}")
    if state.executor != TMUX:
        raise Refused(f"{task.worker} has no pane in which {task.id} could be taken over: start with --executor {TMUX}")
    if task.task.sandbox.kind is not Fence.NONE:
        raise Refused(f"{task.id} works in a sandbox, out of which a terminal would lead; it can't be taken over")
    if not task.attempts[-1].session:
        raise Refused(f"the agent of {task.id} has not begun a conversation yet; try again in a moment")
    told = pausing.told(task, "take", f"{id}.take")
    return Decision((e.AttemptTaken(task.id, task.attempt, by), told), f"{task.id} is in your hands")


def _release(state: State, args: Mapping[str, Any], by: str, id: str) -> Decision:
    task = _task(state, args)
    if not task.taken_by:
        raise Refused(f"nobody has taken {task.id} over, it is {task.status}")
    if task.worker is None:
        return Decision((e.TaskUnpaused(task.id, task.attempt),), f"{task.id} is tried again")
    return Decision((*accounts.continued(task, f"{id}.continue"),), f"the agent of {task.id} goes on")


def _cancel(state: State, args: Mapping[str, Any], by: str, id: str) -> Decision:
    task = _task(state, args)
    if task.status in (Status.MERGED, Status.CANCELLED, Status.SKIPPED):
        raise Refused(f"{task.id} is already {task.status}")
    events: list[e.Event] = []
    if task.status is Status.VERIFYING:
        place = next(i for i, n in enumerate(state.stack) if n == task.candidate)
        if state.candidates[state.stack[place]].landing:
            raise Refused(f"{task.id} is landing at this moment")
        events += [e.CandidateDropped(n, f"{task.id} was cancelled") for n in reversed(state.stack[place:])]
    events.append(e.TaskCancelled(task.id, task.attempt, by))
    return Decision(tuple(events), f"{task.id} is cancelled; what it did is kept on its branch")


def _retry(state: State, args: Mapping[str, Any], by: str, id: str) -> Decision:
    task = _task(state, args)
    if task.status not in (Status.FAILED, Status.CANCELLED, Status.SKIPPED, Status.REVIEW):
        raise Refused(f"{task.id} is {task.status}; what failed, was skipped, cancelled or held can be tried again")
    if task.worker is not None:
        raise Refused(f"the last attempt of {task.id} is still ending; try again in a moment")
    cause = root_cause(state, task)
    if task.status is Status.SKIPPED and cause is not task:
        raise Refused(f"{task.id} would be skipped again as long as {cause.id} is failed; try {cause.id} again")
    again = _with_skipped_below(state, task)
    events = tuple(e.TaskRetried(found.id, found.attempt, by) for found in again)
    return Decision(events, f"{words.some([found.id for found in again])} will be tried again")


def _with_skipped_below(state: State, task: TaskState) -> list[TaskState]:
    """The task and those that were skipped because of it alone, directly or through others; upstreams first."""
    again = {task.id: task}
    todo = [task.id]
    while todo:
        for name in state.below[todo.pop()]:
            below = state.tasks[name]
            causes = (upstream for upstream in below.task.depends_on if dooms(state.tasks[upstream]))
            if below.status is Status.SKIPPED and name not in again and all(cause in again for cause in causes):
                again[name] = below
                todo.append(name)
    return list(again.values())


def _approve(state: State, args: Mapping[str, Any], by: str, id: str) -> Decision:
    task = _task(state, args)
    if task.status is not Status.REVIEW:
        raise Refused(f"{task.id} is not held for review, it is {task.status}")
    if args.get("commit", task.commit) != task.commit:
        raise Refused(f"what {task.id} has to show is another commit by now: look at it again")
    return Decision((e.WorkApproved(task.id, task.attempt, by),), f"{task.id} enters the merge queue")


def _answer(state: State, args: Mapping[str, Any], by: str, id: str) -> Decision:
    task, text = _task(state, args), args.get("text")
    if not isinstance(text, str) or not text.strip():
        raise Refused("an answer needs a text")
    if task.status is not Status.WAITING or task.question is None or task.worker is None:
        raise Refused(f"{task.id} asks nothing, it is {task.status}")
    question, asked = task.question
    if args.get("question", question) != question:
        raise Refused(f"{task.id} asks something else by now: {asked}")
    told = e.MessageAccepted(
        f"{id}.answer", by, task.worker, "answer", text, recipients=(task.worker,), reply_to=question
    )
    answered = e.QuestionAnswered(task.id, task.attempt, question, text)
    more = words.asks_more(len(task.questions) - 1)
    return Decision((answered, told, *pausing.asked_again(task, task.questions[1:])), f"{task.id} was answered{more}")


def _stop(state: State, args: Mapping[str, Any], by: str, id: str) -> Decision:
    if state.phase not in (Phase.STARTING, Phase.RUNNING):
        raise Refused(f"the run is {state.phase}")
    # Work whose gate is running is sealed: it is judged when the run goes on.  Somebody waits for what was offered.
    halted = [n for n in reversed(state.stack) if not state.candidates[n].landing and state.offer is None]
    dropped = (e.CandidateDropped(number, "the run was stopped") for number in halted)
    answer = "the run stops: attempts under way are ended, what they did is kept"
    return Decision((*dropped, e.RunStopping(by)), answer)


def _add(state: State, args: Mapping[str, Any], by: str, id: str) -> Decision:
    tasks, roles = _listed(Task, args.get("tasks")), _listed(Role, args.get("roles", []))
    known = {role.name: role for role in state.plan.roles}
    changed = [role.name for role in roles if known.get(role.name, role) != role]
    if changed:
        raise Refused(f"the run has another role {changed[0]}; a role does not change while it runs")
    _check_new(state, tasks, {*known, *(role.name for role in roles)})
    new = tuple(role for role in roles if role.name not in known)
    return Decision((e.TasksAdded(tasks, new),), f"added {words.some([task.id for task in tasks])}")


def _listed(kind: type[T], listed: object) -> tuple[T, ...]:
    if not isinstance(listed, list):
        raise Refused("the tasks could not be read: a list belongs here")
    try:
        return tuple(codec.decode(kind, one) for one in listed)
    except codec.DecodeError as error:
        raise Refused(f"the tasks could not be read: {error}") from None


def _check_new(state: State, tasks: tuple[Task, ...], roles: set[str]) -> None:
    """New tasks fit the running plan: names of their own, known upstreams and roles, no cycle, skills that somebody
    has."""
    new = {task.id: task for task in tasks}
    if not tasks or len(new) != len(tasks):
        raise Refused("there is no task to add" if not tasks else "two of the new tasks have the same id")
    for task in tasks:
        if not ID_PATTERN.match(task.id) or task.id in RESERVED_NAMES or task.id in state.workers:
            raise Refused(f"{task.id!r} can't be the name of a task here")
        if task.id in state.tasks:
            raise Refused(f"there is a task {task.id} already")
        if task.role is not None and task.role not in roles:
            raise Refused(f"{task.id} asks for the role {task.role!r:.80}, which the run does not have")
        unknown = [name for name in task.depends_on if name not in new and name not in state.tasks]
        if unknown:
            raise Refused(f"{task.id} depends on {words.some(unknown)}, which does not exist")
        if not any(set(task.skills) <= set(worker.spec.skills) for worker in state.workers.values()):
            raise Refused(f"no worker has the skills that {task.id} asks for: {words.some(task.skills)}")
    path = cycle({task.id: task.depends_on for task in tasks})
    if path:
        raise Refused("the new tasks depend on each other in a circle: " + " -> ".join(path))


def _offer(state: State, args: Mapping[str, Any], by: str, id: str) -> Decision:
    if state.offer is not None:
        raise Refused(f"{state.offer.target} is being brought in already")
    if state.tip is None:
        raise Refused("the run has nothing to merge yet")
    target, commit = args.get("target"), args.get("commit")
    if not isinstance(target, str) or not is_object_id(commit):
        raise Refused("a target branch and the full id of its commit belong here")
    return Decision((e.TargetOffered(target, commit, id),), f"{target} is being brought in and verified")


def _moved(state: State, args: Mapping[str, Any], by: str, id: str) -> Decision:
    target, old, new = args.get("target"), args.get("old"), args.get("new")
    if not isinstance(target, str) or not is_object_id(new) or not (old is None or is_object_id(old)):
        raise Refused("a target branch, the full ids of its old and its new commit belong here")
    return Decision((e.TargetMerged(target, old, new),), f"{target} is at {words.commit(new)}")


def _budget(state: State, args: Mapping[str, Any], by: str, id: str) -> Decision:
    usd = args.get("usd")
    if isinstance(usd, bool) or not isinstance(usd, int | float) or not 0 < usd < MOST_USD:
        raise Refused("a budget is a number of USD above 0")
    if usd <= state.usage.usd:
        raise Refused(f"the run has used {state.usage.usd:g} USD already; give it a larger budget")
    return Decision((e.BudgetSet(float(usd), by),), f"the run may use {usd:g} USD")


_RULES: dict[str, Callable[[State, Mapping[str, Any], str, str], Decision]] = {
    "pause": _pause,
    "unpause": _unpause,
    "take": _take,
    "release": _release,
    "cancel": _cancel,
    "retry": _retry,
    "approve": _approve,
    "answer": _answer,
    "stop": _stop,
    "add": _add,
    "offer": _offer,
    "moved": _moved,
    "budget": _budget,
}
