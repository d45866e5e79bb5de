"""Ask a person for a permission that an agent needs.  Started by the agent's CLI, in an attempt.

examples:
  swarm permission tool                 an MCP server on standard input and output, with the tool `permit`
  swarm permission hook < event.json    the answer to a PermissionRequest hook
  swarm permission step gemini < event.json   the answer to a hook before each step of that agent

The task shows as *needs you*, with the exact command or edit, until `swarm answer TASK yes`, `no`, or other words,
which are a no that says what to do instead.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from typing import Any

from swarm.agents import claudehooks, gate, pending, permission, permit, toolnames, tools, waiting
from swarm.agents.permission import Decision
from swarm.agents.tools import Inside
from swarm.cli import hookevent
from swarm.errors import SwarmError


def arguments(parser: argparse.ArgumentParser) -> None:
    """The words of `swarm permission`."""
    parser.add_argument("way", metavar="WAY", choices=("tool", "hook", "step"), help="how: tool, hook, or step")
    parser.add_argument("agent", metavar="AGENT", nargs="?", choices=toolnames.NAMES, help="whose step it is")


def run(options: argparse.Namespace) -> int:
    """Ask, wait as long as it takes, and say what was decided in the words of the CLI."""
    here = tools.inside(os.environ)

    def ask(tool: str, given: Mapping[str, Any]) -> Decision:
        question = permission.question(tool, given)
        return permission.decided(waiting.ask(here, question)) if question else permission.TOO_LONG

    if options.way == "tool":
        permit.serve(sys.stdin.buffer, sys.stdout.buffer, ask)
        return 0
    event = _event()
    if options.way == "step":
        sys.stdout.write(gate.answer(options.agent, _step(here, options.agent, event)))
        return 0
    decision = _decision(here, str(event.get("tool_name", "")), event.get("tool_input") or {})
    sys.stdout.write(claudehooks.decision(decision.allowed, decision.why) if decision else "")
    return 0


def _step(here: Inside, agent: str | None, event: Mapping[str, Any]) -> Decision:
    """Whether an agent may take a step.  Raises SwarmError where nobody can be asked: the CLI is told no then."""
    if agent is None:
        raise SwarmError("it was not said whose step it is", "swarm permission step AGENT")
    freedom = gate.freedom(agent, os.environ)
    tool, given = gate.step(agent, event, freedom.tree)
    if freedom.covers(tool, given):
        return Decision(True)
    question = permission.question(tool, given)
    if not question:
        return permission.TOO_LONG
    found = waiting.answer(here, waiting.put(here, question), gate.PATIENCE)
    if found is None:
        return gate.NOBODY
    tools.read(here.mail, *found)
    return permission.decided(found[1].text)


def _decision(here: Inside, tool: str, given: Mapping[str, Any]) -> Decision | None:
    """What a person says to it; None where somebody has decided in the CLI's own dialog meanwhile."""
    question = permission.question(tool, given)
    if not question:
        return permission.TOO_LONG
    id = waiting.put(here, question)
    pending.begin(here, id, tool, given)
    found = waiting.answer(here, id, gone=lambda: not pending.is_open(here, id))
    if found is None:
        return None
    pending.end(here, id)
    tools.read(here.mail, *found)
    return permission.decided(found[1].text)


def _event() -> dict[str, Any]:
    found = hookevent.event()
    if not isinstance(found, dict):
        raise SwarmError("the event on standard input is no object")
    return found
