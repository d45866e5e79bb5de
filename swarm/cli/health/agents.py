"""The agents: which are here, in which version, and whether they start at all.

Asks each program for its version, in the environment that it would have in a run: that starts it, and needs neither a
network nor a login.  Whether somebody is logged in shows in the first attempt alone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from swarm.agents.definition import Agent, Launch, Order
from swarm.agents.registry import known, trouble
from swarm.cli.health.finding import Finding, fail, ok, told, warn
from swarm.core.plaintext import one_line
from swarm.core.plan import AgentSpec, Task
from swarm.errors import SwarmError
from swarm.executors.invocation import worker_env
from swarm.process import NotStarted, TimedOut, run
from swarm.secrets import of_user
from swarm.taskfile import settings

OUR_OWN = frozenset({"command", "scripted"})
"""They need nothing that is not here already."""

SECONDS = 30.0
"""How long a program may take to say its version; some take seconds on a cold disk."""

SIDE_BY_SIDE = 4
_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)+[0-9A-Za-z.+-]*")


def agents() -> Iterator[Finding]:
    """Which can be used, and then each that is here; what is wrong with the user's own configuration."""
    specs: tuple[AgentSpec, ...] = ()
    try:
        specs = settings().agents
        of_user("")
    except SwarmError as error:
        yield told("configuration", error)
    there = {name: agent for name, agent in known(specs).items() if not trouble(name, specs)}
    yield _summary(specs, there)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        yield from pool.map(_started, [agent for name, agent in there.items() if name not in OUR_OWN])


def _summary(specs: Iterable[AgentSpec], there: Mapping[str, Agent]) -> Finding:
    missing = [f"{name} ({trouble(name, specs)})" for name in known(specs) if name not in there]
    text = f"can be used: {', '.join(there)}" + (f"; not here: {'; '.join(missing)}" if missing else "")
    return ok("agents", text) if there else fail("agents", text, "install the command line of one of them")


def _started(agent: Agent) -> Finding:
    """Whether it starts, and its version."""
    topic = f"agent {agent.name}"
    launch = agent.launch(Order(Task("t", "t", "t", agent=agent.name), ""))
    program = agent.program or launch.argv[0]
    if "{{" in program:
        return ok(topic, "is part of swarm")
    way_out = f"look what it says: {program} --version"
    try:
        done = run([program, "--version"], env=_environment(launch), cwd=Path("/"), timeout=SECONDS)
    except (NotStarted, TimedOut) as error:
        return warn(topic, f"does not start: {error.message}", way_out)
    said = one_line((done.out + done.err).decode("utf-8", "replace").strip())[:200]
    if done.code:
        return warn(topic, f"does not start (status {done.code}): {said}", way_out)
    version = _VERSION.search(said)
    return ok(topic, f"{version[0] if version else said or 'starts'} ({agent.summary})")


def _environment(launch: Launch) -> dict[str, str]:
    fixed = {name: value for name, value in launch.env.items() if "{{" not in value}
    return {**worker_env(os.environ), **fixed}
