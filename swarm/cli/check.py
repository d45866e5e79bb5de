"""Check a task file: everything that is wrong with it at once, what will be missed, and what it comes to.

examples:
  swarm check tasks.yaml
  generate-tasks | swarm check -
  swarm check tasks.yaml --json | jq .problems
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from swarm.agents.registry import refusal, trouble
from swarm.cli.agents import agents_of
from swarm.cli.say import GREEN, RED, YELLOW, hint, paint
from swarm.cli.staff import staff, unskilled
from swarm.cli.taskfile import root_of
from swarm.core import pools
from swarm.core.plaintext import one_line
from swarm.core.plan import AGENT_OF_START, Plan, Task, WorkerSpec, layers
from swarm.core.taskfile import PlanError, Problem
from swarm.core.words import some
from swarm.taskfile import load, settings

MOST_SHOWN = 12
"""Layers and links of the longest chain that are shown; --json has them all."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm check`."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the task file (- for stdin)")
    parser.add_argument("--json", action="store_true", help="one object: {ok, problems, warnings, tasks, layers, …}")


def run(options: argparse.Namespace) -> int:
    """Say what is wrong (exit 1), or what the file comes to."""
    try:
        configured = settings()
        plan = load(options.file, root_of(options.file), own=configured)
    except PlanError as error:
        return _refused(error, options.json)
    if configured.agent:
        plan = replace(plan, tasks=tuple(_with_agent(task, configured.agent) for task in plan.tasks))
    lacking = [f"no worker has the skills of {task.id}: {', '.join(task.skills)}" for task in _unskilled(plan)]
    refused = list(_refusals(plan))
    warnings = list(_warnings(plan))
    if options.json:
        wrong = [*lacking, *refused]
        print(json.dumps({"file": str(options.file), "ok": not wrong, **_found(plan, wrong, warnings)}))
        return 1 if wrong else 0
    for line in (*lacking, *refused):
        print(f"{paint('wrong', RED)}    {line}")
    for line in warnings:
        print(f"{paint('warning', YELLOW)}  {line}")
    _tell(plan)
    if lacking:
        hint("declare a worker with these skills under `workers:`")
        return 1
    if refused:
        hint("write that in the task, or at the top of the file for all")
        return 1
    hint(f"swarm graph {options.file};   swarm start --task-file {options.file}")
    return 0


def _refused(error: PlanError, as_json: bool) -> int:
    """All problems, in the order of the file."""
    if as_json:
        problems = [dataclasses.asdict(problem) for problem in error.problems]
        print(json.dumps({"file": error.name, "ok": False, "problems": problems, "warnings": []}))
        return 1
    for problem in error.problems:
        print(problem.text(error.name))
    count = len(error.problems)
    print(f"{count} {'problem' if count == 1 else 'problems'} in {error.name}", file=sys.stderr)
    hint("mend the file, then check it again")
    return 1


def _unskilled(plan: Plan) -> list[Task]:
    return unskilled(plan, staff(plan, None))


def _warnings(plan: Plan) -> Iterator[str]:
    """What does not keep the file from being used, but will be noticed later."""
    users: dict[str, dict[str, None]] = {}
    for task, way in _ways(plan):
        users.setdefault(way.agent, {})[task.id] = None
    for agent, found in users.items():
        names = list(found)
        if agent == AGENT_OF_START:
            yield f"no agent for {some(names)}: it has to come with swarm start --agent NAME"
        elif why_not := trouble(agent, plan.agents):
            yield f"{why_not} (asked for by {some(names)})"
    bare = [task.id for task in plan.tasks if not task.verify]
    if not plan.verify and bare:
        yield f"no `verify:` for {some(bare)}: whatever merges cleanly will land, whether it works or not"


def _ways(plan: Plan) -> Iterator[tuple[Task, Task]]:
    """Each task with each way in which the plan's workers would do it."""
    crew = pools.kinds(staff(plan, None))
    return ((task, way) for task in plan.tasks for way in pools.ways(plan, task, crew))


def _with_agent(task: Task, agent: str) -> Task:
    return replace(task, agent=agent) if task.agent == AGENT_OF_START else task


def _refusals(plan: Plan) -> Iterator[str]:
    """What an agent can't do as its tasks ask for it, once for all tasks of which the same is true."""
    by_reason: dict[str, dict[str, None]] = {}
    for task, way in _ways(plan):
        by_reason.setdefault(refusal(way, plan.agents), {})[task.id] = None
    yield from (f"{some(list(names))}: {reason}" for reason, names in by_reason.items() if reason)


def _found(plan: Plan, wrong: list[str], warnings: list[str]) -> dict[str, object]:
    chain = longest_chain(plan)
    return {
        "problems": [dataclasses.asdict(Problem(0, 0, "", text)) for text in wrong],
        "warnings": warnings,
        "name": plan.name,
        "tasks": [task.id for task in plan.tasks],
        "workers": [_worker(spec) for spec in staff(plan, None)],
        "layers": [[task.id for task in layer] for layer in layers(plan.tasks)],
        "longest_chain": chain,
        "verify": list(plan.verify),
    }


def _worker(spec: WorkerSpec) -> dict[str, object]:
    return {"name": spec.name, "skills": list(spec.skills), "agent": spec.agent, "model": spec.model}


def _tell(plan: Plan) -> None:
    """What the file comes to."""
    found = layers(plan.tasks)
    widest = max(len(layer) for layer in found)
    print(f"{paint(plan.name, GREEN)}: {_count(len(plan.tasks), 'task')} in {_count(len(found), 'layer')}, "
          f"at most {widest} side by side")  # fmt: skip
    for number, layer in enumerate(found[:MOST_SHOWN], 1):
        print(f"  {number:>3}. {some([task.id for task in layer], 8)}")
    if len(found) > MOST_SHOWN:
        print(f"       … and {len(found) - MOST_SHOWN} more layers")
    chain = longest_chain(plan)
    shown = chain if len(chain) <= MOST_SHOWN else [*chain[: MOST_SHOWN - 2], "…", chain[-1]]
    print(f"longest chain: {len(chain)}: {' → '.join(shown)}")
    workers = staff(plan, None)
    skills = sorted({skill for spec in workers for skill in spec.skills})
    print(f"workers: {some([spec.name for spec in workers], 8)}" + (f"; skills: {', '.join(skills)}" if skills else ""))
    agents = (agent or "the one that start names" for agent in agents_of(plan, workers))
    print(f"agents: {', '.join(agents)}")
    print(f"each merge is verified by: {'; '.join(one_line(line) for line in plan.verify) or 'nothing'}")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def longest_chain(plan: Plan) -> list[str]:
    """A path of the graph with as many tasks as there are layers: it takes at least that many turns."""
    by_id = {task.id: task for task in plan.tasks}
    depth = {task.id: number for number, layer in enumerate(layers(plan.tasks)) for task in layer}
    last = max(plan.tasks, key=lambda task: depth[task.id], default=None)
    chain: list[str] = []
    while last is not None:
        chain.append(last.id)
        upstreams = (by_id[name] for name in last.depends_on)
        last = max(upstreams, key=lambda task: depth[task.id], default=None)
    return chain[::-1]
