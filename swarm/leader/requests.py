"""From an action to an effect: everything the effect needs is taken from the state here, on the leader's own thread.

Knows the state and the effects; a lane gets a closure that reads nothing of the state any more.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from swarm.agents.definition import Agent, Order
from swarm.agents.registry import known
from swarm.core import accounts, clashes, pools, report
from swarm.core import actions as a
from swarm.core import prompt as prompts
from swarm.core.assignment import Assignment
from swarm.core.events import Usage
from swarm.core.plan import Mode, Sandbox, Task
from swarm.core.spending import spent
from swarm.core.state import State, TaskState
from swarm.effects import floor, landing
from swarm.effects.floor import Handover
from swarm.effects.lanes import Effect
from swarm.effects.probing import Lookout
from swarm.effects.proving import Proof, Prover
from swarm.executors.pool import Pool
from swarm.git import merge
from swarm.git.hub import Hub
from swarm.git.repository import UserRepository
from swarm.paths import RunDir
from swarm.verify import Halt

GRACE = 5.0
"""Seconds between TERM and KILL for an agent that is ended."""

AUTO = "auto"
"""Value of an environment variable that stands for a free port."""


@dataclass(slots=True)
class Outside:
    """The world that effects act on."""

    run: RunDir
    hub: Hub
    user: UserRepository
    pool: Pool
    prover: Prover
    lookout: Lookout
    halts: dict[a.Action, Halt] = field(default_factory=dict)


def effect(outside: Outside, state: State, action: a.Action) -> Effect:
    """What carries the action out."""
    run, pool = outside.run, outside.pool
    match action:
        case a.Spawn():
            return lambda: floor.spawn(pool, action.worker)
        case a.Assign():
            found = state.tasks[action.task]
            task = pools.present(state, found)
            agent = known(state.plan.agents).get(task.agent)
            if agent is None:
                return lambda: floor.reject(action.task, action.attempt, f"there is no agent {task.agent!r}")
            handover = _handover(state, found, task, agent)
            return lambda: floor.assign(pool, handover)
        case a.Withdraw():
            key = _key(state, action.task, action.attempt)
            return lambda: floor.withdraw(pool, key, action.task, action.attempt)
        case a.Stop():
            key = _key(state, action.task, action.attempt)
            return lambda: floor.stop(pool, key, action.task, action.attempt, GRACE, spent=action.spent)
        case a.Deliver():
            message = a.message(state, action)
            return lambda: floor.deliver(run, message, action.recipient)
        case a.Prove():
            proof, halt = _proof(state, action), outside.halts[action]
            return lambda: outside.prover.prove(proof, halt)
        case a.Land():
            return lambda: landing.land(outside.hub, state.run, action.candidate, action.old, action.new)
        case a.Keep():
            return lambda: landing.keep(outside.hub, state.run, action.task, action.attempt, action.commit)
        case a.Probe():
            glance = clashes.glance(state)
            return lambda: outside.lookout.look(glance) if glance else ()
        case a.Publish():
            return lambda: landing.publish(outside.user, outside.hub, state.run, action.tip)


def _key(state: State, task: str, attempt: int) -> str:
    return f"{state.run}-{task}-{attempt}"


def _handover(state: State, found: TaskState, task: Task, agent: Agent) -> Handover:
    """What its worker is handed.  `task`: as that worker does it."""
    assert found.worker is not None and found.base is not None
    budget, earlier = _left(state, found), _earlier(state, found, agent)
    launch = agent.launch(Order(task, str(uuid.uuid4()), budget))
    pane = task.mode is Mode.INTERACTIVE
    env, lease = _environment(launch.env, state.plan.env, task.env)
    work = Assignment(
        run=state.run, task=task.id, attempt=found.attempt, worker=found.worker, base=found.base,
        branch=report.branch(state, found), argv=launch.argv, env=env, pass_env=launch.pass_env, lease=lease,
        secrets=task.secrets, identity=state.plan.identity.replace("{worker}", found.worker),
        timeout=task.limits.timeout, idle=task.limits.idle, grace=GRACE, expects=task.expects, clean=state.plan.clean,
        sandbox=_with_home(task.sandbox, launch.home),
        setup=state.plan.setup, title=task.title, repo=state.repo, agent=task.agent, pane=pane,
        reader="" if pane else agent.reader, places=agent.places, files=launch.files, stdin=launch.stdin,
        again=launch.again, taken=launch.taken, session=launch.session,
        earlier=earlier, spent=_spent(found, earlier), account=accounts.account(state.plan, task), budget=budget,
    )  # fmt: skip
    kept = tuple(message.id for message in prompts.kept_messages(state, found))
    return Handover(work, prompts.prompt(state, found, secrets.token_hex(8)), kept)


def _left(state: State, found: TaskState) -> float | None:
    """USD that the task's next attempt may use; None: as much as it likes."""
    budget, run = found.task.limits.budget, state.plan.run_budget
    bounds = [] if budget is None else [budget - (found.usage.usd - found.forgiven)]
    bounds += [] if run is None else [run - spent(state)]
    return max(0.0, min(bounds)) if bounds else None


def _earlier(state: State, found: TaskState, agent: Agent) -> str:
    """The conversation of the task's last attempt, where its agent can go on with it from the worktree at hand."""
    last = pools.conversed(state, found)
    if last is None or not agent.resumes:
        return ""
    return last.session if agent.resumes == "anywhere" or last.worker == found.worker else ""


def _spent(found: TaskState, session: str) -> Usage:
    """What earlier attempts have used of the conversation with which the task's next attempt goes on."""
    return sum((attempt.usage for attempt in found.attempts if session and attempt.session == session), Usage())


def _environment(*layers: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The plan's variables, and the names of those that want a free port."""
    merged = {name: value for layer in layers for name, value in layer.items()}
    return (
        {name: value for name, value in merged.items() if value != AUTO},
        tuple(name for name, value in merged.items() if value == AUTO),
    )


def _with_home(sandbox: Sandbox, needed: tuple[str, ...]) -> Sandbox:
    """With what the agent needs from the home directory as well."""
    return replace(sandbox, home=tuple(dict.fromkeys((*needed, *sandbox.home))))


def _proof(state: State, action: a.Prove) -> Proof:
    chain = tuple(
        (member.task, merge.Member(member.commit, _merge_message(state, member.task), member.when))
        for member in action.chain
    )
    own = [state.tasks[member.task].task.verify for member in action.chain if member.task]
    commands = tuple(dict.fromkeys([*state.plan.verify, *(line for lines in own for line in lines)]))
    accepted = {member.task: frozenset(member.strays) for member in action.chain if member.strays}
    return Proof(action.candidate, action.onto, chain, action.own, commands, accepted)


def _merge_message(state: State, task: str) -> str:
    if not task:
        target = state.offer.target if state.offer else "the target branch"
        return f"Merge {target} into swarm/{state.run}\n\nSwarm-Run: {state.run}\n"
    found: Task = state.tasks[task].task
    trailers = f"Swarm-Run: {state.run}\nSwarm-Task: {task}\nSwarm-Attempt: {state.tasks[task].attempt}\n"
    return f"Merge {task}: {found.title}\n\n{trailers}"
