"""Hand messages over to an agent that works.  Started by the hooks of its CLI, with the event on standard input.

examples:
  swarm hook claude < event.json
  swarm hook claude --interactive < event.json    one that may not stop without saying how it ended
  swarm hook claude --wake < event.json           wait for what comes while it has stopped

Prints what the CLI wants to have answered; nothing where there is nothing to say.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from typing import Any

from swarm import lease
from swarm.agents import claudetranscript, midflight, pending, stopping, tools, waking
from swarm.agents.hooks import HOOKS, Hooks
from swarm.agents.tools import Inside
from swarm.cli import hookevent

WOKEN = 2
"""The exit status by which Claude Code goes on."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The words of `swarm hook`."""
    parser.add_argument("cli", metavar="CLI", choices=HOOKS, help=f"whose hook it is: {', '.join(HOOKS)}")
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--interactive", action="store_true", help="it has a pane to itself, and people may type")
    ways.add_argument("--wake", action="store_true", help="wait for what comes once it has stopped; exit status 2 then")


def run(options: argparse.Namespace) -> int:
    """Print the answer, then file what it holds as read: a message whose hook dies before that is handed over again."""
    here = tools.inside(os.environ)
    said = hookevent.event()
    event = said if isinstance(said, dict) else {}
    if options.wake:
        return _wake(here)
    _settle(here, HOOKS[options.cli], event)
    if options.interactive:
        claudetranscript.count(here.dir, event)
    # Of several hooks at a time (tools that ran side by side) one hands over; the others have nothing to say.
    own = lease.take(here.dir.hook_lock, {"pid": os.getpid()})
    if own is None:
        return 0
    try:
        name = str(event.get("hook_event_name", ""))
        letters, answer = _answer(here, HOOKS[options.cli], name, options.interactive)
        sys.stdout.write(answer)
        sys.stdout.flush()
        midflight.given(here, letters)
    finally:
        own.release()
    return 0


def _wake(here: Inside) -> int:
    """Hand what comes over to an agent that has stopped; it goes on then.  Of those that an agent has started at its
    stops the first waits, for as long as the attempt goes on."""
    own = lease.take(here.dir.wake_lock, {"pid": os.getpid()})
    if own is None:
        return 0
    letters = waking.letters(here)
    if not letters:
        return 0
    sys.stderr.write(midflight.words(letters))
    sys.stderr.flush()
    midflight.given(here, letters)
    stopping.goes_on(here)
    return WOKEN


def _settle(here: Inside, hooks: Hooks, event: Mapping[str, Any]) -> None:
    """Whatever a person has decided in the CLI's own dialog needs nobody's answer any more."""
    name = event.get("hook_event_name", "")
    if name and name in (hooks.stop, hooks.prompt):
        pending.over(here)
    elif name in hooks.steps and isinstance(event.get("tool_input"), dict):
        pending.taken(here, str(event.get("tool_name", "")), event["tool_input"])


def _answer(here: Inside, hooks: Hooks, event: str, interactive: bool) -> tuple[midflight.Letters, str]:
    """What is handed over at this event, and how it is said."""
    if event and event == hooks.prompt:
        stopping.goes_on(here)
    if event in hooks.steps:
        letters = midflight.unread(here, midflight.MOST_AT_A_STEP, idle=event == hooks.prompt)
        return letters, hooks.context(event, midflight.words(letters)) if letters else ""
    if event and event == hooks.stop and not here.dir.verdict.exists():
        letters = midflight.unread(here, midflight.MOST_AT_THE_END, idle=interactive)
        reason = midflight.words(letters) if letters else stopping.stops(here) if interactive else ""
        return letters, hooks.go_on(reason) if reason else ""
    return (), ""
